"""What people's labels say of a backtest, and what a changed configuration adds and loses. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.backtest.result import Raised, RuleResult
from storage.model.labels import LabelledAlert, Verdict

Subject = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """An alert that a changed configuration no longer raises."""

    alert: Raised
    covered_by: tuple[str, ...]  # rules of the changed one that still alert on the same subject
    verdict: Verdict | None  # what was said of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a changed configuration makes different, oldest first."""

    added: tuple[Raised, ...]
    lost: tuple[Lost, ...]


class Labels:
    """Looks up what was said of alerts: of the very alert, or else of another rule's on the same subject."""

    def __init__(self, labelled: Iterable[LabelledAlert]) -> None:
        self.all = tuple(labelled)
        self._of_alert = {one.id: one.verdict for one in self.all}
        self._of_subject: dict[Subject, Verdict] = {}
        for one in self.all:
            if self._of_subject.get(one.subject) is not Verdict.USEFUL:
                self._of_subject[one.subject] = one.verdict

    def verdict(self, alert: Raised) -> Verdict | None:
        """What was said of it; None: nothing."""
        return self._of_alert.get(alert.id) or self._of_subject.get(alert.subject)

    def count(self, alerts: Iterable[Raised], verdict: Verdict) -> int:
        """How many of `alerts` were called that."""
        return sum(self.verdict(alert) is verdict for alert in alerts)


def change(before: Sequence[RuleResult], after: Sequence[RuleResult], labels: Labels) -> Change:
    """What `after` raises and `before` did not, and the other way round."""
    old, new = _by_id(before), _by_id(after)
    covering = rules_on(after)
    lost = (
        Lost(alert=alert, covered_by=covering.get(alert.subject, ()), verdict=labels.verdict(alert))
        for name, alert in old.items()
        if name not in new
    )
    return Change(
        added=tuple(sorted((one for name, one in new.items() if name not in old), key=lambda one: one.at)),
        lost=tuple(sorted(lost, key=lambda one: one.alert.at)),
    )


def rules_on(results: Iterable[RuleResult]) -> Mapping[Subject, tuple[str, ...]]:
    """For every subject of an alert the rules that alert on it."""
    found: dict[Subject, list[str]] = defaultdict(list)
    for result in results:
        for alert in result.alerts:
            found[alert.subject].append(result.rule_id)
    return {subject: tuple(dict.fromkeys(rules)) for subject, rules in found.items()}


def unraised(
    labels: Labels, results: Sequence[RuleResult], verdict: Verdict, rule_ids: Iterable[str] | None = None
) -> tuple[LabelledAlert, ...]:
    """Alerts called that which the backtest did not raise, by whatever rule; of some rules only, if asked."""
    covered = rules_on(results)
    wanted = None if rule_ids is None else set(rule_ids)
    return tuple(
        one
        for one in labels.all
        if one.verdict is verdict and one.subject not in covered and (wanted is None or one.rule_id in wanted)
    )


def _by_id(results: Iterable[RuleResult]) -> dict[str, Raised]:
    return {alert.id: alert for result in results for alert in result.alerts}
