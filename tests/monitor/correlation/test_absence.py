"""Timers find too little at the very moment at which looking all the time would. All texts are fictional."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.correlation.absence import decide_absence, first_timers, timer_questions
from monitor.correlation.decide import correlate, questions
from monitor.correlation.kinds import Condition, Correlation, CorrelationSet, Kind
from monitor.correlation.remembered import Remembered
from monitor.draft import Policy
from monitor.message import Severity
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Source
from storage.model import AlertStatus, Decision, Known, KnownCorrelation, KnownSource, NewMatch, Timer

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPAN = 10 * MINUTE
SOURCE = Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None)
RULE = Rule(id="leave", title="Leave", severity=Severity.INFO, query=compile_query("leave"), version=1)
KNOWN = Known(
    source=KnownSource(
        id=1,
        config_id="groundswell",
        native_id=None,
        cursor=Cursor(),
        version=0,
        first_polled_at=None,
        last_success_at=None,
        failures=0,
    )
)


def asked(fewer_than: int) -> Correlation:
    return Correlation(
        id="silence",
        title="Silence",
        severity=Severity.INFO,
        kind=Kind.FLATLINE,
        rules=("leave",),
        timespan=SPAN,
        condition=Condition(lt=fewer_than),
        version=1,
    )


class Desk:
    """Decides on events and timers, out of memory, and notes when an alert opens and closes."""

    def __init__(self, correlation: Correlation) -> None:
        self.policy = Policy(
            rules=RuleSet([RULE]),
            alerting=AlertingOptions(),
            route=Route(receivers=("desk",)),
            correlations=CorrelationSet([correlation]),
        )
        self.memory = Remembered()
        self.timers: dict[str, Timer] = {one.key: one for one in first_timers([correlation], START, {})}
        self.happened: list[tuple[str, int]] = []  # what, and at which minute

    def answers(self, keys) -> dict[str, KnownCorrelation]:
        return {name: replace(one, since=START) for name, one in self.memory.answers(keys).items()}

    def event(self, minute: int, number: int) -> None:
        """One post that matches, after every timer that was due before it."""
        self.fire_until(minute)
        now = START + minute * MINUTE
        match = NewMatch(
            external_id=str(number),
            seq=1,
            rule_id="leave",
            rule_version=1,
            matched_at=now,
            spans=(),
            by_reading=False,
            alert_id=None,
            withheld="food",
            happened_at=now,
            triggers=True,
        )
        decision = Decision(source_id=1, source_version=0, lease=None, decided_at=now, matches=(match,))
        answers = self.answers(questions(decision, source=SOURCE, policy=self.policy))
        self.take(correlate(decision, answers, source=SOURCE, policy=self.policy, now=now))

    def fire_until(self, minute: int) -> None:
        """Fire every timer that is due by then, each at its moment."""
        while due := [one for one in self.timers.values() if one.due_at <= START + minute * MINUTE]:
            timer = due[0]
            del self.timers[timer.key]
            answers = self.answers(timer_questions(timer, self.policy, timer.due_at))
            self.take(decide_absence(timer, KNOWN, answers, policy=self.policy, now=timer.due_at))

    def take(self, decision: Decision) -> None:
        """Remember a decision."""
        self.timers |= {one.key: one for one in decision.timers_set}
        self.memory.take(decision, SOURCE)
        minute = (decision.decided_at - START) // MINUTE
        closed = [one for one in decision.alert_updates if one.status is AlertStatus.CLOSED]
        self.happened += [("opened", minute)] * len(decision.alerts) + [("closed", minute)] * len(closed)


def looked_at_every_minute(minutes: list[int], fewer_than: int, until: int) -> list[tuple[str, int]]:
    """What should happen: a look at each minute, after what came in it. An event closes, time opens."""
    happened: list[tuple[str, int]] = []
    lacking = False
    for minute in range(until + 1):
        before = sum(minute - 10 < one < minute for one in minutes) < fewer_than
        if not lacking and minute >= 10 and before:
            happened.append(("opened", minute))
            lacking = True
        for place, one in enumerate(minutes):
            if one == minute:
                count = sum(minute - 10 < other <= minute for other in minutes[: place + 1])
                if lacking and count >= fewer_than:
                    happened.append(("closed", minute))
                    lacking = False
    return happened


@settings(max_examples=200, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 60), max_size=15).map(sorted),
    fewer_than=st.integers(min_value=1, max_value=4),
)
def test_timers_find_what_looking_all_the_time_would(minutes, fewer_than):
    desk = Desk(asked(fewer_than))
    for number, minute in enumerate(minutes):
        desk.event(minute, number)
    desk.fire_until(90)
    assert desk.happened == looked_at_every_minute(minutes, fewer_than, until=90)
