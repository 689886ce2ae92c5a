"""Ticks go on whatever becomes of the clock on the wall."""

import asyncio
from datetime import datetime, timedelta

import pytest
from apscheduler.schedulers import base

from monitor import ticking as module
from monitor.ticking import ticking

BEAT = timedelta(milliseconds=20)


class Wall:
    """The clock that APScheduler and the guard read, and hands to turn it with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta(0)
        wall = self

        class Turned(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + wall.ahead

        monkeypatch.setattr(base, "datetime", Turned)
        monkeypatch.setattr(module, "datetime", Turned)


class Beats:
    def __init__(self) -> None:
        self.count = 0

    async def step(self) -> None:
        self.count += 1

    async def further(self, count: int) -> None:
        wanted = self.count + count
        async with asyncio.timeout(30):
            while self.count < wanted:  # noqa: ASYNC110 - it happens in the loop's own time
                await asyncio.sleep(0.005)


@pytest.fixture
def wall(monkeypatch) -> Wall:
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(module, "_SLACK", 0.2)
    return Wall(monkeypatch)


async def test_without_the_guard_a_clock_that_is_set_back_stops_apscheduler(wall, monkeypatch):
    """Why there is a guard."""
    monkeypatch.setattr(module, "_SLACK", 1e9)
    beats = Beats()
    async with ticking(beats.step, BEAT):
        await beats.further(3)
        wall.ahead = -timedelta(hours=1)
        await asyncio.sleep(2 * BEAT.total_seconds())  # one that was on its way already
        before = beats.count
        await asyncio.sleep(20 * BEAT.total_seconds())
        assert beats.count == before


@pytest.mark.parametrize(
    "jump", [-timedelta(hours=2), timedelta(days=3), -timedelta(days=400), timedelta(days=20_000)]
)
async def test_ticks_go_on_after_a_jump(wall, jump):
    beats = Beats()
    async with ticking(beats.step, BEAT):
        for ahead in (jump, timedelta(0), jump, 2 * jump):
            await beats.further(3)
            wall.ahead = ahead
        await beats.further(10)


async def test_a_step_that_lasts_is_not_begun_beside_itself(wall):
    begun, may_end = 0, asyncio.Event()

    async def step() -> None:
        nonlocal begun
        begun += 1
        await may_end.wait()

    async with ticking(step, BEAT):
        async with asyncio.timeout(30):
            while not begun:  # noqa: ASYNC110 - it happens in the loop's own time
                await asyncio.sleep(0.005)
        wall.ahead = -timedelta(hours=1)
        await asyncio.sleep(0.5)
        assert begun == 1
        may_end.set()


async def test_the_end_is_quiet_at_whatever_moment_it_comes(caplog):
    """Before a step begins, while it waits, as it ends."""
    for moment in range(60):
        at_work = asyncio.Event()

        async def step(begun=at_work) -> None:
            begun.set()
            await asyncio.sleep(0.001)

        async with ticking(step, timedelta(milliseconds=1)):
            await at_work.wait()
            for _ in range(moment):
                await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
