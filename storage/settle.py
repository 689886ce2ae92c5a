"""How an attempt at a delivery went, written down: what was sent, waits again, is parted or dead."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Update, insert, select, update

from storage.errors import LeaseLost
from storage.model import (
    Apart,
    ClaimedDelivery,
    Dead,
    DeliveryResult,
    NotificationStatus,
    RetryAt,
    Sent,
    Shortened,
)
from storage.schema import delivery, notification

SHORTENED = "shortened"  # the outcome of an attempt after which its one alert goes out short
ON_ITS_WAY = notification.c.status.in_((NotificationStatus.PENDING, NotificationStatus.PURGED))
FREE = {"lease_token": None, "lease_until": None}  # `lease_worker` stays: who served the receiver last


def settle(connection: Connection, claimed: ClaimedDelivery, result: DeliveryResult, now: datetime) -> int:
    """Record how an attempt went; returns how many of its notifications were purged meanwhile.

    Those of them that arrived were sent, and the others stay purged, whatever is tried next.

    Raises:
        LeaseLost: another worker holds the delivery now.
    """
    states = _held(connection, claimed)
    arrived = [one for one in states if _arrived(one, result)]
    purged = [one for one, status in states.items() if status == NotificationStatus.PURGED]
    left = [one for one in states if one not in purged and one not in arrived]
    _end_sent(connection, claimed, arrived, _told(result)[1], now)
    _leave_purged(connection, claimed, [one for one in purged if one not in arrived])
    match result:
        case RetryAt(at=at, reason=reason):
            _wait(connection, claimed, left, at, reason)
        case Shortened(reason=reason):
            _wait(connection, claimed, left, claimed.first_claimed_at, reason)
        case Apart():
            _part(connection, claimed, left, result, now)
        case Dead(reason=reason):
            _end(connection, claimed, left, NotificationStatus.DEAD, reason, now)
    _record(connection, claimed, result, now)
    return len(purged)


def _held(connection: Connection, claimed: ClaimedDelivery) -> dict[str, str]:
    """The states of what of it is to be settled, in its order: some may have been purged since."""
    mine = (notification.c.delivery_id == claimed.delivery_id) & (notification.c.lease_token == claimed.lease)
    query = select(notification.c.id, notification.c.status).where(ON_ITS_WAY, mine)
    held = {row.id: row.status for row in connection.execute(query.with_for_update())}
    if not held:
        raise LeaseLost(f"delivery {claimed.delivery_id} has passed to another worker or is settled")
    return {one.id: held[one.id] for one in claimed.notifications if one.id in held}


def _arrived(notification_id: str, result: DeliveryResult) -> bool:
    return isinstance(result, Sent) or (isinstance(result, Apart) and notification_id in result.taken)


def _leave_purged(connection: Connection, claimed: ClaimedDelivery, ids: Collection[str]) -> None:
    if ids:
        connection.execute(_these(ids).values(attempts=claimed.attempts + 1, **FREE))


def _end_sent(
    connection: Connection, claimed: ClaimedDelivery, ids: Sequence[str], detail: str | None, now: datetime
) -> None:
    """Of those that were sent together only the first counts as sent."""
    _end(connection, claimed, ids[:1], NotificationStatus.SENT, detail, now)
    _end(connection, claimed, ids[1:], NotificationStatus.FOLDED, detail, now)


def _end(
    connection: Connection,
    claimed: ClaimedDelivery,
    ids: Collection[str],
    status: NotificationStatus,
    reason: str | None,
    now: datetime,
) -> None:
    if ids:
        ended = {"status": status, "settled_at": now, "settled_reason": reason}
        connection.execute(_these(ids).values(**ended, attempts=claimed.attempts + 1, **FREE))


def _wait(
    connection: Connection, claimed: ClaimedDelivery, ids: Collection[str], at: datetime, reason: str
) -> None:
    if ids:
        waiting = {"send_after": at, "settled_reason": reason, "attempts": claimed.attempts + 1}
        connection.execute(_these(ids).values(**waiting, **FREE))


def _part(
    connection: Connection, claimed: ClaimedDelivery, left: Sequence[str], result: Apart, now: datetime
) -> None:
    """Due since the whole was: what came later waits for the parts. What is in none waits as it was."""
    _wait(connection, claimed, left, claimed.first_claimed_at, result.reason)
    for part in result.parts:
        ids = [one for one in part if one in left]
        if ids:
            _begin(connection, claimed, ids, result.reason, now)


def _begin(
    connection: Connection, claimed: ClaimedDelivery, ids: Collection[str], reason: str, now: datetime
) -> None:
    """Make a part a delivery, never tried, and write down that it is one: nothing gathers it again."""
    name = uuid4().hex
    connection.execute(_these(ids).values(delivery_id=name, attempts=0))
    connection.execute(
        insert(delivery).values(
            delivery_id=name,
            attempt=0,
            receiver=claimed.receiver,
            notifications=len(ids),
            settled_at=now,
            outcome="part",
            detail=reason,
            reference=claimed.delivery_id,
        )
    )


def _these(ids: Collection[str]) -> Update:
    return update(notification).where(ON_ITS_WAY, notification.c.id.in_(ids))


def _record(connection: Connection, claimed: ClaimedDelivery, result: DeliveryResult, now: datetime) -> None:
    outcome, detail, reference = _told(result)
    connection.execute(
        insert(delivery).values(
            delivery_id=claimed.delivery_id,
            attempt=claimed.attempts + 1,
            receiver=claimed.receiver,
            notifications=len(claimed.notifications),
            settled_at=now,
            outcome=outcome,
            detail=detail,
            reference=reference,
        )
    )


def _told(result: DeliveryResult) -> tuple[str, str | None, str | None]:
    match result:
        case Sent(reference=reference, detail=detail):
            return "sent", detail, reference
        case RetryAt(reason=reason):
            return "retry", reason, None
        case Apart(reason=reason):
            return "parted", reason, None
        case Shortened(reason=reason):
            return SHORTENED, reason, None
        case Dead(reason=reason):
            return "dead", reason, None
