"""What looking after the data came to: purges and dead letters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PurgeReport:
    """What a purge removed."""

    items: int
    revisions: int
    alerts: int  # left without their words
    notifications: int  # cancelled before they were sent
    on_their_way: int  # being sent at that moment: nobody can say whether they arrive
    copies_left: int  # of other sources, or of other posts: they stay


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A notification that was given up."""

    id: str
    alert_id: str
    rule_id: str
    receiver: str
    change: str
    headline: str
    attempts: int
    settled_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resent:
    """What will be sent again, and what will not."""

    dead: int  # notifications that were given up
    waiting: int  # that waited, after a failure or for a receiver that is not configured
    told_anyway: int = 0  # not sent: the receiver is told of the same by another one
    left: Mapping[str, int] = field(
        default_factory=dict
    )  # for receivers that are not configured, by their ids
