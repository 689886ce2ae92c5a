"""Channels read through an account: pages, albums, deletions, counters, and the preview that stands in."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from monitor.demo.data_centre import Call, Channel, DataCentre, World
from scrapers.errors import AccountUnusable, Gone, LayoutChanged, Refused, ScrapeError, Throttled
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, ShownRange, Source, Wanted
from scrapers.telegram import Options, Telegram, parse
from scrapers.telegram_account import Account
from scrapers.telegram_web import Options as WebOptions
from tests.fakes.hand_clock import HandClock
from tests.fakes.loopback import LOOPBACK
from tests.fakes.raw_server import RawServer
from tests.fakes.telegram_preview import InventedChannel, InventedPost, TelegramPreview
from tests.telegram_dc.account import account_at
from tests.telegram_dc.faults import FOR_EVER, Faults
from tests.telegram_dc.harmless import assert_harmless, assert_traceless, count_of

NAME = "frontline_wives"
HISTORY, MESSAGES, FULL = "messages.getHistory", "channels.getMessages", "channels.getFullChannel"
PHOTO = types.MessageMediaPhoto()


@dataclass(kw_only=True)
class Quirks(Faults):
    """Telegram as it is said to be, besides what can go wrong."""

    hides: frozenset[int] = frozenset()  # numbers of messages that are left out of pages: local laws
    fills: bool = False  # a page near the newest message is filled up with older ones
    names_only_what_is_there: bool = False  # no chats come with an answer that holds no message
    world: World = field(default_factory=World)

    def answer(self, call: Call, result: bytes) -> bytes:
        told = super().answer(call, result)
        if call.method not in (HISTORY, MESSAGES):
            return told
        with BinaryReader(told) as reader:
            found = reader.tgread_object()
        if call.method == HISTORY:
            shown = [one for one in found.messages if one.id not in self.hides]
            top = max((one.id for one in shown), default=0)
            found.offset_id_offset = (found.offset_id_offset or 0) + sum(
                one.id > top for one in found.messages
            )
            found.messages = shown
        if self.fills and call.method == HISTORY and call.request.add_offset < 0:
            lowest = call.request.offset_id
            older = [post for post in self.world.channels[call.channel_id or 0].history() if post.id < lowest]
            missing = call.request.limit - len(found.messages)
            found.messages += [
                types.Message(
                    id=post.id, peer_id=types.PeerChannel(call.channel_id), date=post.at, message="old"
                )
                for post in reversed(older[-missing:] if missing else [])
            ]
        if self.names_only_what_is_there and not any(
            type(one) is not types.MessageEmpty for one in found.messages
        ):
            found.chats = []
        return bytes(found)


class Desk:
    """An invented channel, to be read through an account and through its preview."""

    def __init__(
        self, centre: DataCentre, faults: Quirks, account: Account, client: HttpClient, clock: HandClock
    ) -> None:
        self.centre = centre
        self.faults = faults
        self.account = account
        self.client = client
        self.clock = clock
        self.scraper = Telegram(client, account)
        self.channel = centre.world.channel(NAME, title="Frontline wives (fictional)", joined=True)
        self.preview = InventedChannel(name=NAME, native_id=self.channel.id)

    def write(self, count: int) -> None:
        for _ in range(count):
            number = self.channel.newest_id() + 1
            self.channel.post(f"Post {number} (fictional)", at=self.clock.moment)

    def show(self) -> None:
        """Let the preview show what stands in the channel now, albums too."""
        albums: dict[int, list[Any]] = {}
        for post in self.channel.history():
            albums.setdefault(post.album or -post.id, []).append(post)
        self.preview.posts = [
            InventedPost(
                id=posts[0].id,
                text="".join(post.text for post in posts),
                members=len(posts),
                edited=any(post.edited_at for post in posts),
                published=posts[0].at.isoformat(),
            )
            for posts in albums.values()
        ]

    def source(self, **options: Any) -> Source:
        chosen = Options(**{"channel": NAME} | options)
        return Source(id="wives", kind="telegram", name="Wives (fictional)", options=chosen)

    async def poll(self, source: Source, cursor: Cursor) -> tuple[list[Fetched], Cursor]:
        """Fetches until nothing more waits, as the poll loop does."""
        fetches = [await self.scraper.fetch(source, cursor)]
        while fetches[-1].more:
            fetches.append(await self.scraper.fetch(source, fetches[-1].cursor))
        return fetches, fetches[-1].cursor

    async def refetch(self, *names: int | str) -> Fetched:
        wanted = tuple(Wanted(external_id=str(name), url=None) for name in names)
        return await self.scraper.refetch(self.source(), wanted)

    def count(self, method: str) -> int:
        return count_of(self.centre, method)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = HandClock()
    world = World(now=clock.now)
    faults = Quirks(world=world)
    async with (
        DataCentre(world, conduct=faults) as centre,
        account_at(centre, tmp_path, clock=clock) as account,
        HttpClient(LOOPBACK, clock) as client,
    ):
        yield Desk(centre, faults, account, client, clock)
        assert_harmless(centre)
        assert_traceless((tmp_path / "telegram.session").read_bytes())
    assert centre.errors == []


def ids(items: tuple[Item, ...]) -> list[int]:
    return [int(item.external_id) for item in items]


def all_ids(fetches: list[Fetched]) -> list[int]:
    return [number for fetched in fetches for number in ids(fetched.items)]


# ---- polling ---------------------------------------------------------------------------


async def test_the_first_poll_takes_the_newest_posts_oldest_first(desk: Desk) -> None:
    desk.write(30)
    fetched = await desk.scraper.fetch(desk.source(first_posts=20), Cursor())
    assert ids(fetched.items) == [*range(11, 31)]
    assert (fetched.outcome, fetched.more, fetched.gap) == (Outcome.ITEMS, False, None)
    assert fetched.cursor.number("position") == 30
    assert fetched.fetched_at == desk.clock.now()
    assert fetched.items[0].url == f"https://t.me/{NAME}/11"
    assert desk.count(HISTORY) == 1


@pytest.mark.parametrize("posts", [40, 100, 101, 199, 250, 400])
async def test_a_long_first_poll_comes_in_pages_oldest_first(desk: Desk, posts: int) -> None:
    desk.write(posts)
    fetches, cursor = await desk.poll(desk.source(first_posts=250), Cursor())
    new = list(dict.fromkeys(all_ids(fetches)))
    assert new == [*range(max(posts - 249, 1), posts + 1)]
    assert cursor.number("position") == posts
    assert desk.count(HISTORY) <= 5


async def test_a_channel_with_fewer_posts_than_it_says_is_still_read(desk: Desk) -> None:
    desk.write(260)
    desk.channel.delete(*range(1, 241))
    fetches, _ = await desk.poll(desk.source(first_posts=250), Cursor())
    assert all_ids(fetches) == [*range(241, 261)]


async def test_an_idle_channel_costs_one_request_a_poll_and_no_look_up(desk: Desk) -> None:
    desk.write(40)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.centre.calls.clear()
    for _ in range(5):
        desk.clock.moment += timedelta(minutes=15)
        fetched = await desk.scraper.fetch(desk.source(), cursor)
        assert ids(fetched.items) == [*range(31, 41)]
        assert (fetched.outcome, fetched.more) == (Outcome.ITEMS, False)
        cursor = fetched.cursor
    assert [call.method for call in desk.centre.calls] == [HISTORY] * 5


async def test_new_posts_come_with_the_last_ones_read_again(desk: Desk) -> None:
    desk.write(30)
    _, cursor = await desk.poll(desk.source(reread=3), Cursor())
    desk.channel.edit(29, "Edited (fictional)")
    desk.channel.count(30, views=77, reactions={"🕯": 4})
    desk.write(2)
    (fetched,), cursor = await desk.poll(desk.source(reread=3), cursor)
    assert ids(fetched.items) == [28, 29, 30, 31, 32]
    assert (fetched.items[1].text, fetched.items[1].edited) == ("Edited (fictional)", True)
    assert fetched.items[1].modified_at == desk.clock.now()
    counters = fetched.items[2].counters
    assert counters is not None
    assert (counters.views, counters.reactions) == (77, {"🕯": 4})
    assert cursor.number("position") == 32


async def test_without_rereading_only_new_posts_come(desk: Desk) -> None:
    desk.write(30)
    _, cursor = await desk.poll(desk.source(reread=0), Cursor())
    (nothing,), cursor = await desk.poll(desk.source(reread=0), cursor)
    assert (nothing.outcome, nothing.items) == (Outcome.NOTHING_NEW, ())
    desk.write(1)
    (fetched,), _ = await desk.poll(desk.source(reread=0), cursor)
    assert ids(fetched.items) == [31]


@pytest.mark.parametrize("reread", [0, 10, 120])
async def test_a_burst_is_taken_page_by_page_and_loses_nothing(desk: Desk, reread: int) -> None:
    desk.write(150)
    source = desk.source(reread=reread, first_posts=150)
    _, cursor = await desk.poll(source, Cursor())
    desk.write(330)
    fetches, cursor = await desk.poll(source, cursor)
    assert [number for number in all_ids(fetches) if number > 150] == [*range(151, 481)]
    assert cursor.number("position") == 480
    assert max(len(fetched.items) for fetched in fetches) <= 100


async def test_a_crash_before_the_commit_repeats_the_page(desk: Desk) -> None:
    desk.write(1)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.write(150)
    lost = await desk.scraper.fetch(desk.source(), cursor)
    again = await desk.scraper.fetch(desk.source(), cursor)
    assert again.items == lost.items
    assert again.cursor == lost.cursor


async def test_an_empty_channel_is_empty_and_its_first_post_is_found(desk: Desk) -> None:
    first = await desk.scraper.fetch(desk.source(), Cursor())
    assert (first.outcome, first.items) == (Outcome.EMPTY, ())
    desk.write(1)
    fetched = await desk.scraper.fetch(desk.source(), first.cursor)
    assert ids(fetched.items) == [1]


async def test_service_messages_are_items_that_say_so(desk: Desk) -> None:
    desk.channel.post(action=types.MessageActionChannelCreate(title="x"))
    desk.write(1)
    fetched = await desk.scraper.fetch(desk.source(), Cursor())
    assert [(item.kind, item.text) for item in fetched.items] == [
        (ItemKind.SERVICE, "Channel created"),
        (ItemKind.POST, "Post 2 (fictional)"),
    ]


# ---- what Telegram is said to do -------------------------------------------------------


async def test_a_page_that_is_filled_up_with_older_posts_is_not_taken_for_a_full_one(desk: Desk) -> None:
    desk.write(200)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.faults.fills = True
    members = album(desk, 3)
    desk.centre.calls.clear()
    (fetched,), cursor = await desk.poll(desk.source(), cursor)
    assert ids(fetched.items) == [*range(191, 201), members[0]]
    assert len(fetched.items[-1].media) == 3
    assert desk.count(HISTORY) == 1
    (idle,), _ = await desk.poll(desk.source(), cursor)
    assert ids(idle.items) == [*range(192, 201), members[0]]


async def test_a_page_with_fewer_posts_than_asked_for_is_not_taken_for_the_last(desk: Desk) -> None:
    desk.write(1)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.write(250)
    desk.faults.hides = frozenset(range(40, 60))
    fetches, cursor = await desk.poll(desk.source(), cursor)
    expected = {*range(2, 40), *range(60, 252)}
    assert {number for number in all_ids(fetches) if number > 1} == expected
    assert cursor.number("position") == 251


async def test_hidden_posts_behind_an_album_keep_it_back_from_nobody(desk: Desk) -> None:
    desk.write(20)
    _, cursor = await desk.poll(desk.source(reread=0), Cursor())
    members = album(desk, 3)
    desk.write(2)
    desk.faults.hides = frozenset({24, 25})
    desk.centre.calls.clear()
    fetches, _ = await desk.poll(desk.source(reread=0), cursor)
    assert members[0] in all_ids(fetches)
    assert desk.count(HISTORY) <= 3


async def test_an_answer_without_messages_may_tell_of_no_channel(desk: Desk) -> None:
    desk.write(3)
    _, cursor = await desk.poll(desk.source(reread=0), Cursor())
    desk.faults.names_only_what_is_there = True
    desk.channel.delete(1, 2, 3)
    idle = await desk.scraper.fetch(desk.source(reread=0), cursor)
    again = await desk.refetch(3)
    assert (idle.outcome, idle.channel) == (Outcome.EMPTY, None)
    assert again.absent == {"3"}


# ---- albums ----------------------------------------------------------------------------


def album(desk: Desk, members: int) -> tuple[int, ...]:
    return desk.channel.album(["Together (fictional)", *[""] * (members - 1)], [PHOTO] * members)


@pytest.mark.parametrize("before", range(88, 101))
async def test_no_album_is_cut_by_the_end_of_a_page(desk: Desk, before: int) -> None:
    desk.write(1)
    _, cursor = await desk.poll(desk.source(reread=0), Cursor())
    desk.write(before - 1)
    members = album(desk, 10)
    desk.write(30)
    fetches, _ = await desk.poll(desk.source(reread=0), cursor)
    new = all_ids(fetches)
    assert new == [*range(2, before + 1), members[0], *range(members[-1] + 1, members[-1] + 31)]
    (whole,) = (item for one in fetches for item in one.items if item.external_id == str(members[0]))
    assert len(whole.media) == 10


@pytest.mark.parametrize("newer", [91, 93, 97, 99])
async def test_no_album_is_cut_by_the_beginning_of_the_first_page(desk: Desk, newer: int) -> None:
    desk.write(20)
    members = album(desk, 10)
    desk.write(newer)
    fetches, _ = await desk.poll(desk.source(first_posts=100), Cursor())
    taken = all_ids(fetches)
    assert taken[-newer:] == [*range(members[-1] + 1, members[-1] + newer + 1)]
    assert not set(taken) & set(members[1:])


async def test_an_album_read_again_is_read_whole(desk: Desk) -> None:
    desk.write(2)
    members = album(desk, 4)
    desk.write(3)
    _, cursor = await desk.poll(desk.source(reread=4), Cursor())
    assert cursor.number("reread_after") == 2
    fetched = await desk.scraper.fetch(desk.source(reread=4), cursor)
    assert ids(fetched.items) == [members[0], 7, 8, 9]
    assert len(fetched.items[0].media) == 4


async def test_an_album_of_which_only_the_first_part_was_known_keeps_its_name(desk: Desk) -> None:
    desk.write(2)
    members = album(desk, 4)
    cursor = Cursor(values={"position": members[1]})
    fetched = await desk.scraper.fetch(desk.source(), cursor)
    assert ids(fetched.items) == [members[0]]
    assert len(fetched.items[0].media) == 4


# ---- what is gone ----------------------------------------------------------------------


async def test_a_poll_shows_what_is_gone_among_the_last_posts(desk: Desk) -> None:
    desk.write(30)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.delete(25, 30)
    fetched = await desk.scraper.fetch(desk.source(), cursor)
    assert fetched.shown is not None
    assert fetched.shown.highest == 30
    assert fetched.shown.lowest <= 21
    assert not {25, 30} & fetched.shown.ids
    assert {21, 24, 26, 29} <= fetched.shown.ids


async def test_what_a_poll_does_not_bring_does_not_count_as_shown(desk: Desk) -> None:
    desk.write(15)
    members = album(desk, 4)
    desk.write(9)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.edit(12, "Edited (fictional)")
    fetched = await desk.scraper.fetch(desk.source(), cursor)
    assert ids(fetched.items) == [members[0], *range(20, 29)]
    assert fetched.shown == ShownRange(lowest=16, highest=28, ids=frozenset(range(16, 29)))


async def test_what_is_gone_is_told_where_nothing_is_left_to_be_brought(desk: Desk) -> None:
    desk.write(30)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.delete(*range(21, 31))
    fetched = await desk.scraper.fetch(desk.source(), cursor)
    assert (fetched.outcome, fetched.items) == (Outcome.NOTHING_NEW, ())
    assert fetched.shown == ShownRange(lowest=21, highest=30, ids=frozenset())


async def test_all_at_once_gone_proves_nothing_until_asked_by_name(desk: Desk) -> None:
    desk.write(30)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.delete(*range(1, 31))
    fetched = await desk.scraper.fetch(desk.source(), cursor)
    assert (fetched.outcome, fetched.shown) == (Outcome.EMPTY, None)
    again = await desk.refetch(30)
    assert again.absent == {"30"}


async def test_posts_are_read_again_by_name_in_one_request(desk: Desk) -> None:
    desk.write(120)
    desk.channel.edit(50, "Edited (fictional)")
    desk.channel.count(50, views=5, forwards=2, replies=1)
    desk.channel.delete(7, 60)
    fetched = await desk.refetch(50, 7, 60, 119, 50)
    assert ids(fetched.items) == [50, 119]
    assert fetched.absent == {"7", "60"}
    assert fetched.items[0].text == "Edited (fictional)"
    counters = fetched.items[0].counters
    assert counters is not None
    assert (counters.views, counters.forwards, counters.replies) == (5, 2, 1)
    assert (fetched.outcome, fetched.cursor, fetched.shown) == (Outcome.ITEMS, Cursor(), None)
    assert desk.count(MESSAGES) == 1


async def test_albums_are_read_again_whole(desk: Desk) -> None:
    albums = [album(desk, 3) for _ in range(12)]
    desk.write(1)
    fetched = await desk.refetch(*(members[0] for members in albums), 37)
    assert ids(fetched.items) == [*(members[0] for members in albums), 37]
    assert [len(item.media) for item in fetched.items] == [3] * 12 + [0]
    assert fetched.items[0].text == "Together (fictional)"
    assert desk.count(MESSAGES) == 3


async def test_an_album_that_lost_its_first_part_is_gone_under_its_name_as_in_the_preview(desk: Desk) -> None:
    members = album(desk, 3)
    desk.write(1)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.delete(members[0])
    fetched = await desk.refetch(members[0])
    assert fetched.absent == {str(members[0])}
    polled = await desk.scraper.fetch(desk.source(), cursor)
    assert ids(polled.items) == [members[1], 4]


async def test_names_that_are_no_numbers_ask_nothing(desk: Desk) -> None:
    desk.write(1)
    fetched = await desk.refetch("https://example.org/a", "²", "9" * 12)
    assert (fetched.outcome, fetched.items, fetched.absent) == (Outcome.NOTHING_NEW, (), frozenset())
    assert desk.centre.calls == []
    assert ids((await desk.refetch("https://example.org/a", 1)).items) == [1]


# ---- going back ------------------------------------------------------------------------


async def test_going_back_reaches_the_beginning_and_cuts_no_album(desk: Desk) -> None:
    desk.write(30)
    first = album(desk, 10)
    desk.write(55)
    second = album(desk, 7)
    desk.write(150)
    taken: list[int] = []
    cursor, more = Cursor(), True
    while more:
        fetched = await desk.scraper.fetch_older(desk.source(), cursor)
        taken = ids(fetched.items) + taken
        cursor, more = fetched.cursor, fetched.more
    parts = {*first[1:], *second[1:]}
    assert taken == [number for number in range(1, desk.channel.newest_id() + 1) if number not in parts]
    end = await desk.scraper.fetch_older(desk.source(), cursor)
    assert (end.outcome, end.items, end.more) == (Outcome.NOTHING_NEW, (), False)


async def test_going_back_in_an_empty_channel_is_said_so(desk: Desk) -> None:
    fetched = await desk.scraper.fetch_older(desk.source(), Cursor())
    assert (fetched.outcome, fetched.more) == (Outcome.EMPTY, False)


# ---- the channel itself ----------------------------------------------------------------


async def test_names_and_labels_come_with_every_poll_and_the_description_every_six_hours(desk: Desk) -> None:
    desk.write(1)
    desk.channel.describe(about="We want  them home.\nAll of it is invented.", subscribers=12_345)
    first = await desk.scraper.fetch(desk.source(), Cursor())
    assert first.channel is not None
    assert (first.channel.native_id, first.channel.username) == (str(desk.channel.id), NAME)
    assert first.channel.description == "We want them home.\nAll of it is invented."
    assert (first.channel.subscribers, first.channel.subscribers_raw) == (12_345, None)
    assert (first.channel.labels, first.channel.live) == (frozenset(), True)
    desk.channel.describe(title="Renamed (fictional)", fake=True, restricted=True, joined=False)
    desk.clock.moment += timedelta(hours=5, minutes=59)
    second = await desk.scraper.fetch(desk.source(), first.cursor)
    assert second.channel is not None
    assert second.channel.title == "Renamed (fictional)"
    assert second.channel.labels == {"fake", "restricted"}
    assert (second.channel.description, second.channel.subscribers) == (None, None)
    assert second.channel.live is False
    assert desk.count(FULL) == 1
    desk.clock.moment += timedelta(minutes=1)
    third = await desk.scraper.fetch(desk.source(), second.cursor)
    assert third.channel is not None
    assert third.channel.subscribers == 12_345
    assert desk.count(FULL) == 2


async def test_a_description_that_cannot_be_had_keeps_no_posts_back(desk: Desk) -> None:
    desk.write(3)
    desk.faults.flood(300, FULL)
    fetched = await desk.scraper.fetch(desk.source(), Cursor())
    assert ids(fetched.items) == [1, 2, 3]
    assert fetched.channel is not None
    assert fetched.channel.description is None
    again = await desk.scraper.fetch(desk.source(), fetched.cursor)
    assert ids(again.items) == [1, 2, 3]


async def test_a_channel_that_went_private_is_refused_even_to_who_has_joined_it(desk: Desk) -> None:
    desk.write(3)
    _, cursor = await desk.poll(desk.source(), Cursor())
    desk.channel.describe(username=None)
    with pytest.raises(Refused, match="no public user name"):
        await desk.scraper.fetch(desk.source(), cursor)


@pytest.mark.parametrize("channel", ["https://t.me/+secret", "https://t.me/c/123/4", "t.me/joinchat/secret"])
async def test_invitations_and_private_links_are_refused_without_asking(desk: Desk, channel: str) -> None:
    with pytest.raises(Refused, match="only public channels are collected"):
        await desk.scraper.fetch(desk.source(channel=channel), Cursor())
    assert desk.centre.calls == []


async def test_nothing_of_people_leaves_the_scraper(desk: Desk) -> None:
    author = desk.centre.world.user("invented_author", name="Signata")
    other = desk.centre.world.channel("neighbour_sample", title="Neighbour (fictional)")
    origin = other.post("Original (fictional)")
    desk.channel.post("Signed (fictional)", signature=author, reactions={"😢": 3}, replies=2)
    desk.channel.post("Passed on (fictional)", forward_of=author)
    desk.channel.post("Hidden (fictional)", forward_of="Signata (fictional)")
    desk.channel.post("From next door (fictional)", forward_of=(other, origin))
    fetched = await desk.scraper.fetch(desk.source(), Cursor())
    again = await desk.refetch(1, 2, 3, 4)
    assert_traceless(repr((fetched, again)))
    assert "Signata" not in repr((fetched, again))
    assert [item.forwarded for item in fetched.items] == [False, True, True, True]
    assert [item.forward is not None for item in fetched.items] == [False, False, False, True]
    assert again.items == fetched.items


# ---- the preview stands in -------------------------------------------------------------


class Preview:
    """The channel's preview, served on loopback."""

    def __init__(self, desk: Desk, server: RawServer, pages: TelegramPreview) -> None:
        self.desk = desk
        self.server = server
        self.pages = pages

    def source(self, **options: Any) -> Source:
        return self.desk.source(fallback="telegram_web", base_url=self.server.url, **options)


