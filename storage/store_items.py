"""Writing the items of a decision: rows, revisions, readings, media, what was seen, the full-text index."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from storage.chunks import among_keys, by_keys
from storage.columns import storable
from storage.database import Dialect
from storage.errors import Stale
from storage.model import Decision, ItemRef, ItemUpdate, NewItem, NewRevision
from storage.positions import position_of
from storage.schema import item, media, origin_key, reading, revision, seen
from storage.search import tokens

ITEM_ROWS: Select[Any] = select(item.c.id, item.c.external_id).where(
    item.c.source_id == bindparam("source_id"), among_keys(item.c.external_id)
)
INSERT_ITEMS = insert(item).returning(item.c.id, item.c.external_id)
INSERT_ORIGIN_KEYS = insert(origin_key)
INSERT_REVISIONS = insert(revision)
INSERT_MEDIA = insert(media)
SET_LATEST = update(item).values(latest_seq=bindparam("newest")).where(item.c.id == bindparam("row"))
UPDATE_ITEM = (
    update(item)
    .values(missing_since=bindparam("missing"), refresh_at=bindparam("again"))
    .where(item.c.id == bindparam("row"))
)


class RowIds:
    """The rows of the items that a decision names."""

    def __init__(self, source_id: int) -> None:
        self._source_id = source_id
        self._rows: dict[ItemRef, int] = {}

    def look_up(self, connection: Connection, refs: Iterable[ItemRef]) -> None:
        """Find the rows of `refs`; those that have none stay unknown."""
        wanted: dict[int, set[str]] = {}
        for ref in refs:
            if ref not in self._rows:
                wanted.setdefault(ref.source_id, set()).add(ref.external_id)
        for source_id, names in wanted.items():
            self.learn(source_id, by_keys(connection, ITEM_ROWS, sorted(names), source_id=source_id))

    def learn(self, source_id: int, rows: Iterable[Row[Any]]) -> None:
        """Take in rows (id, external id) of a source's items."""
        for row in rows:
            self._rows[ItemRef(source_id=source_id, external_id=row.external_id)] = row.id

    def of(self, ref: ItemRef) -> int:
        """The row of an item. Raises `Stale` where it has none."""
        row = self._rows.get(ItemRef(source_id=ref.source_id, external_id=storable(ref.external_id)))
        if row is None:
            raise Stale(f"item {ref.external_id} of source {ref.source_id} is not stored (any more)")
        return row

    def own(self, external_id: str) -> int:
        """The row of an item of the decision's own source. Raises `Stale` where it has none."""
        return self.of(ItemRef(source_id=self._source_id, external_id=external_id))


def store_items(connection: Connection, dialect: Dialect, decision: Decision) -> RowIds:
    """Write all that a decision says of items. Raises `Stale` where an origin has gone."""
    ids = RowIds(decision.source_id)
    _insert_items(connection, decision, ids)
    ids.look_up(connection, _named(decision))
    _insert_origin_keys(connection, decision, ids)
    if decision.revisions:
        _insert_revisions(connection, decision, ids)
        _insert_media(connection, decision.revisions, ids)
        _remember_seen(connection, dialect, decision)
        _index(connection, dialect, decision.revisions, ids)
    if decision.readings:
        _insert_readings(connection, dialect, decision, ids)
    if decision.item_updates:
        _update_items(connection, decision.item_updates, ids)
    return ids


def _named(decision: Decision) -> list[ItemRef]:
    names = (
        {one.external_id for one in decision.items}
        | {one.external_id for one in decision.revisions}
        | {one.external_id for one in decision.readings}
        | {one.external_id for one in decision.item_updates}
        | {one.external_id for one in decision.matches}
        | {one.external_id for one in decision.alerts if one.external_id is not None}
    )
    return [ItemRef(source_id=decision.source_id, external_id=name) for name in names]


# ---- items and origins -----------------------------------------------------------------


def _insert_items(connection: Connection, decision: Decision, ids: RowIds) -> None:
    """Origins first, so that copies among them find their rows."""
    latest = {one.external_id: one.seq for one in sorted(decision.revisions, key=lambda one: one.seq)}
    origins = [one for one in decision.items if one.origin is None]
    copies = [one for one in decision.items if one.origin is not None]
    rows = [_item_row(one, decision.source_id, latest, None) for one in origins]
    if rows:
        ids.learn(decision.source_id, connection.execute(INSERT_ITEMS, rows))
    if copies:
        ids.look_up(connection, [one.origin for one in copies if one.origin is not None])
        rows = [_item_row(one, decision.source_id, latest, ids) for one in copies]
        ids.learn(decision.source_id, connection.execute(INSERT_ITEMS, rows))


