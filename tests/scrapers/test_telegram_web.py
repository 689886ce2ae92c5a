from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from scrapers.errors import Blocked, Gone, LayoutChanged, PreviewOff, Refused, ScrapeError, Unavailable
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Item, Outcome, Source
from scrapers.telegram_web import Options, TelegramWeb, channel_name
from tests.fakes.hand_clock import NOON, HandClock
from tests.fakes.loopback import LOOPBACK
from tests.fakes.raw_server import RawServer, http_bytes
from tests.fakes.telegram_preview import InventedChannel, InventedPost, TelegramPreview

START = Cursor()


class Desk:
    """A scraper with a running preview server before it."""

    def __init__(self, scraper: TelegramWeb, server: RawServer) -> None:
        self.scraper = scraper
        self.server = server

    def source(self, channel: str = "river_sample", **options: int) -> Source:
        chosen = Options(channel=channel, base_url=self.server.url, **options)
        return Source(id="river", kind="telegram_web", name="River (sample)", options=chosen)

    async def poll(self, source: Source, cursor: Cursor) -> tuple[list[Fetched], Cursor]:
        """Fetches until nothing more waits, as the poll loop does."""
        fetches = [await self.scraper.fetch(source, cursor)]
        while fetches[-1].more:
            fetches.append(await self.scraper.fetch(source, fetches[-1].cursor))
        return fetches, fetches[-1].cursor


@asynccontextmanager
async def desk(preview: TelegramPreview) -> AsyncIterator[Desk]:
    async with RawServer(preview) as server, HttpClient(LOOPBACK, HandClock()) as client:
        yield Desk(TelegramWeb(client), server)


def river(*ids: int, **more: int | bool) -> InventedChannel:
    channel = InventedChannel(name="river_sample", native_id=2_000_000_017, **more)  # type: ignore[arg-type]
    channel.write(*ids)
    return channel


def ids(items: tuple[Item, ...]) -> list[int]:
    return [int(item.external_id) for item in items]


def all_ids(fetches: list[Fetched]) -> list[int]:
    return [number for fetched in fetches for number in ids(fetched.items)]


async def test_the_first_poll_takes_its_pages_oldest_first_each_with_its_own_cursor() -> None:
    async with desk(TelegramPreview(river(*range(1, 101)))) as d:
        fetches, cursor = await d.poll(d.source(first_pages=3), START)
    assert [ids(fetched.items) for fetched in fetches] == [
        [*range(41, 61)],
        [*range(61, 81)],
        [*range(81, 101)],
        [],  # a page as long as pages get may have another behind it
    ]
    assert [fetched.cursor.number("position") for fetched in fetches] == [60, 80, 100, 100]
    assert [fetched.more for fetched in fetches] == [True, True, True, False]
    assert [fetched.outcome for fetched in fetches] == [*[Outcome.ITEMS] * 3, Outcome.NOTHING_NEW]
    assert cursor.number("behind") == 0


async def test_a_first_poll_of_one_page_asks_once() -> None:
    async with desk(TelegramPreview(river(*range(1, 101)))) as d:
        fetched = await d.scraper.fetch(d.source(first_pages=1), START)
    assert ids(fetched.items) == [*range(81, 101)]
    assert not fetched.more
    assert d.server.paths == ["/s/river_sample"]


async def test_the_first_poll_of_a_short_channel_takes_all_of_it() -> None:
    async with desk(TelegramPreview(river(1, 2, 5))) as d:
        fetches, cursor = await d.poll(d.source(first_pages=3), START)
    assert all_ids(fetches) == [1, 2, 5]
    assert cursor.number("position") == 5


async def test_what_a_fetch_says_of_the_channel_and_the_time() -> None:
    async with desk(TelegramPreview(river(1))) as d:
        fetched = await d.scraper.fetch(d.source(), START)
    assert fetched.source_id == "river"
    assert fetched.fetched_at == NOON
    assert fetched.channel is not None
    assert (fetched.channel.native_id, fetched.channel.username) == ("2000000017", "river_sample")
    assert (fetched.channel.title, fetched.channel.subscribers) == ("river_sample (sample)", 1_200)


@pytest.mark.parametrize("newest_behind_the_end", [False, True])
async def test_nothing_new_is_said_so(newest_behind_the_end: bool) -> None:  # noqa: FBT001
    channel = river(*range(1, 31), newest_behind_the_end=newest_behind_the_end)
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(reread=0), START)
        fetched = await d.scraper.fetch(d.source(reread=0), cursor)
    assert fetched.outcome is Outcome.NOTHING_NEW
    assert not fetched.items
    assert not fetched.more
    assert fetched.cursor.number("position") == 30
    assert d.server.paths[-1] == "/s/river_sample?after=30"


