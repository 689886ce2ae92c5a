"""The answers of storage to the questions of `monitor.correlation.decide`, out of memory: for backtests.

Pure, but for its own state.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from monitor.alert_memory import AlertMemory
from scrapers.model import Source
from storage.model import (
    CorrelationKeys,
    Decision,
    ItemRef,
    KnownCorrelation,
    KnownEvent,
    NewMatch,
    SubjectKind,
)

_Place = tuple[datetime, ItemRef]


@dataclass(slots=True)
class _Events:
    """The events of one version of a rule, by time."""

    places: list[_Place] = field(default_factory=list)
    events: list[KnownEvent] = field(default_factory=list)

    def put(self, event: KnownEvent) -> None:
        place = (event.at, event.item)
        index = bisect_left(self.places, place)
        if self.places[index : index + 1] == [place]:
            self.events[index] = event
        else:
            self.places.insert(index, place)
            self.events.insert(index, event)

    def take_out(self, place: _Place) -> KnownEvent:
        index = bisect_left(self.places, place)
        del self.places[index]
        return self.events.pop(index)

    def between(self, since: datetime, until: datetime) -> list[KnownEvent]:
        begin = bisect_right(self.places, since, key=itemgetter(0))
        end = bisect_right(self.places, until, key=itemgetter(0))
        return self.events[begin:end]


class Remembered:
    """Stands in for the database: `answers` is what it would recall, `take` what it would write."""

    def __init__(self, since: datetime | None = None) -> None:
        """Begin with nothing known; `since`: when all that is configured came in force, if that is known."""
        self._since = since
        self._first_judged: dict[tuple[str, str], datetime] = {}
        self._events: defaultdict[tuple[str, int], _Events] = defaultdict(_Events)
        self._ended: defaultdict[tuple[str, int], _Events] = defaultdict(_Events)
        self._standing: dict[tuple[ItemRef, str, int], _Place] = {}
        self._alerts = AlertMemory()

    def answers(self, asked: Iterable[CorrelationKeys]) -> dict[str, KnownCorrelation]:
        """What is known of groups of correlations, by correlation."""
        return {keys.correlation_id: self._answer(keys) for keys in asked}

    def take(self, decision: Decision, source: Source) -> None:
        """Remember what a decision on a fetch of `source` would have written, after `correlate`."""
        for ended in decision.matches_ended:
            ref = ItemRef(source_id=decision.source_id, external_id=ended.external_id)
            self._end((ref, ended.rule_id, ended.rule_version))
        for match in decision.matches:
            self._put(match, decision.source_id, source)
        self.take_groups(decision)

    def take_groups(self, decision: Decision) -> None:
        """Remember what a decision would have written of groups and of the alerts on them."""
        for group in decision.groups:
            name = (group.correlation_id, group.subject_key)
            self._first_judged.setdefault(name, decision.decided_at)
        for alert in decision.alerts:
            if alert.subject_kind is SubjectKind.GROUP:
                self._alerts.open(alert)
        self._alerts.update(decision.alert_updates)
        self._alerts.tell(decision.notifications)

    def _answer(self, keys: CorrelationKeys) -> KnownCorrelation:
        found = self._found(keys)
        if len(keys.rules) > 1 or len(keys.spans) > 1 or keys.ended:
            found.sort(key=lambda one: (one.at, one.item, one.rule_id))
        about = (alert for group in keys.subject_keys for alert in self._alerts.on(group))
        alerts = tuple(alert for alert in about if alert.rule_id == keys.correlation_id)
        return KnownCorrelation(
            events=tuple(found), first_judged=self._judged(keys), alerts=alerts, since=self._since
        )

    def _judged(self, keys: CorrelationKeys) -> dict[str, datetime]:
        named = {group: (keys.correlation_id, group) for group in keys.subject_keys}
        return {
            group: self._first_judged[name] for group, name in named.items() if name in self._first_judged
        }

    def _found(self, keys: CorrelationKeys) -> list[KnownEvent]:
        found: list[KnownEvent] = []
        for rule in keys.rules:
            for since, until in keys.spans:
                found += self._events[rule].between(since, until)
                found += self._ended[rule].between(since, until) if keys.ended else ()
        if keys.sources is not None:
            sources = set(keys.sources)
            found = [event for event in found if event.source_config_id in sources]
        if keys.origins is not None:
            origins = set(keys.origins)
            found = [event for event in found if event.origin in origins]
        return found

    def _put(self, match: NewMatch, source_id: int, source: Source) -> None:
        item = ItemRef(source_id=source_id, external_id=match.external_id)
        event = KnownEvent(
            at=match.happened_at or match.matched_at,
            rule_id=match.rule_id,
            item=item,
            origin=match.origin or item,
            source_config_id=source.id,
            source_kind=source.kind,
            language=match.language,
        )
        self._events[match.rule_id, match.rule_version].put(event)
        self._standing[item, match.rule_id, match.rule_version] = (event.at, item)

    def _end(self, standing: tuple[ItemRef, str, int]) -> None:
        place = self._standing.pop(standing, None)
        if place is not None:
            rule = standing[1:]
            self._ended[rule].put(self._events[rule].take_out(place))
