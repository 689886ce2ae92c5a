"""The last part of a decision: what its new matches mean together with those that are stored. Pure.

`questions` says what storage must be asked for a decision, `correlate` adds to the decision what follows from
the answers. A backtest may answer out of its own memory.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alerts import Alerting
from monitor.correlation.absence import judged, look
from monitor.correlation.episodes import judge
from monitor.correlation.events import Event, group_keys, in_order, recalled
from monitor.correlation.kinds import Correlation, Kind
from monitor.draft import Policy
from scrapers.model import Source
from storage.model import (
    CorrelationKeys,
    Decision,
    EndedMatch,
    ItemRef,
    JudgedGroup,
    KnownCorrelation,
    NewMatch,
)

NOTHING = KnownCorrelation()


def questions(decision: Decision, *, source: Source, policy: Policy) -> tuple[CorrelationKeys, ...]:
    """What storage must be asked before `correlate`; (): nothing, the decision is whole."""
    now = decision.decided_at
    keys = (
        _keys(correlation, touched, policy, now)
        for correlation, touched in _touched(decision, source, policy)
    )
    return tuple(one for one in keys if one.subject_keys)


def correlate(
    decision: Decision,
    known: Mapping[str, KnownCorrelation],
    *,
    source: Source,
    policy: Policy,
    now: datetime,
) -> Decision:
    """The decision with the alerts on groups that its matches open or change.

    Args:
        decision: What was decided on a fetch.
        known: The answers to its `questions`, by correlation.
        source: The source that was fetched.
        policy: Rules, correlations, settings and routes.
        now: The moment of the decision.
    """
    alerting = Alerting(options=policy.alerting, route=policy.route, now=now, known={})
    groups: list[JudgedGroup] = []
    for correlation, touched in _touched(decision, source, policy):
        answer = known.get(correlation.id, NOTHING)
        events = _by_group(correlation, _events(correlation, decision, answer, source, policy))
        fresh = _by_group(correlation, _telling(correlation, answer, _triggering(decision, source)))
        for key in sorted(_by_group(correlation, touched)):
            together = events.get(key, [])
            groups.append(judged(correlation, key, answer))
            if correlation.watches_absence:
                look(correlation, key, together, fresh.get(key, ()), answer, alerting)
            else:
                judge(correlation, key, together, fresh.get(key, ()), answer.alerts, alerting)
    return _joined(decision, alerting, groups)


def _telling(correlation: Correlation, answer: KnownCorrelation, fresh: Iterable[Event]) -> list[Event]:
    """The fresh events that may say something: what is new is not known of the time before a rule changed."""
    counting = _of(correlation, fresh)
    if correlation.kind is not Kind.NEW_TERM or answer.rules_changed is None:
        return counting
    return [event for event in counting if event.at - correlation.timespan >= answer.rules_changed]


def _touched(decision: Decision, source: Source, policy: Policy) -> Iterator[tuple[Correlation, list[Event]]]:
    """The correlations that a decision has to do with, and the events whose groups are to be judged.

    What may be absent is looked at whenever there is more or less of it, quietly or not.
    """
    triggering = _triggering(decision, source)
    changed = [_event(one, decision, source) for one in decision.matches] + _ended(decision, source)
    for correlation in policy.correlations.over({event.rule_id for event in changed}):
        touched = _of(correlation, changed if correlation.watches_absence else triggering)
        if touched:
            yield correlation, touched


def _joined(decision: Decision, alerting: Alerting, groups: Sequence[JudgedGroup]) -> Decision:
    alerting.finish()
    return replace(
        decision,
        groups=(*decision.groups, *groups),
        alerts=(*decision.alerts, *alerting.opened.values()),
        alert_updates=(*decision.alert_updates, *alerting.updates.values()),
        notifications=(*decision.notifications, *alerting.notifications),
        timers_set=(*decision.timers_set, *alerting.timers_set.values()),
        timers_cleared=(*decision.timers_cleared, *alerting.timers_cleared),
    )


# ---- what is asked ---------------------------------------------------------------------


def _keys(correlation: Correlation, fresh: Sequence[Event], policy: Policy, now: datetime) -> CorrelationKeys:
    in_groups = [event for event in fresh if group_keys(correlation.grouping, event, correlation.key)]
    return CorrelationKeys(
        correlation_id=correlation.id,
        subject_keys=tuple(sorted(_by_group(correlation, in_groups))),
        rules=_versions(correlation, policy),
        spans=_spans(correlation, in_groups, now),
        sources=_sources(correlation, in_groups, policy),
        origins=_origins(correlation, in_groups),
        ended=correlation.counts_ended,
    )


def _versions(correlation: Correlation, policy: Policy) -> tuple[tuple[str, int], ...]:
    in_force = (policy.rules.by_id.get(rule_id) for rule_id in correlation.rules)
    return tuple((rule.id, rule.version) for rule in in_force if rule is not None)


def _spans(
    correlation: Correlation, fresh: Sequence[Event], now: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The times that windows with a fresh event reach into, or one up to now; those that touch are one."""
    spans: list[tuple[datetime, datetime]] = []
    moments = {event.at for event in fresh} | ({now} if correlation.watches_absence else set())
    for at in sorted(moments):
        since, until = at - correlation.reach, at + correlation.reach
        if spans and since <= spans[-1][1]:
            since, _ = spans.pop()
        spans.append((since, until))
    return tuple(spans)