async def test_new_posts_come_with_the_last_known_ones_read_again() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(reread=3), START)
        channel.posts[-1].text = "Post 30, edited (fictional)"
        channel.write(31, 32)
        fetched = await d.scraper.fetch(d.source(reread=3), cursor)
    assert ids(fetched.items) == [28, 29, 30, 31, 32]
    assert fetched.items[2].text == "Post 30, edited (fictional)"
    assert fetched.cursor.number("position") == 32
    assert not fetched.more


async def test_edits_show_although_nothing_new_came() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(reread=3), START)
        channel.posts[-2].views = "9.9K"
        fetched = await d.scraper.fetch(d.source(reread=3), cursor)
    assert fetched.outcome is Outcome.ITEMS
    assert ids(fetched.items) == [28, 29, 30]
    assert fetched.items[1].counters is not None
    assert fetched.items[1].counters.views == 9_900
    assert fetched.cursor.number("position") == 30


@pytest.mark.parametrize("links_to_newer", [True, False])
@pytest.mark.parametrize("reread", [0, 10, 25])
async def test_a_burst_is_taken_page_by_page_and_loses_nothing(reread: int, links_to_newer: bool) -> None:  # noqa: FBT001
    channel = river(*range(1, 11), links_to_newer=links_to_newer)
    async with desk(TelegramPreview(channel)) as d:
        source = d.source(reread=reread)
        _, cursor = await d.poll(source, START)
        channel.write(*range(11, 90))
        fetches, cursor = await d.poll(source, cursor)
    new = [number for number in all_ids(fetches) if number > 10]
    assert new == [*range(11, 90)]
    assert cursor.number("position") == 89
    assert max(len(fetched.items) for fetched in fetches) <= 20


async def test_a_crash_before_the_commit_repeats_the_page_and_loses_nothing() -> None:
    channel = river(1)
    async with desk(TelegramPreview(channel)) as d:
        source, cursor = d.source(reread=2), START
        stored: list[int] = []
        for round_ in range(12):
            channel.write(*range(round_ * 15 + 2, round_ * 15 + 17))
            lost = await d.scraper.fetch(source, cursor)
            again = await d.scraper.fetch(source, cursor)
            assert again.items == lost.items
            stored += ids(again.items)
            cursor = again.cursor
        fetches, _ = await d.poll(source, cursor)
    assert sorted({*stored, *all_ids(fetches)}) == [*range(1, 182)]


async def test_an_album_is_passed_whole_and_never_cut_by_reading_again() -> None:
    channel = river(1, 2)
    channel.write(3, members=4)
    channel.write(7, members=3)
    async with desk(TelegramPreview(channel)) as d:
        source = d.source(reread=1)
        fetches, cursor = await d.poll(source, START)
        again = await d.scraper.fetch(source, cursor)
    assert all_ids(fetches) == [1, 2, 3, 7]
    assert cursor.number("position") == 9
    assert d.server.paths[-1] == "/s/river_sample?after=6"
    assert ids(again.items) == [7]


async def test_long_albums_alone_on_a_page_do_not_hold_the_cursor() -> None:
    channel = river(page_length=2)
    for first in range(1, 101, 10):
        channel.write(first, members=10)
    async with desk(TelegramPreview(channel)) as d:
        source = d.source(reread=5)
        _, cursor = await d.poll(source, START)
        channel.write(101, 102, 103)
        fetches, cursor = await d.poll(source, cursor)
    assert [number for number in all_ids(fetches) if number > 100] == [101, 102, 103]
    assert cursor.number("position") == 103


async def test_an_empty_channel_is_not_a_failure_and_its_first_post_is_found() -> None:
    channel = river()
    async with desk(TelegramPreview(channel)) as d:
        empty = await d.scraper.fetch(d.source(), START)
        channel.write(1)
        fetched = await d.scraper.fetch(d.source(), empty.cursor)
    assert (empty.outcome, empty.items, empty.more) == (Outcome.EMPTY, (), False)
    assert ids(fetched.items) == [1]


async def test_a_message_of_another_channel_is_refused_and_said() -> None:
    channel = river(1, 2)
    channel.posts.append(InventedPost(id=3, text="Strange (fictional)", channel_id=2_000_000_099))
    async with desk(TelegramPreview(channel)) as d:
        fetched = await d.scraper.fetch(d.source(), START)
    assert ids(fetched.items) == [1, 2]
    assert [refusal.reason for refusal in fetched.refusals] == ["a message of another channel"]


STRANGE = "tgme_widget_message_invented js-invented"


