"""A backtest for programs: one object a rule, then one an alert. These names are stable."""

from collections.abc import Iterator
from typing import Any

from monitor.backtest.judge import Lost
from monitor.backtest.near import NearMiss
from monitor.backtest.report import Report
from monitor.backtest.result import Raised, RuleResult
from monitor.export import Masking
from storage.model.labels import LabelledAlert, Verdict


def lines(report: Report, masking: Masking) -> Iterator[dict[str, Any]]:
    """Every rule, every alert or every difference, every useful alert that is missing."""
    compared = report.change is not None
    for result in report.rules:
        yield _rule("rule", result, report)
    for result in report.changed:
        yield _rule("changed_rule", result, report)
    if report.change is not None:
        for alert in report.change.added:
            yield _alert("added", alert, report, masking)
        for one in report.change.lost:
            yield _lost(one, report, masking)
    for result in () if compared else report.rules:
        for alert in result.alerts:
            yield _alert("alert", alert, report, masking)
    for missing in () if compared else report.missing:
        yield _missing(missing, masking)
    for one_near in report.near:
        yield _near(one_near, masking)


def _near(one: NearMiss, masking: Masking) -> dict[str, Any]:
    return {
        "record": "near",
        "rule": one.rule_id,
        "clauses": list(one.clauses),
        "source": one.source,
        "external_id": one.external_id,
        "url": one.url,
        "at": one.at,
        "headline": masking.of(one.headline),
    }


def _rule(record: str, result: RuleResult, report: Report) -> dict[str, Any]:
    counted = zip(report.days, result.per_day(report.days, report.zone), strict=True)
    return {
        "record": record,
        "rule": result.rule_id,
        "alerts": len(result.alerts),
        "origins": result.origins,
        "matches": result.matched,
        "sources": result.sources,
        "days": {day.isoformat(): count for day, count in counted if count},
        "withheld": dict(result.withheld),
        "useful": report.labels.count(result.alerts, Verdict.USEFUL),
        "noise": report.labels.count(result.alerts, Verdict.NOISE),
    }


def _alert(record: str, alert: Raised, report: Report, masking: Masking) -> dict[str, Any]:
    return {
        "record": record,
        "id": alert.id,
        "rule": alert.rule_id,
        "severity": alert.severity,
        "subject": alert.subject_kind,
        "source": alert.source,
        "external_id": alert.ref.external_id if alert.ref else None,
        "url": alert.url,
        "at": alert.at,
        "headline": masking.of(alert.headline),
        "reason": masking.of(alert.reason),
        "label": report.labels.verdict(alert),
    }


def _lost(one: Lost, report: Report, masking: Masking) -> dict[str, Any]:
    return _alert("lost", one.alert, report, masking) | {"covered_by": list(one.covered_by)}


def _missing(one: LabelledAlert, masking: Masking) -> dict[str, Any]:
    return {
        "record": "missing",
        "id": one.id,
        "rule": one.rule_id,
        "source": one.source,
        "at": one.opened_at,
        "headline": masking.of(one.headline),
        "label": one.verdict,
        "note": one.note,
    }
