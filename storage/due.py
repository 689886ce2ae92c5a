"""Due times that a clock has left behind: what lies further ahead than it rightly can is due now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, bindparam, select, update

from storage.damage import Damage, attempt
from storage.database import Dialect
from storage.model import LongestWaits, NotificationStatus
from storage.schema import delivery, notification, source, timer

PENDING = notification.c.status == NotificationStatus.PENDING


def bring_forward(connection: Connection, dialect: Dialect, now: datetime, longest: LongestWaits) -> int:
    """Make due what waits for longer than `longest` allows, and free sources leased for longer.

    A clock that ran ahead and was set right again leaves such times; so does an interval made shorter.
    Where times are damaged, more than need be is due now. Returns how many sources, notifications and timers
    that were.
    """
    forward = _sources(connection, dialect, now, longest)
    retries = attempt(connection, dialect, lambda: _retries(connection, now))
    forward += _all_retries(connection, now) if isinstance(retries, Damage) else retries
    return forward + sum(connection.execute(statement).rowcount for statement in _others(now, longest))


def _sources(connection: Connection, dialect: Dialect, now: datetime, longest: LongestWaits) -> int:
    connection.execute(
        update(source)
        .where(source.c.lease_until > now + longest.lease)
        .values(lease_token=None, lease_worker=None, lease_until=None)
    )
    late = attempt(connection, dialect, lambda: _late_sources(connection, now, longest))
    if isinstance(late, Damage):
        late = connection.scalars(
            select(source.c.id).where(source.c.active, source.c.next_due_at > now)
        ).all()
    if late:
        statement = update(source).where(source.c.id == bindparam("key")).values(next_due_at=now)
        connection.execute(statement, [{"key": row} for row in late])
    return len(late)


def _late_sources(connection: Connection, now: datetime, longest: LongestWaits) -> Sequence[int]:
    """A source that fails may have been asked to stay away for long, by its server."""
    shortest = min((*longest.sources.values(), longest.failing))
    rows = connection.execute(
        select(source.c.id, source.c.config_id, source.c.failures, source.c.next_due_at)
        .where(source.c.active, source.c.next_due_at > now + shortest)
        .order_by(source.c.id)
    )
    return [
        row.id
        for row in rows
        if row.next_due_at
        > now + (longest.failing if row.failures else longest.sources.get(row.config_id, longest.failing))
    ]


def _retries(connection: Connection, now: datetime) -> int:
    """What failed at a moment that is yet to come keeps its pause, counted from now.

    One that was counted anew before is shorter, or over: how long it was is not known any more.
    """
    latest = (delivery.c.delivery_id == notification.c.delivery_id) & (
        delivery.c.attempt == notification.c.attempts
    )
    rows = connection.execute(
        select(notification.c.id, notification.c.send_after, delivery.c.settled_at)
        .join(delivery, latest)
        .where(PENDING, delivery.c.settled_at > now, notification.c.send_after > now)
        .order_by(notification.c.id)
    ).all()
    if rows:
        statement = update(notification).where(PENDING, notification.c.id == bindparam("key"))
        pauses = [(row.id, max(row.send_after - row.settled_at, timedelta(0))) for row in rows]
        moved = [{"key": key, "sooner": now + pause} for key, pause in pauses]
        connection.execute(statement.values(send_after=bindparam("sooner")), moved)
    return len(rows)


def _all_retries(connection: Connection, now: datetime) -> int:
    failed = update(notification).where(PENDING, notification.c.attempts > 0, notification.c.send_after > now)
    return connection.execute(failed.values(send_after=now)).rowcount


def _others(now: datetime, longest: LongestWaits) -> tuple[Update, ...]:
    """Leases of notifications stay: what is being sent just now would be sent again."""
    pending = update(notification).where(PENDING)
    return (
        pending.where(notification.c.attempts == 0, notification.c.send_after > now + longest.group).values(
            send_after=now
        ),
        pending.where(notification.c.attempts > 0, notification.c.send_after > now + longest.retry).values(
            send_after=now
        ),
        update(timer).where(timer.c.due_at > now + longest.timer).values(due_at=now),
    )
