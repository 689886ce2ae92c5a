"""What was stored, as it is gone through again: sources, revisions and counters with the time of each."""

from dataclasses import dataclass
from datetime import datetime

from scrapers.model import Counters
from storage.model.known import KnownItem


@dataclass(frozen=True, kw_only=True, slots=True)
class PastSource:
    """A source that brought what is stored, configured still or not."""

    id: int
    config_id: str
    kind: str
    name: str
    first_polled_at: datetime | None  # the first poll that went through whole; None: none did


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A revision in its place."""

    row: int  # of the item
    origin_row: int  # of the item's origin, or the same
    is_indexed: bool  # whether the full-text index holds every word of the item, as it is read today
    known: KnownItem  # as the revision has it; no counters


@dataclass(frozen=True, kw_only=True, slots=True)
class PastMoment:
    """When something came of an item: a revision, a reading of its counters, or both at once."""

    at: datetime  # when it was decided on
    fetched_at: datetime  # when the page was fetched
    row: int  # of the item
    origin_row: int  # of the item's origin, or the same
    source_id: int
    seq: int  # of the revision that counts from then on
    counters: Counters | None = None  # as read then; None: not read

    @property
    def page(self) -> tuple[datetime, int, datetime]:
        """What came with one page and was decided on at once has this in common."""
        return self.at, self.source_id, self.fetched_at

    @property
    def order(self) -> tuple[tuple[datetime, int, datetime], int, int]:
        """Moments are gone through by this: page by page, and an origin before its copies."""
        return self.page, self.row, self.seq
