"""What looking after the data came to: purges and dead letters."""

from dataclasses import dataclass
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
