"""An interval between two bounds follows how often a source brings news."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule import POLL_SPREAD, learnt_pace, longest_pause, next_poll, pause_between
from scrapers.model import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def source(shortest: timedelta = 5 * MINUTE, longest: timedelta | None = 2 * HOUR) -> Source:
    return Source(
        id="way-home", kind="feed", name="A feed", options=None, interval=shortest, interval_max=longest
    )


def polls(
    of: Source, has_news: Callable[[datetime, datetime], bool], for_: timedelta, start: datetime = NOON
) -> list[datetime]:
    """When a source is polled whose news since the last poll are told by `has_news`."""
    now, last_new_at, pace = start, start, None
    moments = [now]
    while now < start + for_:
        new = has_news(moments[-2] if len(moments) > 1 else now, now)
        if new:
            learnt = learnt_pace(of, pace, last_new_at, now)
            pace, last_new_at = (pace if learnt is None else learnt), now
        now = next_poll(
            of,
            now,
            failures=0,
            outcome="items",
            retry_after=None,
            more=False,
            pace=pace,
            quiet_for=now - last_new_at,
        )
        moments.append(now)
    return moments


def pauses(moments: list[datetime]) -> list[timedelta]:
    return [later - sooner for sooner, later in pairwise(moments)]


def every(span: timedelta) -> Callable[[datetime, datetime], bool]:
    """News at every multiple of a span."""
    return lambda since, until: (until - NOON) // span > (since - NOON) // span


def test_without_a_longest_one_the_interval_is_fixed():
    fixed = source(longest=None)
    assert pause_between(fixed, 1e6, 30 * DAY) == fixed.interval
    assert learnt_pace(fixed, None, NOON, NOON + DAY) is None


@given(
    pace=st.none() | st.floats(min_value=0, max_value=1e9),
    quiet_for=st.none() | st.timedeltas(min_value=-DAY, max_value=1000 * DAY),
    shortest=st.timedeltas(min_value=MINUTE, max_value=DAY),
    longest=st.none() | st.timedeltas(min_value=MINUTE, max_value=30 * DAY),
)
def test_a_pause_never_leaves_its_bounds(pace, quiet_for, shortest, longest):
    of = source(shortest, longest)
    upper = max(shortest, longest or shortest)
    assert shortest <= pause_between(of, pace, quiet_for) <= upper
    due = next_poll(
        of,
        NOON,
        failures=0,
        outcome="items",
        retry_after=None,
        more=False,
        pace=pace,
        quiet_for=quiet_for,
    )
    assert shortest * (1 - POLL_SPREAD) * 0.999 <= due - NOON <= longest_pause(of) * 1.001


def test_a_busy_source_is_polled_near_its_shortest_interval():
    taken = pauses(polls(source(), every(2 * MINUTE), DAY))
    assert max(taken[5:]) <= 6 * MINUTE


def test_a_source_that_falls_silent_is_polled_less_and_less_often():
    taken = pauses(polls(source(), lambda *_: False, 3 * DAY))
    assert taken[0] <= 6 * MINUTE
    assert min(taken[-5:]) >= 2 * HOUR * (1 - POLL_SPREAD)
    assert len(taken) < 100


def test_a_source_with_news_now_and_then_is_asked_a_few_times_between_them():
    taken = pauses(polls(source(), every(2 * HOUR), 5 * DAY))[40:]
    assert 20 * MINUTE < sum(taken, timedelta()) / len(taken) < 50 * MINUTE


def test_a_quiet_source_that_wakes_up_is_polled_often_within_a_few_polls():
    def quiet_for_a_week(_: datetime, until: datetime) -> bool:
        return until > NOON + 7 * DAY

    moments = polls(source(), quiet_for_a_week, 8 * DAY)
    after = [later - sooner for sooner, later in pairwise(moments) if sooner > NOON + 7 * DAY]
    assert after[0] > HOUR
    assert max(after[12:24]) <= 12 * MINUTE


def test_the_pages_of_one_burst_teach_nothing():
    assert learnt_pace(source(), 3600.0, NOON, NOON + timedelta(seconds=2)) is None


def test_a_machine_that_slept_or_whose_clock_was_set_back_learns_no_nonsense():
    of = source()
    after_sleep = learnt_pace(of, 600.0, NOON, NOON + 30 * DAY)
    assert after_sleep is not None
    assert after_sleep < 3 * HOUR.total_seconds()
    assert learnt_pace(of, 600.0, NOON, NOON - 2 * HOUR) is None
    assert pause_between(of, 600.0, -2 * HOUR) == of.interval
