"""What a draft writes of items: rows out of analysed items, and out of stored ones. Pure."""

from datetime import datetime

from monitor.alerts import alert_id, origin_key
from monitor.analyse import Analysed, read_texts
from monitor.diff import digest, word_diff
from monitor.document import DELETED, features, flags
from monitor.excerpt import headline
from monitor.fingerprint import fingerprint
from monitor.mask import mask, mask_spans
from monitor.rules import Rule, RuleMatch
from monitor.text import ANALYSIS_VERSION
from monitor.text.search import index_words
from scrapers.model import Counters, Item, Source
from storage.model import (
    ItemRef,
    KnownItem,
    KnownRevision,
    NewAlert,
    NewItem,
    NewRevision,
    SubjectKind,
)


def new_item(
    analysed: Analysed,
    origin: ItemRef,
    itself: ItemRef,
    unclaimed: tuple[bytes, ...],
    now: datetime,
    refresh_at: datetime | None,
) -> NewItem:
    """An item seen for the first time; `unclaimed` are the origin keys that are new with it."""
    item = analysed.item
    return NewItem(
        external_id=item.external_id,
        kind=item.kind,
        url=item.url,
        published_at=item.published_at,
        published_raw=item.published_raw,
        published_precision=item.published_precision,
        published_basis=item.published_basis,
        first_seen_at=now,
        origin=None if origin == itself else origin,
        origin_keys=unclaimed,
        forward=item.forward,
        reply_to=item.reply_to,
        refresh_at=refresh_at,
    )


def new_revision(analysed: Analysed, seq: int, observed_at: datetime) -> NewRevision:
    """An item as it was fetched."""
    item = analysed.item
    return NewRevision(
        external_id=item.external_id,
        seq=seq,
        observed_at=observed_at,
        title=item.title,
        text=item.text,
        text_hash=analysed.text_hash,
        fingerprint=analysed.fingerprint,
        language=analysed.language,
        declared_language=item.language,
        edited=item.edited,
        modified_at=item.modified_at,
        has=features(item),
        flags=flags(item),
        links=item.links,
        media=item.media,
        analysis_version=analysed.analysis_version,
        search_lemmas=analysed.search_lemmas,
    )


def repeated(stored: KnownItem, observed_at: datetime, *, deleted: bool) -> NewRevision:
    """The latest revision once more: as a tombstone that keeps the text, or as what came back without one.

    Media stay with the revision before.
    """
    latest = stored.current
    return NewRevision(
        external_id=stored.ref.external_id,
        seq=latest.seq + 1,
        observed_at=observed_at,
        title=latest.title,
        text=latest.text,
        text_hash=latest.text_hash,
        fingerprint=fingerprint(latest.title, latest.text),
        language=latest.language,
        declared_language=None,
        edited=latest.edited,
        modified_at=None,
        has=latest.has,
        flags=latest.flags | {DELETED} if deleted else latest.flags - {DELETED},
        links=latest.links,
        media=(),
        analysis_version=ANALYSIS_VERSION,
        search_lemmas=index_words(*read_texts(latest.title, latest.text, latest.language)),
        deleted=deleted,
    )


def alert_on_origin(
    analysed: Analysed,
    match: RuleMatch,
    origin: ItemRef,
    source: Source,
    now: datetime,
    seq: int,
    copies: int,
    reason: str,
) -> NewAlert:
    """The alert that a rule opens on a text, wherever that stands."""
    item = analysed.item
    return NewAlert(
        id=alert_id(match.rule.id, SubjectKind.ORIGIN, origin_key(origin)),
        rule_id=match.rule.id,
        rule_version=match.rule.version,
        severity=match.rule.severity,
        subject_kind=SubjectKind.ORIGIN,
        subject_key=origin_key(origin),
        episode=0,
        opened_at=now,
        external_id=item.external_id,
        seq=seq,
        headline=headline(item.title, item.text, masked=False),
        reason=reason,
        labels=_labels(match.rule, source, SubjectKind.ORIGIN, analysed.language),
        copies=copies,
    )


def alert_on_deletion(
    stored: KnownItem, match: RuleMatch, source: Source, now: datetime, *, masked: bool
) -> NewAlert:
    """The alert that a rule opens on one item that its source took away."""
    latest = stored.current
    said = headline(latest.title, latest.text, masked=masked)
    return NewAlert(
        id=alert_id(match.rule.id, SubjectKind.DELETION, origin_key(stored.ref)),
        rule_id=match.rule.id,
        rule_version=match.rule.version,
        severity=match.rule.severity,
        subject_kind=SubjectKind.DELETION,
        subject_key=origin_key(stored.ref),
        episode=0,
        opened_at=now,
        external_id=stored.ref.external_id,
        seq=latest.seq + 1,
        headline=headline(latest.title, latest.text, masked=False),
        reason=f"the source took it away; it said “{said}”" if said else "the source took it away",
        labels=_labels(match.rule, source, SubjectKind.DELETION, latest.language),
    )


def _labels(
    rule: Rule, source: Source, subject: SubjectKind, language: str | None
) -> dict[str, tuple[str, ...]]:
    return {
        "rule": (rule.id,),
        "severity": (rule.severity,),
        "source": (source.id,),
        "kind": (source.kind,),
        "tag": source.tags,
        "subject": (subject,),
        "lang": (language,) if language else (),
    }


def matched_reason(match: RuleMatch, item: Item, *, masked: bool) -> str:
    """What made the rule true: words and counters, e.g. 'matched "ротации", "отпуск"; 1,020,000 views'."""
    words = ", ".join(_matched_words(match, item, masked=masked)[:8])
    parts = [f"matched {words}"] if words else []
    if match.rule.query.reads_counters:
        parts += _counted(item.counters or Counters())
    return "; ".join(parts) or "it is as asked for: " + ", ".join(match.rule.query.terms()[:8])


def _matched_words(match: RuleMatch, item: Item, *, masked: bool) -> list[str]:
    shown = {"title": item.title or "", "text": item.text}
    hidden = {field: mask_spans(text) if masked else [] for field, text in shown.items()}
    words = dict.fromkeys(
        next(
            (label for start, end, label in hidden[span.field] if start < span.end and span.start < end),
            f'"{shown[span.field][span.start : span.end]}"',
        )
        for span in match.spans
    )
    return list(words)


def _counted(counters: Counters) -> list[str]:
    numbers = {"views": counters.views, "forwards": counters.forwards}
    return [f"{number:,} {name}" for name, number in numbers.items() if number is not None]


def changed_reason(before: KnownRevision, item: Item, *, masked: bool) -> str:
    """What an edit changed, e.g. 'edited: “…rotace v [-březnu-] {+červnu+}…”'."""
    texts = ("\n".join(filter(None, (one.title, one.text))) for one in (before, item))
    old, new = (mask(text) if masked else text for text in texts)
    told = digest(word_diff(old, new))
    how = "the source shows it again, edited" if before.deleted else "edited"
    return f"{how}: “{told}”" if told else f"{how}, its words unchanged"
