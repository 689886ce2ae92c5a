"""Who polls what, and when something is due next."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, bindparam, case, func, select, update

from storage.database import Dialect
from storage.model import NotificationStatus, SourceLease, Timer
from storage.schema import notification, source, timer


def claim_sources(
    connection: Connection,
    now: datetime,
    *,
    worker: str,
    lease_for: timedelta,
    limit: int,
    without: Collection[str] = (),
) -> tuple[SourceLease, ...]:
    """Lease the sources that have waited longest, passing by those another worker is leasing just now.

    Those of the kinds `without` are left alone.
    """
    rows = connection.execute(
        select(source.c.id, source.c.config_id, source.c.kind, source.c.native_id)
        .where(source.c.active, source.c.next_due_at <= now, is_free(source, now))
        .where(*((source.c.kind.not_in(without),) if without else ()))
        .order_by(source.c.next_due_at, source.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leases = tuple(
        SourceLease(
            source_id=row.id,
            config_id=row.config_id,
            token=uuid4().hex,
            until=now + lease_for,
            kind=row.kind,
            native_id=row.native_id,
        )
        for row in rows
    )
    if leases:
        _write_leases(connection, leases, worker)
    return leases


def _write_leases(connection: Connection, leases: tuple[SourceLease, ...], worker: str) -> None:
    connection.execute(
        update(source)
        .values(lease_token=bindparam("token"), lease_until=bindparam("until"), lease_worker=worker)
        .where(source.c.id == bindparam("key")),
        [{"key": lease.source_id, "token": lease.token, "until": lease.until} for lease in leases],
    )


def release(connection: Connection, lease: SourceLease) -> None:
    """Give a lease back; nothing happens where it has passed on."""
    connection.execute(
        update(source)
        .values(lease_token=None, lease_until=None, lease_worker=None)
        .where(source.c.id == lease.source_id, source.c.lease_token == lease.token)
    )


def renew(connection: Connection, leases: Sequence[SourceLease], until: datetime) -> None:
    """Hold leases for longer; nothing happens to those that have passed on."""
    statement = (
        update(source)
        .values(lease_until=bindparam("until"))
        .where(source.c.id == bindparam("key"), source.c.lease_token == bindparam("token"))
    )
    in_order = sorted(leases, key=lambda lease: lease.source_id)
    rows = [{"key": lease.source_id, "token": lease.token, "until": until} for lease in in_order]
    connection.execute(statement, rows)


def free_all(connection: Connection) -> None:
    """Void every lease: those who held them have ended."""
    for table in (source, notification):
        connection.execute(
            update(table)
            .values(lease_token=None, lease_until=None, lease_worker=None)
            .where(table.c.lease_token.is_not(None))
        )


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Whether nobody holds a live lease on a row."""
    return table.c.lease_until.is_(None) | (table.c.lease_until <= now)


def due_timers(connection: Connection, now: datetime, limit: int) -> tuple[Timer, ...]:
    """Timers whose moment has come, longest waiting first."""
    rows = connection.execute(
        select(timer.c.kind, timer.c.key, timer.c.due_at)
        .where(timer.c.due_at <= now)
        .order_by(timer.c.due_at, timer.c.kind, timer.c.key)
        .limit(limit)
    )
    return tuple(Timer(kind=row.kind, key=row.key, due_at=row.due_at) for row in rows)


def mend_timers(connection: Connection, now: datetime) -> None:
    """Make every timer that is due so since just now, also one whose time can't be read."""
    connection.execute(update(timer).where(timer.c.due_at <= now).values(due_at=now))


def start_timers(connection: Connection, dialect: Dialect, timers: Sequence[Timer]) -> None:
    """Set timers; those that stand move only where that is sooner."""
    rows = [{"kind": one.kind, "key": one.key, "due_at": one.due_at} for one in timers]
    connection.execute(dialect.insert_new(timer), rows)
    standing = (timer.c.kind == bindparam("a_kind")) & (timer.c.key == bindparam("a_key"))
    sooner = (
        update(timer)
        .values(due_at=bindparam("sooner"))
        .where(standing, timer.c.due_at > bindparam("sooner", type_=timer.c.due_at.type))
    )
    connection.execute(
        sooner, [{"a_kind": one.kind, "a_key": one.key, "sooner": one.due_at} for one in timers]
    )


def due_times(connection: Connection, kind: str) -> tuple[datetime, ...]:
    """When each configured source of a kind is due."""
    return tuple(
        connection.scalars(select(source.c.next_due_at).where(source.c.active, source.c.kind == kind))
    )


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When a source, timer or notification wants work next; a leased one does when its lease ends."""
    pending = notification.c.status == NotificationStatus.PENDING
    questions: tuple[Select[datetime], ...] = (
        _earliest(source, source.c.next_due_at, now).where(source.c.active),
        select(func.min(timer.c.due_at)),
        _earliest(notification, notification.c.send_after, now).where(pending),
    )
    moments = [connection.execute(question).scalar() for question in questions]
    return min((moment for moment in moments if moment is not None), default=None)


def _earliest(table: Table, due: Column[datetime], now: datetime) -> Select[datetime]:
    until = table.c.lease_until
    leased = (until > now) & (until > due)
    return select(func.min(case((leased, until), else_=due)))
