"""How much an account asks. Only pauses that are waited for are timed, and from below."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from scrapers.telegram_budget import Budget, BudgetOptions, Floods, Lookups

NOTHING = timedelta(0)


async def turns(budget: Budget, count: int) -> float:
    """Seconds that so many turns took."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(count):
        await budget.turn()
    return loop.time() - started


async def test_what_was_saved_up_is_given_at_once_and_then_the_pace_is_kept() -> None:
    budget = Budget(BudgetOptions(per_second=10, burst=5, slow_start=NOTHING))
    assert await turns(budget, 5) < 0.4
    assert await turns(budget, 3) >= 0.2


async def test_after_connecting_the_pace_is_slow_at_first() -> None:
    budget = Budget(BudgetOptions(per_second=20, burst=8, slow_start=timedelta(hours=1)))
    budget.connected()
    assert await turns(budget, 2) < 0.3
    assert await turns(budget, 1) >= 0.1  # at a quarter of the pace


async def test_after_a_complaint_nothing_is_saved_up_and_the_pace_is_slowest() -> None:
    budget = Budget(BudgetOptions(per_second=100, burst=50, slow_start=timedelta(hours=1)))
    budget.complained()
    assert await turns(budget, 3) >= 0.17


async def test_the_pace_comes_back() -> None:
    budget = Budget(BudgetOptions(per_second=200, burst=1, slow_start=timedelta(seconds=0.2)))
    budget.complained()
    await asyncio.sleep(0.25)
    assert await turns(budget, 20) < 0.7


async def test_turns_are_given_in_the_order_of_asking() -> None:
    budget = Budget(BudgetOptions(per_second=100, burst=1, slow_start=NOTHING))
    served: list[str] = []

    async def read(name: str, pages: int) -> None:
        for _ in range(pages):
            await budget.turn()
            served.append(name)

    await asyncio.gather(read("long", 6), read("short", 2), read("other", 2))
    assert served[-3:] == ["long"] * 3


async def test_what_has_news_waits_behind_the_first_in_line_only() -> None:
    budget = Budget(BudgetOptions(per_second=50, burst=1, slow_start=NOTHING))
    served: list[str] = []

    async def read(name: str, turn: Callable[[], Awaitable[None]]) -> None:
        await turn()
        served.append(name)

    waiting = [asyncio.create_task(read("quiet", budget.turn)) for _ in range(10)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    news = [asyncio.create_task(read("news", budget.early_turn)) for _ in range(2)]
    await asyncio.gather(*waiting, *news)
    assert served == ["quiet"] * 2 + ["news"] * 2 + ["quiet"] * 8


async def test_look_ups_of_names_are_spread_and_each_is_told_when_to_come_again() -> None:
    lookups = Lookups(BudgetOptions(lookups=2, lookup_interval=timedelta(seconds=30)))
    waits = [lookups.wait(name) for name in ("a", "b", "c", "d")]
    assert waits[:2] == [NOTHING, NOTHING]
    assert 29 < waits[2].total_seconds() <= 30
    assert 59 < waits[3].total_seconds() <= 60
    assert 29 < lookups.wait("c").total_seconds() <= 30  # its turn stays its own


async def test_a_look_up_is_made_when_its_time_has_come() -> None:
    lookups = Lookups(BudgetOptions(lookups=1, lookup_interval=timedelta(seconds=0.05)))
    lookups.wait("a")
    wait = lookups.wait("b")
    assert wait > NOTHING
    await asyncio.sleep(wait.total_seconds() + 0.01)
    assert lookups.wait("b") == NOTHING


async def test_a_complaint_about_one_channel_lets_others_go_on() -> None:
    floods = Floods()
    floods.complained("GetHistory", 1, timedelta(seconds=60))
    assert 59 < floods.wait("GetHistory", 1).total_seconds() <= 60
    assert floods.wait("GetHistory", 2) == NOTHING
    assert floods.wait("GetMessages", 1) == NOTHING


async def test_complaints_about_channel_after_channel_concern_the_account() -> None:
    floods = Floods()
    for channel in (1, 2, 3):
        floods.complained("GetHistory", channel, timedelta(seconds=60))
    assert floods.wait("GetHistory", 4) > NOTHING


async def test_an_answer_in_between_shows_that_only_channels_are_meant() -> None:
    floods = Floods()
    for channel in (1, 2, 3, 4):
        floods.complained("GetHistory", channel, timedelta(seconds=60))
        floods.answered("GetHistory")
    assert floods.wait("GetHistory", 5) == NOTHING


async def test_a_complaint_about_no_channel_concerns_all() -> None:
    floods = Floods()
    floods.complained("ResolveUsername", None, timedelta(seconds=60))
    assert floods.wait("ResolveUsername", None) > NOTHING
    assert floods.wait("ResolveUsername", 7) > NOTHING


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_second": 0},
        {"burst": 0},
        {"lookups": 0},
        {"slow_start": timedelta(-1)},
        {"changes_apart": timedelta(-1)},
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        BudgetOptions(**wrong)  # type: ignore[arg-type]