@pytest.fixture
async def preview(desk: Desk) -> AsyncIterator[Preview]:
    pages = TelegramPreview(desk.preview)
    async with RawServer(pages) as server:
        yield Preview(desk, server, pages)


async def test_while_the_account_is_frozen_the_preview_stands_in_and_says_why(
    desk: Desk, preview: Preview
) -> None:
    desk.write(30)
    desk.channel.album(["Together (fictional)", ""], [PHOTO, PHOTO])
    desk.show()
    _, cursor = await desk.poll(preview.source(), Cursor())
    desk.faults.freeze()
    desk.write(5)
    desk.show()
    fetches, cursor = await desk.poll(preview.source(), cursor)
    assert {*range(33, 38)} <= set(all_ids(fetches))
    assert all("frozen" in (fetched.by_fallback or "") for fetched in fetches)
    desk.faults.recover()
    desk.clock.moment += timedelta(hours=2)
    desk.write(5)
    fetched = await desk.scraper.fetch(preview.source(), cursor)
    assert fetched.by_fallback is None
    assert {*range(38, 43)} <= set(ids(fetched.items))


async def test_a_switch_makes_no_second_items_and_no_edits(desk: Desk, preview: Preview) -> None:
    desk.write(12)
    desk.channel.album(["Together (fictional)", "", ""], [PHOTO] * 3)
    desk.write(3)
    desk.channel.edit(10, "Edited (fictional)")
    desk.show()
    fetches, cursor = await desk.poll(preview.source(), Cursor())
    desk.centre.keys.sign_out_all()
    shown, cursor = await desk.poll(preview.source(), cursor)
    known = {item.external_id: item for fetched in fetches for item in fetched.items}
    again = {item.external_id: item for fetched in shown for item in fetched.items}
    assert len(again) >= 10
    assert all(fetched.by_fallback for fetched in shown)
    for name, item in again.items():
        assert (item.text, item.edited, item.url) == (known[name].text, known[name].edited, known[name].url)
        assert (item.kind, item.published_at, item.links) == (
            known[name].kind,
            known[name].published_at,
            known[name].links,
        )
    assert fetches[0].channel is not None
    assert shown[0].channel is not None
    assert shown[0].channel.native_id == fetches[0].channel.native_id


