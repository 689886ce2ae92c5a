"""The door of the deliveries: the outbox."""

from collections.abc import Collection
from datetime import datetime, timedelta

from storage import dead, outbox, resend
from storage.database import Database
from storage.model import ClaimedDelivery, DeadLetter, DeliveryResult, Resent
from storage.settle import settle


class Deliveries:
    """What those ask and write who send."""

    _database: Database

    def claim(
        self,
        now: datetime,
        *,
        worker: str,
        lease_for: timedelta,
        limit: int,
        receivers: Collection[str] | None = None,
        ahead: timedelta = timedelta(0),
    ) -> tuple[ClaimedDelivery, ...]:
        """Lease due deliveries, at most `limit`, to all or some receivers.

        A new delivery takes along what waits for the same receiver and group; one that failed or whose worker
        died comes again as it was. What was never tried is due already when it would be within `ahead`.
        A notification whose alert can't be read is given up, and what is damaged keeps nothing else waiting.
        """
        with self._database.writing() as connection:
            return outbox.claim(
                connection,
                self._database.dialect,
                now,
                worker=worker,
                lease_for=lease_for,
                limit=limit,
                receivers=receivers,
                ahead=ahead,
            )

    def settle(self, delivery: ClaimedDelivery, result: DeliveryResult, now: datetime) -> int:
        """Record how an attempt went; returns how many of its notifications were purged meanwhile.

        Raises:
            LeaseLost: the delivery has passed on.
        """
        with self._database.writing() as connection:
            return settle(connection, delivery, result, now)

    def give_up(self, receivers: Collection[str], before: datetime, now: datetime) -> int:
        """End notifications due since `before` to others than `receivers`, the configured ones.

        They end as dead, which reports show; waiting for ever they would keep their items from retention.
        Returns how many.
        """
        with self._database.writing() as connection:
            return outbox.give_up(connection, receivers, before, now)

    def dead_letters(
        self, limit: int, since: datetime | None = None, rule: str | None = None
    ) -> tuple[DeadLetter, ...]:
        """The notifications that were given up, latest first: since a moment, of one rule."""
        with self._database.reading() as connection:
            return dead.dead_letters(connection, self._database.dialect, limit, since, rule)

    def waiting(self, receivers: Collection[str]) -> dict[str, int]:
        """How many notifications wait for each of these receivers, if any do."""
        with self._database.reading() as connection:
            return outbox.waiting(connection, receivers)

    def end_pauses(self, now: datetime, receivers: Collection[str]) -> int:
        """Make due what waits for receivers after attempts that failed; returns how many notifications."""
        with self._database.writing() as connection:
            return resend.end_pauses(connection, now, receivers)

    def resend(
        self,
        now: datetime,
        *,
        receivers: Collection[str],
        alert_id: str | None = None,
        receiver: str | None = None,
        to: str | None = None,
    ) -> Resent:
        """Send again what was given up or waits after a failure: all, or of one alert or receiver.

        Args:
            now: When it is due.
            receivers: The configured ones; what is for others goes nowhere, unless to `to`.
            alert_id: What is sent, by its alert.
            receiver: What is sent, by the receiver that did not get it.
            to: One of `receivers`, which is told instead.
        """
        chosen = resend.Chosen(alert_id=alert_id, receiver=receiver)
        with self._database.writing() as connection:
            if to is None:
                return resend.resend(connection, now, chosen, receivers)
            return resend.redirect(connection, now, chosen, receivers, to)
