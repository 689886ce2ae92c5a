"""What storage already knows of one poll's items, texts and alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, select, union

from scrapers.model import Counters, ItemKind
from storage.chunks import CHUNK, among_keys, by_keys
from storage.model import (
    TEXT_KEY,
    AlertStatus,
    ItemRef,
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    RecallKeys,
    SubjectKind,
)
from storage.purged import item_digest, origin_digest
from storage.recall_source import known_source_of, other_sources, source_state
from storage.rhythm import published_times
from storage.schema import (
    alert,
    item,
    match,
    notification,
    origin_key,
    purged,
    reading,
    revision,
    seen,
    source,
)

TOLD_OF_DELETION = "deleted"  # `monitor.message.Change.DELETED`
ON_ITEMS = (SubjectKind.ORIGIN, SubjectKind.DELETION)  # alerts whose subject is named like an item

its_origin = item.alias("its_origin")


def recall(connection: Connection, source_id: int, keys: RecallKeys) -> Known:
    """All that `keys` ask for, with the source first: what changes after that, its version gives away.

    An alert may outlive its item: it is known also where retention has taken what it is about.
    """
    state = source_state(connection, source_id)
    known_source = known_source_of(connection, state)
    rows = _item_rows(connection, source_id, keys)
    items = {row.external_id: _known_item(row) for row in rows}
    origins = _origins(connection, keys.origin_keys)
    seen_ones = _seen(connection, source_id, keys.external_ids)
    named = items.keys() | {name for name, _ in seen_ones}  # of no others can there be alerts
    own = {ItemRef(source_id=source_id, external_id=name) for name in named}
    subjects = own | {known.ref for known in origins.values()} | {known.origin for known in items.values()}
    names = (*keys.alert_ids, *(incident.id for incident in known_source.incidents.values()))
    purged_items, purged_keys = _purged(connection, state.purge_key, source_id, keys, rows)
    matches, standing = _matches(connection, {row.id: row for row in rows})
    return Known(
        source=known_source,
        items=items,
        origins=origins,
        alerts=_alerts(connection, subjects, names),
        seen=seen_ones,
        purged=purged_items,
        times=published_times(connection, source_id, keys.times_since),
        matches=matches,
        standing=standing,
        purged_keys=purged_keys,
        others=other_sources(connection, source_id) if keys.others else None,
    )


# ---- items, origins, alerts, what was seen ---------------------------------------------


_ITEM_COLUMNS = (
    "id",
    "source_id",
    "external_id",
    "kind",
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


MOST_SHOWN = 1_000  # items of one range: where a channel was emptied, others are left to their own turns

_rows_of_source = select(item.c.id).where(item.c.source_id == bindparam("source_id"))
_newest_shown = (
    _rows_of_source.where(item.c.position.between(bindparam("lowest"), bindparam("highest")))
    .order_by(item.c.position.desc())
    .limit(bindparam("most"))
    .subquery("newest_shown")
)

ITEMS_NAMED = ITEM_STATE.where(item.c.source_id == bindparam("source_id"), among_keys(item.c.external_id))
ITEMS_SHOWN = ITEM_STATE.where(
    item.c.id.in_(  # each half by an index of its own, which OR would make SQLite forget
        union(
            _rows_of_source.where(among_keys(item.c.external_id)),
            select(_newest_shown.c.id),
        )
    )
)


def _item_rows(connection: Connection, source_id: int, keys: RecallKeys) -> list[Row[Any]]:
    """The items asked for by name, and the newest of those whose numbers lie in the range that is shown."""
    names = keys.external_ids
    if keys.shown is None:
        return list(by_keys(connection, ITEMS_NAMED, names, source_id=source_id))
    lowest, highest = keys.shown
    span = {"lowest": lowest, "highest": highest, "most": MOST_SHOWN}
    shown = connection.execute(ITEMS_SHOWN, {"source_id": source_id, "keys": names[:CHUNK], **span}).all()
    return [*shown, *by_keys(connection, ITEMS_NAMED, names[CHUNK:], source_id=source_id)]


def _known_item(row: Row[Any]) -> KnownItem:
    return KnownItem(
        ref=ItemRef(source_id=row.source_id, external_id=row.external_id),
        first_seen_at=row.first_seen_at,
        origin=origin_of(row),
        current=revision_of(row),
        counters=None if row.read_at is None else counters_of(row),
        read_at=row.read_at,
        url=row.url,
        published_at=row.published_at,
        position=row.position,
        missing_since=row.missing_since,
        refresh_at=row.refresh_at,
        kind=ItemKind(row.kind),
    )


def origin_of(row: Row[Any]) -> ItemRef:
    """The origin of the item of a row, itself where it is one."""
    if row.origin_external_id is None:
        return ItemRef(source_id=row.source_id, external_id=row.external_id)
    return ItemRef(source_id=row.origin_source_id, external_id=row.origin_external_id)


def revision_of(row: Row[Any]) -> KnownRevision:
    """The content state of a row that holds the columns of a revision."""
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
        links=tuple(row.links),
    )


def counters_of(row: Row[Any]) -> Counters:
    """The counters of a row that holds the columns of a reading."""
    return Counters(
        views=row.views, forwards=row.forwards, replies=row.replies, reactions=row.reactions, raw=row.raw
    )


MATCHES = select(match.c.item_id, match.c.seq, match.c.rule_id, match.c.rule_version, match.c.ended_at).where(
    among_keys(match.c.item_id)
)

Matched = frozenset[tuple[str, int, str, int]]


def _matches(connection: Connection, rows: Mapping[int, Row[Any]]) -> tuple[Matched, Matched]:
    """Which versions of rules are true already of the latest revisions of these items, and which count."""
    latest, standing = set(), set()
    for row in by_keys(connection, MATCHES, sorted(rows)):
        shown = rows[row.item_id]
        matched = (shown.external_id, row.seq, row.rule_id, row.rule_version)
        if row.seq == shown.seq:
            latest.add(matched)
        if row.ended_at is None:
            standing.add(matched)
    return frozenset(latest), frozenset(standing)


_copy = item.alias("copy")

ORIGINS: Select[Any] = (
    select(
        origin_key.c.key,
        item.c.source_id,
        item.c.external_id,
        item.c.first_seen_at,
        source.c.name,
        select(func.count()).where(_copy.c.origin_id == item.c.id).scalar_subquery().label("copies"),
    )
    .join(item, item.c.id == origin_key.c.item_id)
    .join(source, source.c.id == item.c.source_id)
    .where(among_keys(origin_key.c.key))
)


def _origins(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, KnownOrigin]:
    return {row.key: _known_origin(row) for row in by_keys(connection, ORIGINS, keys)}


def _known_origin(row: Row[Any]) -> KnownOrigin:
    return KnownOrigin(
        ref=ItemRef(source_id=row.source_id, external_id=row.external_id),
        source_name=row.name,
        first_seen_at=row.first_seen_at,
        items=1 + row.copies,
    )


_opener = item.alias("opener")
_told_of_deletion = exists().where(
    notification.c.alert_id == alert.c.id, notification.c.change == TOLD_OF_DELETION
)

ALERTS: Select[Any] = select(
    alert,
    _opener.c.source_id.label("opener_source_id"),
    _opener.c.external_id.label("opener_external_id"),
    _told_of_deletion.label("deletion_told"),
).outerjoin(_opener, _opener.c.id == alert.c.item_id)
OPEN_ALERTS = ALERTS.where(alert.c.status == AlertStatus.OPEN)
ALERTS_ON_ITEMS = OPEN_ALERTS.where(alert.c.subject_kind.in_(ON_ITEMS), among_keys(alert.c.subject_key))
ALERTS_NAMED = OPEN_ALERTS.where(among_keys(alert.c.id))


def _alerts(connection: Connection, subjects: set[ItemRef], names: Sequence[str]) -> tuple[KnownAlert, ...]:
    subject_keys = sorted(f"{subject.source_id}/{subject.external_id}" for subject in subjects)
    rows = [
        *by_keys(connection, ALERTS_ON_ITEMS, subject_keys),
        *by_keys(connection, ALERTS_NAMED, names),
    ]
    known = {row.id: known_alert(row) for row in rows}
    return tuple(known[name] for name in sorted(known))


def known_alert(row: Row[Any], told_to: frozenset[str] = frozenset()) -> KnownAlert:
    """A row of `ALERTS`."""
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
        opened_by=None
        if row.opener_external_id is None
        else ItemRef(source_id=row.opener_source_id, external_id=row.opener_external_id),
        deletion_told=row.deletion_told,
        status=AlertStatus(row.status),
        began_at=row.began_at,
        lasted_until=row.lasted_until,
        told_to=told_to,
    )


def labels(stored: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Labels of an alert, out of JSON."""
    return {name: tuple(values) for name, values in stored.items()}