async def test_reading_again_and_going_back_fall_back_too(desk: Desk, preview: Preview) -> None:
    desk.write(30)
    desk.show()
    desk.centre.keys.sign_out_all()
    wanted = (Wanted(external_id="20", url=None),)
    refetched = await desk.scraper.refetch(preview.source(), wanted)
    older = await desk.scraper.fetch_older(preview.source(), Cursor())
    assert 20 in ids(refetched.items)
    assert ids(older.items)[-1] == 30
    assert refetched.by_fallback
    assert older.by_fallback


async def test_without_a_fallback_the_source_waits_for_the_account(desk: Desk, preview: Preview) -> None:
    desk.write(3)
    desk.show()
    desk.centre.keys.sign_out_all()
    with pytest.raises(AccountUnusable, match="groundswell telegram login"):
        await desk.scraper.fetch(desk.source(base_url=preview.server.url), Cursor())
    assert preview.server.paths == []


@pytest.mark.parametrize(("seconds", "stands_in"), [(60, False), (600, True)])
async def test_the_preview_stands_in_for_long_pauses_only(
    desk: Desk,
    preview: Preview,
    seconds: int,
    stands_in: bool,  # noqa: FBT001
) -> None:
    desk.write(3)
    desk.show()
    desk.faults.flood(seconds, HISTORY, times=FOR_EVER)
    if stands_in:
        fetched = await desk.scraper.fetch(preview.source(), Cursor())
        assert "UTC" in (fetched.by_fallback or "")
    else:
        with pytest.raises(Throttled):
            await desk.scraper.fetch(preview.source(), Cursor())


