"""A source's own rhythm, day and night apart, and what is silence in it. Pure.

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

LEARNT_FROM = timedelta(days=28)
SHORTEST_HISTORY = timedelta(days=3)

_FEWEST_GAPS = 12
_LONGER_THAN_SEEN = 1.5  # of the longest pause seen
_FEWEST_MISSED = 4.0  # posts that were to be expected
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
    if len(moments) <= _FEWEST_GAPS or moments[-1] - moments[0] < SHORTEST_HISTORY:
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
