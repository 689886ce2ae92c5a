"""What correlations find by waiting, found again: their timers, each fired at its moment. Pure."""

from collections.abc import Iterator
from datetime import datetime

from monitor.correlation.absence import ABSENCE, decide_absence, first_timers, timer_questions
from monitor.correlation.remembered import Remembered
from monitor.draft import Policy
from scrapers.model import Cursor
from storage.model import DESK_ID, Decision, Known, KnownSource, Timer

_DESK = Known(
    source=KnownSource(
        id=0,
        config_id=DESK_ID,
        native_id=None,
        cursor=Cursor(),
        version=0,
        first_polled_at=None,
        last_success_at=None,
        failures=0,
    )
)


class Waiting:
    """The timers of one trial, over the events that it remembers."""

    def __init__(self, policy: Policy, events: Remembered, begin: datetime) -> None:
        """Set the timers of a desk that begins then, and polls from then on without a pause."""
        self._policy = policy
        self._events = events
        self._begin = begin
        timers = first_timers(tuple(policy.correlations.by_id.values()), begin, {})
        self._timers = {one.key: one for one in timers}

    def take(self, decision: Decision) -> None:
        """Set the timers that a decision sets, instead of those that stood."""
        self._timers.update({one.key: one for one in decision.timers_set if one.kind == ABSENCE})

    def until(self, moment: datetime) -> Iterator[Decision]:
        """Fire all that is due before `moment`, earliest first."""
        while self._timers:
            timer = min(self._timers.values(), key=lambda one: (one.due_at, one.key))
            if timer.due_at >= moment:
                return
            del self._timers[timer.key]
            yield self._fire(timer)

    def _fire(self, timer: Timer) -> Decision:
        now = timer.due_at
        answers = self._events.answers(timer_questions(timer, self._policy, now))
        decision = decide_absence(
            timer, _DESK, answers, policy=self._policy, now=now, at_work_since=self._begin
        )
        self._events.take_groups(decision)
        self.take(decision)
        return decision
