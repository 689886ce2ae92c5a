"""The delivery loop: claim what is due, show it, send it, settle it.

At least once: a delivery whose worker died is claimed again when its lease runs out, under the same id.
One slow receiver delays no other; within a receiver deliveries go out in order. What a receiver does not take
is tried otherwise before it is given up: see `monitor.next_try`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from monitor.message import AlertView, Message
from monitor.next_try import after_failure, after_fault, after_refusal, is_doubtful
from monitor.notifiers.errors import ContentRefused, RetryLater, Undeliverable
from monitor.observe import UNOBSERVED, timed
from monitor.ports import Notifier, Observer, Stage
from monitor.render import bare_view, full_view, message, short_view
from monitor.schedule import next_attempt
from scrapers.counted import counted
from scrapers.model import Clock
from storage.errors import LeaseLost
from storage.model import (
    Apart,
    ClaimedDelivery,
    ClaimedNotification,
    Dead,
    DeliveryResult,
    RetryAt,
    Sent,
    Shortened,
)
from storage.store import Store

log = logging.getLogger(__name__)

SEND_TIMEOUT = timedelta(minutes=2)  # for one delivery, its wait for the receiver's rate limit included
SHOWN_IN_FULL = 8  # attempts at a delivery that fail inside Groundswell, before its alerts are only named
NEVER = datetime.min.replace(tzinfo=UTC)
LEASE = SEND_TIMEOUT + timedelta(minutes=1)  # deliveries are claimed one by one, so that none waits leased


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """How alerts are shown, whoever receives them."""

    timezone: ZoneInfo
    names: Collection[str]  # user names of configured sources: never masked
    masked: bool


class Deliverer:
    """Empties the outbox into the receivers."""

    def __init__(
        self,
        *,
        store: Store,
        notifiers: Mapping[str, Notifier],
        presentation: Presentation,
        clock: Clock,
        worker: str,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._store = store
        self._notifiers = notifiers
        self._presentation = presentation
        self._clock = clock
        self._worker = worker
        self._observer = observer
        self._stopping = False
        self._silences: dict[str, tuple[datetime, datetime]] = {}  # that receivers asked for: from, until
        self._unsettled: dict[str, tuple[ClaimedDelivery, DeliveryResult]] = {}  # by receiver
        self._failed_inside: Counter[str] = Counter()  # attempts, by delivery

    def stop(self) -> None:
        """End every lane with the delivery it is at: what waits is in the outbox."""
        self._stopping = True

    @property
    def receivers(self) -> tuple[str, ...]:
        """The receivers this worker can reach, by id."""
        return tuple(self._notifiers)

    @property
    def unsettled(self) -> frozenset[str]:
        """Receivers of which it could not be written what became of a delivery."""
        return frozenset(self._unsettled)

    async def deliver(self, receiver: str, ahead: timedelta = timedelta(0)) -> int:
        """Send one receiver all that is due, in order; returns how many deliveries were settled.

        Args:
            receiver: The id of one of `receivers`.
            ahead: How much of its group's wait a new notification is spared.

        Raises:
            StorageUnavailable: the outbox could not be read or written; what was sent may be sent again.
        """
        if receiver in self._unsettled:  # first, or it would be sent again
            await self._settle(*self._unsettled[receiver])
        settled = 0
        while self._may_send(receiver) and (claimed := await asyncio.to_thread(self._claim, receiver, ahead)):
            for delivery in claimed:
                with timed(self._observer, Stage.DELIVER):
                    result = await self._send(delivery)
                self._observer.delivered(receiver, _outcome(result))
                await self._settle(delivery, result)
            settled += len(claimed)
        return settled

    def _may_send(self, receiver: str) -> bool:
        """Whether nobody has asked for a pause: a receiver's `Retry-After` is meant for all deliveries."""
        since, until = self._silences.get(receiver, (NEVER, NEVER))
        return not self._stopping and not since <= self._clock.now() < until

    def _claim(self, receiver: str, ahead: timedelta) -> tuple[ClaimedDelivery, ...]:
        return self._store.claim(
            self._clock.now(),
            worker=self._worker,
            lease_for=LEASE,
            limit=1,
            receivers=(receiver,),
            ahead=ahead,
        )

    async def _settle(self, delivery: ClaimedDelivery, result: DeliveryResult) -> None:
        """Record how it went; where the database is away just now, before anything else is sent there."""
        self._unsettled[delivery.receiver] = delivery, result
        try:
            purged = await asyncio.to_thread(self._store.settle, delivery, result, self._clock.now())
        except LeaseLost as lost:
            log.warning("delivery %s was taken over: %s", delivery.delivery_id, lost)
        else:
            _tell_purged(delivery, result, purged)
        del self._unsettled[delivery.receiver]
        if not isinstance(result, RetryAt):
            del self._failed_inside[delivery.delivery_id]

    async def _send(self, delivery: ClaimedDelivery) -> DeliveryResult:
        result = await self._attempt(delivery)
        _tell(delivery, result)
        return result

    async def _attempt(self, delivery: ClaimedDelivery) -> DeliveryResult:
        notifier = self._notifiers[delivery.receiver]
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                receipt = await notifier.send(self._message(delivery))
        except RetryLater as later:
            self._heed(delivery.receiver, later.retry_after)
            return await self._failed(delivery, later.reason, later.retry_after)
        except ContentRefused as refused:
            return after_refusal(delivery, refused.reason, refused.taken)
        except Undeliverable as never:
            return Dead(reason=never.reason)
        except TimeoutError:
            return await self._failed(delivery, f"no answer within {SEND_TIMEOUT.total_seconds():.0f} s")
        except Exception as error:
            log.exception(
                "delivery %s failed inside Groundswell", delivery.delivery_id, extra=_about(delivery)
            )
            return self._faulty(delivery, f"internal error: {type(error).__name__}; see the log")
        return Sent(reference=receipt.reference, detail=receipt.detail)

    def _heed(self, receiver: str, pause: timedelta | None) -> None:
        if pause is not None:
            self._observer.receiver_waits(receiver, pause)
            now = self._clock.now()
            self._silences[receiver] = now, now + pause

    async def _failed(
        self, delivery: ClaimedDelivery, reason: str, retry_after: timedelta | None = None
    ) -> DeliveryResult:
        again_at = self._again_at(delivery, retry_after)
        doubtful = retry_after is None and is_doubtful(delivery, over=again_at is None)
        others_arrive = doubtful and await asyncio.to_thread(
            self._store.has_sent, delivery.receiver, delivery.first_claimed_at
        )
        return after_failure(delivery, reason, again_at, others_arrive=others_arrive)

    def _faulty(self, delivery: ClaimedDelivery, reason: str) -> DeliveryResult:
        self._failed_inside[delivery.delivery_id] += 1
        faults = self._failed_inside[delivery.delivery_id]
        return after_fault(delivery, reason, self._again_at(delivery, None), faults=faults)

    def _again_at(self, delivery: ClaimedDelivery, retry_after: timedelta | None) -> datetime | None:
        return next_attempt(
            delivery.delivery_id,
            delivery.attempts + 1,
            self._clock.now(),
            retry_after,
            first_attempt_at=delivery.first_claimed_at,
        )

    def _message(self, delivery: ClaimedDelivery) -> Message:
        in_full = self._failed_inside[delivery.delivery_id] < SHOWN_IN_FULL
        return message(
            delivery,
            view=partial(self._view, short=delivery.refused is not None) if in_full else bare_view,
            timezone=self._presentation.timezone,
            now=delivery.first_claimed_at,
        )

    def _view(self, notification: ClaimedNotification, *, short: bool) -> AlertView:
        """What is wrong with one alert keeps no other of its delivery from being told."""
        shown, alert = self._presentation, notification.alert
        if alert.damage is not None:
            log.error("alert %s is told without what can't be read of it: %s", alert.id, alert.damage)
        try:
            view = short_view if short else full_view
            return view(notification, names=shown.names, masked=shown.masked)
        except Exception:
            log.exception("alert %s can't be shown and is only named", alert.id)
            return bare_view(notification)


