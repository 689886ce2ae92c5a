"""Due times that a clock has left behind: what lies further ahead than it rightly can is due now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Update, bindparam, select, update

from storage.model import LongestWaits, NotificationStatus
from storage.schema import notification, source, timer


def bring_forward(connection: Connection, now: datetime, longest: LongestWaits) -> int:
    """Make due what waits for longer than `longest` allows, and free sources leased for longer.

    A clock that ran ahead and was set right again leaves such times; so does an interval made shorter.
    Returns how many sources, notifications and timers that were.
    """
    forward = _sources(connection, now, longest)
    return forward + sum(connection.execute(statement).rowcount for statement in _others(now, longest))


def _sources(connection: Connection, now: datetime, longest: LongestWaits) -> int:
    connection.execute(
        update(source)
        .where(source.c.lease_until > now + longest.lease)
        .values(lease_token=None, lease_worker=None, lease_until=None)
    )
    late = _late_sources(connection, now, longest)
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


def _others(now: datetime, longest: LongestWaits) -> tuple[Update, ...]:
    """Leases of notifications stay: what is being sent just now would be sent again."""
    pending = update(notification).where(notification.c.status == NotificationStatus.PENDING)
    return (
        pending.where(notification.c.attempts == 0, notification.c.send_after > now + longest.group).values(
            send_after=now
        ),
        pending.where(notification.c.attempts > 0, notification.c.send_after > now + longest.retry).values(
            send_after=now
        ),
        update(timer).where(timer.c.due_at > now + longest.timer).values(due_at=now),
    )
