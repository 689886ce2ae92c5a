"""Reading single posts of a channel again, and what a page proves to be missing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from scrapers.errors import Blocked, Gone, LayoutChanged, PreviewOff, ScrapeError
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Outcome, ShownRange, Source, Wanted
from scrapers.telegram_web import Options, TelegramWeb
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.loopback import LOOPBACK
from tests.fakes.raw_server import RawServer, http_bytes
from tests.fakes.telegram_preview import InventedChannel, InventedPost, TelegramPreview


class Desk:
    """A scraper of one invented channel."""

    def __init__(self, scraper: TelegramWeb, server: RawServer) -> None:
        self.scraper = scraper
        self.server = server
        options = Options(channel="river_sample", base_url=server.url, first_pages=1)
        self.source = Source(id="river", kind="telegram_web", name="River (sample)", options=options)

    async def fetch(self, cursor: Cursor) -> Fetched:
        return await self.scraper.fetch(self.source, cursor)

    async def refetch(self, *names: int | str) -> Fetched:
        wanted = tuple(Wanted(external_id=str(name), url=None) for name in names)
        return await self.scraper.refetch(self.source, wanted)


@asynccontextmanager
async def desk(preview: TelegramPreview) -> AsyncIterator[Desk]:
    async with RawServer(preview) as server, HttpClient(LOOPBACK, HandClock()) as client:
        yield Desk(TelegramWeb(client), server)


def river(*numbers: int, page_length: int = 20) -> InventedChannel:
    channel = InventedChannel(name="river_sample", native_id=2_000_000_017, page_length=page_length)
    channel.write(*numbers)
    return channel


def ids(fetched: Fetched) -> list[int]:
    return [int(item.external_id) for item in fetched.items]


def proves_missing(fetched: Fetched, number: int) -> bool:
    shown = fetched.shown
    return shown is not None and shown.lowest < number < shown.highest and number not in shown.ids


async def test_a_post_is_read_as_it_is_now() -> None:
    channel = river(*range(1, 101))
    channel.edit(50, "Rotation again (fictional)")
    channel.post(50).views = "1.2M"
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.refetch(50)
    (item,) = [item for item in fetched.items if item.external_id == "50"]
    assert (item.text, item.edited) == ("Rotation again (fictional)", True)
    assert item.counters is not None
    assert item.counters.views == 1_200_000
    assert (fetched.outcome, fetched.cursor, fetched.fetched_at) == (Outcome.ITEMS, Cursor(), NOON)
    assert fetched.channel is not None
    assert fetched.channel.native_id == "2000000017"
    assert not proves_missing(fetched, 50)


async def test_one_page_serves_the_posts_that_are_near_and_tells_how_far_it_reaches() -> None:
    async with desk(TelegramPreview(river(*range(1, 101)))) as d:
        fetched = await d.refetch(50, 49, 90, 57)
    assert {49, 50, 57} <= set(ids(fetched))
    assert fetched.shown is not None
    assert fetched.shown.lowest < 49
    assert 57 < fetched.shown.highest < 90
    assert len(d.server.paths) == 1


async def test_posts_below_the_wanted_ones_are_shown_but_not_taken() -> None:
    async with desk(TelegramPreview(river(*range(1, 101)))) as d:
        fetched = await d.refetch(50)
    assert min(ids(fetched)) == 50
    assert fetched.shown == ShownRange(lowest=41, highest=60, ids=frozenset(range(41, 61)))


@pytest.mark.parametrize("gone", [(50,), range(45, 56), range(50, 95), range(2, 51), range(2, 100)])
async def test_a_deleted_post_is_proved_missing_whatever_else_went(gone: range | tuple[int, ...]) -> None:
    channel = river(*range(1, 101))
    channel.delete(*gone)
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.refetch(50)
    assert proves_missing(fetched, 50)
    assert 50 not in ids(fetched)
    assert len(d.server.paths) <= 2


async def test_a_deleted_album_is_proved_missing_and_its_neighbour_stays_whole() -> None:
    channel = river(1)
    for first in range(2, 62, 4):
        channel.write(first, members=4)
    channel.delete(30)
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.refetch(30)
    assert proves_missing(fetched, 30)
    assert fetched.shown is not None
    assert {34, 35, 36, 37} <= fetched.shown.ids


async def test_the_ends_of_a_channel_prove_nothing() -> None:
    channel = river(*range(1, 31))
    channel.delete(1, 30)
    async with desk(TelegramPreview(channel)) as d:
        first, newest = await d.refetch(1), await d.refetch(30)
        channel.write(31)
        behind = await d.refetch(30)
    assert not proves_missing(first, 1)
    assert not proves_missing(newest, 30)
    assert proves_missing(behind, 30)


@pytest.mark.parametrize("page_length", [5, 9, 12, 40])
async def test_pages_of_another_length_serve_as_well(page_length: int) -> None:
    channel = river(*range(1, 101), page_length=page_length)
    channel.delete(48)
    async with desk(TelegramPreview(channel)) as d:
        found, missing = await d.refetch(46, 50), await d.refetch(48)
    assert page_length < 9 or 46 in ids(found)
    assert page_length < 9 or proves_missing(missing, 48)


async def test_the_last_post_of_a_page_is_left_to_the_page_that_shows_all_of_it() -> None:
    channel = river(*range(1, 58))
    channel.write(58, members=3)
    channel.write(*range(61, 80))
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.refetch(50)
    assert d.server.paths == ["/s/river_sample?before=61"]
    assert fetched.shown is not None
    assert fetched.shown.highest == 60
    assert max(ids(fetched)) == 57


async def test_names_that_are_no_numbers_ask_nothing() -> None:
    async with desk(TelegramPreview(river(1))) as d:
        fetched = await d.refetch("https://example.org/a", "²")
        assert d.server.paths == []
        mixed = await d.refetch("https://example.org/a", 1)
    assert (fetched.outcome, fetched.items, fetched.shown) == (Outcome.NOTHING_NEW, (), None)
    assert ids(mixed) == [1]


async def test_an_emptied_channel_proves_nothing() -> None:
    async with desk(TelegramPreview(river())) as d:
        fetched = await d.refetch(5)
    assert (fetched.outcome, fetched.shown) == (Outcome.EMPTY, None)


async def test_a_post_that_turned_unreadable_is_not_emptied_and_not_missing() -> None:
    channel = river(*range(1, 31))
    channel.post(20).kind = "tgme_widget_message_invented js-invented"
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.refetch(20)
    assert 20 not in ids(fetched)
    assert fetched.shown is not None
    assert 20 in fetched.shown.ids


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http_bytes("302 Found", Location="https://telegram.org/"), Gone),
        (http_bytes("302 Found", Location="/river_sample"), PreviewOff),
        (http_bytes("429 Too Many Requests", Retry_After="90"), Blocked),
        (http_bytes("200 OK", b"<html><title>Hotel network (fictional)</title></html>"), LayoutChanged),
    ],
)
async def test_what_stands_in_the_way_is_told_apart(answer: bytes, error: type[ScrapeError]) -> None:
    preview = TelegramPreview()
    preview.instead["river_sample"] = answer
    async with desk(preview) as d:
        with pytest.raises(error):
            await d.refetch(5)


async def test_a_forward_poll_shows_also_what_it_had_read_before() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        first = await d.fetch(Cursor())
        channel.delete(25)
        channel.post(24).kind = "tgme_widget_message_invented js-invented"
        again = await d.fetch(first.cursor)
    assert first.shown == ShownRange(lowest=11, highest=30, ids=frozenset(range(11, 31)))
    assert again.shown == ShownRange(lowest=21, highest=30, ids=frozenset(range(21, 31)) - {25})
    assert 24 not in ids(again)


async def test_a_page_without_posts_shows_nothing() -> None:
    async with desk(TelegramPreview(river())) as d:
        fetched = await d.fetch(Cursor())
    assert fetched.shown is None


async def test_a_foreign_message_is_shown_but_never_an_end() -> None:
    channel = river(*range(100, 110))
    channel.posts.insert(0, InventedPost(id=3, text="Strange (fictional)", channel_id=2_000_000_099))
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.fetch(Cursor())
    assert fetched.shown == ShownRange(lowest=100, highest=109, ids=frozenset({3, *range(100, 110)}))


@pytest.mark.parametrize("broken", ['data-post="river_sample/x"', ""])
async def test_a_message_that_could_not_be_read_leaves_no_range(broken: str) -> None:
    channel = river(*range(1, 11))
    preview = TelegramPreview(channel)
    page = channel.page("").replace('data-post="river_sample/5"', broken)
    preview.instead["river_sample"] = http_bytes("200 OK", page.encode())
    async with desk(preview) as d:
        fetched = await d.fetch(Cursor())
    assert len(fetched.items) == 9
    assert fetched.shown is None


async def test_the_very_first_message_is_read_again_while_it_is_among_the_last() -> None:
    channel = river(1, 2, 3)
    async with desk(TelegramPreview(channel)) as d:
        first = await d.fetch(Cursor())
        channel.edit(1, "Edited (fictional)")
        again = await d.fetch(first.cursor)
        channel.write(*range(4, 40))
        burst = [await d.fetch(again.cursor)]
        while burst[-1].more:
            burst.append(await d.fetch(burst[-1].cursor))
    assert ids(again) == [1, 2, 3]
    assert again.items[0].text == "Edited (fictional)"
    assert {number for fetched in burst for number in ids(fetched)} >= {*range(4, 40)}
