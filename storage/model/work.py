"""Work to be done: leases and deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.model.records import AlertRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLease:
    """A due source that this worker may poll until `until`."""

    source_id: int
    config_id: str
    token: str
    until: datetime
    kind: str = ""
    native_id: str | None = None  # of the channel, once known


@dataclass(frozen=True, kw_only=True, slots=True)
class LongestWaits:
    """How far ahead a due time can rightly lie; one further away was made by a clock that ran ahead."""

    sources: Mapping[str, timedelta]  # by configured id: after a poll that went well
    failing: timedelta  # of a source: after one that did not
    lease: timedelta  # of a source
    group: timedelta  # of a notification that was never tried
    retry: timedelta  # of one that was
    timer: timedelta


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
    gathered_since: datetime | None = None  # of a backlog: when its oldest notification was made
    refused: str | None = None  # why its one alert was not taken in full; it goes out short now


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """Together they were not taken: each part goes out in a delivery of its own, at once."""

    parts: tuple[tuple[str, ...], ...]  # ids of notifications
    reason: str
    taken: tuple[str, ...] = ()  # ids of those that arrived nevertheless


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortened:
    """One alert was not taken as it is told: it goes out once more, at once, with its title and link only."""

    reason: str


DeliveryResult = Sent | RetryAt | Apart | Shortened | Dead
