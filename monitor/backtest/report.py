"""All that a backtest has to say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.backtest.judge import Change, Labels
from monitor.backtest.near import NearMiss
from monitor.backtest.result import RuleResult
from storage.model.labels import LabelledAlert, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one backtest came to."""

    since: datetime
    until: datetime
    zone: ZoneInfo  # in which days begin
    looked_at: int  # revisions of items
    rules: tuple[RuleResult, ...]  # what is configured
    labels: Labels
    missing: tuple[LabelledAlert, ...]  # useful alerts that it does not raise
    change: Change | None = None  # what another configuration would make different; None: none was given
    changed: tuple[RuleResult, ...] = ()  # and what that one would raise
    near: tuple[NearMiss, ...] = ()  # what only one clause kept from matching, if that was asked

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that was looked at."""
        return days_between(self.since, self.until, self.zone)

    @property
    def is_alarming(self) -> bool:
        """Whether an alert that was called useful would be lost."""
        if self.change is None:
            return bool(self.missing)
        return any(one.verdict is Verdict.USEFUL and not one.covered_by for one in self.change.lost)

    def a_day(self, alerts: int) -> float:
        """So many alerts, for each day that was looked at."""
        return alerts / max((self.until - self.since) / timedelta(days=1), 1)


def days_between(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[date, ...]:
    """Every day from the first moment's to the last one's, both included, as clocks in `zone` have them."""
    begin, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    return tuple(begin + timedelta(days=number) for number in range((end - begin).days + 1))


def chosen(rules: Sequence[RuleResult], rule_id: str) -> RuleResult | None:
    """What came of one rule; None: there is none of that id."""
    return next((one for one in rules if one.rule_id == rule_id), None)
