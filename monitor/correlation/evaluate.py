"""From the events of a group to its episodes: what is judged, whenever new events come. Pure.

The same for a poll, a backtest and a recomputation: events and earlier episodes go in, episodes come out.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.correlation.events import Event, things
from monitor.correlation.kinds import Correlation, Kind
from monitor.correlation.windows import Window, is_hot, windows

MOST_WITNESSES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """A time in which the condition of a group held; its windows ended between two moments."""

    number: int  # from 0
    began_at: datetime
    lasted_until: datetime
    peak: Window | None = None  # the largest of the windows judged now; None: none of them
    judged: tuple[int, int] = (0, 0)  # the events of those windows, as a slice


def episodes(
    correlation: Correlation,
    events: Sequence[Event],
    fresh: Iterable[Event],
    before: Iterable[Episode] = (),
    lacking: Iterable[Window] = (),
) -> tuple[Episode, ...]:
    """The episodes that the hot windows around `fresh`, and windows with too little, begin or go on with.

    Args:
        correlation: What is asked.
        events: The group's events within reach of a fresh one, the fresh ones among them, in order.
        fresh: The new events; windows in which none of them counts were judged when theirs came.
        before: The episodes that the group has had.
        lacking: Windows that have too little, which no event is the end of.
    """
    known = {one.number: one for one in before}
    touched: dict[int, Episode] = {}
    for window in (*hot_windows(correlation, events, fresh), *lacking):
        one = joined(known, window, correlation.timespan)
        known[one.number] = touched[one.number] = one
    return tuple(touched[number] for number in sorted(touched))


def hot_windows(
    correlation: Correlation, events: Sequence[Event], fresh: Iterable[Event]
) -> tuple[Window, ...]:
    """The windows in which the condition holds and a fresh event counts, of a spike before it too."""
    times = sorted(event.at for event in fresh)
    if not times:
        return ()
    return tuple(
        window
        for window in windows(correlation, events, times[0])
        if _counts_one(times, window, correlation.reach) and is_hot(correlation, window, events)
    )


def _counts_one(times: Sequence[datetime], window: Window, reach: timedelta) -> bool:
    place = bisect_right(times, window.until - reach)
    return place < len(times) and times[place] <= window.until


def joined(known: Mapping[int, Episode], window: Window, timespan: timedelta) -> Episode:
    """The earliest episode within a time span of the window, which it is now part of; or a new one."""
    for number in sorted(known):
        one = known[number]
        if one.began_at - timespan < window.until < one.lasted_until + timespan:
            return replace(
                one,
                began_at=min(one.began_at, window.until),
                lasted_until=max(one.lasted_until, window.until),
                peak=_larger(one.peak, window),
                judged=_with(one, window),
            )
    return Episode(
        number=max(known, default=-1) + 1,
        began_at=window.until,
        lasted_until=window.until,
        peak=window,
        judged=(window.begin, window.end),
    )


def _with(episode: Episode, window: Window) -> tuple[int, int]:
    if episode.peak is None:
        return window.begin, window.end
    begin, end = episode.judged
    return min(begin, window.begin), max(end, window.end)


def _larger(one: Window | None, other: Window) -> Window:
    return other if one is None or other.size >= one.size else one


# ---- what proves it --------------------------------------------------------------------


def witnesses(correlation: Correlation, events: Sequence[Event]) -> tuple[Event, ...]:
    """The first events of a window that prove it, at most a few: one of each value, rule or item."""
    if correlation.kind is Kind.TEMPORAL_ORDERED:
        return _chain(correlation.rules, events)
    proven: set[Hashable] = set()
    found: list[Event] = []
    for event in events:
        news = set(proofs(correlation, event)) - proven
        if news:
            proven |= news
            found.append(event)
        if len(found) == MOST_WITNESSES:
            break
    return tuple(found)


def proofs(correlation: Correlation, event: Event) -> Sequence[Hashable]:
    """What an event adds to what is counted."""
    match correlation.kind:
        case Kind.VALUE_COUNT:
            return things(correlation.field or "", event)
        case Kind.TEMPORAL:
            return (event.rule_id,)
    return (event.item,)


def _chain(rules: Sequence[str], events: Sequence[Event]) -> tuple[Event, ...]:
    """The last event of each rule that still lets those of the rules after it follow: the closest chain."""
    found: list[Event] = []
    for rule_id in reversed(rules):
        before = found[-1].at if found else None
        fitting = [
            event for event in events if event.rule_id == rule_id and (before is None or event.at < before)
        ]
        found += fitting[-1:]
    return tuple(reversed(found))
