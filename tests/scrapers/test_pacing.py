import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from scrapers.pacing import Pacing


async def run(pacing: Pacing, host: str, log: list[tuple[str, float]], hold: float = 0.0) -> None:
    async with pacing.turn(host):
        log.append((host, asyncio.get_running_loop().time()))
        await asyncio.sleep(hold)


async def test_starts_to_one_host_keep_their_distance_and_their_order() -> None:
    pacing = Pacing(timedelta(seconds=0.05), 10)
    log: list[tuple[str, float]] = []
    names: list[int] = []

    async def numbered(number: int) -> None:
        async with pacing.turn("example.org"):
            names.append(number)
            log.append(("example.org", asyncio.get_running_loop().time()))

    await asyncio.gather(*(numbered(number) for number in range(5)))
    times = [time for _, time in log]
    assert names == [0, 1, 2, 3, 4]
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(times))


async def test_hosts_do_not_wait_for_each_other() -> None:
    pacing = Pacing(timedelta(seconds=30), 1)
    log: list[tuple[str, float]] = []
    await asyncio.wait_for(
        asyncio.gather(*(run(pacing, f"{number}.example.org", log) for number in range(50))), timeout=5
    )
    assert len(log) == 50


async def test_no_more_than_allowed_run_at_once() -> None:
    pacing = Pacing(timedelta(0), 3)
    running = most = 0

    async def count() -> None:
        nonlocal running, most
        async with pacing.turn("example.org"):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1

    await asyncio.gather(*(count() for _ in range(12)))
    assert most == 3


async def test_a_robots_delay_widens_the_pause() -> None:
    pacing = Pacing(timedelta(0), 1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for _ in range(2):
        async with pacing.turn("example.org", at_least=timedelta(seconds=0.1)):
            pass
    assert loop.time() - begun >= 0.099


async def test_who_gives_up_waiting_takes_no_turn_away() -> None:
    pacing = Pacing(timedelta(0), 1)
    log: list[tuple[str, float]] = []
    async with pacing.turn("example.org"):
        waiting = [asyncio.create_task(run(pacing, "example.org", log)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[2].cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    await asyncio.wait_for(waiting[1], timeout=5)
    await asyncio.wait_for(run(pacing, "example.org", log), timeout=5)
    assert len(log) == 2


async def test_a_failing_turn_is_given_back() -> None:
    pacing = Pacing(timedelta(0), 1)
    with pytest.raises(ValueError, match="sample"):
        async with pacing.turn("example.org"):
            raise ValueError("sample")
    await asyncio.wait_for(run(pacing, "example.org", []), timeout=5)


async def test_thousands_of_hosts_are_not_remembered_for_ever() -> None:
    pacing = Pacing(timedelta(0), 1)
    for number in range(5_000):
        await run(pacing, f"{number}.example.org", [])
    assert len(pacing._lanes) <= 1_000


async def test_what_takes_over_asks_no_host_sooner():
    before, after = Pacing(timedelta(seconds=30), 1), Pacing(timedelta(seconds=30), 4)
    async with before.turn("example.org"):
        pass
    after.take_over_from(before)
    async with after.turn("other.example.org"):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), after.turn("example.org"):
            pass
