"""What passes between deciding and remembering: what is known, what is to be written, what is to be sent.

Everything here is a frozen value without behaviour that reads or writes. Items are named by `ItemRef`
before they have a row of their own; the store finds or makes the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scrapers.model import ChannelFacts, Counters, Cursor, Forward, ItemKind, Media, Precision


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ItemRef:
    """Names an item for good: unique by (source, external id)."""

    source_id: int  # the row of the source, not its configured id
    external_id: str


class SubjectKind(StrEnum):
    """What an alert is about."""

    ORIGIN = "origin"
    STORY = "story"
    GROUP = "group"
    INCIDENT = "incident"
    DELETION = "deletion"


class AlertStatus(StrEnum):
    """Whether an alert still takes updates."""

    OPEN = "open"
    CLOSED = "closed"


class NotificationStatus(StrEnum):
    """Where a notification stands; all but PENDING are ends."""

    PENDING = "pending"
    SENT = "sent"
    FOLDED = "folded"  # told in the delivery of another notification
    SILENCED = "silenced"
    DEAD = "dead"  # given up; `reason` says why
    PURGED = "purged"


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchSpan:
    """Characters of an item's title or text that prove a match."""

    field: str  # "title" or "text"
    start: int
    end: int


# ---- what is known: the answer of `Store.recall` ---------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallKeys:
    """What a poll needs to be reminded of."""

    external_ids: tuple[str, ...] = ()
    origin_keys: tuple[bytes, ...] = ()
    alert_ids: tuple[str, ...] = ()  # further alerts, e.g. those a timer is about


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIncident:
    """An incident of the source that has not ended."""

    id: str  # also the id of its alert
    kind: str
    opened_at: datetime
    alert_version: int  # `KnownAlert.version` of its alert


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSource:
    """The state of a source as it stands in the database."""

    id: int
    config_id: str
    native_id: str | None
    cursor: Cursor
    version: int  # raised by every commit; a commit on an older one is `Stale`
    first_polled_at: datetime | None  # the first poll that went through whole; None: not yet
    last_success_at: datetime | None  # the last poll that did not fail
    failures: int  # in a row
    incidents: Mapping[str, OpenIncident] = field(default_factory=dict)  # by kind
    incident_episodes: Mapping[str, int] = field(default_factory=dict)  # kind -> how many there have been
    backfill_cursor: Cursor = field(default_factory=Cursor)  # how far back history was fetched
    channel: ChannelFacts | None = None  # what the channel last said of itself


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownRevision:
    """The latest content state of an item."""

    seq: int  # from 1
    observed_at: datetime
    title: str | None
    text: str
    text_hash: bytes
    language: str | None
    edited: bool
    has: frozenset[str]  # what `has:` sees
    flags: frozenset[str]  # what `is:` sees
    deleted: bool = False  # a tombstone


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownItem:
    """An item that is stored already."""

    ref: ItemRef
    first_seen_at: datetime
    origin: ItemRef  # itself, where it is the origin
    current: KnownRevision
    counters: Counters | None  # of the latest reading
    read_at: datetime | None  # when that reading was taken


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownOrigin:
    """The first seen item that carries a text (or is the original of a forward)."""

    ref: ItemRef
    source_name: str
    first_seen_at: datetime
    items: int = 1  # how many stored items have this origin, itself included


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAlert:
    """An open alert on one of the recalled origins."""

    id: str
    rule_id: str
    rule_version: int
    severity: str
    subject_kind: SubjectKind
    subject_key: str
    episode: int
    labels: Mapping[str, tuple[str, ...]]  # what routes were matched on when it opened
    copies: int  # further items with the same origin
    told_copies: int  # how many of them the receivers have been told of
    told_at: datetime  # when a notification was last made
    version: int  # raised by every update; an update on an older one is `Stale`


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What storage already knows of one poll's items, texts and alerts."""

    source: KnownSource
    items: Mapping[str, KnownItem] = field(default_factory=dict)  # by external id
    origins: Mapping[bytes, KnownOrigin] = field(default_factory=dict)  # by origin key
    alerts: tuple[KnownAlert, ...] = ()
    seen: frozenset[tuple[str, bytes]] = frozenset()  # (external id, text hash), survives retention and purge


# ---- what is to be written: a decision -------------------------------------------------


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
    matches: tuple[NewMatch, ...] = ()
    alerts: tuple[NewAlert, ...] = ()
    alert_updates: tuple[AlertUpdate, ...] = ()
    notifications: tuple[NewNotification, ...] = ()
    incidents_opened: tuple[NewIncident, ...] = ()
    incidents_closed: tuple[ClosedIncident, ...] = ()
    timers_set: tuple[Timer, ...] = ()
    timers_cleared: tuple[tuple[str, str], ...] = ()  # (kind, key)
    timer_fired: Timer | None = None  # must still stand as it was due, else `LeaseLost`
    backfill_cursor: Cursor | None = None  # None: unchanged


# ---- rules, as they are made known to storage ------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleDefinition:
    """A watch rule as configured; a changed `query` makes a new version of it."""

    id: str
    title: str
    severity: str
    query: str


# ---- work to be done: leases and deliveries --------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLease:
    """A due source that this worker may poll until `until`."""

    source_id: int
    config_id: str
    token: str
    until: datetime


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
    item: "ItemRecord | None"
    spans: tuple[MatchSpan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRecord:
    """A stored item with its latest revision, to be shown."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedNotification:
    """One notification of a claimed delivery."""

    id: str
    change: str
    alert: AlertRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedDelivery:
    """Notifications of one receiver that go out together; at every attempt the same ones, one id."""

    delivery_id: str
    receiver: str
    lease: str
    attempts: int  # made before this one
    first_claimed_at: datetime
    notifications: tuple[ClaimedNotification, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The receiver took the delivery."""

    reference: str | None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryAt:
    """The delivery failed for now."""

    at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dead:
    """The delivery is given up."""

    reason: str


DeliveryResult = Sent | RetryAt | Dead


# ---- reports ---------------------------------------------------------------------------


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
