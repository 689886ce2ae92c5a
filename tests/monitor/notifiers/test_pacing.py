import asyncio
import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notifiers.pacing import Bucket, Pacer, Rate

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Hands:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_full_bucket_gives_its_burst_at_once_and_then_spaces() -> None:
    bucket = Bucket(rate=Rate(count=60, per=MINUTE, burst=3))
    delays = []
    for _ in range(5):
        delays.append(bucket.delay(50.0))
        bucket = bucket.take(50.0)
    assert delays == [0, 0, 0, 1, 2]
    assert bucket.delay(52.0) == 1
    assert bucket.delay(60.0) == 0


@pytest.mark.parametrize(("burst", "most"), [(1, 20), (5, 24)])
def test_no_minute_sees_more_than_the_rate_and_its_burst(burst: int, most: int) -> None:
    bucket = Bucket(rate=Rate(count=20, per=MINUTE, burst=burst))
    now, calls = 0.0, []
    for _ in range(100):
        now += bucket.delay(now)
        calls.append(now)
        bucket = bucket.take(now)
    busiest = max(sum(start <= call < start + 60 - 1e-6 for call in calls) for start in calls)
    assert busiest == most


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=50),
    st.integers(1, 50),
    st.integers(1, 5),
)
def test_waiting_out_the_delay_is_always_enough(pauses: list[float], count: int, burst: int) -> None:
    bucket, now = Bucket(rate=Rate(count=count, per=MINUTE, burst=burst)), 0.0
    for pause in pauses:
        now += pause
        delay = bucket.delay(now)
        assert 0 <= delay <= 60 / count + 1e-6
        bucket = bucket.take(now + delay)
        now += delay


async def test_a_pacer_obeys_the_slowest_of_its_rates() -> None:
    hands = Hands()
    pacer = Pacer(Rate(count=1, per=SECOND), Rate(count=20, per=MINUTE), clock=hands.clock, sleep=hands.sleep)
    calls = []
    for _ in range(4):
        await pacer.wait()
        calls.append(hands.now)
    assert [later - earlier for earlier, later in itertools.pairwise(calls)] == pytest.approx([3, 3, 3])


async def test_callers_at_the_same_time_are_let_through_one_by_one() -> None:
    hands = Hands()
    pacer = Pacer(Rate(count=1, per=SECOND), clock=hands.clock, sleep=hands.sleep)
    await asyncio.gather(*(pacer.wait() for _ in range(5)))
    assert hands.now == pytest.approx(104)


async def test_without_rates_nobody_waits() -> None:
    await Pacer().wait()
