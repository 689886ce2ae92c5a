"""What the loops need from the outside, stated where it is used."""

from typing import Protocol

from monitor.message import Message, Receipt
from scrapers.model import Cursor, Fetched, Source


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


class Notifier(Protocol):
    """Hands one message to one receiver. Failures are `monitor.notifiers.errors.DeliveryError`."""

    async def send(self, message: Message) -> Receipt:
        """Deliver `message` once; returns what the receiver answered."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
