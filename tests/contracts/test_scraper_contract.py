"""What every kind of source promises, over real HTTP on loopback: a new kind joins by its registry line."""

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telethon.sessions import StringSession

from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import write_configuration
from monitor.demo.data_centre import DC_ID, DataCentre, World
from monitor.demo.web import SampleWeb
from monitor.ports import RefreshScraper
from scrapers.errors import Blocked, Gone, ScrapeError, Unavailable
from scrapers.feed import Options as FeedOptions
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Item, Outcome, Source, Wanted
from scrapers.registry import KINDS
from scrapers.sitemap import Options as SitemapOptions
from scrapers.telegram import Options as ChannelOptions
from scrapers.telegram_session import SavedSession, SessionFile
from tests.fakes.raw_server import Answer, RawServer, http_bytes
from tests.telegram_dc.account import account_at
from tests.telegram_dc.faults import FOR_EVER, Faults

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
LATER = START + timedelta(days=6)
NOT_READ_YET = Cursor()
HTTP = HttpOptions(allow_private=("127.0.0.1",), per_host_interval=timedelta(0), per_host_concurrency=8)


class Trouble(StrEnum):
    """What can be the matter with a site, or with Telegram."""

    GONE = "what was asked for is not there"
    PAUSE = "it asks for a pause of two minutes"
    FAILING = "it has a fault of its own"
    ABSENT = "nobody answers"


ANSWERS = {
    Trouble.GONE: http_bytes("404 Not Found"),
    Trouble.PAUSE: http_bytes("429 Too Many Requests", retry_after="120"),
    Trouble.FAILING: http_bytes("503 Service Unavailable"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A source of a kind, and what reads it."""

    source: Source
    rereadable: Source  # the same, configured so that single items are read again
    scraper: RefreshScraper


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(LATER)


@asynccontextmanager
async def place(
    kind: str, clock: TurnedClock, folder: Path, trouble: Trouble | None = None
) -> AsyncIterator[Place]:
    """A source with some posts or articles, or one in trouble."""
    if kind == "telegram":
        async with telegram(clock, folder, trouble) as found:
            yield found
        return
    async with site(clock, trouble) as base_url, HttpClient(HTTP, clock) as client:
        source = sample(kind, base_url, folder)
        scraper = cast("RefreshScraper", KINDS[kind].scraper(client))
        yield Place(source=source, rereadable=rereadable(source), scraper=scraper)


@asynccontextmanager
async def site(clock: TurnedClock, trouble: Trouble | None) -> AsyncIterator[str]:
    """The address of a site that serves, or is in trouble."""
    if trouble is None:
        with SampleWeb(clock, START) as web:
            yield web.base_url
    elif trouble is Trouble.ABSENT:
        yield "http://127.0.0.1:9"
    else:
        async with RawServer(except_robots(ANSWERS[trouble])) as server:
            yield server.url


@asynccontextmanager
async def telegram(clock: TurnedClock, folder: Path, trouble: Trouble | None) -> AsyncIterator[Place]:
    """A channel before an account."""
    world, faults = World(now=clock.now), Faults()
    channel = world.channel("frontline_wives", title="Frontline wives (fictional)")
    for hour in range(130):
        channel.post(f"Post of hour {hour} (fictional)", at=START + timedelta(hours=hour))
    befall(faults, trouble)
    async with (
        DataCentre(world, conduct=faults) as centre,
        account_at(centre, session(centre, folder, trouble), clock=clock) as account,
        HttpClient(HTTP, clock) as client,
    ):
        options = ChannelOptions(channel="frontline_wives", first_posts=120)
        source = Source(id="wives", kind="telegram", name="Wives (fictional)", options=options)
        scraper = cast("RefreshScraper", KINDS["telegram"].scraper(client, account))
        yield Place(source=source, rereadable=rereadable(source), scraper=scraper)
    assert centre.errors == []


def befall(faults: Faults, trouble: Trouble | None) -> None:
    if trouble is Trouble.GONE:
        faults.refuse("USERNAME_NOT_OCCUPIED", "contacts.resolveUsername")
    if trouble is Trouble.PAUSE:
        faults.flood(120, "messages.getHistory", "channels.getMessages")
    if trouble is Trouble.FAILING:
        faults.ail("messages.getHistory", times=FOR_EVER)


def session(centre: DataCentre, folder: Path, trouble: Trouble | None) -> Path:
    """A folder with a session that leads to the data centre, or to nobody."""
    key = StringSession(centre.authorised_session())
    if trouble is Trouble.ABSENT:
        key.set_dc(DC_ID, "127.0.0.1", 9)
    SessionFile(folder / "telegram.session").write(SavedSession(key=StringSession.save(key)))
    return folder


def sample(kind: str, base_url: str, folder: Path) -> Source:
    """The first source of a kind in the demo; the sitemaps of its sites are nobody's source there."""
    if kind == "sitemap":
        options = SitemapOptions(url=f"{base_url}/sitemap.xml", max_age=timedelta(days=30))
        return Source(id="sitemap", kind=kind, name="Sitemap (fictional)", options=options)
    path = write_configuration(folder, web_url=base_url, smtp_port=1, bot_url="http://127.0.0.1:1")
    return next(source for source in load(path).sources if source.kind == kind)


def rereadable(source: Source) -> Source:
    """A feed reads single items again where it wants whole texts."""
    if isinstance(source.options, FeedOptions):
        source = replace(source, options=replace(source.options, full_text=True))
    assert KINDS[source.kind].refreshes(source.options)
    return source


def wanted(*items: Item) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(external_id=item.external_id, url=item.url, title=item.title, text=item.text) for item in items
    )


async def read_all(
    source: Source, scraper: RefreshScraper, cursor: Cursor = NOT_READ_YET
) -> tuple[list[Fetched], Cursor]:
    pages: list[Fetched] = []
    for _ in range(50):
        pages.append(await scraper.fetch(source, cursor))
        cursor = pages[-1].cursor
        if not pages[-1].more:
            return pages, cursor
    raise AssertionError("the source never came to an end")


def except_robots(answer: bytes) -> Answer:
    """`answer` to every request but the one for robots.txt, which allows all."""

    async def write(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(http_bytes("404 Not Found") if path == "/robots.txt" else answer)
        await writer.drain()

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_options_are_frozen_and_parsing_can_move_to_another_process(kind):
    known = KINDS[kind]

    assert is_dataclass(known.options)
    assert fields(known.options)
    assert known.options.__hash__ is not None  # frozen ones can be hashed
    assert pickle.loads(pickle.dumps(known.parse)) is known.parse


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400))
def test_garbage_raises_nothing_but_scrape_errors(kind, body):
    with contextlib.suppress(ScrapeError):
        pickle.dumps(KINDS[kind].parse(body, "https://example.org/page"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_source_is_read_once_whole_and_then_brings_nothing_twice(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path) as here:
        pages, cursor = await read_all(here.source, here.scraper)
        again, _ = await read_all(here.source, here.scraper, cursor)

    names = [item.external_id for page in pages for item in page.items]
    assert names
    assert len(set(names)) == len(names)
    assert {item.external_id for page in again for item in page.items} <= set(names)
    for page in pages:
        times = [item.published_at for item in page.items if item.published_at]
        assert times == sorted(times)
        assert all(time.tzinfo is UTC or time.utcoffset() == timedelta(0) for time in times)
        assert page.fetched_at == LATER
        assert page.source_id == here.source.id


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cursor_survives_storage(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path) as here:
        pages, cursor = await read_all(here.source, here.scraper)

    assert all(isinstance(value, str | int) for value in cursor.values.values())
    assert pages[-1].outcome in (Outcome.ITEMS, Outcome.NOTHING_NEW)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble.GONE, Gone),
        (Trouble.PAUSE, Blocked),
        (Trouble.FAILING, Unavailable),
        (Trouble.ABSENT, Unavailable),
    ],
    ids=["gone", "pause", "failing", "absent"],
)
async def test_what_a_server_says_becomes_the_right_error(kind, trouble, error, clock, tmp_path):
    async with place(kind, clock, tmp_path, trouble) as here:
        with pytest.raises(error) as raised:
            await here.scraper.fetch(here.source, Cursor())

    if error is Blocked:
        assert raised.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize("kind", KINDS)
