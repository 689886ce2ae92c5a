"""What every notifier says of a catch-up: many alerts that waited, the gravest first, a line each. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from monitor.message import AlertView, Change, Message, Severity
from monitor.notifiers.wording import SEVERITY_WORDS, clock_time, gravity, one_line, when

LEADING = 10  # alerts that are told on more than a line
_RULES = 12  # that are counted by name


def title(message: Message, since: datetime) -> str:
    """How much waited, and since when."""
    return f"Catch-up: {_count(len(message.alerts), 'alert')} since {clock_time(since, message.timezone)}"


def by_severity(alerts: Sequence[AlertView]) -> str:
    """How many of each severity, and how many are over: "3 critical · 40 info · 2 closed"."""
    going_on = Counter(alert.severity for alert in alerts if alert.change is not Change.CLOSED)
    parts = [f"{going_on[one]} {SEVERITY_WORDS[one]}" for one in reversed(Severity) if going_on[one]]
    closed = len(alerts) - going_on.total()
    return " · ".join([*parts, f"{closed} closed"] if closed else parts)


def by_rule(alerts: Sequence[AlertView]) -> str:
    """How many of each rule, the most first: "Rotation 80 · Leave 12 · 3 other rules 5"."""
    counted = Counter(one_line(alert.rule_title, 60) for alert in alerts).most_common()
    parts = [f"{rule} {number}" for rule, number in counted[:_RULES]]
    if others := counted[_RULES:]:
        total = sum(number for _, number in others)
        parts.append(f"{_count(len(others), 'other rule')} {total}")
    return " · ".join(parts)


def split(alerts: Sequence[AlertView]) -> tuple[Sequence[AlertView], Sequence[AlertView]]:
    """Those that lead, and those that get a line each."""
    return alerts[:LEADING], alerts[LEADING:]


def line(alert: AlertView, message: Message, limit: int = 200) -> str:
    """One alert on a line, without its address and its id."""
    what = "" if alert.change is Change.OPENED else f" ({alert.change})"
    told = f"{alert.headline} — {alert.source_name}, {when(alert, message.timezone)}"
    return one_line(f"{gravity(alert)}{what} · {alert.rule_title}: {told}", limit)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
