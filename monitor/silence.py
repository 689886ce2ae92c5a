"""When a source is silent for longer than its own rhythm, day and night apart. Pure.

The clock of the rhythm is the number of posts that a stretch of time usually brings: an hour of night weighs
little, an hour of a busy morning much (time rescaling, as in the theory of point processes). Hours are those
of the desk's time zone, so that a change of clocks moves nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.draft import Policy, new_alerting, written
from monitor.duration import spoken
from monitor.incidents import ENDED_BY_A_POLL, SILENT, Incidents
from scrapers.model import Source
from storage.model import Decision, Known, KnownSource, NewIncident, Timer

SILENCE = "silence"  # the kind of timer that asks whether a source is silent
LEARNT_FROM = timedelta(days=28)

_FIRST_LOOK = timedelta(hours=3)  # after something new
_FEWEST_GAPS = 12
_SHORTEST_HISTORY = timedelta(days=3)
_LONGER_THAN_SEEN = 1.5  # of the longest pause seen
_FEWEST_MISSED = 4.0  # posts that were to be expected
_WHILE_FAILING = timedelta(hours=1)  # until the next look
_WHILE_UNKNOWN = timedelta(days=1)
_SOONEST = timedelta(minutes=5)
_FURTHEST = timedelta(days=90)

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a source usually posts."""

    zone: ZoneInfo
    rates: tuple[float, ...]  # posts an hour, by hour of the day
    longest: timedelta = timedelta(0)  # pause
    in_longest: float = 0.0  # posts that were to be expected in it
    most_expected: float = 0.0  # in any pause

    def expected(self, begin: datetime, end: datetime) -> float:
        """How many posts a stretch of time usually brings."""
        return sum(self.rates[hour] * (length / _HOUR) for hour, length in _hours(begin, end, self.zone))

    @property
    def limit(self) -> float:
        """How many posts have to be missing until a pause is silence."""
        return max(_LONGER_THAN_SEEN * self.most_expected, _FEWEST_MISSED)

    def silent_at(self, last: datetime) -> datetime:
        """When a pause that began at `last` becomes silence; some day far away at the latest."""
        missing = self.limit
        moment = last
        for hour, length in _hours(last, last + _FURTHEST, self.zone):
            brought = self.rates[hour] * (length / _HOUR)
            if brought >= missing > 0:
                return moment + length * (missing / brought)
            missing -= brought
            moment += length
        return moment


def learn(times: Sequence[datetime], zone: ZoneInfo) -> Rhythm | None:
    """The rhythm of a source that posted at `times`, oldest first; None: they are too few to tell."""
    moments = sorted(set(times))
    if len(moments) <= _FEWEST_GAPS or moments[-1] - moments[0] < _SHORTEST_HISTORY:
        return None
    bare = Rhythm(zone=zone, rates=_rates(moments, zone))
    pauses = [(end - begin, bare.expected(begin, end)) for begin, end in pairwise(moments)]
    longest, in_longest = max(pauses)
    most_expected = max(expected for _, expected in pauses)
    return replace(bare, longest=longest, in_longest=in_longest, most_expected=most_expected)


def _rates(moments: Sequence[datetime], zone: ZoneInfo) -> tuple[float, ...]:
    """Posts an hour, by hour of the day. The first one begins the time looked at, and counts for none."""
    posts = Counter(moment.astimezone(zone).hour for moment in moments[1:])
    watched: dict[int, timedelta] = dict.fromkeys(range(24), timedelta(0))
    for hour, length in _hours(moments[0], moments[-1], zone):
        watched[hour] += length
    return tuple(posts[hour] / (watched[hour] / _HOUR) if watched[hour] else 0.0 for hour in range(24))


def _hours(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[int, timedelta]]:
    """A stretch of time cut at the full hours of a zone, where its clocks change too: hour and length."""
    moment = begin
    while moment < end:
        local = moment.astimezone(zone)
        passed = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        until = min(end, moment + _HOUR - passed)
        yield local.hour, until - moment
        moment = until


# ---- the timer -------------------------------------------------------------------------


def first_look(known: KnownSource, now: datetime) -> Timer | None:
    """The timer that a poll sets which brought something new; None: the one that stands will do.

    A timer that comes too early finds that out by itself: to move it with every post would be wasted.
    """
    before = known.last_new_at
    if before is not None and before.date() == now.date() and before.hour == now.hour:
        return None
    return _timer(known.id, now + _FIRST_LOOK)


def decide_silence(
    timer: Timer, known: Known, *, source: Source | None, policy: Policy, now: datetime
) -> Decision:
    """What the due timer of a source means: silence, or another look later.

    Args:
        timer: The due timer.
        known: What is recalled, with `RecallKeys.times_since` set to `LEARNT_FROM` ago.
        source: The source; None: it is not configured here, and nothing is known of its silence.
        policy: The settings.
        now: The moment of the decision.
    """
    alerting = new_alerting(known, policy, now)
    look_at, reason = _look(known, source, policy.timezone, now) if source else (now + _WHILE_UNKNOWN, "")
    opened: tuple[NewIncident, ...] = ()
    if look_at is not None:
        alerting.set_timer(_timer(known.source.id, max(look_at, now + _SOONEST)))
    elif source is not None:
        opened = Incidents(source, known.source, alerting, now).open(SILENT, reason)
    decision = written(alerting, known, now, lease=None, update=None)
    return replace(decision, timer_fired=timer, incidents_opened=opened)


def _look(known: Known, source: Source, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, str]:
    """When to look again; None: the source is silent, and why."""
    rhythm = learn(known.times, zone)
    if rhythm is None:
        return now + _WHILE_UNKNOWN, ""
    last = max(filter(None, (known.times[-1], known.source.last_new_at)))
    silent_at = rhythm.silent_at(max(last, _readable_since(known.source, last)))
    if silent_at > now:
        return silent_at, ""
    if known.source.last_success_at is None or known.source.last_success_at < silent_at:
        return now + _until_it_was_read(known.source, source), ""
    return None, _reason(rhythm, last, now)


def _readable_since(known: KnownSource, last: datetime) -> datetime:
    """When its last failure ended: what was out of order for two days is not silent the moment it is back."""
    ends = (ended for kind, ended in known.incidents_ended.items() if kind in ENDED_BY_A_POLL)
    return max(ends, default=last)


def _until_it_was_read(known: KnownSource, source: Source) -> timedelta:
    return _WHILE_FAILING if known.failures else min(source.interval_max or source.interval, _WHILE_FAILING)


def _reason(rhythm: Rhythm, last: datetime, now: datetime) -> str:
    missed = _about(rhythm.expected(last, now))
    return (
        f"nothing new for {spoken(now - last)}, in hours that usually bring {missed}; "
        f"its longest pause in the last {LEARNT_FROM.days} days was {spoken(rhythm.longest)}, "
        f"in hours that bring {_about(rhythm.in_longest)}"
    )


def _about(posts: float) -> str:
    number = round(posts)
    return "hardly a post" if number < 1 else "about one post" if number == 1 else f"about {number} posts"


def _timer(source_id: int, due_at: datetime) -> Timer:
    return Timer(kind=SILENCE, key=f"{source_id}:", due_at=due_at)
