"""What is to be written: a decision, and the rules that decisions name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scrapers.model import ChannelFacts, Counters, Cursor, Forward, ItemKind, Media, Precision
from storage.model.words import AlertStatus, ItemRef, MatchSpan, SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRevision:
    """One content state to be stored."""

    external_id: str
    seq: int
    observed_at: datetime
    title: str | None
    text: str
    text_hash: bytes  # of the content as seen
    fingerprint: bytes | None  # of the normalised text
    language: str | None  # detected
    declared_language: str | None
    edited: bool
    modified_at: datetime | None
    has: frozenset[str]
    flags: frozenset[str]
    links: tuple[str, ...]
    media: tuple[Media, ...]
    analysis_version: int
    search_lemmas: str  # what the full-text index holds: space-separated
    deleted: bool = False  # a tombstone: the source no longer shows the item


@dataclass(frozen=True, kw_only=True, slots=True)
class NewItem:
    """An item to be stored, with its first revision among the decision's revisions."""

    external_id: str
    kind: ItemKind
    url: str | None
    published_at: datetime | None
    published_raw: str | None
    published_precision: Precision | None
    published_basis: str | None
    first_seen_at: datetime
    origin: ItemRef | None  # None: it is an origin itself
    origin_keys: tuple[bytes, ...]  # keys that are new with this item; they will point to its origin
    forward: Forward | None
    reply_to: str | None
    refresh_at: datetime | None = None  # when it is to be read again; None: never


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemUpdate:
    """What changes about a stored item besides its content: the whole of it, not a part."""

    external_id: str
    missing_since: datetime | None  # None: the source shows it
    refresh_at: datetime | None  # None: it is read again no more


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReading:
    """One sample of an item's counters."""

    external_id: str
    observed_at: datetime
    counters: Counters


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMatch:
    """A rule version that became true on a revision."""

    external_id: str
    seq: int
    rule_id: str
    rule_version: int
    matched_at: datetime
    spans: tuple[MatchSpan, ...]
    by_reading: bool  # the reading of this decision, not the text, made it true
    alert_id: str | None  # the alert it opened or belongs to
    withheld: str | None  # why it opened no alert, for a person; None: it did
    happened_at: datetime | None = None  # the time it counts by; None: when it matched
    origin: ItemRef | None = None  # of its item; None: it is one itself
    language: str | None = None  # of its item
    triggers: bool = False  # whether correlations are to be looked at because of it


@dataclass(frozen=True, kw_only=True, slots=True)
class EndedMatch:
    """A match that an edit made untrue: only correlations that ask what happened in turn count it still."""

    external_id: str
    seq: int  # the revision that it was of
    rule_id: str
    rule_version: int
    ended_at: datetime
    origin: ItemRef | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """An item that an alert on a group rests on."""

    item: ItemRef
    rule_id: str  # the rule that matched it


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedGroup:
    """A group of a correlation that a decision judged by what was recalled of it."""

    correlation_id: str
    subject_key: str
    version: int  # as recalled; another one by now is `Stale`


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAlert:
    """An alert to be opened; its id follows from (rule, subject kind, subject key, episode)."""

    id: str
    rule_id: str
    rule_version: int
    severity: str
    subject_kind: SubjectKind
    subject_key: str
    episode: int
    opened_at: datetime
    external_id: str | None  # the item of this source that opened it; None for incidents
    seq: int | None  # and its revision
    headline: str
    reason: str
    labels: Mapping[str, tuple[str, ...]]
    copies: int = 0
    told_copies: int = 0
    status: AlertStatus = AlertStatus.OPEN
    began_at: datetime | None = None  # of a group: when its condition first held, by the times of its events
    lasted_until: datetime | None = None  # and when it last did
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertUpdate:
    """A change of an open alert."""

    alert_id: str
    version: int  # as recalled
    updated_at: datetime
    copies: int
    told_copies: int
    told_at: datetime
    status: AlertStatus = AlertStatus.OPEN
    reason: str | None = None  # replaces the alert's reason where given
    headline: str | None = None  # and its headline
    began_at: datetime | None = None  # and these of a group
    lasted_until: datetime | None = None
    evidence: tuple[Evidence, ...] | None = None  # and this, all of it
    labels: Mapping[str, tuple[str, ...]] | None = None  # and these, where what joined has further ones


@dataclass(frozen=True, kw_only=True, slots=True)
class NewNotification:
    """An outbox row: alert x receiver."""

    id: str
    alert_id: str
    receiver: str
    change: str  # `monitor.message.Change`
    group_key: str  # pending ones of one receiver and group go out together
    created_at: datetime
    send_after: datetime
    reason: str  # which route sent it here


@dataclass(frozen=True, kw_only=True, slots=True)
class NewIncident:
    """Something wrong with the source itself."""

    id: str  # also the id of its alert
    kind: str
    opened_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedIncident:
    """An incident that ended."""

    id: str
    closed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """A due moment without a fetch; unique by (kind, key). A later one replaces it."""

    kind: str
    key: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceUpdate:
    """The new state of the polled source."""

    cursor: Cursor | None  # None: unchanged (a failed poll)
    next_due_at: datetime
    polled_at: datetime
    outcome: str  # `scrapers.model.Outcome` or the `outcome` of a ScrapeError
    reason: str | None
    failures: int
    last_success_at: datetime | None
    first_polled_at: datetime | None
    last_new_at: datetime | None  # None: no new item in this poll
    native_id: str | None  # None: unchanged
    channel: ChannelFacts | None = None  # None: unchanged
    pace: float | None = None  # seconds between news, smoothed; None: unchanged
    subscribers: int | None = None  # a reading to be kept, at `polled_at`; None: none


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Everything that one poll, or one due timer, wants written, in one transaction."""

    source_id: int
    source_version: int  # as recalled
    lease: str | None  # the lease the poll holds on the source; None for a timer, a backfill
    decided_at: datetime
    source: SourceUpdate | None = None  # None: leave the source as it is
    items: tuple[NewItem, ...] = ()
    revisions: tuple[NewRevision, ...] = ()
    readings: tuple[NewReading, ...] = ()
    item_updates: tuple[ItemUpdate, ...] = ()
    matches: tuple[NewMatch, ...] = ()
    matches_ended: tuple[EndedMatch, ...] = ()
    groups: tuple[JudgedGroup, ...] = ()
    alerts: tuple[NewAlert, ...] = ()
    alert_updates: tuple[AlertUpdate, ...] = ()
    notifications: tuple[NewNotification, ...] = ()
    incidents_opened: tuple[NewIncident, ...] = ()
    incidents_closed: tuple[ClosedIncident, ...] = ()
    timers_set: tuple[Timer, ...] = ()
    timers_cleared: tuple[tuple[str, str], ...] = ()  # (kind, key)
    timer_fired: Timer | None = None  # must still stand as it was due, else `LeaseLost`
    backfill_cursor: Cursor | None = None  # None: unchanged


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleDefinition:
    """A watch rule as configured; a changed `query` makes a new version of it."""

    id: str
    title: str
    severity: str
    query: str