def _tell(delivery: ClaimedDelivery, result: DeliveryResult) -> None:
    """Say in the log what came of an attempt that failed, and what is tried next."""
    receiver, name, about = delivery.receiver, delivery.delivery_id, _about(delivery)
    match result:
        case RetryAt(at=at, reason=reason):
            log.warning("receiver %s: %s; next try at %s", receiver, reason, at.isoformat(), extra=about)
        case Apart(parts=parts, reason=reason):
            told = "receiver %s: %s; %s goes out again now, as %s"
            log.warning(told, receiver, reason, name, counted(len(parts), "part"), extra=about)
        case Shortened(reason=reason):
            told = "receiver %s: %s; %s goes out again now, with title and link only"
            log.warning(told, receiver, reason, name, extra=about)
        case Dead(reason=reason):
            log.error("receiver %s: %s is given up: %s", receiver, name, reason, extra=about)


def _tell_purged(delivery: ClaimedDelivery, result: DeliveryResult, purged: int) -> None:
    """Say in the log what became of what was purged while it was on its way."""
    if not purged:
        return
    whole = counted(len(delivery.notifications), "notification")
    told = "receiver %s: purged while it was on its way: %d of %s; %s"
    became = "it arrived" if isinstance(result, Sent) else "not tried again"
    log.warning(told, delivery.receiver, purged, whole, became, extra=_about(delivery))


def _about(delivery: ClaimedDelivery) -> dict[str, str]:
    return {"receiver": delivery.receiver, "delivery": delivery.delivery_id}


def _outcome(result: DeliveryResult) -> str:
    match result:
        case Sent():
            return "sent"
        case RetryAt():
            return "retry"
        case Apart():
            return "parted"
        case Shortened():
            return "shortened"
        case Dead():
            return "dead"
