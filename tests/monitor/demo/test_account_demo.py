"""The story, read through an account from the loopback data centre: what its previews show, and more."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from telethon.tl import types

from monitor.demo.account.content import words
from monitor.demo.account.served import FROZEN
from monitor.demo.account.tally import tally
from monitor.demo.account.use import AccountUse
from monitor.demo.account.world import JOINED, StoryWorld
from monitor.demo.data_centre import DataCentre, describe
from monitor.demo.light_text import plain
from monitor.demo.load import load_story
from monitor.demo.play import START, play, staged
from monitor.demo.story import Channel, Moment, Post
from monitor.demo.telegram_markup import SITE, channel_page
from scrapers.model import ChannelFacts, Item, ItemKind, Media, MediaKind
from scrapers.telegram_chat import facts
from scrapers.telegram_entities import web_links
from scrapers.telegram_item import read_answer
from scrapers.telegram_web import parse
from tests.telegram_dc.harmless import assert_harmless, assert_traceless

STORY = load_story()
CHANNELS = [pytest.param(channel, id=channel.source) for channel in STORY.channels.values()]
MOMENTS = [
    timedelta(0),
    timedelta(days=1, hours=9, minutes=45),
    timedelta(days=5, hours=9),
    timedelta(days=8),
]


# ---- the world, post by post ------------------------------------------------------------


def test_markup_becomes_entities_that_count_as_telegram_does() -> None:
    text, entities = words(
        "⚡️🤍 **Важно**: [письма](https://letters.example.org/a), пишите @sample_desk_1 #дом"
    )
    assert text == "⚡️🤍 Важно: письма, пишите @sample_desk_1 #дом"
    units = text.encode("utf-16-le")
    covered = [units[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le") for one in entities]
    assert covered == ["Важно", "письма", "@sample_desk_1", "#дом"]
    assert web_links(text, entities) == ("https://letters.example.org/a", "https://t.me/sample_desk_1")


@cache
def brought_up_to(elapsed: timedelta) -> StoryWorld:
    told = StoryWorld(START, lambda: START)
    told.bring_up_to(START + elapsed / 2)
    told.bring_up_to(START + elapsed)
    for channel_id in told.world.channels:
        told.count(channel_id, START + elapsed)
    return told


def by_account(channel: Channel, elapsed: timedelta) -> tuple[list[Item], ChannelFacts]:
    """All that Telegram tells an account of a channel."""
    world = brought_up_to(elapsed).world
    told, account = world.channels[channel.native_id], world.accounts[0]
    users, chats = describe.surroundings(world, account, told, told.history())
    answer = types.messages.ChannelMessages(
        pts=1,
        count=0,
        messages=[describe.message(post, told.id) for post in told.history()],
        topics=[],
        chats=chats,
        users=users,
    )
    return [post.item for post in read_answer(answer, told.id).posts], facts(chats[-1])


def by_preview(channel: Channel, elapsed: timedelta) -> tuple[list[Item], ChannelFacts]:
    """All that a reader of its preview sees of a channel, page by page."""
    items: list[Item] = []
    before: int | None = None
    moment = Moment(start=START, now=START + elapsed)
    while True:
        url = f"{SITE}/s/{channel.username}"
        page = parse(channel_page(STORY, channel, moment, before=before).encode(), url)
        items = [*page.items, *items]
        assert page.channel is not None
        if page.older is None:
            return items, page.channel
        before = int(page.older)


def comparable(item: Item) -> Item:
    """What previews and accounts have to agree in: all but counters, and how exactly a thing is told."""
    return replace(
        item,
        published_raw=None,
        modified_at=None,
        counters=None,
        media=tuple(Media(kind=one.kind, duration=_duration(one)) for one in item.media),
        text="" if item.kind is ItemKind.SERVICE else item.text,
    )


def _duration(media: Media) -> timedelta | None:
    """Previews show the length of what is seen, and of voices, but not of music."""
    return None if media.kind is MediaKind.AUDIO else media.duration


@pytest.mark.parametrize("elapsed", MOMENTS, ids=str)
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_reads_the_posts_that_the_preview_shows(channel: Channel, elapsed: timedelta) -> None:
    hidden = {str(post.number) for post in channel.posts if post.unreadable}
    told, shown = by_account(channel, elapsed)[0], by_preview(channel, elapsed)[0]
    assert [item.external_id for item in told] == [item.external_id for item in shown]
    pairs = [pair for pair in zip(told, shown, strict=True) if pair[0].external_id not in hidden]
    assert [comparable(one) for one, _ in pairs] == [comparable(one) for _, one in pairs]
    assert all(item.text and not item.unreadable for item in told if item.external_id in hidden)


@pytest.mark.parametrize("channel", CHANNELS)
def test_counters_are_exact_and_edits_have_their_time(channel: Channel) -> None:
    elapsed = timedelta(days=8)
    posts = {str(post.number): post for post in channel.shown(elapsed)}
    for item in by_account(channel, elapsed)[0]:
        post = posts[item.external_id]
        if post.service:
            continue
        assert item.counters is not None
        assert item.counters.views == post.views(elapsed)
        assert item.counters.reactions == post.reaction_counts(elapsed)
        assert item.modified_at == (START + post.wordings[1].since if post.edited(elapsed) else None)


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_said_of_a_channel_changes_with_the_story(channel: Channel) -> None:
    for elapsed in MOMENTS:
        world, (_, shown) = brought_up_to(elapsed).world, by_preview(channel, elapsed)
        profile, (_, told) = world.channels[channel.native_id].profile, by_account(channel, elapsed)
        assert profile.subscribers == channel.subscribers(elapsed)
        assert profile.about == shown.description
        assert replace(
            told,
            description=shown.description,
            subscribers=shown.subscribers,
            subscribers_raw=shown.subscribers_raw,
        ) == replace(shown, live=channel.username in JOINED)


def test_a_joined_channel_tells_next_what_happens_next_in_one() -> None:
    told = StoryWorld(START, lambda: START)
    told.bring_up_to(START)
    moments = []
    while (moment := told.next_pushed()) is not None:
        moments.append(moment)
        told.bring_up_to(moment)
    joined = [post for name in JOINED for post in STORY.channels[name].posts]
    ahead = {post.at for post in joined if post.at > timedelta(0)}
    ahead |= {post.deleted for post in joined if post.deleted}
    ahead |= {wording.since for post in joined for wording in post.wordings[1:]}
    assert moments == sorted(START + at for at in ahead)


# ---- the daemon over the days in which most happens -------------------------------------

BEGIN, END = FROZEN[0] - timedelta(hours=1), FROZEN[1] + timedelta(hours=16)
LONGEST_PAUSE = timedelta(hours=5)  # between two polls of a channel


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a run left behind."""

    folder: Path
    use: AccountUse | None = None
    centre: DataCentre | None = None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "groundswell.db") as database:
            found = database.execute(query).fetchall()
        database.close()
        return found

    def posts(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Source and external id -> kind and latest text, of channels."""
        latest = (
            "SELECT s.config_id, i.external_id, i.kind, r.text FROM item i "
            "JOIN source s ON s.id = i.source_id JOIN revision r ON r.item_id = i.id "
            "WHERE s.kind LIKE 'telegram%' ORDER BY r.seq"
        )
        return {(source, name): (kind, text) for source, name, kind, text in self.rows(latest)}


def played(folder: Path, *, with_account: bool) -> Played:
    polls: dict[str, int] = {}
    used: list[AccountUse] = []
    with staged(folder, with_account=with_account) as stage:
        stage.clock.move_to(START + BEGIN)
        account = stage.account

        def count(report) -> None:
            polls[report.source_id] = polls.get(report.source_id, 0) + 1

        def finished(running) -> None:
            if account is not None:
                items = running.store.all_items()
                refused = account.conduct.refused
                used.append(tally(account.centre.calls, items, polls, start=START + BEGIN, refused=refused))

        asyncio.run(play(stage, polled=count, moved=lambda _: None, finished=finished, until=END))
    return Played(folder=folder, use=used[0] if used else None, centre=account.centre if account else None)


@contextmanager
def untraced() -> Iterator[None]:
    """Without measuring coverage, which doubles the time: what is run here is traced elsewhere."""
    coverage = Coverage.current()
    if coverage is not None:
        coverage.stop()
    try:
        yield
    finally:
        if coverage is not None:
            coverage.start()


@pytest.fixture(scope="module")
def through_account(tmp_path_factory: pytest.TempPathFactory) -> Played:
    with untraced():
        return played(tmp_path_factory.mktemp("account"), with_account=True)


@pytest.fixture(scope="module")
def by_previews(tmp_path_factory: pytest.TempPathFactory) -> Played:
    with untraced():
        return played(tmp_path_factory.mktemp("previews"), with_account=False)


def published() -> dict[tuple[str, str], tuple[Channel, Post]]:
    """Source and external id -> what was published in time for the last polls."""
    return {
        (channel.source, str(post.number)): (channel, post)
        for channel in STORY.channels.values()
        for post in channel.posts
        if post.at <= END - LONGEST_PAUSE
    }


def test_the_same_posts_are_stored_and_those_that_previews_hide(through_account, by_previews):
    told, shown, posts = through_account.posts(), by_previews.posts(), published()
    hidden = {name for name, (channel, post) in posts.items() if post.unreadable or channel.hidden(post)}
    pinned = {name for name, (_, post) in posts.items() if post.service and "pinned" in post.text(END)}
    assert (len(hidden), len(pinned)) == (2, 1)
    alike = posts.keys() - hidden - pinned - {("lesnoy-families", "63")}  # deleted long before
    assert {name: told[name] for name in alike} == {name: shown[name] for name in alike}
    assert {name: told[name][1] for name in hidden} == {
        name: plain(posts[name][1].text(END)) for name in hidden
    }
    assert {shown.get(name) for name in hidden} == {None, ("post", "")}
    assert {told[name] for name in pinned} == {("service", "A post was pinned")}


def test_a_frozen_account_is_told_of_and_its_previews_leave_no_trace(through_account):
    told = through_account.rows("SELECT kind, closed_at FROM incident WHERE kind = 'telegram_account'")
    assert [closed is not None for _, closed in told] == [True]
    assert through_account.use.refused > 0
    assert through_account.rows("SELECT count(*) FROM revision WHERE seq > 1") == [(0,)]


def test_an_idle_channel_costs_one_request_a_poll_and_its_name_is_looked_up_once(through_account):
    use = through_account.use
    assert use.lookups == len(STORY.channels)
    described = use.methods["channels.getFullChannel"]
    assert use.methods["messages.getHistory"] <= sum(one.polls for one in use.channels)
    assert described <= len(STORY.channels) * ((END - BEGIN) / timedelta(hours=6) + 1)
    assert {one.title for one in use.hidden} == {"Мами Степового (приклад)", "Way Home (sample)"}
    assert through_account.centre.errors == []


def test_posts_of_joined_channels_are_stored_when_they_come(through_account):
    live = [one for one in through_account.use.channels if one.live and one.late is not None]
    others = [one for one in through_account.use.channels if not one.live and one.late is not None]
    assert {one.late for one in live} == {timedelta(0)}
    assert min(one.late for one in others) > timedelta(minutes=5)


def test_nobody_is_asked_about_and_nobody_is_stored(through_account):
    assert_harmless(through_account.centre)
    for name in ("groundswell.db", "telegram.session"):
        body = (through_account.folder / name).read_bytes()
        assert_traceless(body)
        assert not [one for one in ("sample_reader_0", "Оксанка", "Редакция (") if one.encode() in body]


# ---- as a newcomer calls it -------------------------------------------------------------


def test_the_command_tells_what_the_account_was_used_for(tmp_path):
    story = (
        "from datetime import timedelta; from monitor.cli import main; from monitor.demo import play; "
        "play.LENGTH = timedelta(hours=1); main()"
    )
    played = subprocess.run(
        [sys.executable, "-W", "error", "-c", story, "demo", "--account"],
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (played.returncode, played.stderr) == (0, "")
    assert "Read through an account: " in played.stdout
    assert "14 names, each once" in played.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_an_account_the_demo_does_without_telethon():
    loaded = "import sys, monitor.demo.play, monitor.demo.screen; print('telethon' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
