"""Clocks that jump, sleep and change to summer time: nothing is lost, nobody is told twice, polls go on."""

import asyncio
import re
from collections import deque
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from monitor.assembly import station
from monitor.config import load
from monitor.poll_report import PollReport
from tests.fakes.hand_clock import HandClock
from tests.fakes.small_web import Reply
from tests.flows.database import rows

pytestmark = pytest.mark.no_cover  # what it runs is traced elsewhere

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INTERVAL = 15 * MINUTE

RULES = """
[alerting]
max_age = "30d"

[[rule]]
id = "complaint"
query = "отпуск"

[route]
group_by = ["source"]
group_wait = "{wait}"
"""


class Line:
    """A desk at work, ticking every minute of a clock that is turned."""

    def __init__(self, running, clock: HandClock, outside, url: str) -> None:
        self.running = running
        self.clock = clock
        self.channel = outside.web.channels["wives"]
        self.written: list[str] = []
        self._outside = outside
        self._url = url

    def write(self) -> None:
        """A complaint of its own, published now."""
        said = f"Не дают отпуск, жалоба {len(self.written)} (вымышленный пример)"
        self.written.append(said)
        self.channel.write(said, self.clock.now())

    async def tick(self) -> None:
        await self.running.daemon.tick(self.clock.now())
        await self.running.daemon.settled()

    async def pass_time(self, span: timedelta, step: timedelta = MINUTE) -> None:
        end = self.clock.moment + span
        while self.clock.moment < end:
            self.clock.moment += step
            await self.tick()

    async def jump(self, by: timedelta) -> None:
        self.clock.moment += by
        await self.tick()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self._url, query)

    def stored(self) -> int:
        return int(self.running.store.totals().items)

    def check(self) -> None:
        """Everything that was written is stored once and told once."""
        stored = [row[0] for row in self.rows("SELECT text FROM revision")]
        assert sorted(stored) == sorted(self.written)  # type: ignore[type-var]
        alerts = [str(row[0]) for row in self.rows("SELECT id FROM alert")]
        assert len(alerts) == len(self.written) - 1  # the first poll is silent
        told: dict[str, dict[str, int]] = self._outside.told_of(alerts)
        assert {name: counts for name, counts in told.items() if set(counts.values()) != {1}} == {}


@asynccontextmanager
async def line(outside, url: str, *, start: datetime = START, wait: str = "0s", head: str = ""):
    outside.web.channel("wives")
    clock = HandClock(start)
    config = load(outside.configure(url, RULES.format(wait=wait), interval="15m"))
    if head:
        config.path.write_text(head + config.path.read_text())
        config = load(config.path)
    reports: list[PollReport] = []
    async with station(config, clock, polled=reports.append) as running:
        desk = Line(running, clock, outside, url)
        desk.write()
        await desk.tick()
        yield desk


@pytest.mark.parametrize("jump", [-2 * HOUR, 3 * DAY, -400 * DAY, -90 * SECOND])
async def test_polls_go_on_within_an_interval_after_a_jump(outside, store_url, jump):
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        await desk.jump(jump)
        desk.write()
        await desk.pass_time(INTERVAL + 3 * MINUTE)
        assert desk.stored() == 2
        desk.check()


async def test_jumps_there_and_back_again_lose_nothing_and_tell_nothing_twice(outside, store_url):
    async with line(outside, store_url) as desk:
        for jump in (-2 * HOUR, 3 * DAY, -3 * DAY, HOUR, -HOUR, 10 * MINUTE, -2 * HOUR):
            desk.write()
            await desk.jump(jump)
            desk.write()
            await desk.pass_time(INTERVAL + 3 * MINUTE)
            assert desk.stored() == len(desk.written)
        desk.check()


async def test_what_waits_for_its_group_comes_at_once_when_the_clock_is_set_back(outside, store_url):
    async with line(outside, store_url, wait="5m") as desk:
        desk.write()
        await desk.pass_time(INTERVAL + 2 * MINUTE)
        assert desk.stored() == 2
        assert desk.running.store.totals().pending == 3
        await desk.jump(-2 * HOUR)
        assert desk.running.store.totals().pending == 0
        desk.check()


async def test_a_desk_whose_clock_was_set_back_while_it_rested_goes_on_at_its_start(outside, store_url):
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
    clock = HandClock(START - DAY)
    async with station(load(outside.folder / "config.toml"), clock) as running:
        again = Line(running, clock, outside, store_url)
        again.written = desk.written
        again.write()
        await again.tick()
        await again.tick()
        assert again.stored() == 2
        again.check()


async def test_what_a_server_asked_for_is_kept_when_the_clock_is_set_back(outside, store_url):
    async with line(outside, store_url) as desk:
        outside.web.instead["/s/wives"] = deque([Reply(status=429, headers={"Retry-After": "21600"})])
        await desk.pass_time(INTERVAL + 2 * MINUTE)
        asked = len(outside.web.asked)
        await desk.jump(-2 * HOUR)
        await desk.pass_time(6 * HOUR, step=5 * MINUTE)
        assert len(outside.web.asked) == asked


@pytest.mark.parametrize(
    ("zone", "change", "names"),
    [
        ("Europe/Prague", datetime(2026, 3, 29, 1, tzinfo=UTC), {"CET", "CEST"}),
        ("Europe/Prague", datetime(2026, 10, 25, 1, tzinfo=UTC), {"CET", "CEST"}),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC), {"+11", "+1030"}),
    ],
)
async def test_summer_time_changes_how_times_are_shown_and_nothing_else(
    outside, sqlite_store_url, zone, change, names
):
    head = f'timezone = "{zone}"\n'
    async with line(outside, sqlite_store_url, start=change - 2 * HOUR, head=head) as desk:
        for _ in range(8):
            desk.write()
            await desk.pass_time(30 * MINUTE)
            assert desk.stored() == len(desk.written)
        desk.check()
    shown = set(re.findall(r"\d\d:\d\d ([A-Z]+|\+\d+)", " ".join(one.text for one in outside.bot.messages)))
    assert names <= shown


async def test_a_daemon_that_only_sleeps_is_not_hurried(outside, sqlite_store_url):
    """A suspended machine looks like a clock that leaps ahead: what has become due is done once."""
    async with line(outside, sqlite_store_url) as desk:
        await desk.pass_time(HOUR)
        asked = len(outside.web.asked)
        await desk.jump(3 * DAY)
        await asyncio.sleep(0)
        await desk.tick()
        assert len(outside.web.asked) - asked <= 3
