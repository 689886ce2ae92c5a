"""Silence, learnt from when a source posts: by values alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.draft import Policy
from monitor.rhythm import learn
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.settings import AlertingOptions
from monitor.silence import SILENCE, decide_silence, first_look
from scrapers.model import Cursor, Source
from storage.model import Decision, Known, KnownSource, OpenIncident, Timer

PRAGUE = ZoneInfo("Europe/Prague")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None)
POLICY = Policy(
    rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=("desk",)), timezone=PRAGUE
)
MONDAY = date(2026, 3, 2)


def posted(days: int, hours: tuple[float, ...], start: date = MONDAY) -> list[datetime]:
    """Posts at the same local hours of every day."""
    return [
        (datetime.combine(start + day * DAY, time(), PRAGUE) + hour * HOUR).astimezone(UTC)
        for day in range(days)
        for hour in hours
    ]


def known(times: list[datetime], now: datetime, **facts) -> Known:
    base = KnownSource(
        id=7,
        config_id=SOURCE.id,
        native_id=None,
        cursor=Cursor(),
        version=3,
        first_polled_at=now - 30 * DAY,
        last_success_at=now - MINUTE,
        failures=0,
        last_new_at=times[-1] if times else None,
    )
    since = now - 28 * DAY
    return Known(source=replace(base, **facts), times=tuple(one for one in times if one >= since))


def look(times: list[datetime], now: datetime, source: Source | None = SOURCE, **facts) -> Decision:
    timer = Timer(kind=SILENCE, key="7:", due_at=now)
    return decide_silence(timer, known(times, now, **facts), source=source, policy=POLICY, now=now)


def is_silent(decision: Decision) -> bool:
    return [one.kind for one in decision.incidents_opened] == ["silent"]


BY_DAY = tuple(8 + number * 0.75 for number in range(20))  # from eight till ten in the evening


def test_a_pause_that_every_night_has_is_none_and_the_same_pause_by_day_is_silence():
    times = posted(14, BY_DAY)
    last = times[-1]

    before_breakfast = look(times, last + 9 * HOUR)
    by_day = look(posted(14, BY_DAY)[:-18], last - 14 * HOUR + 9 * HOUR)

    assert not is_silent(before_breakfast)
    assert is_silent(by_day)


def test_it_is_looked_at_again_at_the_very_moment_at_which_it_would_be_silent():
    times = posted(14, BY_DAY)

    early = look(times, times[-1] + HOUR)
    (timer,) = early.timers_set
    (again,) = look(times, timer.due_at - 20 * MINUTE).timers_set

    assert (timer.kind, timer.key) == (SILENCE, "7:")
    assert early.timer_fired is not None
    assert again.due_at == timer.due_at
    assert is_silent(look(times, timer.due_at + 2 * MINUTE))
    assert times[-1] + 10 * HOUR < timer.due_at < times[-1] + 18 * HOUR


def test_the_reason_tells_how_long_and_what_was_usual():
    times = posted(28, BY_DAY)

    (incident,) = look(times, times[-1] + 51 * HOUR).incidents_opened

    assert incident.reason.startswith(
        "nothing new for 2 days and 3 hours, in hours that usually bring about 41 posts; "
    )
    assert "its longest pause in the last 28 days was 9 hours and 45 minutes" in incident.reason
    assert incident.reason.endswith("in hours that bring about one post")


def test_silence_is_told_once_and_then_waited_out():
    times = posted(14, BY_DAY)
    now = times[-1] + 3 * DAY
    standing = OpenIncident(id="GS-X", kind="silent", opened_at=now - DAY, alert_version=1)

    first = look(times, now)
    again = look(times, now, incidents={"silent": standing})

    assert [one.change for one in first.notifications] == ["opened"]
    assert first.timers_set == ()
    assert again.notifications == again.incidents_opened == again.timers_set == ()


def test_a_source_that_cannot_be_read_is_not_silent():
    times = posted(14, BY_DAY)
    now = times[-1] + 3 * DAY

    failing = look(times, now, last_success_at=times[-1] + HOUR, failures=40)
    asleep = look(times, now, last_success_at=times[-1] + HOUR)

    assert not is_silent(failing)
    assert failing.timers_set[0].due_at == now + HOUR
    assert not is_silent(asleep)
    assert asleep.timers_set[0].due_at == now + SOURCE.interval


def test_a_source_that_has_just_recovered_is_given_its_usual_time():
    times = posted(14, BY_DAY)
    now = times[-1] + 3 * DAY
    ended = {"unavailable": now - HOUR, "label_fake": now}

    recovered = look(times, now, incidents_ended=ended)
    (timer,) = recovered.timers_set
    later = look(times, timer.due_at + HOUR, incidents_ended=ended)

    assert not is_silent(recovered)
    assert now < timer.due_at < now + 2 * DAY
    assert is_silent(later)
    assert is_silent(look(times, now, incidents_ended={"label_fake": now}))


def test_a_source_that_is_not_configured_is_not_silent_and_asked_for_again_tomorrow():
    times = posted(14, BY_DAY)
    now = times[-1] + 3 * DAY

    absent = look(times, now, source=None)

    assert not is_silent(absent)
    assert absent.timers_set[0].due_at == now + DAY


@pytest.mark.parametrize(
    "times", [posted(28, (9,))[:12], posted(2, BY_DAY), [datetime(2026, 3, 2, tzinfo=UTC)] * 40, []]
)
def test_of_a_source_that_is_hardly_known_nothing_is_said(times: list[datetime]):
    now = datetime(2026, 3, 31, tzinfo=UTC)

    decision = look(times, now)

    assert not is_silent(decision)
    assert decision.timers_set[0].due_at == now + DAY


def test_a_free_weekend_that_was_seen_before_is_no_silence():
    times = [one for one in posted(26, BY_DAY) if one.astimezone(PRAGUE).weekday() < 5]  # till a Friday
    last = times[-1]
    assert last.astimezone(PRAGUE).weekday() == 4

    assert not is_silent(look(times, last + 58 * HOUR))
    assert is_silent(look(times, last + 96 * HOUR))


def test_something_new_sets_the_timer_once_an_hour():
    now = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    source = known([], now).source

    first = first_look(source, now)
    assert first is not None
    assert first.due_at == now + 3 * HOUR
    assert first_look(replace(source, last_new_at=now - 20 * MINUTE), now) is None
    assert first_look(replace(source, last_new_at=now - 40 * MINUTE), now) is not None
    assert first_look(replace(source, last_new_at=now - DAY), now) is not None


days_off = st.sampled_from([date(2026, 3, 12), date(2026, 10, 8), date(2026, 1, 5)])  # clocks change in two
plans = st.lists(st.integers(6 * 4, 23 * 4), min_size=2, max_size=24, unique=True).map(
    lambda quarters: tuple(sorted(quarter / 4 for quarter in quarters))
)


@st.composite
def keeping_rhythm(draw: st.DrawFn) -> list[datetime]:
    """Weeks of posts by a plan for the day, each a little early or late; clocks change on the way."""
    plan = draw(plans)
    random = draw(st.randoms(use_true_random=False))
    days = draw(st.integers(9, 27))
    times = posted(days, plan, start=draw(days_off))
    return sorted(one + random.randint(-10, 10) * MINUTE for one in times)


@given(keeping_rhythm(), st.floats(0.7, 1))
@settings(max_examples=40)
def test_a_source_that_keeps_its_rhythm_is_never_silent(times: list[datetime], share: float):
    begin = max(13, int(len(times) * share) - 8)
    for index in range(begin, min(begin + 8, len(times))):
        decision = look(times[:index], times[index])  # the latest moment before the next post
        assert not is_silent(decision)


@given(keeping_rhythm())
@settings(max_examples=40)
def test_a_source_that_stops_is_silent_within_days(times: list[datetime]):
    now = times[-1] + MINUTE
    while timers := look(times, now).timers_set:  # what is learnt changes a little as the past goes by
        now = timers[0].due_at + 2 * MINUTE
        assert now - times[-1] < 4 * DAY

    assert is_silent(look(times, now))


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_change_of_clocks_moves_nothing(change: date):
    times = posted(20, BY_DAY, start=change - 20 * DAY)  # till the evening before
    after = datetime.combine(change, time(hour=8), PRAGUE).astimezone(UTC)

    rhythm = learn(times, PRAGUE)

    assert rhythm is not None
    assert rhythm.expected(times[-1], after) == pytest.approx(1, abs=0.4)
    assert not is_silent(look(times, after))