async def test_where_the_preview_fails_too_both_reasons_are_told(desk: Desk, preview: Preview) -> None:
    desk.centre.keys.sign_out_all()
    preview.pages.channels.clear()
    with pytest.raises(AccountUnusable, match=r"login.*; its preview: nobody holds this name"):
        await desk.scraper.fetch(preview.source(), Cursor())


async def test_what_concerns_the_channel_itself_is_not_asked_of_the_preview(
    desk: Desk, preview: Preview
) -> None:
    desk.write(3)
    desk.show()
    desk.channel.describe(closed=True)
    with pytest.raises(Gone):
        await desk.scraper.fetch(preview.source(), Cursor())
    assert preview.server.paths == []


async def test_without_any_account_the_preview_is_read(desk: Desk, preview: Preview) -> None:
    desk.write(3)
    desk.show()
    scraper = Telegram(desk.client)
    fetched = await scraper.fetch(preview.source(), Cursor())
    assert ids(fetched.items) == [1, 2, 3]
    assert fetched.by_fallback
    with pytest.raises(AccountUnusable):
        await scraper.fetch(desk.source(), Cursor())


# ---- options and saved answers ---------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"first_posts": 0}, {"reread": -1}])
def test_options_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="first_posts"):
        Options(channel=NAME, **wrong)  # type: ignore[arg-type]


