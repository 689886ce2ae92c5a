"""What storage already knows of one poll's items, texts and alerts."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select
from sqlalchemy.sql.elements import KeyedColumnElement

from scrapers.model import ChannelFacts, Counters, Cursor
from storage.errors import UnknownSource
from storage.model import (
    AlertStatus,
    ItemRef,
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    KnownSource,
    OpenIncident,
    RecallKeys,
    SubjectKind,
)
from storage.purged import item_digest, key_of, origin_digest
from storage.schema import alert, incident, item, origin_key, purged, reading, revision, seen, source

CHUNK = 500  # keys in one question

its_origin = item.alias("its_origin")


def recall(connection: Connection, source_id: int, keys: RecallKeys) -> Known:
    """All that `keys` ask for, with the source first: what changes after that, its version gives away.

    An alert may outlive its item: it is known also where retention has taken what it is about.
    """
    known_source = recall_source(connection, source.c.id == source_id, source_id)
    items = _items(connection, source_id, keys.external_ids)
    origins = _origins(connection, keys.origin_keys)
    own = {ItemRef(source_id=source_id, external_id=name) for name in keys.external_ids}
    subjects = own | {known.ref for known in origins.values()} | {known.origin for known in items.values()}
    names = (*keys.alert_ids, *(incident.id for incident in known_source.incidents.values()))
    purged_items, purged_keys = _purged(connection, source_id, keys)
    return Known(
        source=known_source,
        items=items,
        origins=origins,
        alerts=_alerts(connection, subjects, names),
        seen=_seen(connection, source_id, keys.external_ids),
        purged=purged_items,
        purged_keys=purged_keys,
    )


# ---- the source ------------------------------------------------------------------------


def recall_source(connection: Connection, which: ColumnElement[bool], name: object) -> KnownSource:
    """The state of one source. Raises `UnknownSource`."""
    row = connection.execute(select(source).where(which)).one_or_none()
    if row is None:
        raise UnknownSource(f"no source {name} is known here")
    incidents, episodes = _incidents(connection, row.id)
    return KnownSource(
        id=row.id,
        config_id=row.config_id,
        native_id=row.native_id,
        cursor=Cursor(values=row.cursor),
        version=row.version,
        first_polled_at=row.first_polled_at,
        last_success_at=row.last_success_at,
        failures=row.failures,
        incidents=incidents,
        incident_episodes=episodes,
        backfill_cursor=Cursor(values=row.backfill_cursor or {}),
        channel=_channel(row),
    )


def _channel(row: Row[Any]) -> ChannelFacts | None:
    if row.labels is None:
        return None
    return ChannelFacts(
        native_id=row.native_id,
        username=row.username,
        title=row.title,
        description=row.description,
        labels=frozenset(row.labels),
        subscribers=row.subscribers,
        subscribers_raw=row.subscribers_raw,
    )


def _incidents(connection: Connection, source_id: int) -> tuple[dict[str, OpenIncident], dict[str, int]]:
    rows = connection.execute(
        select(incident, alert.c.version)
        .outerjoin(alert, alert.c.id == incident.c.id)
        .where(incident.c.source_id == source_id)
    ).all()
    open_ones = {
        row.kind: OpenIncident(
            id=row.id, kind=row.kind, opened_at=row.opened_at, alert_version=row.version or 0
        )
        for row in rows
        if row.closed_at is None
    }
    kinds = [row.kind for row in rows]
    return open_ones, {kind: kinds.count(kind) for kind in kinds}


# ---- items, origins, alerts, what was seen ---------------------------------------------


def in_chunks(
    connection: Connection, query: Select[Any], column: KeyedColumnElement[Any], keys: Sequence[object]
) -> Iterator[Row[Any]]:
    """Rows of `query` whose `column` is one of `keys`."""
    for start in range(0, len(keys), CHUNK):
        yield from connection.execute(query.where(column.in_(keys[start : start + CHUNK])))


def _items(connection: Connection, source_id: int, external_ids: Sequence[str]) -> dict[str, KnownItem]:
    latest = and_(revision.c.item_id == item.c.id, revision.c.seq == item.c.latest_seq)
    newest = reading.alias("newest")
    last_read = select(func.max(newest.c.observed_at)).where(newest.c.item_id == item.c.id).scalar_subquery()
    latest_reading = and_(reading.c.item_id == item.c.id, reading.c.observed_at == last_read)
    query = (
        select(
            item.c.external_id,
            item.c.first_seen_at,
            its_origin.c.source_id.label("origin_source_id"),
            its_origin.c.external_id.label("origin_external_id"),
            revision,
            reading.c.observed_at.label("read_at"),
            *(reading.c[name] for name in ("views", "forwards", "replies", "reactions", "raw")),
        )
        .join(revision, latest)
        .outerjoin(its_origin, its_origin.c.id == item.c.origin_id)
        .outerjoin(reading, latest_reading)
        .where(item.c.source_id == source_id)
    )
    rows = in_chunks(connection, query, item.c.external_id, external_ids)
    return {row.external_id: _known_item(source_id, row) for row in rows}


def _known_item(source_id: int, row: Row[Any]) -> KnownItem:
    itself = ItemRef(source_id=source_id, external_id=row.external_id)
    return KnownItem(
        ref=itself,
        first_seen_at=row.first_seen_at,
        origin=itself
        if row.origin_external_id is None
        else ItemRef(source_id=row.origin_source_id, external_id=row.origin_external_id),
        current=_known_revision(row),
        counters=None if row.read_at is None else _counters(row),
        read_at=row.read_at,
    )


def _known_revision(row: Row[Any]) -> KnownRevision:
    return KnownRevision(
        seq=row.seq,
        observed_at=row.observed_at,
        title=row.title,
        text=row.text,
        text_hash=row.text_hash,
        language=row.language,
        edited=row.edited,
        has=frozenset(row.has),
        flags=frozenset(row.flags),
        deleted=row.deleted,
    )


def _counters(row: Row[Any]) -> Counters:
    return Counters(
        views=row.views, forwards=row.forwards, replies=row.replies, reactions=row.reactions, raw=row.raw
    )


def _origins(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, KnownOrigin]:
    copy = item.alias("copy")
    copies = select(func.count()).where(copy.c.origin_id == item.c.id).scalar_subquery()
    query = (
        select(
            origin_key.c.key,
            item.c.source_id,
            item.c.external_id,
            item.c.first_seen_at,
            source.c.name,
            copies.label("copies"),
        )
        .join(item, item.c.id == origin_key.c.item_id)
        .join(source, source.c.id == item.c.source_id)
    )
    return {row.key: _known_origin(row) for row in in_chunks(connection, query, origin_key.c.key, keys)}


def _known_origin(row: Row[Any]) -> KnownOrigin:
    return KnownOrigin(
        ref=ItemRef(source_id=row.source_id, external_id=row.external_id),
        source_name=row.name,
        first_seen_at=row.first_seen_at,
        items=1 + row.copies,
    )


def _alerts(connection: Connection, subjects: set[ItemRef], names: Sequence[str]) -> tuple[KnownAlert, ...]:
    query = select(alert).where(alert.c.status == AlertStatus.OPEN)
    on_origins = query.where(alert.c.subject_kind == SubjectKind.ORIGIN)
    subject_keys = sorted(f"{subject.source_id}/{subject.external_id}" for subject in subjects)
    rows = [
        *in_chunks(connection, on_origins, alert.c.subject_key, subject_keys),
        *in_chunks(connection, query, alert.c.id, names),
    ]
    known = {row.id: _known_alert(row) for row in rows}
    return tuple(known[name] for name in sorted(known))


def _known_alert(row: Row[Any]) -> KnownAlert:
    return KnownAlert(
        id=row.id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        severity=row.severity,
        subject_kind=SubjectKind(row.subject_kind),
        subject_key=row.subject_key,
        episode=row.episode,
        labels=labels(row.labels),
        copies=row.copies,
        told_copies=row.told_copies,
        told_at=row.told_at,
        version=row.version,
    )


def labels(stored: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Labels of an alert, out of JSON."""
    return {name: tuple(values) for name, values in stored.items()}


def _seen(
    connection: Connection, source_id: int, external_ids: Sequence[str]
) -> frozenset[tuple[str, bytes]]:
    query = select(seen.c.external_id, seen.c.text_hash).where(seen.c.source_id == source_id)
    rows = in_chunks(connection, query, seen.c.external_id, external_ids)
    return frozenset((row.external_id, row.text_hash) for row in rows)


def _purged(
    connection: Connection, source_id: int, keys: RecallKeys
) -> tuple[frozenset[str], frozenset[bytes]]:
    key = key_of(connection)
    if key is None:
        return frozenset(), frozenset()
    items = {
        item_digest(key, ItemRef(source_id=source_id, external_id=name)): name for name in keys.external_ids
    }
    signs = {origin_digest(key, sign): sign for sign in keys.origin_keys}
    rows = in_chunks(connection, select(purged.c.digest), purged.c.digest, [*items, *signs])
    found = {row.digest for row in rows}
    return (
        frozenset(name for digest, name in items.items() if digest in found),
        frozenset(sign for digest, sign in signs.items() if digest in found),
    )
