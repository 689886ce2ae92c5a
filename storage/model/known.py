"""What is known: the answer of `Store.recall`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scrapers.model import ChannelFacts, Counters, Cursor, ItemKind
from storage.model.words import AlertStatus, ItemRef, SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallKeys:
    """What a poll needs to be reminded of."""

    external_ids: tuple[str, ...] = ()
    origin_keys: tuple[bytes, ...] = ()
    alert_ids: tuple[str, ...] = ()  # further alerts, e.g. those a timer is about
    shown: tuple[int, int] | None = None  # also the items of the source numbered from the first to the second
    times_since: datetime | None = None  # also when the source published since then; None: not asked
    others: bool = False  # also how the other sources are


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIncident:
    """An incident of the source that has not ended."""

    id: str  # also the id of its alert
    kind: str
    opened_at: datetime
    alert_version: int  # `KnownAlert.version` of its alert
    reason: str = ""  # as its alert says it now
    changed_at: datetime | None = None  # when that was last written; None: when it opened


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
    incidents_ended: Mapping[str, datetime] = field(default_factory=dict)  # kind -> when the last one ended
    outcome: str | None = None  # what the last poll came to, well or not
    last_attempt_at: datetime | None = None  # the last poll, well or not
    backfill_cursor: Cursor = field(default_factory=Cursor)  # how far back history was fetched
    channel: ChannelFacts | None = None  # what the channel last said of itself
    last_new_at: datetime | None = None  # the last poll that brought a new item
    pace: float | None = None  # seconds between news, smoothed; None: not learnt yet
    next_refresh_at: datetime | None = None  # when the first of its items is to be read again
    most_subscribers: int | None = None  # in the last week
    subscribers_read_at: datetime | None = None  # when that series was last written


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherSources:
    """How the other sources are, which tells trouble of one from trouble of our own line."""

    count: int  # of those that are configured
    last_success_at: datetime | None  # the last poll of any of them that did not fail


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
    links: tuple[str, ...] = ()  # what `link:` sees


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownItem:
    """An item that is stored already."""

    ref: ItemRef
    first_seen_at: datetime
    origin: ItemRef  # itself, where it is the origin
    current: KnownRevision
    counters: Counters | None  # of the latest reading
    read_at: datetime | None  # when that reading was taken
    url: str | None = None
    published_at: datetime | None = None
    position: int | None = None  # its number, where items of its source are numbered
    missing_since: datetime | None = None  # the first good fetch that did not show it any more
    refresh_at: datetime | None = None  # when it is to be read again; None: no more
    kind: ItemKind = ItemKind.POST


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownOrigin:
    """The first seen item that carries a text (or is the original of a forward)."""

    ref: ItemRef
    source_name: str
    first_seen_at: datetime
    items: int = 1  # how many stored items have this origin, itself included


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAlert:
    """An open alert on one of the recalled origins; or one on a group, ended or not."""

    id: str
    rule_id: str
    rule_version: int
    severity: str
    subject_kind: SubjectKind
    subject_key: str
    episode: int
    labels: Mapping[str, tuple[str, ...]]  # what routes are matched on
    copies: int  # further items with the same origin
    told_copies: int  # how many of them the receivers have been told of
    told_at: datetime  # when a notification was last made
    version: int  # raised by every update; an update on an older one is `Stale`
    opened_by: ItemRef | None = None  # the item that opened it; None for incidents, and where it has gone
    deletion_told: bool = False  # whether a notification said already that this item was taken away
    status: AlertStatus = AlertStatus.OPEN
    began_at: datetime | None = None  # of a group: when its condition first held, by the times of its events
    lasted_until: datetime | None = None  # and when it last did
    told_to: frozenset[str] = frozenset()  # of a group: the receivers that have been told of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What storage already knows of one poll's items, texts and alerts."""

    source: KnownSource
    items: Mapping[str, KnownItem] = field(default_factory=dict)  # by external id
    origins: Mapping[bytes, KnownOrigin] = field(default_factory=dict)  # by origin key
    alerts: tuple[KnownAlert, ...] = ()
    seen: frozenset[tuple[str, bytes]] = frozenset()  # (external id, text hash), survives retention
    purged: frozenset[str] = frozenset()  # external ids among those asked for that are never to return
    times: tuple[datetime, ...] = ()  # when the source published (or was seen to), oldest first, if asked
    matches: frozenset[tuple[str, int, str, int]] = frozenset()  # on the latest revisions of `items`:
    # external id, seq, rule id, rule version
    standing: frozenset[tuple[str, int, str, int]] = frozenset()  # on any revision, if no edit has ended them
    purged_keys: frozenset[bytes] = frozenset()  # and origin keys: the same text, wherever it stands
    others: OtherSources | None = None  # None: not asked


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrelationKeys:
    """What judging some groups of one correlation needs to be reminded of."""

    correlation_id: str
    subject_keys: tuple[str, ...]
    rules: tuple[tuple[str, int], ...]  # (id, version in force) of those whose matches count
    spans: tuple[tuple[datetime, datetime], ...]  # events after the first and up to the second
    sources: tuple[str, ...] | None = None  # configured ids: only events of these; None: of any
    origins: tuple[ItemRef, ...] | None = None  # only events of these origins; None: of any
    ended: bool = False  # also matches that an edit has ended: they happened, too


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEvent:
    """A match that counts."""

    at: datetime  # when its item was published, or first seen, or became by an edit what matched
    rule_id: str
    item: ItemRef
    origin: ItemRef
    source_config_id: str
    source_kind: str
    language: str | None  # of the revision that matched


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCorrelation:
    """What storage knows of the groups that were asked for."""

    events: tuple[KnownEvent, ...] = ()  # oldest first
    versions: Mapping[str, int] = field(default_factory=dict)  # of groups judged before, by subject key
    first_judged: Mapping[str, datetime] = field(default_factory=dict)  # when they first were
    alerts: tuple[KnownAlert, ...] = ()  # on these groups, earliest episode first, ended or not
    since: datetime | None = None  # when it came in force as it is, and its rules did; None: it is not known
    rules_changed: datetime | None = None  # when its rules did that were others before; None: none was
