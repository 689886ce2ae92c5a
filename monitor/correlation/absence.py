"""Too little: a flatline, or a spike down. It comes about while nothing happens, so a timer asks. Pure.

A timer stands at the first moment at which the condition would hold if nothing more happened; every new event
of the group moves it. When it fires, the condition is looked at in the time span up to that moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.alerts import Alerting
from monitor.correlation.episodes import judge, last_open, opened
from monitor.correlation.evaluate import Episode
from monitor.correlation.events import Event, group_keys, in_order, is_group_of, recalled
from monitor.correlation.kinds import Correlation, Kind
from monitor.correlation.tell import enough_again
from monitor.correlation.windows import Timeline, Window, is_spike_down
from monitor.draft import Policy, new_alerting, written
from storage.model import (
    AlertStatus,
    CorrelationKeys,
    Decision,
    JudgedGroup,
    Known,
    KnownCorrelation,
    Timer,
)

ABSENCE = "absence"  # the kind of timer that asks whether there is too little

LATE = timedelta(hours=1)
"""A timer that fires later than that stood while the desk did: polls get as long to bring what there is.

They get as long after every start and every pause, too, for what waits at the sources need not be late.
"""

_NOT_WATCHED = "no longer watched: the correlation, or its grouping, has been taken out of the configuration"
_SOON = timedelta(seconds=1)


def first_timers(
    correlations: Sequence[Correlation], now: datetime, judged_before: Mapping[str, Sequence[str]]
) -> tuple[Timer, ...]:
    """When to look first, after a start or a change: at the latest once a time span has gone by.

    Args:
        correlations: All that are configured.
        now: The moment of the start.
        judged_before: The groups that they have had, by correlation. A flatline that watches everything
            together needs no event to begin with.
    """
    return tuple(
        _timer(one.id, group, now + one.timespan)
        for one in correlations
        if one.watches_absence
        for group in _watched(one, judged_before.get(one.id, ()))
    )


def last_timers(
    correlations: Sequence[Correlation], now: datetime, alerted: Mapping[str, Sequence[str]]
) -> tuple[Timer, ...]:
    """At once for every group with an open alert that nobody watches any more: the alert is to be ended.

    Args:
        correlations: All that are configured.
        now: The moment of the start.
        alerted: The groups with open alerts, by correlation.
    """
    by_id = {one.id: one for one in correlations}
    return tuple(
        _timer(name, group, now)
        for name, groups in alerted.items()
        for group in groups
        if not _has_group(by_id.get(name), group)
    )


def _has_group(correlation: Correlation | None, group: str) -> bool:
    return correlation is not None and is_group_of(correlation.grouping, group)


def _watched(correlation: Correlation, judged_before: Sequence[str]) -> tuple[str, ...]:
    alone = correlation.kind is Kind.FLATLINE and not correlation.group_by
    return ("",) if alone else tuple(key for key in judged_before if is_group_of(correlation.grouping, key))


def timer_questions(timer: Timer, policy: Policy, now: datetime) -> tuple[CorrelationKeys, ...]:
    """What storage must be asked before `decide_absence`; (): nothing is to be looked at or ended."""
    correlation_id, group = _split(timer.key)
    correlation = policy.correlations.by_id.get(correlation_id)
    if correlation is None or not is_group_of(correlation.grouping, group):
        return (CorrelationKeys(correlation_id=correlation_id, subject_keys=(group,), rules=(), spans=()),)
    if not correlation.watches_absence:
        return ()
    in_force = (policy.rules.by_id.get(rule_id) for rule_id in correlation.rules)
    return (
        CorrelationKeys(
            correlation_id=correlation_id,
            subject_keys=(group,),
            rules=tuple((rule.id, rule.version) for rule in in_force if rule is not None),
            spans=((now - correlation.reach, now),),
        ),
    )


def decide_absence(
    timer: Timer,
    known: Known,
    answers: Mapping[str, KnownCorrelation],
    *,
    policy: Policy,
    now: datetime,
    at_work_since: datetime | None = None,
) -> Decision:
    """What a due timer of a correlation means.

    Args:
        timer: The due timer.
        known: What is recalled of the desk's own row, on which such alerts hang.
        answers: The answers to its `timer_questions`.
        policy: Correlations, settings and routes.
        now: The moment of the decision.
        at_work_since: Since when sources are polled without a pause; None: all that were due have been.
    """
    alerting = new_alerting(known, policy, now)
    correlation_id, group = _split(timer.key)
    correlation, answer = policy.correlations.by_id.get(correlation_id), answers.get(correlation_id)
    groups: tuple[JudgedGroup, ...] = ()
    if answer is None:
        pass
    elif correlation is None or not is_group_of(correlation.grouping, group):
        _let_go(answer, alerting)
    else:
        groups = (judged(correlation, group, answer),)
        caught_up = _caught_up(timer, now, at_work_since)
        if caught_up > now:
            alerting.set_timer(_timer(correlation_id, group, caught_up))
        else:
            look(correlation, group, _events(correlation, group, answer, policy), (), answer, alerting)
    decision = written(alerting, known, now, lease=None, update=None)
    return replace(decision, timer_fired=timer, groups=groups)


def _let_go(answer: KnownCorrelation, alerting: Alerting) -> None:
    """End the open alerts on a group that is watched no more; only the latest can still matter to anybody."""
    going_on = [one for one in answer.alerts if one.status is AlertStatus.OPEN]
    for alert in going_on[:-1]:
        alerting.end(alert, _NOT_WATCHED)
    for alert in going_on[-1:]:
        alerting.close(alert, _NOT_WATCHED)


def _caught_up(timer: Timer, now: datetime, at_work_since: datetime | None) -> datetime:
    """From when on polls have had time to bring what there is."""
    late = now + LATE if now - timer.due_at > LATE else now
    return late if at_work_since is None else max(late, at_work_since + LATE)


def judged(correlation: Correlation, group: str, answer: KnownCorrelation) -> JudgedGroup:
    """A group that a decision judges by an answer of storage."""
    return JudgedGroup(
        correlation_id=correlation.id, subject_key=group, version=answer.versions.get(group, 0)
    )


def look(
    correlation: Correlation,
    group: str,
    events: Sequence[Event],
    fresh: Sequence[Event],
    answer: KnownCorrelation,
    alerting: Alerting,
) -> None:
    """Open, go on with or close the alerts of a group where there may be too little, and set its next timer.

    Args:
        correlation: What is asked.
        group: Its subject key.
        events: The group's events within reach of now and of the fresh ones, in order.
        fresh: The new ones among them.
        answer: What storage knows of the group.
        alerting: Takes what is to be done.
    """
    now = alerting.now
    begins = _watched_since(correlation, group, answer, now) + correlation.timespan
    timeline = Timeline(correlation, events)
    window = timeline.window(now)
    lacks = now >= begins and is_too_little(correlation, window)
    if correlation.kind is not Kind.FLATLINE:
        judge(correlation, group, events, fresh, answer.alerts, alerting, lacking=(window,) if lacks else ())
    elif lacks:
        _begin(correlation, group, window, events, answer, alerting)
        return  # what comes next is an event
    else:
        _end(correlation, group, window, answer, alerting)
    due_at = next_look(correlation, timeline, now, begins)
    if due_at is not None:
        alerting.set_timer(_timer(correlation.id, group, due_at))


def _begin(
    correlation: Correlation,
    group: str,
    window: Window,
    events: Sequence[Event],
    answer: KnownCorrelation,
    alerting: Alerting,
) -> None:
    """Open the alert of a flatline, unless it is open."""
    if last_open(answer.alerts, group) is not None:
        return
    number = 1 + max((one.episode for one in answer.alerts if one.subject_key == group), default=-1)
    began = window.until
    episode = Episode(number=number, began_at=began, lasted_until=began, peak=window)
    alerting.open(opened(correlation, group, episode, events, alerting))


def _end(
    correlation: Correlation, group: str, window: Window, answer: KnownCorrelation, alerting: Alerting
) -> None:
    """Close the alert of a flatline, if it is open."""
    alert = last_open(answer.alerts, group)
    if alert is not None:
        alerting.close(alert, enough_again(correlation, window))


def is_too_little(correlation: Correlation, window: Window) -> bool:
    """Whether a window has fewer events than it should have."""
    if correlation.spike is not None:
        return is_spike_down(correlation.spike, window)
    return correlation.condition is not None and correlation.condition.holds(window.size)


def next_look(
    correlation: Correlation, timeline: Timeline, now: datetime, begins: datetime
) -> datetime | None:
    """The first moment after `now` at which there would be too little if nothing more happened."""
    moments = {begins, *_changes(correlation, timeline)}
    for moment in sorted(one for one in moments if one > now and one >= begins):
        if is_too_little(correlation, timeline.window(moment)):
            return max(moment, now + _SOON)
    return None


def _changes(correlation: Correlation, timeline: Timeline) -> Iterator[datetime]:
    """When events leave the time span, and the one before it."""
    for at in timeline.times:
        yield at + correlation.timespan
        yield at + correlation.reach


def _watched_since(correlation: Correlation, group: str, answer: KnownCorrelation, now: datetime) -> datetime:
    """Before that nothing was expected: a group is watched from its first event on."""
    configured = answer.since or now
    return max(configured, answer.first_judged.get(group, now)) if correlation.group_by else configured


def _events(correlation: Correlation, group: str, answer: KnownCorrelation, policy: Policy) -> list[Event]:
    everything = (recalled(known, policy.correlations.tags) for known in answer.events)
    grouping, desk_key = correlation.grouping, correlation.key
    return sorted((one for one in everything if group in group_keys(grouping, one, desk_key)), key=in_order)


def _timer(correlation_id: str, group: str, due_at: datetime) -> Timer:
    return Timer(kind=ABSENCE, key=f"{correlation_id}/{group}", due_at=due_at)


def _split(key: str) -> tuple[str, str]:
    """Correlation and group of a timer; the id of a correlation holds no slash."""
    correlation_id, _, group = key.partition("/")
    return correlation_id, group
