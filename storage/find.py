"""Finding one item among all: by its name, its address, or the alert about it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from storage.model import ItemRecord, ItemRef
from storage.records import item_record, items_query
from storage.schema import alert, item


def by_name(connection: Connection, ref: ItemRef) -> tuple[ItemRecord, ...]:
    """The item of that source and external id."""
    return _items(connection, (item.c.source_id == ref.source_id) & (item.c.external_id == ref.external_id))


def by_url(connection: Connection, url: str) -> tuple[ItemRecord, ...]:
    """The items whose address this is, in whatever source."""
    return _items(connection, item.c.url == url)


def by_alert(connection: Connection, alert_id: str) -> tuple[ItemRecord, ...]:
    """The item that an alert shows; none where it is about no item, or the item has gone."""
    return _items(connection, item.c.id.in_(select(alert.c.item_id).where(alert.c.id == alert_id)))


def with_copies(connection: Connection, refs: Collection[ItemRef]) -> tuple[ItemRecord, ...]:
    """These items and all that share an origin with one of them, first seen first."""
    names = [(ref.source_id, ref.external_id) for ref in refs]
    named = item.alias("named")
    root = func.coalesce(named.c.origin_id, named.c.id)
    roots = select(root).where(tuple_(named.c.source_id, named.c.external_id).in_(names))
    return _items(connection, or_(item.c.id.in_(roots), item.c.origin_id.in_(roots)))


def _items(connection: Connection, which: ColumnElement[bool]) -> tuple[ItemRecord, ...]:
    query = items_query().where(which).order_by(item.c.first_seen_at, item.c.id)
    return tuple(item_record(row) for row in connection.execute(query))
