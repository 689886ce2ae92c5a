"""What a backtest found, rule by rule and alert by alert. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from storage.model import Decision, ItemRef, SubjectKind


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

    def add(self, decision: Decision, source: str, url: str | None) -> None:
        """Count in one decision on an item of `source` with that address."""
        if self._since is not None and decision.decided_at < self._since:
            return
        for raised in _raised(decision, source, url):
            tally = self._rules[raised.rule_id]
            tally.alerts.append(raised)
            tally.origins.add(raised.subject_key)
            tally.sources.add(source)
        for match in decision.matches:
            tally = self._rules[match.rule_id]
            tally.matched += 1
            if match.withheld is not None:
                tally.withheld[match.withheld] += 1

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


def _raised(decision: Decision, source: str, url: str | None) -> Iterator[Raised]:
    for alert in decision.alerts:
        if alert.subject_kind is SubjectKind.INCIDENT:
            continue
        ref = alert.external_id and ItemRef(source_id=decision.source_id, external_id=alert.external_id)
        yield Raised(
            id=alert.id,
            rule_id=alert.rule_id,
            severity=alert.severity,
            subject_kind=alert.subject_kind,
            subject_key=alert.subject_key,
            at=alert.opened_at,
            source=source,
            ref=ref or None,
            url=url,
            headline=alert.headline,
            reason=alert.reason,
        )
