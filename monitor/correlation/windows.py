"""Windows of time over the events of one group, and what is measured in them. Pure.

A window ends with an event and reaches back for the time span of the correlation, its beginning not included.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Protocol

from monitor.correlation.events import Event, things
from monitor.correlation.kinds import Correlation, Direction, Kind, Spike
from storage.model import ItemRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """The events of a time span, as a slice of those of the group."""

    until: datetime
    begin: int  # index of the first event
    end: int  # and one behind the last
    size: int  # what is counted: items, values, rules that are there
    before: int = 0  # of a spike: items in the time span before


class _Meter(Protocol):
    """What is measured in a window that moves on."""

    def fill(self, events: Sequence[Event]) -> None:
        """Take in the first events."""
        ...

    def add(self, events: Sequence[Event]) -> None:
        """Take in the next events, all of one time."""
        ...

    def drop(self, event: Event) -> None:
        """Leave out the oldest event."""
        ...

    def size(self, since: datetime) -> int:
        """What there is now, in events after `since`."""
        ...


class _Distinct:
    """How many different things the events have."""

    def __init__(self, things: Callable[[Event], Sequence[Hashable]]) -> None:
        self._things = things
        self._counts: Counter[Hashable] = Counter()

    def fill(self, events: Sequence[Event]) -> None:
        self._counts.update(chain.from_iterable(map(self._things, events)))

    def add(self, events: Sequence[Event]) -> None:
        self.fill(events)

    def drop(self, event: Event) -> None:
        for thing in self._things(event):
            self._counts[thing] -= 1
            if not self._counts[thing]:
                del self._counts[thing]

    def size(self, since: datetime) -> int:  # noqa: ARG002
        return len(self._counts)


class _Ordered:
    """How many of some rules matched one after the other: the first, then the second, and so on.

    For each length it keeps the latest moment at which a chain of that length began.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        self._rules = rules
        self._began: list[datetime | None] = [None] * len(rules)

    def fill(self, events: Sequence[Event]) -> None:
        for _, together in groupby(events, key=_time):
            self.add(list(together))

    def add(self, events: Sequence[Event]) -> None:
        matched = {event.rule_id for event in events}
        before = list(self._began)  # what happens at one time has no order
        for place, rule_id in enumerate(self._rules):
            began = events[0].at if place == 0 else before[place - 1]
            if rule_id in matched and began is not None:
                self._began[place] = max(began, self._began[place] or began)

    def drop(self, event: Event) -> None:
        """Nothing to do: chains that began too early are passed over."""

    def size(self, since: datetime) -> int:
        alive = [place for place, began in enumerate(self._began, 1) if began is not None and began > since]
        return max(alive, default=0)


def windows(correlation: Correlation, events: Sequence[Event], first: datetime) -> Iterator[Window]:
    """The windows that end with an event, earliest first.

    Args:
        correlation: What is asked.
        events: Those of one group, in order.
        first: Windows that end earlier are left out.
    """
    if correlation.kind is Kind.SPIKE:
        return _compared(correlation, events, first)
    return _measured(_meter(correlation), events, correlation.timespan, first)


def is_hot(correlation: Correlation, window: Window, events: Sequence[Event]) -> bool:
    """Whether a window of `events` is as the correlation asks, which is none of what may be absent."""
    match correlation.kind:
        case Kind.EVENT_COUNT | Kind.VALUE_COUNT:
            return correlation.condition is not None and correlation.condition.holds(window.size)
        case Kind.TEMPORAL | Kind.TEMPORAL_ORDERED:
            return window.size == len(correlation.rules)
        case Kind.SPIKE:
            return correlation.spike is not None and is_spike_up(correlation.spike, window)
        case Kind.NEW_TERM:
            return events[window.begin].at == window.until
    return False


def is_spike_up(spike: Spike, window: Window) -> bool:
    """Whether there is much more than before."""
    if spike.direction is Direction.DOWN:
        return False
    enough = window.size >= spike.threshold_cur and window.before >= spike.threshold_ref
    return enough and window.size > window.before * spike.height


def is_spike_down(spike: Spike, window: Window) -> bool:
    """Whether there is much less than before."""
    if spike.direction is Direction.UP or window.before < spike.threshold_ref:
        return False
    return window.size < window.before / spike.height


class Timeline:
    """The events of a group in order, of which the window up to any moment can be had."""

    def __init__(self, correlation: Correlation, events: Sequence[Event]) -> None:
        self._timespan = correlation.timespan
        self._all_times = [event.at for event in events]
        self.times: list[datetime] = []  # at which there was an item
        self._again: list[tuple[datetime, datetime]] = []  # when an item was there again, and when before
        before: dict[ItemRef, datetime] = {}
        for (at, item), _ in groupby(events, key=_item):
            self.times.append(at)
            if item in before:
                self._again.append((at, before[item]))
            before[item] = at

    def window(self, moment: datetime) -> Window:
        """What there is in the time span up to `moment`, and how many items in the one before."""
        middle = moment - self._timespan
        return Window(
            until=moment,
            begin=bisect_right(self._all_times, middle),
            end=bisect_right(self._all_times, moment),
            size=self._items(middle, moment),
            before=self._items(middle - self._timespan, middle),
        )

    def _items(self, since: datetime, until: datetime) -> int:
        """How many items; one that matched several rules, one of them only by an edit, counts once."""
        begin, end = (bisect_right(self._again, moment, key=_when) for moment in (since, until))
        twice = sum(before > since for _, before in self._again[begin:end])
        return bisect_right(self.times, until) - bisect_right(self.times, since) - twice


def _when(again: tuple[datetime, datetime]) -> datetime:
    return again[0]


def _meter(correlation: Correlation) -> _Meter:
    match correlation.kind:
        case Kind.VALUE_COUNT:
            field = correlation.field or ""
            return _Distinct(lambda event: things(field, event))
        case Kind.TEMPORAL:
            return _Distinct(lambda event: (event.rule_id,))
        case Kind.TEMPORAL_ORDERED:
            return _Ordered(correlation.rules)
    return _Distinct(lambda event: (event.item,))


def _measured(
    meter: _Meter, events: Sequence[Event], timespan: timedelta, first: datetime
) -> Iterator[Window]:
    begin = bisect_right(events, first - timespan, key=_time)
    end = bisect_left(events, first, key=_time)
    meter.fill(events[begin:end])
    for at, together in groupby(events[end:], key=_time):
        batch = list(together)
        meter.add(batch)
        end += len(batch)
        while events[begin].at <= at - timespan:
            meter.drop(events[begin])
            begin += 1
        yield Window(until=at, begin=begin, end=end, size=meter.size(at - timespan))


def _compared(correlation: Correlation, events: Sequence[Event], first: datetime) -> Iterator[Window]:
    timeline = Timeline(correlation, events)
    return map(timeline.window, sorted({at for at in timeline.times if at >= first}))


def _time(event: Event) -> datetime:
    return event.at


def _item(event: Event) -> tuple[datetime, ItemRef]:
    return event.at, event.item
