"""When polls and deliveries come again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule import (
    GIVE_UP_AFTER,
    LEAST_ATTEMPTS,
    LONGEST_BACK_OFF,
    SECOND_LOOK,
    in_an_outage,
    is_milestone,
    is_outage,
    next_attempt,
    next_poll,
)
from scrapers.model import Cursor, Source
from storage.model import KnownSource, OtherSources

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def source(identifier: str = "way-home", interval: timedelta = 10 * MINUTE) -> Source:
    return Source(id=identifier, kind="feed", name="A feed", options=None, interval=interval)


def pause(
    *,
    of: Source | None = None,
    failures: int = 0,
    outcome: str = "items",
    retry_after: timedelta | None = None,
    more: bool = False,
) -> timedelta:
    due = next_poll(
        of or source(),
        NOW,
        failures=failures,
        outcome=outcome,
        retry_after=retry_after,
        more=more,
    )
    return due - NOW


@pytest.mark.parametrize("outcome", ["items", "nothing_new", "empty"])
def test_a_good_poll_comes_again_after_the_interval_give_or_take_a_tenth(outcome: str) -> None:
    assert 9 * MINUTE <= pause(outcome=outcome) <= 11 * MINUTE


def test_sources_of_one_interval_spread_out_and_each_keeps_its_place() -> None:
    pauses = [pause(of=source(f"source-{number}")) for number in range(100)]
    assert min(pauses) < 9.3 * MINUTE
    assert max(pauses) > 10.7 * MINUTE
    assert pauses == [pause(of=source(f"source-{number}")) for number in range(100)]


def test_more_pages_are_due_at_once() -> None:
    assert pause(more=True) == timedelta(0)


def test_failures_back_off_to_six_hours() -> None:
    pauses = [pause(failures=failures, outcome="unavailable") for failures in range(1, 12)]
    assert 9 * MINUTE <= pauses[0] <= 11 * MINUTE
    assert 18 * MINUTE <= pauses[1] <= 22 * MINUTE
    assert 36 * MINUTE <= pauses[2] <= 44 * MINUTE
    assert 4 * HOUR < pauses[-1] <= LONGEST_BACK_OFF


def test_a_source_that_turns_us_away_is_asked_slower_from_the_first_time() -> None:
    assert 18 * MINUTE <= pause(failures=1, outcome="blocked") <= 22 * MINUTE


@pytest.mark.parametrize("outcome", ["blocked", "unavailable"])
def test_retry_after_is_obeyed_but_never_hurries(outcome: str) -> None:
    assert pause(failures=1, outcome=outcome, retry_after=2 * HOUR) == 2 * HOUR
    assert pause(failures=1, outcome=outcome, retry_after=MINUTE) >= 9 * MINUTE


def test_an_absurd_retry_after_does_not_silence_a_source_for_good() -> None:
    assert pause(failures=1, outcome="blocked", retry_after=timedelta.max) == timedelta(days=7)


@pytest.mark.parametrize("outcome", ["gone", "preview_off", "refused"])
def test_what_the_owner_must_look_at_is_asked_seldom(outcome: str) -> None:
    assert 6 * HOUR <= pause(failures=2, outcome=outcome) <= 8 * HOUR


@pytest.mark.parametrize("outcome", ["gone", "preview_off"])
def test_what_is_told_at_the_second_look_is_looked_at_again_soon(outcome: str) -> None:
    assert 15 * MINUTE <= pause(failures=1, outcome=outcome) <= 30 * MINUTE
    slow = source(interval=timedelta(days=2))
    assert 15 * MINUTE <= pause(of=slow, failures=1, outcome=outcome) <= 30 * MINUTE


def test_what_was_refused_once_is_refused() -> None:
    assert pause(failures=1, outcome="refused") >= 6 * HOUR


@pytest.mark.parametrize("outcome", ["unavailable", "gone"])
def test_a_failing_source_is_never_asked_more_often_than_a_working_one(outcome: str) -> None:
    slow = source(interval=timedelta(days=2))
    assert pause(of=slow, failures=9, outcome=outcome) >= timedelta(days=1.8)


@given(
    st.timedeltas(MINUTE, timedelta(days=36500)),
    st.integers(0, 10**9),
    st.sampled_from(["items", "unavailable", "blocked", "layout_changed", "gone"]),
    st.none() | st.timedeltas(timedelta(0), timedelta.max),
)
def test_every_poll_has_a_next_one(
    interval: timedelta, failures: int, outcome: str, retry_after: timedelta | None
) -> None:
    due = pause(of=source(interval=interval), failures=failures, outcome=outcome, retry_after=retry_after)
    second_look = failures == 1 and outcome == "gone"
    assert due >= min(interval, SECOND_LOOK if second_look else LONGEST_BACK_OFF) * 0.9


def attempt_after(
    attempts: int,
    retry_after: timedelta | None = None,
    since: timedelta = timedelta(0),
    identifier: str = "delivery",
) -> timedelta | None:
    due = next_attempt(identifier, attempts, NOW, retry_after, first_attempt_at=NOW - since)
    return None if due is None else due - NOW


def test_deliveries_are_retried_from_seconds_to_an_hour_apart() -> None:
    waits = [attempt_after(attempts) for attempts in range(1, 20)]
    assert waits[0] is not None
    assert timedelta(seconds=12) <= waits[0] <= timedelta(seconds=18)
    assert waits[1] is not None
    assert timedelta(seconds=24) <= waits[1] <= timedelta(seconds=36)
    assert waits[-1] is not None
    assert 0.8 * HOUR <= waits[-1] <= 1.2 * HOUR


def test_deliveries_that_failed_together_come_back_apart_but_repeatably() -> None:
    waits = [attempt_after(3, identifier=f"delivery-{number}") for number in range(50)]
    assert len(set(waits)) > 45
    assert waits == [attempt_after(3, identifier=f"delivery-{number}") for number in range(50)]


def test_a_receiver_that_asks_for_patience_gets_it() -> None:
    assert attempt_after(1, retry_after=HOUR) == HOUR
    assert attempt_after(12, retry_after=timedelta(seconds=1)) != timedelta(seconds=1)
    assert attempt_after(1, retry_after=timedelta.max) == GIVE_UP_AFTER


def test_a_delivery_is_given_up_after_three_days() -> None:
    assert attempt_after(80, since=timedelta(days=2, hours=23)) is not None
    assert attempt_after(80, since=timedelta(days=3)) is None


def test_a_delivery_is_not_given_up_because_the_machine_slept_or_its_clock_leapt() -> None:
    assert attempt_after(2, since=timedelta(days=4)) is not None
    assert attempt_after(LEAST_ATTEMPTS - 1, since=timedelta(days=20_000)) is not None
    assert attempt_after(LEAST_ATTEMPTS, since=timedelta(days=4)) is None


def test_milestones_are_the_powers_of_ten() -> None:
    assert [copies for copies in range(1, 10_001) if is_milestone(copies)] == [1, 10, 100, 1000, 10_000]
    assert not is_milestone(0)


SICK = KnownSource(
    id=1,
    config_id="way-home",
    native_id=None,
    cursor=Cursor(),
    version=3,
    first_polled_at=NOW - timedelta(days=9),
    last_success_at=NOW - timedelta(hours=2),
    failures=4,
    last_attempt_at=NOW - timedelta(hours=1),
)


@pytest.mark.parametrize(
    ("outcome", "count", "read", "failures", "is_ours"),
    [
        ("unavailable", 2, timedelta(hours=2), 4, True),
        ("unavailable", 9, None, 4, True),  # none was ever read
        ("unavailable", 2, timedelta(minutes=1), 4, False),  # another was read since
        ("unavailable", 1, timedelta(hours=2), 4, False),  # too few to tell
        ("unavailable", 2, timedelta(hours=2), 0, False),  # it may be the first to notice
        ("blocked", 2, timedelta(hours=2), 4, False),  # somebody answered
        ("gone", 2, timedelta(hours=2), 4, False),
    ],
)
def test_where_no_source_answers_it_is_our_own_line(
    outcome: str, count: int, read: timedelta | None, failures: int, is_ours: object
) -> None:
    others = OtherSources(count=count, last_success_at=None if read is None else NOW - read)
    assert is_outage(outcome, replace(SICK, failures=failures), others) is is_ours


def test_the_return_of_our_own_line_is_not_waited_for_long() -> None:
    assert in_an_outage(source(interval=5 * MINUTE), NOW) <= NOW + 17 * MINUTE
    assert in_an_outage(source(interval=2 * HOUR), NOW) >= NOW + 108 * MINUTE
