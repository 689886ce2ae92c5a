"""One slow or hostile source delays no other, and what hangs holds up no end."""

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import places, poll
from monitor.analyse import Analysed, analyse
from monitor.clock import SystemClock
from monitor.config import load
from monitor.places import Places
from scrapers.model import Item, Source
from tests.fakes.small_web import Reply
from tests.flows.serving import PATIENCE, TOLD_AT_ONCE, await_true, serving

CHECKOUT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)


@pytest.fixture
def soon_slow(monkeypatch) -> None:
    """A poll counts as slow after a moment."""
    monkeypatch.setattr(places, "SLOW_AFTER", 0.2)


def complain(outside) -> None:
    at = SystemClock().now()
    outside.web.channel("wives").write("Не дают отпуск (вымышленный пример)", at)


@pytest.mark.usefixtures("soon_slow")
async def test_servers_that_hang_in_every_place_keep_no_other_source_waiting(outside, store_url):
    released = threading.Event()
    for number in range(6):  # there are four places
        outside.web.channel(f"hangs{number}")
        outside.web.always[f"/s/hangs{number}"] = Reply(wait_for=released)
    complain(outside)
    try:
        async with serving(load(outside.configure(store_url, TOLD_AT_ONCE, interval="1h")), SECOND):
            await await_true(lambda: len(outside.hook.posted) == 1)
            assert not released.is_set()
            released.set()
    finally:
        released.set()


@pytest.mark.usefixtures("soon_slow")
async def test_items_that_take_for_ever_take_no_thread_from_others(outside, store_url, monkeypatch):
    """As many as fit into four times the places, which is more than the threads of asyncio's own."""
    released = threading.Event()
    begun: list[int] = []

    def analyse_for_ever(item: Item, source: Source) -> Analysed:
        if source.kind == "feed":
            begun.append(1)
            released.wait(PATIENCE)
        return analyse(item, source)

    monkeypatch.setattr(poll, "analyse", analyse_for_ever)
    for number in range(14):
        outside.web.feed(f"a{number}").write("О погоде (вымышленный пример)", SystemClock().now())
    complain(outside)
    try:
        async with serving(
            load(outside.configure(store_url, TOLD_AT_ONCE, interval="1h")), SECOND
        ) as running:
            await await_true(lambda: len(outside.hook.posted) == 1 and len(begun) == 14)
            assert not released.is_set()
            assert running.store.totals().items == 1
            released.set()
    finally:
        released.set()


async def test_places_are_taken_by_the_quick_and_never_by_too_many(monkeypatch):
    monkeypatch.setattr(places, "SLOW_AFTER", 0.4)
    taken = Places(2)
    polls = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(8)]
    for round_ in range(4):
        assert taken.free() == 2
        for one in polls[2 * round_ : 2 * round_ + 2]:
            taken.take(one)
        assert taken.free() == 0
        assert not taken.many_free()
        await asyncio.sleep(0.5)
    assert taken.free() == 0
    taken.leave(polls[0])
    assert taken.free() == 1
    taken.change_to(4)
    assert taken.free() == 4
    for one in polls:
        one.cancel()
    await asyncio.gather(*polls, return_exceptions=True)


HANGS = """
import asyncio, os, signal, threading
from datetime import timedelta
from monitor.serving import stop_signals

async def main():
    stopping = stop_signals(timedelta(seconds=0.2))
    os.kill(os.getpid(), signal.SIGTERM)
    await stopping.wait()
    await asyncio.to_thread(threading.Event().wait)

asyncio.run(main())
"""


def test_a_thread_that_hangs_holds_up_no_end():
    ended = subprocess.run(
        [sys.executable, "-c", HANGS],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 1
    assert "something hangs and is left alone" in ended.stderr