async def test_posts_of_kinds_that_are_not_known_never_hold_the_cursor() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        source = d.source()
        _, cursor = await d.poll(source, START)
        channel.posts += [InventedPost(id=number, text="A quiz", kind=STRANGE) for number in range(31, 91)]
        fetches, cursor = await d.poll(source, cursor)
        channel.write(91)
        last, _ = await d.poll(source, cursor)
    new = [item for fetched in fetches for item in fetched.items if int(item.external_id) > 30]
    assert [int(item.external_id) for item in new] == [*range(31, 91)]
    assert all(item.unreadable and item.published_at for item in new)
    assert "none of the new posts could be read" in (fetches[-2].gap or "")
    assert 91 in all_ids(last)
    assert last[-1].gap is None


async def test_a_channel_of_nothing_but_unknown_kinds_is_taken_and_said() -> None:
    channel = river()
    channel.posts += [InventedPost(id=number, text="A quiz", kind=STRANGE) for number in range(1, 31)]
    async with desk(TelegramPreview(channel)) as d:
        fetches, _ = await d.poll(d.source(), START)
    assert all_ids(fetches) == [*range(1, 31)]
    assert all(item.unreadable for fetched in fetches for item in fetched.items)
    assert "markup that is not known" in (fetches[0].gap or "")


async def test_a_changed_markup_keeps_the_cursor_and_known_posts_are_not_emptied() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(), START)
        channel.write(31)
        for post in channel.posts:
            post.kind = STRANGE
        with pytest.raises(LayoutChanged, match="could be read before"):
            await d.scraper.fetch(d.source(), cursor)


async def test_a_known_post_that_turns_strange_is_not_emptied() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(), START)
        channel.posts[-2].kind = STRANGE
        fetched = await d.scraper.fetch(d.source(), cursor)
    assert ids(fetched.items) == [*range(21, 29), 30]
    assert [refusal.url for refusal in fetched.refusals] == ["https://t.me/river_sample/29"]


async def test_a_channel_that_was_emptied_says_so() -> None:
    channel = river(*range(1, 31))
    async with desk(TelegramPreview(channel)) as d:
        _, cursor = await d.poll(d.source(), START)
        channel.posts.clear()
        fetched = await d.scraper.fetch(d.source(), cursor)
    assert (fetched.outcome, fetched.items) == (Outcome.EMPTY, ())
    assert fetched.cursor.number("position") == 30


async def test_a_name_that_another_channel_took_shows_the_other_identity() -> None:
    channel = river(*range(1, 31))
    preview = TelegramPreview(channel)
    async with desk(preview) as d:
        _, cursor = await d.poll(d.source(), START)
        other = InventedChannel(name="river_sample", native_id=2_000_000_555)
        other.write(1, 2)
        preview.channels["river_sample"] = other
        fetched = await d.scraper.fetch(d.source(), cursor)
    assert fetched.items == ()
    assert fetched.channel is not None
    assert fetched.channel.native_id == "2000000555"


async def test_posts_deleted_in_the_middle_of_a_burst_skip_nothing() -> None:
    channel = river(*range(1, 11))
    async with desk(TelegramPreview(channel)) as d:
        source = d.source()
        _, cursor = await d.poll(source, START)
        channel.write(*range(11, 150), *range(9_000, 9_050), 10**12)
        stored: set[int] = set()
        more = True
        while more:
            fetched = await d.scraper.fetch(source, cursor)
            stored |= set(ids(fetched.items))
            cursor, more = fetched.cursor, fetched.more
            gone = cursor.number("position")
            channel.posts = [post for post in channel.posts if not gone - 5 <= post.id <= gone]
    assert {*range(11, 150), *range(9_000, 9_050), 10**12} <= stored
    assert len(repr(cursor.values)) < 200


async def test_a_redirect_to_the_name_in_use_keeps_the_place_in_a_burst() -> None:
    channel = river(*range(1, 100))
    preview = TelegramPreview(channel)
    preview.instead["old_river_sample"] = redirect("/s/river_sample")
    async with desk(preview) as d:
        cursor = Cursor(values={"position": 10})
        fetches, _ = await d.poll(d.source("old_river_sample"), cursor)
    assert all_ids(fetches) == [*range(11, 100)]


async def test_going_back_takes_page_after_page_to_the_beginning() -> None:
    async with desk(TelegramPreview(river(*range(1, 51)))) as d:
        source, cursor, pages = d.source(), Cursor(values={"position": 50}), []
        more = True
        while more:
            fetched = await d.scraper.fetch_older(source, cursor)
            pages.append(ids(fetched.items))
            cursor, more = fetched.cursor, fetched.more
        beyond = await d.scraper.fetch_older(source, cursor)
    assert pages == [[*range(31, 51)], [*range(11, 31)], [*range(1, 11)]]
    assert cursor.values == {"position": 50, "older": 1}
    assert (beyond.outcome, beyond.items, beyond.more) == (Outcome.NOTHING_NEW, (), False)


