"""Cursors after a purge: they name nothing that was purged, whenever the fetch that made them began."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from scrapers.forgetting import KINDS, Unwanted, still_without, without
from scrapers.model import Cursor
from storage.chunks import in_chunks
from storage.model import ItemRef
from storage.schema import item, source

_VEIL_LENGTH = 32  # hexadecimal digits


def forget_in_cursors(connection: Connection, key: bytes, refs: Collection[ItemRef]) -> None:
    """Take items out of the cursors of their sources, which are locked; to be called while they are stored.

    Args:
        connection: of the purge.
        key: of the desk; under one made of it the cursors know the items again.
        refs: the items, stored or not.
    """
    wanted: dict[int, list[str]] = {}
    for ref in refs:
        wanted.setdefault(ref.source_id, []).append(ref.external_id)
    query = select(source.c.id, source.c.cursor).where(source.c.kind.in_(sorted(KINDS)))
    for row in list(in_chunks(connection, query, source.c.id, sorted(wanted))):
        items = _unwanted(connection, row.id, sorted(wanted[row.id]))
        veil = hmac.digest(key, f"cursor\0{row.id}".encode(), "sha256").hex()[:_VEIL_LENGTH]
        left = without(Cursor(values=row.cursor), items, veil)
        connection.execute(update(source).values(cursor=dict(left.values)).where(source.c.id == row.id))


def _unwanted(connection: Connection, source_id: int, names: Sequence[str]) -> list[Unwanted]:
    query = select(item.c.external_id, item.c.url).where(item.c.source_id == source_id)
    rows = in_chunks(connection, query, item.c.external_id, names)
    urls = {row.external_id: row.url for row in rows}
    return [Unwanted(external_id=name, url=urls.get(name)) for name in names]


def cursor_to_store(row: Row[Any], cursor: Cursor) -> Mapping[str, str | int]:
    """The values of a cursor that a poll brings: it may have begun before a purge, and name what went.

    Args:
        row: of the source, with its `kind` and `cursor`, which nobody changes before the new one is written.
        cursor: what the poll brings.
    """
    return still_without(cursor, Cursor(values=row.cursor)).values if row.kind in KINDS else cursor.values
