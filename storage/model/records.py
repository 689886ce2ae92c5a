"""What is shown: items and alerts as they stand, and reports."""

from dataclasses import dataclass
from datetime import datetime

from scrapers.model import Counters, Forward, ItemKind, Precision
from storage.model.words import AlertStatus, ItemRef, MatchSpan, NotificationStatus, SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFacts:
    """What rules may ask of a stored item besides its words, as of its latest revision and reading."""

    source_kind: str  # of its source: telegram_web, feed, page, ...
    forwards: int | None
    has: frozenset[str]  # kinds of media, "link", "forward"
    flags: frozenset[str]  # of "edited", "forwarded", "summary", "deleted"
    links: tuple[str, ...]  # addresses that it points to


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRecord:
    """A stored item with its latest revision, to be shown: what was deleted shows what it last was."""

    ref: ItemRef
    source_config_id: str
    source_name: str
    kind: ItemKind
    url: str | None
    title: str | None
    text: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    edited: bool
    views: int | None
    forward: Forward | None
    origin: ItemRef | None
    seq: int
    published_precision: Precision | None = None  # None: not known, or no time
    deleted: bool = False  # the source no longer shows it
    facts: ItemFacts | None = None  # None: not read, for it is only to be shown


@dataclass(frozen=True, kw_only=True, slots=True)
class RevisionRecord:
    """One content state of an item."""

    seq: int  # from 1
    observed_at: datetime
    title: str | None
    text: str
    edited: bool
    deleted: bool  # a tombstone, with what was last seen
    modified_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingRecord:
    """An item's counters at one time."""

    observed_at: datetime
    counters: Counters


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemHistory:
    """What an item went through, oldest first."""

    item: ItemRecord
    missing_since: (
        datetime | None
    )  # a good fetch did not show it any more; None: seen, or known to be deleted
    refresh_at: datetime | None  # when it is read again; None: no more
    revisions: tuple[RevisionRecord, ...]
    readings: tuple[ReadingRecord, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceRecord:
    """An item that an alert on a group rests on."""

    item: ItemRecord
    rule_title: str  # of the rule that matched it


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRecord:
    """An alert with all that rendering needs, as it stands now."""

    id: str
    rule_id: str
    rule_version: int
    rule_title: str
    severity: str
    subject_kind: SubjectKind
    subject_key: str
    status: AlertStatus
    opened_at: datetime
    updated_at: datetime
    headline: str
    reason: str
    copies: int
    also_in: tuple[str, ...]  # names of the sources of copies, first seen first, at most ten, no repeats
    source_config_id: str
    source_name: str
    item: ItemRecord | None
    spans: tuple[MatchSpan, ...]
    evidence: tuple[EvidenceRecord, ...] = ()  # of an alert on a group
    damage: str | None = None  # why its item, or what proves it, can't be read and is not here


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceReport:
    """A source's health, for `groundswell sources`."""

    config_id: str
    name: str
    kind: str
    active: bool  # still configured
    native_id: str | None
    title: str | None
    labels: frozenset[str]
    subscribers: int | None
    outcome: str | None
    reason: str | None
    failures: int
    items: int
    last_attempt_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    next_due_at: datetime | None
    incidents: tuple[str, ...]  # kinds of those open
    incident_reasons: tuple[str, ...] = ()  # of each of these, in the same order
    live: bool | None = None  # of a channel that an account reads: whether its posts are heard at once


@dataclass(frozen=True, kw_only=True, slots=True)
class NotificationReport:
    """A notification's fate, for `groundswell alerts`."""

    receiver: str
    change: str
    status: NotificationStatus
    attempts: int
    settled_at: datetime | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """How much is remembered."""

    items: int
    revisions: int
    copies: int  # items whose origin is another item
    alerts: int
    pending: int  # notifications
    dead: int
