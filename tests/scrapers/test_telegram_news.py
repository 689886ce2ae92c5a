"""When an account tells of what it heard. Only what has to wait is timed, and from below."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from scrapers.model import Heard
from scrapers.telegram_live import News
from scrapers.telegram_news import NewsDesk
from tests.telegram_dc.client import until

APART = 0.3


class Listener:
    """Notes what it is told, and when."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.at: list[float] = []

    def __call__(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.at.append(asyncio.get_running_loop().time())


@pytest.fixture
def told() -> Listener:
    return Listener()


@pytest.fixture
async def desk(told: Listener) -> AsyncIterator[NewsDesk]:
    desk = NewsDesk(told, timedelta(seconds=APART))
    yield desk
    desk.close()


def changed(*ids: int, channel: str = "1") -> News:
    return News(heard=Heard(channel_id=channel, changed=frozenset(ids)))


async def test_new_posts_are_told_each_at_once(desk: NewsDesk, told: Listener) -> None:
    desk.take(changed(1))
    for _ in range(3):
        desk.take(News(heard=Heard(channel_id="1")))
    assert told.heard[1:] == [Heard(channel_id="1")] * 3


async def test_changes_are_told_at_once_and_then_together(desk: NewsDesk, told: Listener) -> None:
    for number in range(5):
        desk.take(changed(number))
    desk.take(changed(7, channel="2"))
    assert told.heard == [changed(0).heard, changed(7, channel="2").heard]
    await until(lambda: len(told.heard) == 3)
    desk.take(changed(9))
    await until(lambda: len(told.heard) == 4)
    assert told.heard[2:] == [changed(1, 2, 3, 4).heard, changed(9).heard]
    assert told.at[2] - told.at[0] >= APART - 0.01
    assert told.at[3] - told.at[2] >= APART - 0.01


async def test_after_a_rest_a_change_is_told_at_once_again(desk: NewsDesk, told: Listener) -> None:
    desk.take(changed(1))
    await asyncio.sleep(APART + 0.1)
    desk.take(changed(2))
    assert told.heard == [changed(1).heard, changed(2).heard]


async def test_nothing_is_told_after_the_end(desk: NewsDesk, told: Listener) -> None:
    desk.take(changed(1))
    desk.take(changed(2))
    desk.take(News(heard=Heard(channel_id="3"), unfinished=True))
    desk.close()
    await asyncio.sleep(APART + 0.5)
    assert told.heard == [changed(1).heard]
