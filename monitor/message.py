"""What a notifier is given: everything to be shown, masked already, in no receiver's own markup."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Change(StrEnum):
    """Why a person is told about an alert now."""

    OPENED = "opened"
    UPDATED = "updated"  # e.g. more copies of the same text were seen
    CLOSED = "closed"  # e.g. an incident ended
    DELETED = "deleted"  # the source took away the item that opened the alert


class Severity(StrEnum):
    """How loudly an alert speaks."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """A run of an excerpt; `hit` marks the words that made the rule match."""

    text: str
    hit: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceView:
    """One of the items that an alert on a group rests on."""

    source_name: str
    headline: str  # its title, or its first line
    rule_title: str  # of the rule that matched it
    url: str | None = None
    published_at: datetime | None = None  # None: the source gave no time
    published_day_only: bool = False
    first_seen_at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertView:
    """One alert as a person is to read it."""

    alert_id: str  # short, stable; the reader recognises a repeat by it
    change: Change
    rule_id: str
    rule_title: str
    severity: Severity
    subject_kind: str  # "origin", "incident", ...
    source_name: str
    headline: str  # the item's title, or its first line; for an incident what happened
    excerpt: tuple[Fragment, ...]  # the text around the hits, hits marked; () where there is none
    reason: str  # one line: why this alert, e.g. 'matched "ротация" in text'
    url: str | None = None
    published_at: datetime | None = None  # None: the source gave no time
    published_day_only: bool = False  # the source gave no more than the day: UTC's date of `published_at`
    first_seen_at: datetime | None = None
    language: str | None = None
    copies: int = 0  # further items with the same origin
    also_in: tuple[str, ...] = ()  # names of the sources of those copies, first come first, at most a few
    views: int | None = None
    edited: bool = False
    deleted: bool = False  # the source took the item away; what is shown is what was kept of it
    forwarded_from: str | None = None  # a public channel's title
    evidence: tuple[EvidenceView, ...] = ()  # of an alert on a group: what it rests on, at most a few


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One delivery to one receiver: one alert, or several that share a group."""

    delivery_id: str  # the same at every attempt of this delivery
    alerts: tuple[AlertView, ...]  # at least one
    created_at: datetime
    timezone: ZoneInfo  # for rendering times
    test: bool = False  # sent by `groundswell test-notify`
    gathered_since: datetime | None = None  # a catch-up: since when its alerts, gravest first, have waited
    plain: bool = False  # its receiver refused it as it was told before: without any markup


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a receiver answered to a delivery it took."""

    reference: str | None  # the receiver's own id for it: Message-ID, chat message id, HTTP status
    detail: str | None = None
