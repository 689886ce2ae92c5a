"""Alerts and items with all that showing them needs, read in a few questions however many there are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from scrapers.model import Forward, ItemKind, Precision
from storage.chunks import in_chunks
from storage.model import (
    AlertRecord,
    AlertStatus,
    EvidenceRecord,
    ItemRecord,
    ItemRef,
    MatchSpan,
    SubjectKind,
)
from storage.recall import its_origin
from storage.schema import alert, evidence, item, match, reading, revision, rule, source

ALSO_IN = 10  # names at most

ItemSeq = tuple[int, int]
Key = TypeVar("Key")
Value = TypeVar("Value")


# ---- items -----------------------------------------------------------------------------


def items_query() -> Select[Any]:
    """Stored items in their latest revision, with their latest views; rows for `item_record`."""
    views = (
        select(reading.c.views)
        .where(reading.c.item_id == item.c.id)
        .order_by(reading.c.observed_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    shown = ("text", "language", "edited", "deleted", "seq", "title")
    return (
        select(
            item,
            *(revision.c[name] for name in shown),
            source.c.config_id,
            source.c.name,
            its_origin.c.source_id.label("origin_source_id"),
            its_origin.c.external_id.label("origin_external_id"),
            views.label("views"),
        )
        .join(revision, and_(revision.c.item_id == item.c.id, revision.c.seq == item.c.latest_seq))
        .join(source, source.c.id == item.c.source_id)
        .outerjoin(its_origin, its_origin.c.id == item.c.origin_id)
    )


def item_record(row: Row[Any]) -> ItemRecord:
    """One row of `items_query`."""
    return ItemRecord(
        ref=ItemRef(source_id=row.source_id, external_id=row.external_id),
        source_config_id=row.config_id,
        source_name=row.name,
        kind=ItemKind(row.kind),
        url=row.url,
        title=row.title,
        text=row.text,
        language=row.language,
        published_at=row.published_at,
        published_precision=Precision(row.published_precision) if row.published_precision else None,
        first_seen_at=row.first_seen_at,
        edited=row.edited,
        deleted=row.deleted,
        views=row.views,
        forward=_forward(row),
        origin=_origin(row),
        seq=row.seq,
    )


def _forward(row: Row[Any]) -> Forward | None:
    if row.forward_channel is None:
        return None
    return Forward(channel=row.forward_channel, title=row.forward_title, message_id=row.forward_message_id)


def _origin(row: Row[Any]) -> ItemRef | None:
    if row.origin_external_id is None:
        return None
    return ItemRef(source_id=row.origin_source_id, external_id=row.origin_external_id)


# ---- alerts ----------------------------------------------------------------------------


class ReadPart(Protocol):
    """Reads one part of alerts, or does without it where it can't be read."""

    def __call__(self, read: Callable[[], dict[Key, Value]]) -> dict[Key, Value]:
        """What `read` finds, or nothing."""
        ...


def _surely(read: Callable[[], dict[Key, Value]]) -> dict[Key, Value]:
    return read()


def alerts_query() -> Select[Any]:
    """Alerts with their rule and source; rows for `alert_records`, which have no use for the labels."""
    shown = [column for column in alert.c if column is not alert.c.labels]
    return (
        select(*shown, rule.c.title.label("rule_title"), source.c.config_id, source.c.name)
        .outerjoin(rule, rule.c.id == alert.c.rule_id)
        .join(source, source.c.id == alert.c.source_id)
    )


