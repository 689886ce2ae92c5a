"""What an alert on a group says: how much, in what time, from where, and why that is told. Pure.

Words of posts are not among it: which items prove the alert is kept beside it, and goes when they go.
"""

from collections.abc import Sequence
from datetime import timedelta

from monitor.correlation.events import Event, shown_group
from monitor.correlation.kinds import Condition, Correlation, Direction, Kind
from monitor.correlation.windows import Window
from monitor.duration import short, spoken
from scrapers.counted import counted

_FIELDS = {"origin": "origin", "source": "source", "lang": "language", "kind": "kind of source", "tag": "tag"}


def headline(correlation: Correlation, group: str, window: Window, events: Sequence[Event]) -> str:
    """What happened, in short, e.g. "5 origins from 5 sources in 6 days (lang=ru)"."""
    if correlation.kind is Kind.FLATLINE or not events:
        told = f"only {_counted(window.size, 'item')} in {short(correlation.timespan)}"
    else:
        told = f"{_what(correlation, group, window, events)} {_in_time(events)}"
    shown = "" if correlation.kind is Kind.NEW_TERM else shown_group(group)
    return f"{told} ({shown})" if shown else told


def reason(correlation: Correlation, events: Sequence[Event]) -> str:
    """Why that is told, e.g. "asked for at least 5 different origins in 7d; 9 items match pay, leave"."""
    items = _counted(len({event.item for event in events}), "item")
    matched = ", ".join(dict.fromkeys(event.rule_id for event in events) or correlation.rules)
    return f"asked for {asked(correlation)}; {items} from {_sources(events)}; matched by {matched}"


def enough_again(correlation: Correlation, window: Window) -> str:
    """Why an alert on too little has ended."""
    span = short(correlation.timespan)
    return f"there is enough again: {_counted(window.size, 'item')} in the last {span}"


def asked(correlation: Correlation) -> str:
    """What a correlation asks, in words."""
    span = f"in {short(correlation.timespan)}"
    match correlation.kind:
        case Kind.EVENT_COUNT | Kind.FLATLINE:
            return f"{correlation.condition} {_bounded(correlation.condition, 'item')} {span}"
        case Kind.VALUE_COUNT:
            values = _bounded(correlation.condition, _singular(correlation.field))
            return f"{correlation.condition} different {values} {span}"
        case Kind.TEMPORAL:
            return f"{' and '.join(correlation.rules)} {span}"
        case Kind.TEMPORAL_ORDERED:
            return f"{', then '.join(correlation.rules)} {span}"
        case Kind.NEW_TERM:
            return (
                f"a {_singular(correlation.field)} that the {short(correlation.timespan)} before did not have"
            )
        case Kind.SPIKE:
            return _asked_spike(correlation)


def _asked_spike(correlation: Correlation) -> str:
    spike = correlation.spike
    if spike is None:
        return "a spike"
    ways = {Direction.UP: "more", Direction.DOWN: "fewer", Direction.BOTH: "more or fewer"}
    span = short(correlation.timespan)
    return f"over {spike.height:g} times {ways[spike.direction]} items in {span} than in the {span} before"


def _what(correlation: Correlation, group: str, window: Window, events: Sequence[Event]) -> str:
    match correlation.kind:
        case Kind.VALUE_COUNT:
            values = _counted(window.size, _singular(correlation.field))
            return values if correlation.field == "source" else f"{values} from {_sources(events)}"
        case Kind.TEMPORAL:
            return " and ".join(correlation.rules)
        case Kind.TEMPORAL_ORDERED:
            return ", then ".join(correlation.rules)
        case Kind.NEW_TERM:
            items = _counted(len(events), "item")
            return f"new in {_span(correlation)}: {shown_group(group)}, with {items}"
        case Kind.SPIKE:
            return f"{_counted(window.size, 'item')} after {window.before} in the {_span(correlation)} before"
    return f"{_counted(window.size, 'item')} from {_sources(events)}"


def _span(correlation: Correlation) -> str:
    return short(correlation.timespan)


def _in_time(events: Sequence[Event]) -> str:
    taken = events[-1].at - events[0].at if events else timedelta(0)
    return f"in {spoken(taken)}"


def _sources(events: Sequence[Event]) -> str:
    return _counted(len({event.source for event in events}), "source")


def _counted(number: int, thing: str) -> str:
    return counted(number, thing, _plural_of(thing))


def _singular(field: str | None) -> str:
    name, _, prefix = (field or "").partition(":")
    return f"{_FIELDS.get(name, name)} {prefix}*" if prefix else _FIELDS.get(name, name)


def _bounded(condition: Condition | None, thing: str) -> str:
    """What a number is of that is given with its bounds, e.g. "item" for "at least 1"."""
    bounds = [bound for _, bound in condition.bounds()] if condition is not None else []
    return thing if bounds[-1:] == [1] else _plural_of(thing)


def _plural_of(thing: str) -> str:
    first, _, rest = thing.partition(" ")
    return " ".join(filter(None, [f"{first}s", rest]))
