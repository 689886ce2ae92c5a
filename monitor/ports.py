"""What the loops need from the outside, stated where it is used."""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from monitor.message import Message, Receipt
from scrapers.model import Cursor, Fetched, Source, Wanted

if TYPE_CHECKING:
    from monitor.poll_report import PollReport


class Scraper(Protocol):
    """Fetches one page of a source. Failures are `scrapers.errors.ScrapeError`, never an empty answer."""

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What is new behind `cursor`: one page, oldest first; `Fetched.more` asks for the next."""
        ...


class HistoryScraper(Scraper, Protocol):
    """A scraper that can also go back in time."""

    async def fetch_older(self, source: Source, cursor: Cursor) -> Fetched:
        """One page older than what `cursor` has reached; `Fetched.more` is False at the beginning of time."""
        ...


class RefreshScraper(Scraper, Protocol):
    """A scraper that can read single items again."""

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """Some of `wanted`, those first that come first, as they are now; its cursor means nothing.

        Items beside those may come along. What is missing stands in `Fetched.shown` or `Fetched.absent`.
        """
        ...


class Notifier(Protocol):
    """Hands one message to one receiver. Failures are `monitor.notifiers.errors.DeliveryError`."""

    async def send(self, message: Message) -> Receipt:
        """Deliver `message` once; returns what the receiver answered."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class Supervisor(Protocol):
    """What started the daemon, and ends and starts it anew when it no longer works."""

    def waiting(self) -> None:
        """The daemon waits for its database before it starts: told again and again."""
        ...

    def alive(self) -> None:
        """The daemon works: told after every tick, the first of which says that it is ready."""
        ...

    def reloading(self) -> None:
        """The daemon reads its configuration anew."""
        ...

    def reloaded(self) -> None:
        """That is over; the daemon works by the new configuration, or by the old one still."""
        ...

    def stopping(self) -> None:
        """The daemon was asked to stop and finishes what is in flight."""
        ...


class Stage(StrEnum):
    """The parts of the work that are timed."""

    FETCH = "fetch"  # one page, waiting for its host's turn included
    ANALYSE = "analyse"  # one page
    RECALL = "recall"
    DECIDE = "decide"
    COMMIT = "commit"
    DELIVER = "deliver"  # one attempt, waiting for the receiver's rate limit included


class Observer(Protocol):
    """Is told how the work goes and takes no part in it. Called from several threads; raises nothing."""

    def ticked(self, seconds: float, trouble: str | None = None) -> None:
        """A tick came to its end after `seconds`; in `trouble` with the database, it was left out."""
        ...

    def took(self, stage: Stage, seconds: float) -> None:
        """A part of the work ended, well or not, after `seconds`."""
        ...

    def polled(self, report: "PollReport") -> None:
        """A poll ended."""
        ...

    def source_waits(self, source_id: str, pause: timedelta) -> None:
        """A server asked not to be asked for that long."""
        ...

    def delivered(self, receiver: str, outcome: str) -> None:
        """An attempt to deliver ended: "sent", "retry", "parted", "shortened" or "dead"."""
        ...

    def receiver_waits(self, receiver: str, pause: timedelta) -> None:
        """A receiver asked for a pause of that length."""
        ...

    def reloaded(self, outcome: str) -> None:
        """The configuration was read anew: "taken", "unchanged", "refused" or "delayed"."""
        ...
