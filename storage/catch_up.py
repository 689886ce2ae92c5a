"""What a receiver gets that was not reached for long: its backlog in few deliveries, not one by one.

Whether a receiver can be reached is told by its latest attempt. While that one failed and a backlog waits,
one delivery is tried again and again and the others rest; as soon as it arrives, what waited is gathered.
Parts of a delivery that was not taken whole are never gathered again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, false, func, select

from storage.leases import is_free
from storage.model import NotificationStatus
from storage.schema import alert, delivery, notification

FOLD = 20  # notifications in an ordinary delivery at most
BACKLOG = 40  # more than so many notifications waiting for one receiver are gathered,
OVERDUE = timedelta(hours=1)  # if the first of them has waited for so long
GATHERED = 200  # notifications in one catch-up, and up to BACKLOG more where that leaves none behind
PATIENCE = 8  # attempts of one delivery before another is tried on a receiver that fails
URGENT = "critical"  # alerts of this severity come first,
RECENT = timedelta(hours=1)  # if they were opened so lately


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A notification that waits for a receiver and is nobody's at the moment."""

    id: str
    alert_id: str
    delivery_id: str | None  # the delivery it was claimed for before
    attempts: int
    created_at: datetime
    send_after: datetime
    since: datetime  # when it could have gone out first
    urgent: bool
    part: bool = False  # it was parted from what it went out with before


@dataclass(frozen=True, kw_only=True, slots=True)
class Gather:
    """Make one new delivery of these notifications."""

    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """Try this delivery again, as it was."""

    delivery_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Leave the receiver alone: it fails, and the next try is not due."""


Step = Gather | Again | Rest | None


def next_step(connection: Connection, receiver: str, now: datetime, ahead: timedelta) -> Step:
    """What to do about a receiver's backlog; None: it has none, or nothing special."""
    if _pending(connection, receiver) <= BACKLOG:
        return None
    waiting = _waiting(connection, receiver, now, ahead)
    return plan(waiting, _failed_last(connection, receiver, now), now)


def plan(waiting: Sequence[Waiting], failed: str | None, now: datetime) -> Step:
    """The next step by what waits, and by the delivery that failed in the latest attempt, if it did."""
    if not _is_backlog(waiting, now):
        return None
    if failed is not None:
        return _probe(waiting, failed, now)
    begun = [one for one in _begun(waiting) if one.attempts == 0 or one.send_after <= now]
    if begun:
        return Again(delivery_id=str(min(begun, key=lambda one: one.created_at).delivery_id))
    loose = _loose(waiting)
    return Gather(ids=gathered(loose)) if _is_backlog(loose, now) else None


def gathered(loose: Sequence[Waiting]) -> tuple[str, ...]:
    """Those that go out together: urgent ones first, then the oldest, with all that belongs to the same."""
    parcels: dict[str, list[Waiting]] = {}
    for one in loose:
        parcels.setdefault(one.delivery_id or f"alert {one.alert_id}", []).append(one)
    chosen: list[Waiting] = []
    for parcel in sorted(parcels.values(), key=_urgent_then_old):
        chosen += _fitting(parcel, GATHERED - len(chosen))
    few_left = len(loose) - len(chosen) <= BACKLOG
    return tuple(one.id for one in (loose if few_left else chosen))


def _fitting(parcel: list[Waiting], room: int) -> list[Waiting]:
    """What was tried together stays together; what was never tried can be parted."""
    tried = parcel[0].delivery_id is not None
    return [] if tried and len(parcel) > room else parcel[:room]


def _urgent_then_old(parcel: list[Waiting]) -> tuple[bool, datetime]:
    return not any(one.urgent for one in parcel), min(one.created_at for one in parcel)


def _is_backlog(waiting: Sequence[Waiting], now: datetime) -> bool:
    return len(waiting) > BACKLOG and min(one.since for one in waiting) <= now - OVERDUE


def _probe(waiting: Sequence[Waiting], failed: str, now: datetime) -> Step:
    """One delivery tells whether the receiver is back; another one in case it is the delivery's own fault."""
    trying = next((one for one in waiting if one.delivery_id == failed and one.attempts < PATIENCE), None)
    if trying is not None:
        return Rest() if trying.send_after > now else Again(delivery_id=failed)
    due = [one for one in waiting if one.attempts == 0 or one.send_after <= now]
    if not due:
        return Rest()
    head = min(due, key=lambda one: (one.attempts >= PATIENCE, one.send_after))
    if head.delivery_id is not None:
        return Again(delivery_id=head.delivery_id)
    together = [one.id for one in due if one.delivery_id is None and one.alert_id == head.alert_id]
    return Gather(ids=tuple(together[:FOLD]))


def _begun(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Those of catch-ups made before, and of parts: these stay as they are."""
    sizes = _sizes(waiting)
    return [one for one in waiting if one.part or sizes[one.delivery_id] > FOLD]


def _loose(waiting: Sequence[Waiting]) -> list[Waiting]:
    sizes = _sizes(waiting)
    return [one for one in waiting if not one.part and sizes[one.delivery_id] <= FOLD]


def _sizes(waiting: Sequence[Waiting]) -> Counter[str | None]:
    return Counter(one.delivery_id for one in waiting if one.delivery_id is not None)


def _pending(connection: Connection, receiver: str) -> int:
    query = select(func.count()).select_from(notification)
    mine = (notification.c.status == NotificationStatus.PENDING) & (notification.c.receiver == receiver)
    return connection.scalar(query.where(mine)) or 0


def _waiting(connection: Connection, receiver: str, now: datetime, ahead: timedelta) -> tuple[Waiting, ...]:
    """What is due, and what was tried before, its pause over or not; oldest first."""
    urgent = and_(alert.c.severity == URGENT, alert.c.opened_at > now - RECENT)
    part = exists().where(delivery.c.delivery_id == notification.c.delivery_id, delivery.c.attempt == 0)
    query = (
        select(notification, func.coalesce(urgent, false()).label("urgent"), part.label("part"))
        .outerjoin(alert, alert.c.id == notification.c.alert_id)
        .where(
            notification.c.status == NotificationStatus.PENDING,
            notification.c.receiver == receiver,
            (notification.c.send_after <= now + ahead) | (notification.c.attempts > 0),
            is_free(notification, now),
        )
        .order_by(notification.c.created_at, notification.c.id)
    )
    return tuple(
        Waiting(
            id=row.id,
            alert_id=row.alert_id,
            delivery_id=row.delivery_id,
            attempts=row.attempts,
            created_at=row.created_at,
            send_after=row.send_after,
            since=row.first_claimed_at or row.send_after,
            urgent=bool(row.urgent),
            part=bool(row.part),
        )
        for row in connection.execute(query)
    )


def _failed_last(connection: Connection, receiver: str, now: datetime) -> str | None:
    """The delivery that the latest attempt at a receiver was for, if it is to be tried again.

    What a clock that was set back since calls the future does not count: it would stay the latest for long.
    """
    query = (
        select(delivery.c.delivery_id, delivery.c.outcome)
        .where(delivery.c.receiver == receiver, delivery.c.settled_at <= now)
        .order_by(delivery.c.settled_at.desc(), delivery.c.attempt)
        .limit(1)
    )
    row = connection.execute(query).first()
    return row.delivery_id if row is not None and row.outcome == "retry" else None
