"""What every kind of source promises, over real HTTP on loopback: a new kind joins by its registry line."""

import asyncio
import contextlib
import pickle
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import write_configuration
from monitor.demo.web import SampleWeb
from scrapers.errors import Blocked, Gone, ScrapeError, Unavailable
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Outcome, Source
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