def alert_records(
    connection: Connection, rows: Sequence[Row[Any]], part: ReadPart = _surely
) -> dict[str, AlertRecord]:
    """The alerts of `alerts_query` by id, with item, spans and the sources of copies, each read by `part`."""
    groups = [row.id for row in rows if row.subject_kind == SubjectKind.GROUP]
    listed = part(lambda: _evidence(connection, groups))
    own = sorted({row.item_id for row in rows if row.item_id is not None})
    item_ids = sorted({*own, *(proof.item_id for proofs in listed.values() for proof in proofs)})
    items = part(lambda: _items(connection, item_ids))
    spans = part(lambda: _spans(connection, own))
    also_in = part(lambda: _also_in(connection, own))
    return {
        row.id: replace(
            _alert_record(row, items.get(row.item_id), spans, also_in.get(row.item_id, ())),
            evidence=tuple(
                EvidenceRecord(item=items[proof.item_id], rule_title=proof.title or proof.rule_id)
                for proof in listed.get(row.id, ())
                if proof.item_id in items
            ),
        )
        for row in rows
    }


def _items(connection: Connection, item_ids: Sequence[int]) -> dict[int, ItemRecord]:
    return {row.id: item_record(row) for row in in_chunks(connection, items_query(), item.c.id, item_ids)}


EVIDENCE: Select[Any] = (
    select(evidence, rule.c.title)
    .outerjoin(rule, rule.c.id == evidence.c.rule_id)
    .order_by(evidence.c.alert_id, evidence.c.position)
)


def _evidence(connection: Connection, alert_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """What alerts on groups rest on, by alert, in order."""
    found: dict[str, list[Row[Any]]] = {}
    for row in in_chunks(connection, EVIDENCE, evidence.c.alert_id, alert_ids):
        found.setdefault(row.alert_id, []).append(row)
    return found


def _alert_record(
    row: Row[Any],
    shown: ItemRecord | None,
    spans: dict[tuple[int, int, str], tuple[MatchSpan, ...]],
    also_in: tuple[str, ...],
) -> AlertRecord:
    return AlertRecord(
        id=row.id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        rule_title=row.rule_title or row.rule_id,
        severity=row.severity,
        subject_kind=SubjectKind(row.subject_kind),
        subject_key=row.subject_key,
        status=AlertStatus(row.status),
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        headline=row.headline,
        reason=row.reason,
        copies=row.copies,
        also_in=also_in,
        source_config_id=row.config_id,
        source_name=row.name,
        item=shown,
        spans=() if shown is None else _spans_in(shown, row, spans),
    )


def _spans_in(
    shown: ItemRecord, row: Row[Any], spans: dict[tuple[int, int, str], tuple[MatchSpan, ...]]
) -> tuple[MatchSpan, ...]:
    """Those of the revision that is shown; a tombstone shows the words of the one before it."""
    own = spans.get((row.item_id, shown.seq, row.rule_id), ())
    if own or not shown.deleted:
        return own
    return spans.get((row.item_id, shown.seq - 1, row.rule_id), ())


def _spans(
    connection: Connection, item_ids: Sequence[int]
) -> dict[tuple[int, int, str], tuple[MatchSpan, ...]]:
    """By (item, seq, rule): spans are true of one revision only, so that an edited text is shown without."""
    query = select(match.c.item_id, match.c.seq, match.c.rule_id, match.c.spans).order_by(
        match.c.rule_version
    )
    return {
        (row.item_id, row.seq, row.rule_id): tuple(
            MatchSpan(field=field, start=start, end=end) for field, start, end in row.spans
        )
        for row in in_chunks(connection, query, match.c.item_id, item_ids)
    }


def _also_in(connection: Connection, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """For each item the names of the other sources that hold the same text, first seen first."""
    other = item.alias("other")
    root = func.coalesce(item.c.origin_id, item.c.id)
    query = (
        select(item.c.id, source.c.name)
        .join(other, or_(other.c.origin_id == root, other.c.id == root))
        .join(source, source.c.id == other.c.source_id)
        .where(other.c.source_id != item.c.source_id)
        .group_by(item.c.id, source.c.name)
        .order_by(item.c.id, func.min(other.c.first_seen_at), source.c.name)
    )
    names: dict[int, list[str]] = {}
    for row in in_chunks(connection, query, item.c.id, item_ids):
        names.setdefault(row.id, []).append(row.name)
    return {row_id: tuple(listed[:ALSO_IN]) for row_id, listed in names.items()}
