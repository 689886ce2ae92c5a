"""What a service's health is told from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceVitals:
    """How a configured source is doing."""

    config_id: str
    failures: int  # failed polls in a row
    last_success_at: datetime | None
    last_new_at: datetime | None  # when it last brought a new item
    next_due_at: datetime
    incidents: tuple[str, ...] = ()  # kinds of those open


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxVitals:
    """What waits for a receiver, and what was given up."""

    receiver: str
    pending: int  # notifications
    dead: int
    oldest_pending_at: datetime | None  # when the oldest pending one was made
    most_attempts: int = 0  # that a pending one has failed
    first_tried_at: datetime | None = None  # when the first attempt was made of those pending that failed
    last_dead_at: datetime | None = None  # when one was last given up


@dataclass(frozen=True, kw_only=True, slots=True)
class Vitals:
    """How a desk is at one moment."""

    sources: tuple[SourceVitals, ...]  # those configured
    outbox: tuple[OutboxVitals, ...]  # receivers for which anything waits or was given up
    desk_incidents: tuple[str, ...] = ()  # kinds of the desk's own that are open


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskSpace:
    """The file system that holds the database."""

    free: int  # bytes that this account may use
    size: int  # bytes