def _item_row(
    one: NewItem, source_id: int, latest: Mapping[str, int], ids: RowIds | None
) -> dict[str, object]:
    forward = one.forward
    return {
        "source_id": source_id,
        "external_id": one.external_id,
        "kind": one.kind,
        "url": one.url,
        "published_at": one.published_at,
        "published_raw": one.published_raw,
        "published_precision": one.published_precision,
        "published_basis": one.published_basis,
        "first_seen_at": one.first_seen_at,
        "origin_id": None if one.origin is None or ids is None else ids.of(one.origin),
        "forward_channel": None if forward is None else forward.channel,
        "forward_title": None if forward is None else forward.title,
        "forward_message_id": None if forward is None else forward.message_id,
        "reply_to": one.reply_to,
        "latest_seq": latest.get(one.external_id, 0),
        "position": position_of(one.external_id, one.kind),
        "refresh_at": one.refresh_at,
    }


def _update_items(connection: Connection, updates: Sequence[ItemUpdate], ids: RowIds) -> None:
    connection.execute(
        UPDATE_ITEM,
        [
            {"row": ids.own(one.external_id), "missing": one.missing_since, "again": one.refresh_at}
            for one in updates
        ],
    )


def _insert_origin_keys(connection: Connection, decision: Decision, ids: RowIds) -> None:
    rows = {
        key: {"key": key, "item_id": ids.own(one.external_id) if one.origin is None else ids.of(one.origin)}
        for one in decision.items
        for key in one.origin_keys
    }
    if rows:
        connection.execute(INSERT_ORIGIN_KEYS, [rows[key] for key in sorted(rows)])


# ---- revisions -------------------------------------------------------------------------


def _insert_revisions(connection: Connection, decision: Decision, ids: RowIds) -> None:
    rows = [_revision_row(one, ids) for one in decision.revisions]
    connection.execute(INSERT_REVISIONS, rows)
    fresh = {one.external_id for one in decision.items}
    edits = [
        {"row": ids.own(one.external_id), "newest": one.seq}
        for one in sorted(decision.revisions, key=lambda one: one.seq)
        if one.external_id not in fresh
    ]
    if edits:
        connection.execute(SET_LATEST, edits)


def _revision_row(one: NewRevision, ids: RowIds) -> dict[str, object]:
    return {
        "item_id": ids.own(one.external_id),
        "seq": one.seq,
        "observed_at": one.observed_at,
        "deleted": one.deleted,
        "title": one.title,
        "text": one.text,
        "text_hash": one.text_hash,
        "fingerprint": one.fingerprint,
        "language": one.language,
        "declared_language": one.declared_language,
        "edited": one.edited,
        "modified_at": one.modified_at,
        "has": sorted(one.has),
        "flags": sorted(one.flags),
        "links": list(one.links),
        "analysis_version": one.analysis_version,
    }


def _insert_media(connection: Connection, revisions: Sequence[NewRevision], ids: RowIds) -> None:
    rows = [
        {
            "item_id": ids.own(one.external_id),
            "seq": one.seq,
            "position": position,
            "kind": part.kind,
            "native_id": part.native_id,
            "duration_ms": None if part.duration is None else part.duration // timedelta(milliseconds=1),
            "size": part.size,
            "title": part.title,
        }
        for one in revisions
        for position, part in enumerate(one.media)
    ]
    if rows:
        connection.execute(INSERT_MEDIA, rows)


def _remember_seen(connection: Connection, dialect: Dialect, decision: Decision) -> None:
    rows = [
        {
            "source_id": decision.source_id,
            "external_id": one.external_id,
            "text_hash": one.text_hash,
            "seen_at": one.observed_at,
        }
        for one in decision.revisions
    ]
    connection.execute(dialect.insert_new(seen), rows)


def _index(connection: Connection, dialect: Dialect, revisions: Sequence[NewRevision], ids: RowIds) -> None:
    """What a source deleted is found as it was last seen: a tombstone changes nothing."""
    latest = sorted((one for one in revisions if not one.deleted), key=lambda one: one.seq)
    documents = {ids.own(one.external_id): tokens(one.search_lemmas) for one in latest}
    if documents:
        dialect.index(connection, documents)


# ---- readings --------------------------------------------------------------------------


def _insert_readings(connection: Connection, dialect: Dialect, decision: Decision, ids: RowIds) -> None:
    rows = [
        {
            "item_id": ids.own(one.external_id),
            "observed_at": one.observed_at,
            "views": one.counters.views,
            "forwards": one.counters.forwards,
            "replies": one.counters.replies,
            "reactions": dict(one.counters.reactions),
            "raw": dict(one.counters.raw),
        }
        for one in decision.readings
    ]
    connection.execute(dialect.insert_new(reading), rows)