async def test_single_items_are_read_again_under_their_names_and_as_they_were(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path) as here:
        pages, _ = await read_all(here.rereadable, here.scraper)
        known = {item.external_id: item for page in pages for item in page.items if item.full_text}
        chosen = [*known.values()][-2:]
        fetched = await here.scraper.refetch(here.rereadable, wanted(*chosen))

    again = {item.external_id: item for item in fetched.items}
    assert chosen[0].external_id in again
    assert set(again) <= set(known)
    for name, item in again.items():
        assert (item.title, item.text) == (known[name].title, known[name].text)
    assert (fetched.source_id, fetched.fetched_at) == (here.rereadable.id, LATER)
    assert not fetched.absent
    assert not fetched.more


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_asked_for_first_comes_first(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path) as here:
        pages, _ = await read_all(here.rereadable, here.scraper)
        known = [item for page in pages for item in page.items if item.full_text]
        left, calls = wanted(*known), 0
        while left:
            fetched = await here.scraper.refetch(here.rereadable, left)
            read = {item.external_id for item in fetched.items}
            assert left[0].external_id in read
            left = tuple(one for one in left if one.external_id not in read)
            calls += 1

    assert calls <= len(known)


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_nothing_again_is_nothing_new(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path) as here:
        fetched = await here.scraper.refetch(here.rereadable, ())

    assert (fetched.outcome, fetched.items, fetched.shown, fetched.absent) == (
        Outcome.NOTHING_NEW,
        (),
        None,
        frozenset(),
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_site_that_asks_for_a_pause_gets_it_from_reading_again_too(kind, clock, tmp_path):
    async with place(kind, clock, tmp_path, Trouble.PAUSE) as here:
        base_url = getattr(here.rereadable.options, "url", None) or "https://t.me/frontline_wives"
        one = Wanted(external_id="7", url=f"{base_url}/7")
        with pytest.raises(Blocked) as raised:
            await here.scraper.refetch(here.rereadable, (one,))

    assert raised.value.retry_after == timedelta(seconds=120)
