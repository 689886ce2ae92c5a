"""When a source is silent for longer than its own rhythm: a timer that looks. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.draft import Policy, new_alerting, written
from monitor.duration import spoken
from monitor.incidents import ENDED_BY_A_POLL, SILENT, Incidents
from monitor.rhythm import LEARNT_FROM, Rhythm, learn
from scrapers.model import Source
from storage.model import Decision, Known, KnownSource, NewIncident, Timer

SILENCE = "silence"  # the kind of timer that asks whether a source is silent

_FIRST_LOOK = timedelta(hours=3)  # after something new
_WHILE_FAILING = timedelta(hours=1)  # until the next look
_WHILE_UNKNOWN = timedelta(days=1)
_SOONEST = timedelta(minutes=5)


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
