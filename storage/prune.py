"""Retention: what is older than the owner wants is forgotten, except that it was seen."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, func, select

from storage.database import Dialect
from storage.model import NotificationStatus
from storage.schema import (
    alert,
    audience,
    capture,
    correlation_group,
    delivery,
    incident,
    item,
    notification,
    revision,
)

BATCH = 500  # items in one transaction, so that polls need not wait long


def prune_items(connection: Connection, dialect: Dialect, before: datetime, most: int | None = None) -> int:
    """Remove a batch of items first seen before that moment, at most `most`, oldest first; returns how many.

    With an item go its revisions, readings, media, matches, origin keys and its place in the index. It stays
    while a notification about it waits, and an origin stays while any of its copies does. `seen` stays for
    good, so that nothing that a source still shows is collected or alerted again.
    """
    copy = item.alias("copy")
    has_copies = exists().where(copy.c.origin_id == item.c.id)
    waiting = exists().where(
        notification.c.alert_id == alert.c.id,
        notification.c.status == NotificationStatus.PENDING,
        alert.c.item_id == item.c.id,
    )
    query = (
        select(item.c.id)
        .where(item.c.first_seen_at < before, ~waiting, ~has_copies)
        .order_by(item.c.first_seen_at, item.c.id)
        .limit(BATCH if most is None else min(BATCH, most))
    )
    rows = list(connection.scalars(query))
    if rows:
        dialect.unindex(connection, rows)
        connection.execute(delete(item).where(item.c.id.in_(rows)))
    return len(rows)


def excess_items(connection: Connection, dialect: Dialect, size: int) -> int:
    """How many items to remove before measuring again, so that at most `size` bytes are used; 0: none.

    Half of what the average item would ask for, since the oldest may be larger; at least a batch.
    """
    used = dialect.used_bytes(connection)
    if used <= size:
        return 0
    items = connection.execute(select(func.count()).select_from(item)).scalar_one()
    return max(BATCH, items * (used - size) // used // 2)


def prune_records(connection: Connection, before: datetime) -> None:
    """Remove alerts, attempts, captures, groups and audiences of before that moment that nothing needs."""
    waiting = exists().where(
        notification.c.alert_id == alert.c.id, notification.c.status == NotificationStatus.PENDING
    )
    trouble = exists().where(incident.c.id == alert.c.id, incident.c.closed_at.is_(None))
    connection.execute(delete(alert).where(alert.c.updated_at < before, ~waiting, ~trouble))
    connection.execute(delete(correlation_group).where(correlation_group.c.changed_at < before))
    connection.execute(delete(audience).where(audience.c.observed_at < before))
    connection.execute(delete(delivery).where(delivery.c.settled_at < before))
    unused = and_(
        capture.c.fetched_at < before, ~exists().where(revision.c.capture_sha256 == capture.c.sha256)
    )
    connection.execute(delete(capture).where(unused))