SEEN = select(seen.c.external_id, seen.c.text_hash).where(
    seen.c.source_id == bindparam("source_id"), among_keys(seen.c.external_id)
)


def _seen(
    connection: Connection, source_id: int, external_ids: Sequence[str]
) -> frozenset[tuple[str, bytes]]:
    rows = by_keys(connection, SEEN, external_ids, source_id=source_id)
    return frozenset((row.external_id, row.text_hash) for row in rows)


PURGED = select(purged.c.digest).where(among_keys(purged.c.digest))


def _purged(
    connection: Connection, key: bytes | None, source_id: int, keys: RecallKeys, rows: Sequence[Row[Any]]
) -> tuple[frozenset[str], frozenset[bytes]]:
    """Of the names and origin keys that are asked for, and of the stored items' texts, those purged."""
    if key is None:
        return frozenset(), frozenset()
    items = {
        item_digest(key, ItemRef(source_id=source_id, external_id=name)): name for name in keys.external_ids
    }
    texts = (TEXT_KEY + row.fingerprint for row in rows if row.fingerprint is not None)
    signs = {origin_digest(key, sign): sign for sign in (*keys.origin_keys, *texts)}
    found = {row.digest for row in by_keys(connection, PURGED, [*items, *signs])}
    return (
        frozenset(name for digest, name in items.items() if digest in found),
        frozenset(sign for digest, sign in signs.items() if digest in found),
    )
