"""What storage already knows of one poll's items, texts and alerts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select
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
from storage.rhythm import published_times
from storage.schema import (
    alert,
    audience,
    incident,
    item,
    origin_key,
    purged,
    reading,
    revision,
    seen,
    source,
)

CHUNK = 500  # keys in one question
AUDIENCE_SPAN = timedelta(days=7)  # in which the most subscribers are looked for
ON_ITEMS = (SubjectKind.ORIGIN, SubjectKind.DELETION)  # alerts whose subject is named like an item

its_origin = item.alias("its_origin")


def recall(connection: Connection, source_id: int, keys: RecallKeys) -> Known:
    """All that `keys` ask for, with the source first: what changes after that, its version gives away.

    An alert may outlive its item: it is known also where retention has taken what it is about.
    """
    known_source = recall_source(connection, source.c.id == source_id, source_id)
    items = _items(connection, source_id, keys)
    origins = _origins(connection, keys.origin_keys)
    own = {ItemRef(source_id=source_id, external_id=name) for name in {*keys.external_ids, *items}}
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
        times=published_times(connection, source_id, keys.times_since),
        purged_keys=purged_keys,
    )


# ---- the source ------------------------------------------------------------------------

SOURCE_STATE: Select[Any] = select(
    source,
    select(func.min(item.c.refresh_at))
    .where(item.c.source_id == source.c.id, item.c.refresh_at.is_not(None))
    .scalar_subquery()
    .label("next_refresh_at"),
    select(func.max(audience.c.observed_at))
    .where(audience.c.source_id == source.c.id)
    .scalar_subquery()
    .label("subscribers_read_at"),
)


def recall_source(connection: Connection, which: ColumnElement[bool], name: object) -> KnownSource:
    """The state of one source. Raises `UnknownSource`."""
    row = connection.execute(SOURCE_STATE.where(which)).one_or_none()
    if row is None:
        raise UnknownSource(f"no source {name} is known here")
    incidents, episodes, ended = _incidents(connection, row.id)
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
        incidents_ended=ended,
        outcome=row.outcome,
        backfill_cursor=Cursor(values=row.backfill_cursor or {}),
        channel=_channel(row),
        last_new_at=row.last_new_at,
        pace=row.pace,
        next_refresh_at=row.next_refresh_at,
        most_subscribers=_most_subscribers(connection, row.id, row.subscribers_read_at),
        subscribers_read_at=row.subscribers_read_at,
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


def _most_subscribers(connection: Connection, source_id: int, latest: datetime | None) -> int | None:
    """In the week up to the latest reading, of a channel that stood still as of any other."""
    if latest is None:
        return None
    lately = (audience.c.source_id == source_id) & (audience.c.observed_at >= latest - AUDIENCE_SPAN)
    most: int | None = connection.scalar(select(func.max(audience.c.subscribers)).where(lately))
    return most


def _incidents(
    connection: Connection, source_id: int
) -> tuple[dict[str, OpenIncident], dict[str, int], dict[str, datetime]]:
    """The open ones, how many there have been, and when the last one ended, by kind."""
    rows = connection.execute(
        select(incident, alert.c.version, alert.c.updated_at, alert.c.reason.label("told"))
        .outerjoin(alert, alert.c.id == incident.c.id)
        .where(incident.c.source_id == source_id)
        .order_by(incident.c.closed_at)
    ).all()
    open_ones = {row.kind: _open_incident(row) for row in rows if row.closed_at is None}
    kinds = [row.kind for row in rows]
    ended = {row.kind: row.closed_at for row in rows if row.closed_at is not None}
    return open_ones, {kind: kinds.count(kind) for kind in kinds}, ended


def _open_incident(row: Row[Any]) -> OpenIncident:
    return OpenIncident(
        id=row.id,
        kind=row.kind,
        opened_at=row.opened_at,
        alert_version=row.version or 0,
        reason=row.told or row.reason,
        changed_at=row.updated_at,
    )


# ---- items, origins, alerts, what was seen ---------------------------------------------


def in_chunks(
    connection: Connection, query: Select[Any], column: KeyedColumnElement[Any], keys: Sequence[object]
) -> Iterator[Row[Any]]:
    """Rows of `query` whose `column` is one of `keys`."""
    for part in _chunks(keys):
        yield from connection.execute(query.where(column.in_(part)))


def _chunks(keys: Sequence[object]) -> list[Sequence[object]]:
    return [keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK)]


_ITEM_COLUMNS = (
    "external_id",
    "url",
    "published_at",
    "first_seen_at",
    "position",
    "missing_since",
    "refresh_at",
)
_newest = reading.alias("newest")
_last_read = select(func.max(_newest.c.observed_at)).where(_newest.c.item_id == item.c.id).scalar_subquery()

ITEM_STATE: Select[Any] = (
    select(
        *(item.c[name] for name in _ITEM_COLUMNS),
        its_origin.c.source_id.label("origin_source_id"),
        its_origin.c.external_id.label("origin_external_id"),
        revision,
        reading.c.observed_at.label("read_at"),
        *(reading.c[name] for name in ("views", "forwards", "replies", "reactions", "raw")),
    )
    .join(revision, and_(revision.c.item_id == item.c.id, revision.c.seq == item.c.latest_seq))
    .outerjoin(its_origin, its_origin.c.id == item.c.origin_id)
    .outerjoin(reading, and_(reading.c.item_id == item.c.id, reading.c.observed_at == _last_read))
)


def _items(connection: Connection, source_id: int, keys: RecallKeys) -> dict[str, KnownItem]:
    """The items asked for by name, and those whose numbers lie in the range that is shown."""
    which: list[ColumnElement[bool]] = [item.c.external_id.in_(names) for names in _chunks(keys.external_ids)]
    if keys.shown is not None:
        which[:1] = [or_(*which[:1], item.c.position.between(*keys.shown))]
    of_source = ITEM_STATE.where(item.c.source_id == source_id)
    rows = [row for wanted in which for row in connection.execute(of_source.where(wanted))]
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
        counters=None if row.read_at is None else counters_of(row),
        read_at=row.read_at,
        url=row.url,
        published_at=row.published_at,
        position=row.position,
        missing_since=row.missing_since,
        refresh_at=row.refresh_at,
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


def counters_of(row: Row[Any]) -> Counters:
    """The counters of a row that holds the columns of a reading."""
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
    on_items = query.where(alert.c.subject_kind.in_(ON_ITEMS))
    subject_keys = sorted(f"{subject.source_id}/{subject.external_id}" for subject in subjects)
    rows = [
        *in_chunks(connection, on_items, alert.c.subject_key, subject_keys),
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
