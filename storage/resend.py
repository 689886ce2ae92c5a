"""What did not get through goes out again, to its receiver or to another one in its place.

That is what was given up, and what waits after an attempt that failed. What is on its way is left alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from storage.chunks import in_chunks
from storage.leases import is_free
from storage.model import NotificationStatus, Resent
from storage.schema import notification

DEAD = notification.c.status == NotificationStatus.DEAD
PENDING = notification.c.status == NotificationStatus.PENDING
NEVER_TRIED: dict[str, object] = {
    "attempts": 0,
    "delivery_id": None,
    "first_claimed_at": None,
    "lease_token": None,
    "lease_until": None,
    "lease_worker": None,
    "settled_at": None,
    "settled_reason": None,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Which notifications are asked for."""

    alert_id: str | None = None  # None: of every alert
    receiver: str | None = None  # None: for every receiver

    def condition(self) -> ColumnElement[bool]:
        """What is true of them."""
        of_alert = true() if self.alert_id is None else notification.c.alert_id == self.alert_id
        return of_alert if self.receiver is None else and_(of_alert, notification.c.receiver == self.receiver)


def end_pauses(connection: Connection, now: datetime, receivers: Collection[str]) -> int:
    """Make due now what waits for these receivers after attempts that failed; returns how many."""
    return _hasten(connection, now, notification.c.receiver.in_(sorted(receivers)))


def resend(connection: Connection, now: datetime, chosen: Chosen, receivers: Collection[str]) -> Resent:
    """Send again what `receivers`, the configured ones, did not get; what is for others is left.

    What was given up is due now as if never tried, in new deliveries: what was recorded of the old ones
    stays. What waits after a failure is due now, as it is.
    """
    reached = and_(chosen.condition(), notification.c.receiver.in_(sorted(receivers)))
    waiting = _hasten(connection, now, reached)
    anew = {"status": NotificationStatus.PENDING, "send_after": now, **NEVER_TRIED}
    dead = connection.execute(update(notification).values(anew).where(DEAD, reached)).rowcount
    return Resent(dead=dead, waiting=waiting, left=_left(connection, chosen, receivers))


def redirect(
    connection: Connection, now: datetime, chosen: Chosen, receivers: Collection[str], to: str
) -> Resent:
    """Tell `to`, one of `receivers`, in place of those that did not get it; what it did not get is resent.

    For receivers that are not configured that is also what was never tried. The old notifications end as
    replaced; what `to` is told of the same change of the same alert anyway, it is not told again.
    """
    own = _own(connection, now, chosen, to)
    rows = _unreached(connection, now, chosen, receivers, to)
    told = _told(connection, rows, to)
    fresh = {_change(row): row for row in reversed(rows) if _change(row) not in told}
    if fresh:
        connection.execute(insert(notification), [_instead(row, to, now) for row in fresh.values()])
    _replace(connection, [row.id for row in rows], to, now)
    sorts = Counter(row.status for row in rows if fresh.get(_change(row)) is row)
    return Resent(
        dead=own.dead + sorts[NotificationStatus.DEAD],
        waiting=own.waiting + sorts[NotificationStatus.PENDING],
        told_anyway=len(rows) - len(fresh),
    )


def _hasten(connection: Connection, now: datetime, which: ColumnElement[bool]) -> int:
    """What is due already keeps its place."""
    due = case((notification.c.send_after > now, now), else_=notification.c.send_after)
    failed = and_(PENDING, notification.c.attempts > 0, is_free(notification, now))
    return connection.execute(update(notification).values(send_after=due).where(failed, which)).rowcount


def _left(connection: Connection, chosen: Chosen, receivers: Collection[str]) -> dict[str, int]:
    query = (
        select(notification.c.receiver, func.count().label("number"))
        .where(or_(DEAD, PENDING), chosen.condition(), notification.c.receiver.not_in(sorted(receivers)))
        .group_by(notification.c.receiver)
        .order_by(notification.c.receiver)
    )
    return {row.receiver: row.number for row in connection.execute(query)}


# ---- another receiver ------------------------------------------------------------------


def _own(connection: Connection, now: datetime, chosen: Chosen, to: str) -> Resent:
    if chosen.receiver not in (None, to):
        return Resent(dead=0, waiting=0)
    return resend(connection, now, Chosen(alert_id=chosen.alert_id, receiver=to), [to])


def _unreached(
    connection: Connection, now: datetime, chosen: Chosen, receivers: Collection[str], to: str
) -> Sequence[Row[Any]]:
    """What others did not get, or can't get any more, oldest first."""
    in_vain = or_(notification.c.attempts > 0, notification.c.receiver.not_in(sorted(receivers)))
    waiting = and_(PENDING, in_vain, is_free(notification, now))
    query = select(notification).where(or_(DEAD, waiting), chosen.condition(), notification.c.receiver != to)
    return connection.execute(
        query.order_by(notification.c.created_at, notification.c.id).with_for_update()
    ).all()


def _told(connection: Connection, rows: Sequence[Row[Any]], to: str) -> set[tuple[str, str]]:
    """The changes that `to` was told of no earlier than the others were to be, or will be."""
    last: dict[tuple[str, str], datetime] = {_change(row): row.created_at for row in rows}
    reaches = (NotificationStatus.PENDING, NotificationStatus.SENT, NotificationStatus.FOLDED)
    query = select(notification.c.alert_id, notification.c.change, notification.c.created_at).where(
        notification.c.receiver == to, notification.c.status.in_(reaches)
    )
    alerts = sorted({row.alert_id for row in rows})
    found = in_chunks(connection, query, notification.c.alert_id, alerts)
    return {_change(row) for row in found if _change(row) in last and row.created_at >= last[_change(row)]}


def _change(row: Row[Any]) -> tuple[str, str]:
    return row.alert_id, row.change


def _instead(row: Row[Any], to: str, now: datetime) -> dict[str, object]:
    """It joins the group that the old one belongs to, and waits for no company."""
    return {
        "id": uuid4().hex,
        "alert_id": row.alert_id,
        "receiver": to,
        "change": row.change,
        "group_key": row.group_key,
        "created_at": row.created_at,
        "send_after": now,
        "reason": f"in place of {row.receiver}",
        "status": NotificationStatus.PENDING,
        **NEVER_TRIED,
    }


def _replace(connection: Connection, ids: Iterable[str], to: str, now: datetime) -> None:
    ended = {
        "status": NotificationStatus.REPLACED,
        "settled_at": now,
        "settled_reason": f"{to} is told instead",
    }
    rows = [{"key": name} for name in ids]
    if rows:
        end = update(notification).values(ended).where(notification.c.id == bindparam("key"))
        connection.execute(end, rows)