def _sources(correlation: Correlation, fresh: Sequence[Event], policy: Policy) -> tuple[str, ...] | None:
    """The only sources that can have part in a group of these events; None: any can."""
    if "source" in correlation.grouping:
        return tuple(sorted({event.source for event in fresh}))
    if not any(field.partition(":")[0] == "tag" for field in correlation.grouping):
        return None
    tags = {tag for event in fresh for tag in event.tags}
    return tuple(sorted(name for name, own in policy.correlations.tags.items() if tags.intersection(own)))


def _origins(correlation: Correlation, fresh: Sequence[Event]) -> tuple[ItemRef, ...] | None:
    if "origin" not in correlation.grouping:
        return None
    return tuple(sorted({event.origin for event in fresh}))


# ---- events ----------------------------------------------------------------------------


def _by_group(correlation: Correlation, events: Iterable[Event]) -> dict[str, list[Event]]:
    groups: dict[str, list[Event]] = {}
    for event in events:
        for key in group_keys(correlation.grouping, event, correlation.key):
            groups.setdefault(key, []).append(event)
    return groups


def _of(correlation: Correlation, events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.rule_id in correlation.rules]


def _triggering(decision: Decision, source: Source) -> list[Event]:
    return [_event(one, decision, source) for one in decision.matches if one.triggers]


def _ended(decision: Decision, source: Source) -> list[Event]:
    """The events that a decision ends, as far as their groups go."""
    return [_event(one, decision, source) for one in decision.matches_ended]


def _event(match: NewMatch | EndedMatch, decision: Decision, source: Source) -> Event:
    itself = ItemRef(source_id=decision.source_id, external_id=match.external_id)
    happened_at = match.happened_at if isinstance(match, NewMatch) else None
    return Event(
        at=happened_at or decision.decided_at,
        rule_id=match.rule_id,
        item=itself,
        origin=match.origin or itself,
        source=source.id,
        kind=source.kind,
        language=match.language,
        tags=source.tags,
    )


def _events(
    correlation: Correlation, decision: Decision, answer: KnownCorrelation, source: Source, policy: Policy
) -> list[Event]:
    """What counts once the decision is written: stored events that it does not end, and its own, in order."""
    ended = set() if correlation.counts_ended else {_name(one) for one in decision.matches_ended}
    events = [
        recalled(known, policy.correlations.tags)
        for known in answer.events
        if known.item.source_id != decision.source_id or (known.item.external_id, known.rule_id) not in ended
    ]
    for one in _of(correlation, [_event(one, decision, source) for one in decision.matches]):
        insort(events, one, key=in_order)
    return events


def _name(ended: EndedMatch) -> tuple[str, str]:
    return ended.external_id, ended.rule_id
