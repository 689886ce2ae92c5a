"""Chores come round by themselves, never twice at once, and a failure stops nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor.chores import Chore, Chores
from storage.errors import StorageUnavailable

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Diary:
    """A chore that writes down when it began, and ends when it is let."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.begun: list[datetime] = []
        self.may_end = asyncio.Event()
        self._fault = fault

    async def work(self, now: datetime) -> None:
        self.begun.append(now)
        await self.may_end.wait()
        if self._fault is not None:
            raise self._fault


def hourly(diary: Diary) -> Chores:
    return Chores([Chore(name="diary", every=HOUR, work=diary.work)])


async def ended(chores: Chores) -> None:
    while chores.in_flight:
        await asyncio.wait(chores.in_flight)
        await asyncio.sleep(0)


async def begun(chores: Chores, now: datetime) -> None:
    chores.start(now)
    await asyncio.sleep(0)


async def test_a_chore_begins_at_once_and_then_comes_round():
    diary = Diary()
    diary.may_end.set()
    chores = hourly(diary)
    for minutes in (0, 1, 59, 60, 61, 119, 130):
        await begun(chores, NOON + timedelta(minutes=minutes))
        await ended(chores)
    assert diary.begun == [NOON, NOON + HOUR, NOON + timedelta(minutes=130)]


async def test_a_chore_that_lasts_is_not_begun_a_second_time():
    diary = Diary()
    chores = hourly(diary)
    for hours in range(3):
        await begun(chores, NOON + hours * HOUR)
    assert diary.begun == [NOON]
    assert len(chores.in_flight) == 1
    diary.may_end.set()
    await ended(chores)
    await begun(chores, NOON + 3 * HOUR)
    await ended(chores)
    assert diary.begun == [NOON, NOON + 3 * HOUR]


async def test_a_clock_that_is_set_back_does_not_put_a_chore_off():
    diary = Diary()
    diary.may_end.set()
    chores = hourly(diary)
    for moment in (NOON, NOON - 48 * HOUR, NOON - 47.5 * HOUR):
        await begun(chores, moment)
        await ended(chores)
    assert diary.begun == [NOON, NOON - 48 * HOUR]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StorageUnavailable("(sample) away"), "the chore diary is left for its next round: (sample) away"),
        (KeyError("(sample) bug"), "the chore diary failed inside Groundswell"),
    ],
)
async def test_a_failure_is_told_and_tried_at_the_next_round(caplog, fault, told):
    diary = Diary(fault)
    diary.may_end.set()
    chores = hourly(diary)
    for minutes in (0, 1, 60):
        await begun(chores, NOON + timedelta(minutes=minutes))
        await ended(chores)
    assert diary.begun == [NOON, NOON + HOUR]
    assert caplog.messages == [told, told]


async def test_one_that_fails_keeps_no_other_from_its_turn():
    failing, sound = Diary(KeyError("(sample) bug")), Diary()
    failing.may_end.set()
    sound.may_end.set()
    chores = Chores(
        [Chore(name="a", every=HOUR, work=failing.work), Chore(name="b", every=HOUR, work=sound.work)]
    )
    await begun(chores, NOON)
    await ended(chores)
    assert (failing.begun, sound.begun) == ([NOON], [NOON])
