"""The sources of config.example.toml, as they are configured, over pages and feeds in the sites' own shapes.

Only their addresses lead elsewhere: to the bundled sample web, where every text is invented and says so.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from monitor.config import Config, load
from monitor.demo.clock import TurnedClock
from monitor.demo.load import load_story
from monitor.demo.story import Article, Moment, Outlet
from monitor.demo.web import SampleWeb
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Item, Precision, Source
from scrapers.registry import KINDS
from scrapers.telegram_web import Options as ChannelOptions

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
NOW = START + timedelta(days=6)
MOMENT = Moment(start=START, now=NOW)
OUTLETS = {
    "idnes": "idnes-cz",
    "idnes-tv": "idnes-tv",
    "forum24": "forum24",
    "moscow-times": "moscow-times",
    "isw": "isw",
    "uk-mod": "uk-mod",
}
AROUND = ("menu", "Další videa", "ukázková stránka", "Diskuze", "cookies", "Subscribe", "Related")


@cache
def example() -> Config:
    return load(EXAMPLE, environ={})


def configured(source_id: str, **addresses: str) -> Source:
    """A source of the example at other addresses, and otherwise as it is."""
    (source,) = (one for one in example().sources if one.id == source_id)
    return replace(source, options=replace(source.options, **addresses))  # type: ignore[type-var]


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    options = HttpOptions(
        allow_private=("127.0.0.1",), per_host_interval=timedelta(0), per_host_concurrency=8
    )
    async with HttpClient(options, TurnedClock(NOW)) as client:
        yield client


async def read(source: Source, client: HttpClient) -> list[Item]:
    scraper = KINDS[source.kind].scraper(client)
    items: list[Item] = []
    cursor, more = Cursor(), True
    while more:
        fetched = await scraper.fetch(source, cursor)
        items, cursor, more = [*items, *fetched.items], fetched.cursor, fetched.more
        assert not fetched.refusals, fetched.refusals
    return items


def outlet(source_id: str) -> tuple[Outlet, list[Article]]:
    """A site of the story, and what it shows, oldest first."""
    found = load_story().outlets[OUTLETS[source_id]]
    return found, found.latest(MOMENT.elapsed)[::-1]


def test_every_source_of_the_example_is_tried() -> None:
    assert {source.id for source in example().sources} == {"way-home", *OUTLETS}


@pytest.mark.parametrize("source_id", OUTLETS)
async def test_a_site_is_read_as_its_readers_see_it(source_id: str, client: HttpClient) -> None:
    site, articles = outlet(source_id)
    with SampleWeb(TurnedClock(NOW), START) as web:
        items = await read(configured(source_id, url=web.base_url + site.listing), client)

    assert [item.title for item in items] == [article.title for article in articles]
    for item, article in zip(items, articles, strict=True):
        assert published(item) == exactly(item, MOMENT.time(article.at))
        assert all(paragraph in item.text for paragraph in article.body(MOMENT.elapsed))
        assert not [word for word in AROUND if word in item.text]


async def test_the_channel_is_read_from_its_preview(client: HttpClient) -> None:
    with SampleWeb(TurnedClock(NOW), START) as web:
        source = configured("way-home", base_url=web.base_url)
        items = await read(source, client)

    assert isinstance(source.options, ChannelOptions)
    channel = load_story().channels[source.options.channel]
    assert {item.external_id for item in items} >= {
        str(post.number) for post in channel.posts if post.at <= MOMENT.elapsed and not post.deleted
    }


def published(item: Item) -> datetime | None:
    return item.published_at


def exactly(item: Item, time: datetime) -> datetime:
    """A time as precisely as its page gives it."""
    if item.published_precision is Precision.MINUTE:
        return time.replace(second=0, microsecond=0)
    return time
