"""Ten days of the sample web, collected over HTTP by the real scrapers: nothing missed, nothing made up."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from monitor.demo import facts
from monitor.demo.sources import SampleSource, sample_sources
from monitor.demo.story import LENGTH
from monitor.demo.web import SampleWeb
from scrapers.errors import ScrapeError
from scrapers.feed import Feed
from scrapers.feed import Options as FeedOptions
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Item, Source
from scrapers.page import Options as PageOptions
from scrapers.page import Page
from scrapers.telegram_web import Options as TelegramWebOptions
from scrapers.telegram_web import TelegramWeb

pytestmark = pytest.mark.filterwarnings("ignore:SOCKS support")

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
EVERY = timedelta(hours=6)
OPTIONS: Mapping[str, type] = {
    "telegram_web": TelegramWebOptions,
    "feed": FeedOptions,
    "page": PageOptions,
}


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.elapsed = timedelta(0)

    def now(self) -> datetime:
        return START + self.elapsed


class Scraper(Protocol):
    async def fetch(self, source: Source, cursor: Cursor) -> Fetched: ...


class Reader:
    """Polls one source and remembers what it saw."""

    def __init__(self, sample: SampleSource, scraper: Scraper) -> None:
        self.source = Source(
            id=sample.id,
            kind=sample.kind,
            name=sample.name,
            options=OPTIONS[sample.kind](**sample.options),
            language=sample.language,
            country=sample.country,
        )
        self._scraper = scraper
        self._cursor = Cursor()
        self.items: dict[str, Item] = {}
        self.outcomes: Counter[str] = Counter()
        self.gaps: list[str] = []
        self.refusals: list[str] = []

    async def poll(self) -> None:
        more = True
        while more:
            try:
                fetched = await self._scraper.fetch(self.source, self._cursor)
            except ScrapeError as error:
                self.outcomes[error.outcome] += 1
                return
            more = fetched.more
            self._take(fetched)

    def _take(self, fetched: Fetched) -> None:
        self._cursor = fetched.cursor
        self.items |= {item.external_id: item for item in fetched.items}
        self.outcomes[fetched.outcome] += 1
        self.gaps += [fetched.gap] if fetched.gap else []
        self.refusals += [refusal.reason for refusal in fetched.refusals]


async def collect() -> dict[str, Reader]:
    """Every source polled for ten days."""
    clock = Hands()
    http = HttpOptions(
        contact="https://desk.example.org/monitoring",
        allow_private=("127.0.0.1",),
        per_host_interval=timedelta(0),
        per_host_concurrency=8,
    )
    with SampleWeb(clock, START) as web:
        async with HttpClient(http, clock) as client:
            kinds: Mapping[str, Scraper] = {
                "telegram_web": TelegramWeb(client),
                "feed": Feed(client, clock),
                "page": Page(client, clock),
            }
            readers = [Reader(sample, kinds[sample.kind]) for sample in sample_sources(web.base_url)]
            while clock.elapsed <= LENGTH:
                for reader in readers:
                    await reader.poll()
                clock.elapsed += EVERY
    return {reader.source.id: reader for reader in readers}


async def test_ten_days_are_collected_whole():
    readers = await collect()
    found = {name: len(reader.items) for name, reader in readers.items()}
    published = Counter(facts.published(LENGTH))
    published.subtract(facts.hidden(LENGTH))
    assert found == published
    assert {name: reader.gaps for name, reader in readers.items() if reader.gaps} == {}
    assert {name: reader.refusals for name, reader in readers.items() if reader.refusals} == {}
    assert readers["mamy-stepove"].outcomes["preview_off"] == 7
    assert readers["idnes-tv"].outcomes["unavailable"] == 1
    broken = {"preview_off", "unavailable"}
    troubled = {name for name, reader in readers.items() if broken & set(reader.outcomes)}
    assert troubled == {"mamy-stepove", "idnes-tv"}
    for key in facts.complaints() + facts.carriers("threat") + facts.carriers("retraction"):
        assert readers[key.source].items[key.external_id].published_at == START + key.at
