"""What every kind of source promises, over real HTTP on loopback: a new kind joins by its registry line."""

import asyncio
import contextlib
import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import write_configuration
from monitor.demo.web import SampleWeb
from monitor.ports import RefreshScraper
from scrapers.errors import Blocked, Gone, ScrapeError, Unavailable
from scrapers.feed import Options as FeedOptions
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Item, Outcome, Source, Wanted
from scrapers.registry import KINDS
from tests.fakes.raw_server import Answer, RawServer, http_bytes

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
LATER = START + timedelta(days=6)
HTTP = HttpOptions(allow_private=("127.0.0.1",), per_host_interval=timedelta(0), per_host_concurrency=8)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(LATER)


@pytest.fixture
def web(clock: TurnedClock) -> Iterator[SampleWeb]:
    with SampleWeb(clock, START) as running:
        yield running


def sources(kind: str, base_url: str, tmp_path) -> list[Source]:
    path = write_configuration(tmp_path, web_url=base_url, smtp_port=1, bot_url="http://127.0.0.1:1")
    return [source for source in load(path).sources if source.kind == kind]


def refreshing(kind: str, base_url: str, tmp_path) -> Source:
    """The first source of a kind that reads single items again; a feed does so where it wants whole texts."""
    source = sources(kind, base_url, tmp_path)[0]
    if isinstance(source.options, FeedOptions):
        source = replace(source, options=replace(source.options, full_text=True))
    assert KINDS[kind].refreshes(source.options)
    return source


def wanted(*items: Item) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(external_id=item.external_id, url=item.url, title=item.title, text=item.text) for item in items
    )


def rereader(kind: str, client: HttpClient) -> RefreshScraper:
    return cast("RefreshScraper", KINDS[kind].scraper(client))


async def read_all(
    kind: str, source: Source, cursor: Cursor, client: HttpClient
) -> tuple[list[Fetched], Cursor]:
    scraper = KINDS[kind].scraper(client)
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
async def test_a_source_is_read_once_whole_and_then_brings_nothing_twice(kind, web, clock, tmp_path):
    source = sources(kind, web.base_url, tmp_path)[0]
    async with HttpClient(HTTP, clock) as client:
        pages, cursor = await read_all(kind, source, Cursor(), client)
        again, _ = await read_all(kind, source, cursor, client)

    names = [item.external_id for page in pages for item in page.items]
    assert names
    assert len(set(names)) == len(names)
    assert {item.external_id for page in again for item in page.items} <= set(names)
    for page in pages:
        times = [item.published_at for item in page.items if item.published_at]
        assert times == sorted(times)
        assert all(time.tzinfo is UTC or time.utcoffset() == timedelta(0) for time in times)
        assert page.fetched_at == LATER
        assert page.source_id == source.id


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cursor_survives_storage(kind, web, clock, tmp_path):
    source = sources(kind, web.base_url, tmp_path)[0]
    async with HttpClient(HTTP, clock) as client:
        pages, cursor = await read_all(kind, source, Cursor(), client)

    assert all(isinstance(value, str | int) for value in cursor.values.values())
    assert pages[-1].outcome in (Outcome.ITEMS, Outcome.NOTHING_NEW)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http_bytes("404 Not Found"), Gone),
        (http_bytes("429 Too Many Requests", retry_after="120"), Blocked),
        (http_bytes("503 Service Unavailable"), Unavailable),
    ],
    ids=["404", "429", "503"],
)
async def test_what_a_server_says_becomes_the_right_error(kind, answer, error, clock, tmp_path):
    everywhere_but_robots = except_robots(answer)
    async with RawServer(everywhere_but_robots) as server, HttpClient(HTTP, clock) as client:
        source = sources(kind, server.url, tmp_path)[0]
        with pytest.raises(error) as raised:
            await KINDS[kind].scraper(client).fetch(source, Cursor())

    if error is Blocked:
        assert raised.value.retry_after == timedelta(seconds=120)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_is_not_there_is_unavailable(kind, clock, tmp_path):
    source = sources(kind, "http://127.0.0.1:9", tmp_path)[0]
    async with HttpClient(HTTP, clock) as client:
        with pytest.raises(Unavailable):
            await KINDS[kind].scraper(client).fetch(source, Cursor())


@pytest.mark.parametrize("kind", KINDS)
async def test_single_items_are_read_again_under_their_names_and_as_they_were(kind, web, clock, tmp_path):
    source = refreshing(kind, web.base_url, tmp_path)
    async with HttpClient(HTTP, clock) as client:
        pages, _ = await read_all(kind, source, Cursor(), client)
        known = {item.external_id: item for page in pages for item in page.items if item.full_text}
        chosen = [*known.values()][-2:]
        fetched = await rereader(kind, client).refetch(source, wanted(*chosen))

    again = {item.external_id: item for item in fetched.items}
    assert chosen[0].external_id in again
    assert set(again) <= set(known)
    for name, item in again.items():
        assert (item.title, item.text) == (known[name].title, known[name].text)
    assert (fetched.source_id, fetched.fetched_at) == (source.id, LATER)
    assert not fetched.absent
    assert not fetched.more


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_asked_for_first_comes_first(kind, web, clock, tmp_path):
    source = refreshing(kind, web.base_url, tmp_path)
    async with HttpClient(HTTP, clock) as client:
        pages, _ = await read_all(kind, source, Cursor(), client)
        known = [item for page in pages for item in page.items if item.full_text]
        scraper = rereader(kind, client)
        left, calls = wanted(*known), 0
        while left:
            fetched = await scraper.refetch(source, left)
            read = {item.external_id for item in fetched.items}
            assert left[0].external_id in read
            left = tuple(one for one in left if one.external_id not in read)
            calls += 1

    assert calls <= len(known)


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_nothing_again_is_nothing_new(kind, web, clock, tmp_path):
    source = refreshing(kind, web.base_url, tmp_path)
    async with HttpClient(HTTP, clock) as client:
        fetched = await rereader(kind, client).refetch(source, ())

    assert (fetched.outcome, fetched.items, fetched.shown, fetched.absent) == (
        Outcome.NOTHING_NEW,
        (),
        None,
        frozenset(),
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_site_that_asks_for_a_pause_gets_it_from_reading_again_too(kind, clock, tmp_path):
    answer = except_robots(http_bytes("429 Too Many Requests", retry_after="120"))
    async with RawServer(answer) as server, HttpClient(HTTP, clock) as client:
        source = refreshing(kind, server.url, tmp_path)
        one = Wanted(external_id="7", url=f"{server.url}/stories/7")
        with pytest.raises(Blocked) as raised:
            await rereader(kind, client).refetch(source, (one,))

    assert raised.value.retry_after == timedelta(seconds=120)