async def test_going_back_in_an_empty_channel_ends_at_once() -> None:
    async with desk(TelegramPreview(river())) as d:
        fetched = await d.scraper.fetch_older(d.source(), START)
    assert (fetched.outcome, fetched.more) == (Outcome.EMPTY, False)


def redirect(location: str) -> bytes:
    return http_bytes("302 Found", Location=location)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (redirect("https://t.me/river_sample"), PreviewOff),
        (redirect("/river_sample"), PreviewOff),
        (redirect("https://t.me/s/river_sample"), LayoutChanged),  # another host than the configured one
        (redirect("https://telegram.org/"), Gone),
        (redirect("https://login.example.org/"), LayoutChanged),
        (redirect("http://[broken"), LayoutChanged),
        (redirect("/s/river_sample"), Unavailable),  # leads to itself
        (http_bytes("404 Not Found"), Gone),
        (http_bytes("403 Forbidden"), Blocked),
        (http_bytes("502 Bad Gateway"), Unavailable),
        (http_bytes("304 Not Modified"), Unavailable),
        (http_bytes("200 OK", b""), LayoutChanged),
        (http_bytes("200 OK", b"<html><title>Hotel network (fictional)</title></html>"), LayoutChanged),
        (http_bytes("200 OK", b'<div class="tgme_page"><b class="tgme_page_title">x</b></div>'), PreviewOff),
    ],
)
@pytest.mark.parametrize("cursor", [START, Cursor(values={"position": 10, "reread_after": 4})])
async def test_what_stands_in_the_way_is_told_apart(
    answer: bytes, error: type[ScrapeError], cursor: Cursor
) -> None:
    preview = TelegramPreview()
    preview.instead["river_sample"] = answer
    async with desk(preview) as d:
        with pytest.raises(error) as caught:
            await d.scraper.fetch(d.source(), cursor)
        with pytest.raises(error):
            await d.scraper.fetch_older(d.source(), cursor)
    assert type(caught.value) is error
    assert caught.value.reason


async def test_a_name_that_nobody_holds_is_gone() -> None:
    async with desk(TelegramPreview()) as d:
        with pytest.raises(Gone):
            await d.scraper.fetch(d.source("nobody_sample"), START)


async def test_retry_after_is_handed_on() -> None:
    preview = TelegramPreview()
    preview.instead["river_sample"] = http_bytes("429 Too Many Requests", Retry_After="90")
    async with desk(preview) as d:
        with pytest.raises(Blocked) as caught:
            await d.scraper.fetch(d.source(), START)
    assert caught.value.retry_after == timedelta(seconds=90)


async def test_a_redirect_to_another_spelling_of_the_name_is_followed() -> None:
    preview = TelegramPreview(river(1))
    preview.instead["old_river_sample"] = redirect("/s/river_sample")
    async with desk(preview) as d:
        fetched = await d.scraper.fetch(d.source("old_river_sample"), START)
    assert ids(fetched.items) == [1]


async def test_an_invite_link_is_refused_before_anything_is_asked() -> None:
    async with desk(TelegramPreview()) as d:
        with pytest.raises(Refused, match="invite link"):
            await d.scraper.fetch(d.source("https://t.me/+AbCdEfSample"), START)
    assert d.server.paths == []


@pytest.mark.parametrize(
    "written",
    [
        "River_Sample",
        "@River_Sample",
        " https://t.me/River_Sample ",
        "https://t.me/s/River_Sample",
        "http://t.me/River_Sample/",
        "t.me/s/River_Sample",
        "https://telegram.me/River_Sample",
    ],
)
def test_ways_to_write_a_channel(written: str) -> None:
    assert channel_name(written) == "River_Sample"


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("https://t.me/+AbCdEfSample", "invite link"),
        ("+AbCdEfSample", "invite link"),
        ("https://t.me/joinchat/AbCdEf", "invite link"),
        ("https://t.me/c/1234567890", "private channel"),
        ("https://t.me/c/1234567890/12", "private channel"),
        ("abc", "not a channel's public name"),
        ("a" * 33, "not a channel's public name"),
        ("river-sample", "not a channel's public name"),
        ("река_пример", "not a channel's public name"),
        ("https://t.me/river_sample/12", "not a channel's public name"),
        ("https://example.org/river_sample", "not a channel's public name"),
        ("", "not a channel's public name"),
        ("river\n_sample", "not a channel's public name"),
    ],
)
def test_what_is_no_public_channel_is_refused(written: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        channel_name(written)