async def test_options_of_another_kind_are_a_fault_of_ours(desk: Desk) -> None:
    source = replace(desk.source(), options=WebOptions(channel=NAME))
    with pytest.raises(TypeError, match=r"not of scrapers\.telegram$"):
        await desk.scraper.fetch(source, Cursor())


def saved(channel: Channel, *, chats: bool = True) -> bytes:
    chat = types.Channel(
        id=channel.id,
        title=channel.profile.title,
        photo=types.ChatPhotoEmpty(),
        date=channel.created_at,
        broadcast=True,
        username=channel.profile.username,
    )
    messages = [
        types.Message(id=post.id, peer_id=types.PeerChannel(channel.id), date=post.at, message=post.text)
        for post in reversed(channel.history())
    ]
    found = types.messages.ChannelMessages(
        pts=1, count=len(messages), messages=messages, topics=[], chats=[chat] if chats else [], users=[]
    )
    return bytes(found)


def test_a_saved_answer_is_read() -> None:
    channel = World().channel(NAME, title="Frontline wives (fictional)")
    for _ in range(3):
        channel.post("Words (fictional)")
    parsed = parse(saved(channel), "file:///answer")
    assert ids(parsed.items) == [1, 2, 3]
    assert parsed.channel is not None
    assert parsed.channel.username == NAME
    assert parsed.older == "1"


def test_a_saved_answer_without_posts_tells_of_the_channel() -> None:
    parsed = parse(saved(World().channel(NAME)), "file:///answer")
    assert (parsed.items, parsed.older) == ((), None)
    assert parsed.channel is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        bytes(types.PeerUser(1)),
        bytes(types.messages.ChannelMessages(1, 1, [types.PeerUser(1)], [], [types.PeerUser(1)], [])),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutChanged):
        parse(body, "file:///answer")


def test_a_cut_answer_raises_nothing_but_scrape_errors() -> None:
    channel = World().channel(NAME)
    channel.post("Words (fictional)")
    body = saved(channel)
    for end in range(len(body)):
        with pytest.raises(ScrapeError):
            parse(body[:end], "file:///answer")


def test_telethon_is_loaded_only_where_an_account_is_at_work() -> None:
    command = "import sys, scrapers.registry; print([name for name in sys.modules if 'telethon' in name])"
    found = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
