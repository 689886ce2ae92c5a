"""Alerts on groups: one an episode, opened once, changed while the condition goes on to hold. Pure."""

from collections.abc import Iterable, Sequence

from monitor.alerts import Alerting, Labels, alert_id
from monitor.correlation.evaluate import Episode, episodes, witnesses
from monitor.correlation.events import NO_LANGUAGE, Event, group_values
from monitor.correlation.kinds import Correlation, Kind
from monitor.correlation.tell import headline, reason
from monitor.correlation.windows import Window
from monitor.schedule import is_milestone
from storage.model import AlertStatus, AlertUpdate, Evidence, KnownAlert, NewAlert, SubjectKind

_JOINING = frozenset({"source", "kind", "tag", "lang"})  # labels by which what joins a group is routed
_COUNTING = frozenset({Kind.EVENT_COUNT, Kind.VALUE_COUNT, Kind.SPIKE})  # what grows is told at milestones


def judge(
    correlation: Correlation,
    group: str,
    events: Sequence[Event],
    fresh: Iterable[Event],
    alerts: Iterable[KnownAlert],
    alerting: Alerting,
    lacking: Iterable[Window] = (),
) -> None:
    """Open the alerts of a group's new episodes in `alerting`, and change those of earlier ones.

    Args:
        correlation: What is asked.
        group: Its subject key.
        events: The group's events within reach of the fresh ones, in order.
        fresh: The new ones among them.
        alerts: Alerts on groups of the correlation, on this one and on others.
        alerting: Takes what is to be done.
        lacking: Windows that have too little of them.
    """
    known = {one.episode: one for one in alerts if one.subject_key == group}
    before = [one for one in map(_episode, known.values()) if one is not None]
    for episode in episodes(correlation, events, fresh, before, lacking):
        if episode.number in known:
            follow_episode(correlation, known[episode.number], episode, events, alerting)
        else:
            alerting.open(opened(correlation, group, episode, events, alerting))


def last_open(alerts: Iterable[KnownAlert], group: str) -> KnownAlert | None:
    """The alert on a group that has not ended, if there is one."""
    going_on = [one for one in alerts if one.subject_key == group and one.status is AlertStatus.OPEN]
    return going_on[-1] if going_on else None


def _episode(alert: KnownAlert) -> Episode | None:
    if alert.began_at is None or alert.lasted_until is None:
        return None
    return Episode(number=alert.episode, began_at=alert.began_at, lasted_until=alert.lasted_until)


def opened(
    correlation: Correlation, group: str, episode: Episode, events: Sequence[Event], alerting: Alerting
) -> NewAlert:
    """The alert that an episode begins with."""
    together = _at_peak(correlation, episode, events)
    size = 0 if episode.peak is None else episode.peak.size
    return NewAlert(
        id=alert_id(correlation.id, SubjectKind.GROUP, group, episode.number),
        rule_id=correlation.id,
        rule_version=correlation.version,
        severity=correlation.severity,
        subject_kind=SubjectKind.GROUP,
        subject_key=group,
        episode=episode.number,
        opened_at=alerting.now,
        external_id=None,
        seq=None,
        headline=_headline(correlation, group, episode, together),
        reason=reason(correlation, together),
        labels=labels(correlation, group, together),
        copies=size,
        began_at=episode.began_at,
        lasted_until=episode.lasted_until,
        evidence=evidence(correlation, together),
    )


def follow_episode(
    correlation: Correlation, alert: KnownAlert, episode: Episode, events: Sequence[Event], alerting: Alerting
) -> None:
    """Write how an episode went on, and tell of it where it grew to a milestone."""
    size = 0 if episode.peak is None else episode.peak.size
    grown = size > alert.copies
    together = _at_peak(correlation, episode, events)
    joined = _joined(alert, labels(correlation, alert.subject_key, _judged(correlation, episode, events)))
    lasted = (episode.began_at, episode.lasted_until) != (alert.began_at, alert.lasted_until)
    if not grown and not lasted and joined is None:
        return
    milestone = any(is_milestone(count) for count in range(alert.copies + 1, size + 1))
    told = milestone and correlation.kind in _COUNTING
    update = AlertUpdate(
        alert_id=alert.id,
        version=alert.version,
        updated_at=alerting.now,
        copies=max(size, alert.copies),
        told_copies=size if told else alert.told_copies,
        told_at=alerting.now if told else alert.told_at,
        began_at=episode.began_at,
        lasted_until=episode.lasted_until,
        headline=_headline(correlation, alert.subject_key, episode, together) if grown else None,
        reason=reason(correlation, together) if grown else None,
        evidence=evidence(correlation, together) if grown else None,
        labels=joined,
    )
    alerting.follow(alert, update, told=told)


def _joined(alert: KnownAlert, others: Labels) -> Labels | None:
    """The labels of an alert with those of what has joined its group since; None: the same as before."""
    joined = {
        name: tuple(sorted({*values, *others.get(name, ())})) if name in _JOINING else values
        for name, values in alert.labels.items()
    }
    return None if joined == alert.labels else joined


def _judged(correlation: Correlation, episode: Episode, events: Sequence[Event]) -> Sequence[Event]:
    """All that has part in an episode, as far as its windows are judged now."""
    if correlation.kind is Kind.TEMPORAL_ORDERED:
        return _at_peak(correlation, episode, events)
    begin, end = episode.judged
    return events[begin:end]


def _at_peak(correlation: Correlation, episode: Episode, events: Sequence[Event]) -> Sequence[Event]:
    """What is told of: the largest window, and of a sequence only its links."""
    if episode.peak is None:
        return ()
    together = events[episode.peak.begin : episode.peak.end]
    return witnesses(correlation, together) if correlation.kind is Kind.TEMPORAL_ORDERED else together


def _headline(correlation: Correlation, group: str, episode: Episode, together: Sequence[Event]) -> str:
    return "" if episode.peak is None else headline(correlation, group, episode.peak, together)


def evidence(correlation: Correlation, together: Sequence[Event]) -> tuple[Evidence, ...]:
    """The items that prove it, each named once."""
    return tuple(
        Evidence(item=event.item, rule_id=event.rule_id) for event in witnesses(correlation, together)
    )


def labels(correlation: Correlation, group: str, together: Sequence[Event]) -> dict[str, tuple[str, ...]]:
    """What routes can match on: of sources, tags and languages all that have part in it.

    Where a group is told of because nothing came, its key says at least what it is.
    """
    named = group_values(group)
    sources = {event.source for event in together} | named["source"]
    kinds = {event.kind for event in together} | named["kind"]
    tags = {tag for event in together for tag in event.tags} | named["tag"]
    languages = {event.language for event in together if event.language} | named["lang"] - {NO_LANGUAGE}
    return {
        "rule": (correlation.id,),
        "severity": (correlation.severity,),
        "source": tuple(sorted(sources)),
        "kind": tuple(sorted(kinds)),
        "tag": tuple(sorted(tags)),
        "subject": (SubjectKind.GROUP,),
        "lang": tuple(sorted(languages)),
    }
