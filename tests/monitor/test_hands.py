"""So many pages are worked at at once, in line, and nothing keeps the others waiting for ever."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.draft import Policy
from monitor.hands import PAGES, Hands, hands
from monitor.observe import Unobserved
from monitor.poll import LEASE, Poller
from monitor.ports import Stage
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, Source

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SOURCES = tuple(
    Source(id=f"channel_{number}", kind="page", name=f"CHANNEL {number}", options=None, language="ru")
    for number in range(4 * PAGES)
)
POST = Item(
    external_id="1",
    kind=ItemKind.POST,
    url=None,
    title=None,
    text="Ротации нет второй год, отпуска отменены (вымышленный пример). " * 20,
)


class Work:
    """Pages that are begun in order and end when they are told to."""

    def __init__(self, of: Hands) -> None:
        self.begun: list[int] = []
        self._of = of
        self._ends = asyncio.Event()

    async def on(self, number: int) -> None:
        async with self._of.turn():
            self.begun.append(number)
            await self._ends.wait()

    def end(self) -> None:
        self._ends.set()


async def until_nothing_moves() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_others_wait_in_line():
    work = Work(Hands(pages=2))
    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(work.on(number))
        await until_nothing_moves()
        at_once = list(work.begun)
        work.end()

    assert at_once == [0, 1]
    assert work.begun == [0, 1, 2, 3, 4]


async def test_a_page_is_taken_up_all_the_same_when_those_before_it_hang():
    few = Hands(pages=1, patience=0.01)
    async with asyncio.timeout(30), few.turn(), few.turn(), few.turn():
        pass


async def test_whoever_goes_without_a_hand_gives_none_back():
    few = Hands(pages=1, patience=0.01)
    async with few.turn():
        async with few.turn():
            pass
        work = Work(few)
        work.end()
        waiting = asyncio.create_task(work.on(1))
        await until_nothing_moves()
        assert work.begun == []
        await waiting
    assert work.begun == [1]


async def test_a_failure_and_a_cancelled_wait_leave_every_hand_free():
    one = Hands(pages=1)
    work = Work(one)
    with suppress(ZeroDivisionError):
        async with one.turn():
            waiting = asyncio.create_task(work.on(1))
            await until_nothing_moves()
            waiting.cancel()
            raise ZeroDivisionError
    with suppress(asyncio.CancelledError):
        await waiting
    work.end()
    await work.on(2)

    assert work.begun == [2]


def test_each_event_loop_has_hands_of_its_own():
    async def own() -> Hands:
        assert hands() is hands()
        return hands()

    assert asyncio.run(own()) is not asyncio.run(own())


# ---- of a poller -----------------------------------------------------------------------


class InHand(Unobserved):
    """How many pages were ever analysed and not written yet."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0

    def took(self, stage: Stage, seconds: float) -> None:  # noqa: ARG002
        self._now += {Stage.ANALYSE: 1, Stage.COMMIT: -1}.get(stage, 0)
        self.most = max(self.most, self._now)


class PagesAtOnce:
    """Clock and scraper: all sources answer in the same moment."""

    def __init__(self) -> None:
        self._all = asyncio.Barrier(len(SOURCES))

    def now(self) -> datetime:
        return NOW

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        await self._all.wait()
        return Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS,
            fetched_at=NOW,
            cursor=cursor.with_values(after="1"),
            items=tuple(replace(POST, external_id=str(number)) for number in range(3)),
        )


async def test_a_poller_has_few_pages_in_hand_however_many_come_at_once(store):
    store.register(SOURCES, NOW)
    web, in_hand = PagesAtOnce(), InHand()
    poller = Poller(
        store=store,
        scrapers={"page": web},
        sources={source.id: source for source in SOURCES},
        policy=Policy(rules=RuleSet([]), alerting=AlertingOptions(), route=Route(receivers=("desk",))),
        clock=web,
        observer=in_hand,
    )
    leases = store.due(NOW + timedelta(days=1), worker="w", lease_for=LEASE, limit=len(SOURCES))

    reports = await asyncio.gather(*map(poller.poll, leases))

    assert [report.new_items for report in reports] == [3] * len(SOURCES)
    assert 1 <= in_hand.most <= PAGES
