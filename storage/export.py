"""Reading everything there is in pages, so that memory does not grow with what is stored."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from storage.model import AlertRecord, ItemFacts, ItemRecord
from storage.records import alert_records, alerts_query, item_record, items_query
from storage.schema import alert, item, reading, revision, source

PAGE = 500


def items_after(
    connection: Connection, last: int, since: datetime | None, config_id: str | None
) -> list[tuple[int, ItemRecord]]:
    """The next items behind the row `last`, with facts, each with its row, in the order they were stored."""
    query = items_query().add_columns(*_FACTS).where(item.c.id > last).order_by(item.c.id).limit(PAGE)
    if since is not None:
        query = query.where(item.c.first_seen_at >= since)
    if config_id is not None:
        query = query.where(source.c.config_id == config_id)
    return [(row.id, replace(item_record(row), facts=_facts(row))) for row in connection.execute(query)]


_FORWARDS = (
    select(reading.c.forwards)
    .where(reading.c.item_id == item.c.id)
    .order_by(reading.c.observed_at.desc())
    .limit(1)
    .scalar_subquery()
)
_FACTS = (
    source.c.kind.label("source_kind"),
    _FORWARDS.label("forwards"),
    revision.c.has,
    revision.c.flags,
    revision.c.links,
)


def _facts(row: Row[Any]) -> ItemFacts:
    return ItemFacts(
        source_kind=row.source_kind,
        forwards=row.forwards,
        has=frozenset(row.has),
        flags=frozenset(row.flags),
        links=tuple(row.links),
    )


def alerts_before(
    connection: Connection, last: AlertRecord | None, since: datetime | None, config_id: str | None
) -> list[AlertRecord]:
    """The next alerts that were opened before `last`, newest first."""
    query = alerts_query().order_by(alert.c.opened_at.desc(), alert.c.id.desc()).limit(PAGE)
    if last is not None:
        opened = alert.c.opened_at
        query = query.where(
            or_(opened < last.opened_at, and_(opened == last.opened_at, alert.c.id < last.id))
        )
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    if config_id is not None:
        query = query.where(source.c.config_id == config_id)
    return list(alert_records(connection, connection.execute(query).all()).values())
