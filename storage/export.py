"""Reading everything there is in pages, so that memory does not grow with what is stored."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Subquery, and_, or_, select

from storage.chunks import in_chunks
from storage.database import Dialect
from storage.model import AlertRecord, ItemFacts, ItemRecord
from storage.readable import Readable, readable, readable_alerts
from storage.records import item_record, items_query
from storage.schema import alert, item, reading, revision, source

log = logging.getLogger(__name__)

PAGE = 500
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[Key, Value]):
    """Some records of an export; `keys` are theirs and those of what is damaged and left out."""

    keys: Sequence[Key]
    records: tuple[Value, ...]


def items_after(
    connection: Connection, dialect: Dialect, last: int, since: datetime | None, config_id: str | None
) -> Page[int, ItemRecord] | None:
    """The next items behind the row `last`, with facts, in the order they were stored; None: no more."""
    query = select(item.c.id).where(item.c.id > last)
    if since is not None:
        query = query.where(item.c.first_seen_at >= since)
    if config_id is not None:
        query = query.join(source, source.c.id == item.c.source_id).where(source.c.config_id == config_id)
    keys = connection.scalars(query.order_by(item.c.id).limit(PAGE)).all()
    found = readable(connection, dialect, keys, lambda some: _items(connection, some))
    return _page("item", keys, found)


def _items(connection: Connection, keys: Sequence[int]) -> dict[int, ItemRecord]:
    query = items_query().add_columns(*_FACTS)
    return {
        row.id: replace(item_record(row), facts=_facts(row))
        for row in in_chunks(connection, query, item.c.id, keys)
    }


def _page(what: str, keys: Sequence[Key], found: Readable[Key, Value]) -> Page[Key, Value] | None:
    """The page of these keys; of what can't be read the log tells, and `what` it is."""
    for key, reason in sorted(found.damaged.items()):
        log.error("%s %s can't be read from the database and is left out: %s", what, key, reason)
    if not keys:
        return None
    return Page(keys=keys, records=tuple(found.sound[key] for key in keys if key in found.sound))


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
    connection: Connection,
    dialect: Dialect,
    shown: Sequence[str],
    since: datetime | None,
    config_id: str | None,
) -> Page[str, AlertRecord] | None:
    """The next alerts that were opened before those on the page `shown`, newest first; None: no more."""
    query = select(alert.c.id)
    if shown:
        last = _oldest_of(shown)
        before = alert.c.opened_at < last.c.opened_at
        beside = and_(alert.c.opened_at == last.c.opened_at, alert.c.id < last.c.id)
        query = query.join(last, or_(before, beside))
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    if config_id is not None:
        query = query.join(source, source.c.id == alert.c.source_id).where(source.c.config_id == config_id)
    newest_first = query.order_by(alert.c.opened_at.desc(), alert.c.id.desc())
    keys = connection.scalars(newest_first.limit(PAGE)).all()
    found = readable_alerts(connection, dialect, keys)
    return _page("alert", keys, found)


def _oldest_of(shown: Sequence[str]) -> Subquery:
    """The last of a page that is still there: some may be purged while an export is written."""
    one = alert.alias("one")
    query = select(one.c.id, one.c.opened_at).where(one.c.id.in_(shown))
    return query.order_by(one.c.opened_at, one.c.id).limit(1).subquery("last")
