"""How the desk is at this moment, cheap enough to be asked every few seconds, however much is remembered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, exists, func, null, select

from storage.damage import Damage, attempt
from storage.database import Dialect
from storage.model import DESK_ID, NotificationStatus
from storage.model.vitals import OutboxVitals, SourceVitals, Vitals
from storage.schema import delivery, incident, notification, source


def vitals(connection: Connection, dialect: Dialect) -> Vitals:
    """The state of the configured sources, and of the outbox by receiver."""
    incidents = _incidents(connection)
    return Vitals(
        sources=_sources(connection, incidents),
        outbox=outbox(connection, dialect),
        desk_incidents=incidents.get(DESK_ID, ()),
    )


def _incidents(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The kinds of the open ones, by the configured id of their source."""
    found: dict[str, tuple[str, ...]] = {}
    rows = connection.execute(
        select(source.c.config_id, incident.c.kind)
        .join(source, source.c.id == incident.c.source_id)
        .where(incident.c.closed_at.is_(None))
        .order_by(incident.c.kind)
    )
    for row in rows:
        found[row.config_id] = (*found.get(row.config_id, ()), row.kind)
    return found


def _sources(connection: Connection, incidents: Mapping[str, tuple[str, ...]]) -> tuple[SourceVitals, ...]:
    wanted = select(
        source.c.config_id,
        source.c.failures,
        source.c.last_success_at,
        source.c.last_new_at,
        source.c.next_due_at,
    )
    rows = connection.execute(wanted.where(source.c.active).order_by(source.c.config_id))
    return tuple(
        SourceVitals(
            config_id=row.config_id,
            failures=row.failures,
            last_success_at=row.last_success_at,
            last_new_at=row.last_new_at,
            next_due_at=row.next_due_at,
            incidents=incidents.get(row.config_id, ()),
        )
        for row in rows
    )


def outbox(connection: Connection, dialect: Dialect) -> tuple[OutboxVitals, ...]:
    """How each receiver is doing: two queries by the index of the status, and what was sent is never read."""
    dead = _by_receiver(connection, dialect, NotificationStatus.DEAD)
    pending = _by_receiver(connection, dialect, NotificationStatus.PENDING)
    return tuple(
        _outbox_of(receiver, pending.get(receiver), dead.get(receiver))
        for receiver in sorted(pending.keys() | dead.keys())
    )


def has_sent(connection: Connection, receiver: str, since: datetime) -> bool:
    """Whether a delivery has arrived at a receiver since that moment."""
    sent = exists().where(
        delivery.c.settled_at > since, delivery.c.receiver == receiver, delivery.c.outcome == "sent"
    )
    return bool(connection.scalar(select(sent)))


def _outbox_of(receiver: str, pending: Row[Any] | None, dead: Row[Any] | None) -> OutboxVitals:
    return OutboxVitals(
        receiver=receiver,
        pending=pending.number if pending else 0,
        dead=dead.number if dead else 0,
        oldest_pending_at=pending.oldest if pending else None,
        most_attempts=pending.attempts if pending else 0,
        first_tried_at=pending.first_tried if pending else None,
        last_dead_at=dead.last_settled if dead else None,
    )


def _by_receiver(connection: Connection, dialect: Dialect, status: NotificationStatus) -> dict[str, Row[Any]]:
    """Where a time is damaged, how many there are is told all the same."""
    found = attempt(connection, dialect, lambda: _counted(connection, status, _TIMES))
    if isinstance(found, Damage):
        return _counted(connection, status, {name: null() for name in _TIMES})
    return found


_TIMES: Mapping[str, ColumnElement[Any]] = {
    "oldest": func.min(notification.c.created_at),
    "first_tried": func.min(case((notification.c.attempts > 0, notification.c.first_claimed_at))),
    "last_settled": func.max(notification.c.settled_at),
}


def _counted(
    connection: Connection, status: NotificationStatus, times: Mapping[str, ColumnElement[Any]]
) -> dict[str, Row[Any]]:
    counted = select(
        notification.c.receiver,
        func.count().label("number"),
        func.max(notification.c.attempts).label("attempts"),
        *(time.label(name) for name, time in times.items()),
    )
    rows = connection.execute(
        counted.where(notification.c.status == status).group_by(notification.c.receiver)
    )
    return {row.receiver: row for row in rows}
