"""What people ask the store: how the sources are, which alerts there were, what was said about something."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from storage.database import Dialect
from storage.desk import IS_DESK
from storage.model import (
    AlertRecord,
    ItemRecord,
    NotificationReport,
    NotificationStatus,
    SourceReport,
    Totals,
)
from storage.readable import readable_alerts
from storage.records import item_record, items_query
from storage.schema import alert, incident, item, notification, revision, source
from storage.search import asked

log = logging.getLogger(__name__)


def source_reports(connection: Connection) -> tuple[SourceReport, ...]:
    """The health of all sources, those still configured first, by name."""
    counts: dict[int, int] = {
        row.source_id: row.items
        for row in connection.execute(
            select(item.c.source_id, func.count().label("items")).group_by(item.c.source_id)
        )
    }
    incidents: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in connection.execute(select(incident).where(incident.c.closed_at.is_(None))):
        incidents[row.source_id].append((row.kind, row.reason))
    shown = select(source).where(~IS_DESK)
    rows = connection.execute(shown.order_by(source.c.active.desc(), source.c.name, source.c.id))
    return tuple(_source_report(row, counts.get(row.id, 0), incidents[row.id]) for row in rows)


def _source_report(row: Row[Any], items: int, incidents: list[tuple[str, str]]) -> SourceReport:
    return SourceReport(
        config_id=row.config_id,
        name=row.name,
        kind=row.kind,
        active=row.active,
        native_id=row.native_id,
        title=row.title,
        labels=frozenset(row.labels or ()),
        subscribers=row.subscribers,
        outcome=row.outcome,
        reason=row.reason,
        failures=row.failures,
        items=items,
        last_attempt_at=row.last_attempt_at,
        last_success_at=row.last_success_at,
        last_new_at=row.last_new_at,
        next_due_at=row.next_due_at if row.active else None,
        live=row.live,
        incidents=tuple(kind for kind, _ in sorted(incidents)),
        incident_reasons=tuple(reason for _, reason in sorted(incidents)),
    )


def recent_alerts(
    connection: Connection, dialect: Dialect, limit: int, since: datetime | None, rule_id: str | None
) -> tuple[AlertRecord, ...]:
    """The latest alerts, newest first; of those that can't be read the log tells."""
    query = select(alert.c.id).order_by(alert.c.opened_at.desc(), alert.c.id).limit(limit)
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    if rule_id is not None:
        query = query.where(alert.c.rule_id == rule_id)
    ids = connection.scalars(query).all()
    found = readable_alerts(connection, dialect, ids)
    for alert_id, reason in sorted(found.damaged.items()):
        log.error("alert %s can't be read from the database: %s", alert_id, reason)
    return tuple(found.sound[one] for one in ids if one in found.sound)


def notification_reports(connection: Connection, alert_id: str) -> tuple[NotificationReport, ...]:
    """The fate of an alert's notifications, oldest first."""
    rows = connection.execute(
        select(notification)
        .where(notification.c.alert_id == alert_id)
        .order_by(notification.c.created_at, notification.c.receiver, notification.c.id)
    )
    return tuple(
        NotificationReport(
            receiver=row.receiver,
            change=row.change,
            status=NotificationStatus(row.status),
            attempts=row.attempts,
            settled_at=row.settled_at,
            reason=row.settled_reason or row.reason,
        )
        for row in rows
    )


def totals(connection: Connection) -> Totals:
    """How much is remembered."""
    by_status: dict[str, int] = {
        row.status: row.number
        for row in connection.execute(
            select(notification.c.status, func.count().label("number")).group_by(notification.c.status)
        )
    }
    return Totals(
        items=_count(connection, select(func.count()).select_from(item)),
        revisions=_count(connection, select(func.count()).select_from(revision)),
        copies=_count(connection, select(func.count()).where(item.c.origin_id.is_not(None))),
        alerts=_count(connection, select(func.count()).select_from(alert)),
        pending=by_status.get(NotificationStatus.PENDING, 0),
        dead=by_status.get(NotificationStatus.DEAD, 0),
    )


def _count(connection: Connection, query: Select[int]) -> int:
    return connection.execute(query).scalar_one()


def recent_items(
    connection: Connection, limit: int, config_id: str | None, since: datetime | None
) -> tuple[ItemRecord, ...]:
    """Items, last seen first."""
    query = items_query().order_by(item.c.first_seen_at.desc(), item.c.id.desc()).limit(limit)
    if config_id is not None:
        query = query.where(source.c.config_id == config_id)
    if since is not None:
        query = query.where(item.c.first_seen_at >= since)
    return tuple(item_record(row) for row in connection.execute(query))


def search(
    connection: Connection,
    dialect: Dialect,
    words: Sequence[Sequence[str]],
    limit: int,
    since: datetime | None,
) -> tuple[ItemRecord, ...]:
    """Items that hold every word in one of its alternatives, best first."""
    wanted = asked(words)
    if not wanted:
        return ()
    found = dialect.found(wanted)
    query = items_query().join(found, found.c.item_id == item.c.id)
    if since is not None:
        query = query.where(item.c.first_seen_at >= since)
    rows = connection.execute(
        query.order_by(found.c.score, item.c.first_seen_at.desc(), item.c.id).limit(limit)
    )
    return tuple(item_record(row) for row in rows)
