"""What every notifier says of a catch-up: many alerts that waited, the gravest first, a line each. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.message import AlertView, Change, Message, Severity
from monitor.notifiers.wording import SEVERITY_WORDS, clock_time, gravity, one_line, when
from scrapers.counted import counted

LEADING = 10  # alerts that are told on more than a line
_RULES = 12  # that are counted by name


def title(message: Message, since: datetime) -> str:
    """How much waited, and since when."""
    return f"Catch-up: {counted(len(message.alerts), 'alert')} since {clock_time(since, message.timezone)}"


def by_severity(alerts: Sequence[AlertView]) -> str:
    """How many of each severity, and how many are over: "3 critical · 40 info · 2 closed"."""
    going_on = Counter(alert.severity for alert in alerts if alert.change is not Change.CLOSED)
    parts = [f"{going_on[one]} {SEVERITY_WORDS[one]}" for one in reversed(Severity) if going_on[one]]
    closed = len(alerts) - going_on.total()
    return " · ".join([*parts, f"{closed} closed"] if closed else parts)


def by_rule(alerts: Sequence[AlertView]) -> str:
    """How many of each rule, the most first: "Rotation 80 · Leave 12 · 3 other rules 5"."""
    rules = Counter(one_line(alert.rule_title, 60) for alert in alerts).most_common()
    parts = [f"{rule} {number}" for rule, number in rules[:_RULES]]
    if others := rules[_RULES:]:
        total = sum(number for _, number in others)
        parts.append(f"{counted(len(others), 'other rule')} {total}")
    return " · ".join(parts)


def split(alerts: Sequence[AlertView]) -> tuple[Sequence[AlertView], Sequence[AlertView]]:
    """Those that lead, and those that get a line each: rule by rule, in the order of the gravest of each."""
    groups: dict[str, list[AlertView]] = {}
    for alert in alerts[LEADING:]:
        groups.setdefault(group(alert), []).append(alert)
    return alerts[:LEADING], [alert for one in groups.values() for alert in one]


def group(alert: AlertView) -> str:
    """What a line has in common with those beside it: "WARNING · Rotation"."""
    return f"{gravity(alert)} · {alert.rule_title}"


def told(alert: AlertView) -> str:
    """What, and where unless that is said: "Send them home — Way Home"."""
    named = alert.headline.startswith(alert.source_name)
    return alert.headline if named else f"{alert.headline} — {alert.source_name}"


def day_and_time(alert: AlertView, message: Message) -> str:
    """When, as short as for a phone: "11-03 14:05", "11-03" where the hour is unknown, "" where all is."""
    moment = alert.published_at or alert.first_seen_at
    if moment is None:
        return ""
    if alert.published_at is not None and alert.published_day_only:
        return f"{moment.astimezone(UTC):%m-%d}"
    return f"{moment.astimezone(message.timezone):%m-%d %H:%M}"


def line(alert: AlertView, message: Message, limit: int = 200) -> str:
    """One alert on a line, without its address and its id."""
    what = "" if alert.change is Change.OPENED else f" ({alert.change})"
    said = f"{told(alert)}, {when(alert, message.timezone)}"
    return one_line(f"{gravity(alert)}{what} · {alert.rule_title}: {said}", limit)
