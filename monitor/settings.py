"""What the owner sets about alerting, as deciding needs it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How much of the past is kept."""

    longest: timedelta
    size: int | None = None  # bytes in use above which the oldest goes earlier


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertingOptions:
    """The `[alerting]` table of the configuration."""

    max_age: timedelta = timedelta(days=3)  # items older than this when first seen are stored, not alerted
    first_poll: bool = False  # whether a source's first poll alerts
    mask: bool = True  # mask phone numbers, addresses, cards and @names in what leaves the machine
    repeat_interval: timedelta = timedelta(hours=12)  # how long untold copies may wait for the next milestone
    failures_before_incident: int = 3  # failed polls in a row until an unreachable source is an incident
    typo_distance: Annotated[int, Meta(ge=0, le=5)] = (
        2  # letters by which a word may change in no edit at all
    )
    subscribers_drop: Annotated[float, Meta(gt=0, lt=1)] = 0.1  # the share lost in a week that is an incident
