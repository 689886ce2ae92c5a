"""Channels that live at random before an account in trouble after trouble: nothing is lost or doubled."""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.demo.data_centre import Channel, DataCentre, Post, World
from scrapers.errors import ScrapeError
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Item, Source, Wanted
from scrapers.telegram import Options, Telegram
from tests.fakes.hand_clock import HandClock
from tests.telegram_dc.account import IMPATIENT, account_at
from tests.telegram_dc.faults import Faults
from tests.telegram_dc.harmless import assert_harmless, assert_traceless, count_of
from tests.telegram_dc.life import Life

CHANNELS, ROUNDS, DEEDS = 8, 12, 40
READ = ("messages.getHistory", "channels.getMessages")


@dataclass(kw_only=True)
class Reader:
    """What is known of one channel, as a store would know it."""

    channel: Channel
    source: Source
    cursor: Cursor = field(default_factory=Cursor)
    items: dict[str, Item] = field(default_factory=dict)
    failures: int = 0

    async def poll(self, scraper: Telegram) -> None:
        """As the poll loop does: page after page, each taken with its cursor; a failure leaves both."""
        try:
            more = True
            while more:
                fetched = await scraper.fetch(self.source, self.cursor)
                self.take(fetched)
                self.cursor, more = fetched.cursor, fetched.more
        except ScrapeError:
            self.failures += 1

    async def look_again(self, scraper: Telegram) -> None:
        for some in pieces(sorted(self.items, key=int), 60):
            wanted = tuple(Wanted(external_id=name, url=None) for name in some)
            self.take(await scraper.refetch(self.source, wanted))

    def take(self, fetched: Fetched) -> None:
        self.items |= {item.external_id: item for item in fetched.items}
        gone = set(fetched.absent)
        if (shown := fetched.shown) is not None:
            held = (name for name in self.items if shown.lowest <= int(name) <= shown.highest)
            gone |= {name for name in held if int(name) not in shown.ids}
        for name in gone & self.items.keys():
            del self.items[name]

    def texts(self) -> dict[str, str]:
        return {name: item.text for name, item in self.items.items()}


def pieces(names: list[str], size: int) -> Iterable[list[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def expected(channel: Channel) -> dict[str, str]:
    """What stands in the channel: every post, an album under its smallest number, with its text."""
    groups: dict[int, list[Post]] = {}
    for post in channel.history():
        groups.setdefault(post.album or -post.id, []).append(post)
    return {
        str(posts[0].id): "\n".join(post.text for post in posts if post.text) for posts in groups.values()
    }


def misfortunes(centre: DataCentre, faults: Faults, readers: list[Reader]) -> list[Callable[[], object]]:
    chance = random.Random(1)
    return [
        centre.hang_up,
        centre.change_salt,
        lambda: faults.flood(1, *READ, channel=chance.choice(readers).channel),
        lambda: faults.hang_up_on(*READ, times=2),
        lambda: faults.hang(*READ),
        lambda: faults.ail(*READ, times=3),
        lambda: faults.garble(*READ),
        lambda: faults.garble_pushes(3),
        lambda: faults.lose_pushes(3),
        lambda: None,
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_known_at_the_end_is_what_stands_there(seed: int, tmp_path: Path) -> None:
    clock, world, faults = HandClock(), World(), Faults()
    channels = [world.channel(f"channel_{number}", joined=number % 2 == 0) for number in range(CHANNELS)]
    readers = [Reader(channel=channel, source=source(channel)) for channel in channels]
    life, chance = Life(channels, seed=seed), random.Random(seed)
    async with (
        DataCentre(world, conduct=faults) as centre,
        HttpClient(HttpOptions(), clock) as client,
    ):
        troubles = misfortunes(centre, faults, readers)
        for _ in range(ROUNDS):
            process = account_at(centre, tmp_path, clock=clock, link=IMPATIENT)  # killed later
            async with process as account:
                scraper = Telegram(client, account)
                for _ in range(DEEDS):
                    life.step()
                chance.choice(troubles)()
                clock.moment += timedelta(minutes=5)
                await asyncio.gather(*(reader.poll(scraper) for reader in readers))
        faults.recover()
        async with account_at(centre, tmp_path, clock=clock) as account:
            scraper = Telegram(client, account)
            for reader in readers:
                await reader.poll(scraper)
                await reader.look_again(scraper)
        assert [reader.texts() for reader in readers] == [expected(reader.channel) for reader in readers]
        assert sum(reader.failures for reader in readers) > 0
        assert count_of(centre, "contacts.resolveUsername") == CHANNELS
        assert_harmless(centre)
        assert_traceless((tmp_path / "telegram.session").read_bytes())
        assert_traceless(repr([reader.items for reader in readers]))
    assert centre.errors == []


def source(channel: Channel) -> Source:
    name = channel.profile.username or ""
    options = Options(channel=name, first_posts=1000, reread=60)
    return Source(id=name, kind="telegram", name=name, options=options)
