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
PENDING = notification.c.status == NotificationStatus.PENDING
FREE = {"lease_token": None, "lease_until": None}  # `lease_worker` stays: who served the receiver last


def settle(connection: Connection, claimed: ClaimedDelivery, result: DeliveryResult, now: datetime) -> None:
    """Record how an attempt went. Raises `LeaseLost` where another worker holds the delivery now."""
    held = _held(connection, claimed)
    match result:
        case Sent(detail=detail):
            _end_sent(connection, claimed, held, detail, now)
        case RetryAt(at=at, reason=reason):
            _wait(connection, claimed, held, at, reason)
        case Shortened(reason=reason):
            _wait(connection, claimed, held, claimed.first_claimed_at, reason)
        case Apart():
            _part(connection, claimed, held, result, now)
        case Dead(reason=reason):
            _end(connection, claimed, held, NotificationStatus.DEAD, reason, now)
    _record(connection, claimed, result, now)


def _held(connection: Connection, claimed: ClaimedDelivery) -> list[str]:
    """What of it is to be settled, in its order: others may have been purged since."""
    mine = (notification.c.delivery_id == claimed.delivery_id) & (notification.c.lease_token == claimed.lease)
    held = set(connection.scalars(select(notification.c.id).where(PENDING, mine).with_for_update()))
    if not held:
        raise LeaseLost(f"delivery {claimed.delivery_id} has passed to another worker or is settled")
    return [one.id for one in claimed.notifications if one.id in held]


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
    waiting = {"send_after": at, "settled_reason": reason, "attempts": claimed.attempts + 1}
    connection.execute(_these(ids).values(**waiting, **FREE))


def _part(
    connection: Connection, claimed: ClaimedDelivery, held: Sequence[str], result: Apart, now: datetime
) -> None:
    """Due since the whole was: what came later waits for the parts. What is in none waits as it was."""
    taken = [one for one in held if one in result.taken]
    _wait(connection, claimed, held, claimed.first_claimed_at, result.reason)
    _end_sent(connection, claimed, taken, result.reason, now)
    for part in result.parts:
        ids = [one for one in part if one in held and one not in taken]
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
    return update(notification).where(PENDING, notification.c.id.in_(ids))


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
