"""What a backtest found, rule by rule and alert by alert. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from storage.model import DESK_ID, Decision, Evidence, ItemRef, NewAlert, SubjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """An alert that would have been raised."""

    id: str  # as the desk itself would call it
    rule_id: str
    severity: str
    subject_kind: SubjectKind
    subject_key: str
    at: datetime
    source: str  # by its configured id
    ref: ItemRef | None  # the item that opened it
    url: str | None
    headline: str  # unmasked
    reason: str  # masked, unless the owner turned that off

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about, whichever rule found it."""
        return self.subject_kind, self.subject_key


@dataclass(slots=True)
class RuleTally:
    """Counts what came of one rule."""

    alerts: list[Raised] = field(default_factory=list)
    matched: int = 0  # times that the rule became true, copies included
    origins: set[str] = field(default_factory=set)  # subjects of its alerts
    sources: set[str] = field(default_factory=set)  # that alerts came from
    withheld: Counter[str] = field(default_factory=Counter)  # by the reason


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleResult:
    """What came of one rule."""

    rule_id: str
    alerts: tuple[Raised, ...]  # as they came
    matched: int  # times that the rule became true, copies included
    origins: int  # different texts, or groups, that its alerts are about
    sources: int  # that its alerts came from
    withheld: Mapping[str, int]  # matches that opened no alert, by the reason

    def per_day(self, days: Sequence[date], zone: ZoneInfo) -> tuple[int, ...]:
        """How many alerts on each of `days`, as the owner's calendar has them."""
        counted = Counter(alert.at.astimezone(zone).date() for alert in self.alerts)
        return tuple(counted[day] for day in days)


class Tally:
    """Counts decisions in; only what happened since a moment counts."""

    def __init__(self, rule_ids: Sequence[str], since: datetime | None) -> None:
        self._rules = {rule_id: RuleTally() for rule_id in rule_ids}
        self._since = since
        self._of_groups: dict[str, RuleTally] = {}  # alerts on groups, by id

    def add(self, decision: Decision, source: str, addresses: Mapping[str, str | None]) -> None:
        """Count in one decision on a page of `source`; `addresses` are those of its items, by external id."""
        if self._since is not None and decision.decided_at < self._since:
            return
        for alert in decision.alerts:
            tally = self._rules.get(alert.rule_id)
            if tally is not None and alert.subject_kind is not SubjectKind.INCIDENT:
                self._open(alert, tally, _raised(alert, decision.source_id, source, addresses))
        for change in decision.alert_updates:
            if change.alert_id in self._of_groups:
                self._of_groups[change.alert_id].origins |= _origins(change.evidence or ())
        for match in decision.matches:
            tally = self._rules.get(match.rule_id)
            if tally is None:
                continue
            tally.matched += 1
            if match.withheld is not None:
                tally.withheld[match.withheld] += 1

    def _open(self, alert: NewAlert, tally: RuleTally, raised: Raised) -> None:
        tally.alerts.append(raised)
        if raised.source != DESK_ID:  # which finds by waiting that something did not come
            tally.sources.add(raised.source)
        if alert.subject_kind is SubjectKind.GROUP:
            tally.origins |= _origins(alert.evidence)
            self._of_groups[alert.id] = tally
        else:
            tally.origins.add(alert.subject_key)

    def results(self) -> tuple[RuleResult, ...]:
        """What came of every rule, in the order in which they were given."""
        return tuple(
            RuleResult(
                rule_id=rule_id,
                alerts=tuple(tally.alerts),
                matched=tally.matched,
                origins=len(tally.origins),
                sources=len(tally.sources),
                withheld=dict(tally.withheld.most_common()),
            )
            for rule_id, tally in self._rules.items()
        )


def _raised(alert: NewAlert, source_id: int, source: str, addresses: Mapping[str, str | None]) -> Raised:
    name = alert.external_id
    return Raised(
        id=alert.id,
        rule_id=alert.rule_id,
        severity=alert.severity,
        subject_kind=alert.subject_kind,
        subject_key=alert.subject_key,
        at=alert.opened_at,
        source=source,
        ref=None if name is None else ItemRef(source_id=source_id, external_id=name),
        url=None if name is None else addresses.get(name),
        headline=alert.headline,
        reason=alert.reason,
    )


def _origins(evidence: Iterable[Evidence]) -> set[str]:
    """The items that an alert on a group rests on, one of each origin."""
    return {f"{one.item.source_id}/{one.item.external_id}" for one in evidence}
