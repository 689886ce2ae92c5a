"""What the other files of this package share: names of items, states, spans."""

from dataclasses import dataclass
from enum import StrEnum

STANDS_IN = "its fallback stands in"  # how the reason of a source begins that is read in another way
REFUSED_OF_LATE = "refused of late"  # how it begins that the latest articles could not be read
DESK_ID = "groundswell"
"""The configured id under which the desk itself stands among the sources; no source may bear it."""

DESK_KIND = "desk"
"""Its kind there."""

DESK_NAME = "Groundswell"
"""Its name there."""

TEXT_KEY = b"text:"
"""Begins the origin key that is made of a fingerprint."""


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
    REPLACED = "replaced"  # another receiver is told instead; `reason` says which


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchSpan:
    """Characters of an item's title or text that prove a match."""

    field: str  # "title" or "text"
    start: int
    end: int
