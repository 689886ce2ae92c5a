"""Purging: items go for good, with everything that was stored or said of them.

Copies in other sources stay, and the oldest of them becomes their origin. Alerts about a purged origin stay
without their words, so that it can be told that and when somebody was alerted. Keyed hashes stay
(`storage.purged`), so that neither the items nor their texts are collected or alerted again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, select, update

from storage.chunks import in_chunks
from storage.database import Dialect
from storage.forget import forget_in_cursors
from storage.model import TEXT_KEY, AlertStatus, ItemRef, NotificationStatus, PurgeReport, SubjectKind
from storage.purged import item_digest, make_key, origin_digest, remember
from storage.schema import (
    alert,
    alert_label,
    capture,
    item,
    notification,
    origin_key,
    revision,
    seen,
    source,
)

GONE = "(purged)"  # stands where words stood


@dataclass(frozen=True, kw_only=True, slots=True)
class _Purge:
    """One purge under way."""

    connection: Connection
    dialect: Dialect
    now: datetime
    key: bytes
    rows: dict[int, ItemRef]  # the stored ones among what is purged


def purge(
    connection: Connection, dialect: Dialect, refs: Collection[ItemRef], now: datetime, reason: str | None
) -> PurgeReport:
    """Remove items wherever they are. Of those that are not stored remember that they never should be."""
    _outdate_decisions(connection)
    key = make_key(connection, dialect, now)
    work = _Purge(
        connection=connection, dialect=dialect, now=now, key=key, rows=_stored_rows(connection, refs)
    )
    digests = {origin_digest(key, one) for one in _signs(work)} | {item_digest(key, ref) for ref in refs}
    revisions = _count_revisions(work)
    stripped = _strip_alerts(work, refs)
    on_their_way = _end_those_on_their_way(work, stripped)
    cancelled = _cancel_notifications(work, stripped)
    copies = _give_new_origins(work)
    forget_in_cursors(connection, key, refs)
    _remove(work, refs)
    remember(connection, dialect, digests, now, reason)
    return PurgeReport(
        items=len(work.rows),
        revisions=revisions,
        alerts=len(stripped),
        notifications=cancelled,
        on_their_way=on_their_way,
        copies_left=copies,
    )


def _outdate_decisions(connection: Connection) -> None:
    """Polls that recalled before this moment must decide again. Sources are locked first, as commits do."""
    connection.execute(select(source.c.id).order_by(source.c.id).with_for_update(key_share=True)).all()
    connection.execute(update(source).values(version=source.c.version + 1))


def _stored_rows(connection: Connection, refs: Collection[ItemRef]) -> dict[int, ItemRef]:
    found = {}
    for source_id in {ref.source_id for ref in refs}:
        names = sorted({ref.external_id for ref in refs if ref.source_id == source_id})
        query = select(item.c.id, item.c.external_id).where(item.c.source_id == source_id)
        for row in in_chunks(connection, query.with_for_update(), item.c.external_id, names):
            found[row.id] = ItemRef(source_id=source_id, external_id=row.external_id)
    return found


def _signs(work: _Purge) -> set[bytes]:
    """The keys by which copies of what goes would be known, save those of texts that stay elsewhere."""
    rows = sorted(work.rows)
    keys = select(origin_key.c.key)
    own = {row.key for row in in_chunks(work.connection, keys, origin_key.c.item_id, rows)}
    marks = select(revision.c.fingerprint).where(revision.c.fingerprint.is_not(None))
    texts = {
        TEXT_KEY + row.fingerprint for row in in_chunks(work.connection, marks, revision.c.item_id, rows)
    }
    claimed = {row.key for row in in_chunks(work.connection, keys, origin_key.c.key, sorted(texts - own))}
    return own | (texts - claimed)


def _count_revisions(work: _Purge) -> int:
    query = select(func.count()).where(revision.c.item_id.in_(sorted(work.rows)))
    return work.connection.execute(query).scalar_one()


# ---- alerts and what was to be told ----------------------------------------------------


def _strip_alerts(work: _Purge, refs: Collection[ItemRef]) -> list[str]:
    """Take the words out of alerts about what goes; those about a text that stays show that one instead."""
    subjects = {f"{ref.source_id}/{ref.external_id}": ref for ref in refs}
    stripped = []
    for row in _alerts_about(work, sorted(subjects)):
        stays = None if row.subject_key in subjects else _origin_that_stays(work, row.item_id)
        if stays is None:
            ref = subjects.get(row.subject_key) or work.rows[row.item_id]
            _strip(work, row, ref)
            stripped.append(row.id)
        else:
            _point_to(work, row.id, stays)
    return stripped


def _alerts_about(work: _Purge, subject_keys: Sequence[str]) -> list[Row[Any]]:
    of_items = select(alert.c.id, alert.c.item_id, alert.c.subject_key).with_for_update()
    of_subjects = of_items.where(alert.c.subject_kind != SubjectKind.INCIDENT)
    rows = (
        *in_chunks(work.connection, of_items, alert.c.item_id, sorted(work.rows)),
        *in_chunks(work.connection, of_subjects, alert.c.subject_key, subject_keys),
    )
    return list({row.id: row for row in rows}.values())


def _origin_that_stays(work: _Purge, row_id: int) -> Row[Any] | None:
    origin = item.alias("origin")
    query: Select[Any] = (
        select(origin.c.id, origin.c.source_id, origin.c.latest_seq, revision.c.title, revision.c.text)
        .join(item, item.c.origin_id == origin.c.id)
        .join(revision, (revision.c.item_id == origin.c.id) & (revision.c.seq == origin.c.latest_seq))
        .where(item.c.id == row_id, origin.c.id.not_in(sorted(work.rows)))
    )
    return work.connection.execute(query).one_or_none()


def _strip(work: _Purge, row: Row[Any], ref: ItemRef) -> None:
    """The subject keeps its shape (source row / name), which the timers of alerts are named by."""
    pseudonym = f"{ref.source_id}/purged:{item_digest(work.key, ref).hex()[:32]}"
    work.connection.execute(
        update(alert)
        .values(
            headline=GONE,
            reason=GONE,
            labels={},
            subject_key=pseudonym,
            item_id=None,
            seq=None,
            status=AlertStatus.CLOSED,
            updated_at=work.now,
            version=alert.c.version + 1,
        )
        .where(alert.c.id == row.id)
    )
    work.connection.execute(update(alert_label).values(note=None).where(alert_label.c.alert_id == row.id))


def _point_to(work: _Purge, alert_id: str, stays: Row[Any]) -> None:
    words = stays.title or next(filter(None, map(str.strip, stays.text.splitlines())), GONE)
    work.connection.execute(
        update(alert)
        .values(
            item_id=stays.id,
            source_id=stays.source_id,
            seq=stays.latest_seq,
            headline=words[:100],
            reason=GONE,
            version=alert.c.version + 1,
        )
        .where(alert.c.id == alert_id)
    )


def _end_those_on_their_way(work: _Purge, alert_ids: Sequence[str]) -> int:
    """They keep their leases, so that what became of the attempt can be written down when it ends."""
    ended = (
        update(notification)
        .values(
            status=NotificationStatus.PURGED,
            settled_at=work.now,
            settled_reason="what it would tell of was purged while it was on its way",
        )
        .where(
            notification.c.alert_id.in_(alert_ids),
            notification.c.status == NotificationStatus.PENDING,
            notification.c.lease_token.is_not(None),
        )
    )
    return work.connection.execute(ended).rowcount


def _cancel_notifications(work: _Purge, alert_ids: Sequence[str]) -> int:
    """Also those given up: they could be sent again."""
    unsent = (NotificationStatus.PENDING, NotificationStatus.DEAD)
    cancelled = (
        update(notification)
        .values(
            status=NotificationStatus.PURGED,
            settled_at=work.now,
            settled_reason="what it would tell of was purged",
            lease_token=None,
            lease_until=None,
            lease_worker=None,
        )
        .where(notification.c.alert_id.in_(alert_ids), notification.c.status.in_(unsent))
    )
    return work.connection.execute(cancelled).rowcount


# ---- rows ------------------------------------------------------------------------------


def _give_new_origins(work: _Purge) -> int:
    """The oldest copy that stays becomes the origin of the others. Returns how many copies stay."""
    left = 0
    for row_id in sorted(work.rows):
        copies = list(
            work.connection.scalars(
                select(item.c.id)
                .where(item.c.origin_id == row_id, item.c.id.not_in(sorted(work.rows)))
                .order_by(item.c.first_seen_at, item.c.id)
            )
        )
        if copies:
            _repoint(work.connection, item.c.id == copies[0], None)
            _repoint(work.connection, item.c.origin_id == row_id, copies[0])
        left += len(copies)
    _repoint(work.connection, item.c.id.in_(sorted(work.rows)), None)
    return left


def _repoint(connection: Connection, which: ColumnElement[bool], origin: int | None) -> None:
    connection.execute(update(item).values(origin_id=origin).where(which))


def _remove(work: _Purge, refs: Collection[ItemRef]) -> None:
    """Foreign keys take along what hangs on the items."""
    rows = sorted(work.rows)
    evidence = select(revision.c.capture_sha256).where(revision.c.capture_sha256.is_not(None))
    captures = {row.capture_sha256 for row in in_chunks(work.connection, evidence, revision.c.item_id, rows)}
    if rows:
        work.dialect.unindex(work.connection, rows)
        work.connection.execute(delete(item).where(item.c.id.in_(rows)))
    used = exists().where(revision.c.capture_sha256 == capture.c.sha256)
    work.connection.execute(delete(capture).where(capture.c.sha256.in_(sorted(captures)), ~used))
    for ref in refs:
        forget = delete(seen).where(seen.c.source_id == ref.source_id, seen.c.external_id == ref.external_id)
        work.connection.execute(forget)
