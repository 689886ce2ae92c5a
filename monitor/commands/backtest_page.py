"""A backtest for a person: a table with bars, then samples; whatever is alarming stands last, and loudly."""

import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.backtest.judge import Change, Lost
from monitor.backtest.plot import BLOCKS, bars
from monitor.backtest.report import Report, chosen
from monitor.backtest.result import Raised, RuleResult
from monitor.commands.paper import one_row, paragraph
from monitor.export import Masking
from scrapers.counted import counted
from storage.model.labels import LabelledAlert, Verdict

_WIDEST = 45  # characters of a plot
_STYLES = {Verdict.USEFUL: "green", Verdict.NOISE: "dim"}


def page(report: Report, masking: Masking, samples: int) -> Iterator[RenderableType]:
    """All of it, in the order in which it is read."""
    yield paragraph(_title(report))
    if not report.rules and not report.changed:
        yield paragraph("there are no rules to try")
        return
    yield from _near(report, masking)
    if report.change is None:
        yield _table(report)
        for result in report.rules:
            yield from _rule(report, result, masking, samples)
        yield from _missing(report.missing, masking)
    else:
        yield _comparison(report, report.change)
        yield from _differences(report, report.change, masking, samples)
        yield from _warning(report.change, masking)


def _title(report: Report) -> str:
    first, last = report.days[0], report.days[-1]
    revisions = counted(report.looked_at, "revision")
    return f"{first} to {last}: {revisions} of items looked at. Nothing was written.\n"


# ---- what would have been raised -------------------------------------------------------


def _table(report: Report) -> Table:
    table = _columns("alerts", "origins", "matches", "sources", "a day", "useful", "noise")
    for result in report.rules:
        counts = (len(result.alerts), result.origins, result.matched, result.sources)
        table.add_row(
            one_row((result.rule_id, "bold")),
            *(f"{count:,}" for count in counts),
            f"{report.a_day(len(result.alerts)):.1f}",
            *(_labelled(report, result.alerts, verdict) for verdict in Verdict),
        )
    return table


def _columns(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rule")
    for name in names:
        table.add_column(name, justify="right")
    return table


def _labelled(report: Report, alerts: Iterable[Raised], verdict: Verdict) -> str:
    count = report.labels.count(alerts, verdict)
    return f"{count:,}" if count else ""


def _rule(report: Report, result: RuleResult, masking: Masking, samples: int) -> Iterator[Text]:
    """Its days, its newest alerts, and what was held back; nothing where nothing came."""
    if not result.matched and not result.alerts:
        return
    yield Text()
    yield one_row((result.rule_id, "bold"))
    counts = result.per_day(report.days, report.zone)
    if any(counts):
        drawn = bars(counts, _WIDEST, unicode=_can_draw())
        yield one_row((f"  |{drawn}|", "cyan"), (f" {max(counts):,} a day at most", "dim"))
    yield from _newest(result.alerts, report, masking, samples)
    for reason, count in result.withheld.items():
        yield one_row((f"  {count:,} held back: {reason}", "yellow"))


def _can_draw() -> bool:
    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _newest(alerts: Sequence[Raised], report: Report, masking: Masking, most: int) -> Iterator[Text]:
    for alert in alerts[::-1][:most]:
        yield from _alert(alert, report, masking)
    if 0 < most < len(alerts):
        yield _more(len(alerts), most)


def _more(count: int, most: int) -> Text:
    return one_row((f"  the newest {most} of {count:,}; --samples shows more", "dim"))


def _alert(alert: Raised, report: Report, masking: Masking, besides: str = "") -> Iterator[Text]:
    when = f"{alert.at.astimezone(report.zone):%Y-%m-%d %H:%M}"
    verdict = report.labels.verdict(alert)
    said = (f"  {verdict}", _STYLES[verdict]) if verdict else ("", "")
    yield one_row((f"  {when}  ", "dim"), alert.source, (f"  {alert.id}", "dim"), said, besides)
    yield one_row(f"    {masking.of(alert.headline)}")
    yield one_row((f"    {masking.of(alert.reason)}", "italic"))


def _near(report: Report, masking: Masking) -> Iterator[Text]:
    for one in report.near:
        when = f"{one.at.astimezone(report.zone):%Y-%m-%d %H:%M}"
        yield one_row(("near miss  ", "magenta"), (one.rule_id, "bold"), (f"  {when}  {one.source}", "dim"))
        yield one_row(f"    {masking.of(one.headline)}")
        yield one_row((f"    but for {' or '.join(one.clauses)}", "italic"))
    if report.near:
        yield Text()


def _missing(missing: Sequence[LabelledAlert], masking: Masking) -> Iterator[Text]:
    if not missing:
        return
    yield Text()
    yield paragraph(
        (f"LOST: {counted(len(missing), 'alert')} labelled useful would not be raised:", "bold red")
    )
    for one in missing:
        note = f" ({one.note})" if one.note else ""
        yield one_row((f"  {one.id} ", "red"), f"{one.rule_id}: {masking.of(one.headline)}{note}")


# ---- what another configuration changes ------------------------------------------------


def _comparison(report: Report, change: Change) -> Table:
    table = _columns("now", "then", "added", "lost", "useful lost", "noise saved")
    ids = dict.fromkeys(one.rule_id for one in (*report.rules, *report.changed))
    for rule_id in ids:
        lost = [one for one in change.lost if one.alert.rule_id == rule_id]
        added = sum(one.rule_id == rule_id for one in change.added)
        counts = (added, len(lost), _gone(lost, Verdict.USEFUL), _gone(lost, Verdict.NOISE))
        table.add_row(
            one_row((rule_id, "bold")),
            *(_count(chosen(rules, rule_id)) for rules in (report.rules, report.changed)),
            *(f"{count:,}" if count else "" for count in counts),
        )
    return table


def _count(result: RuleResult | None) -> str:
    return "-" if result is None else f"{len(result.alerts):,}"


def _gone(lost: Iterable[Lost], verdict: Verdict) -> int:
    return sum(one.verdict is verdict and not one.covered_by for one in lost)


def _differences(report: Report, change: Change, masking: Masking, most: int) -> Iterator[Text]:
    if change.added and most:
        yield from (Text(), one_row(("added", "bold")))
        yield from _newest(change.added, report, masking, most)
    if not change.lost or not most:
        return
    yield from (Text(), one_row(("lost", "bold")))
    for one in change.lost[::-1][:most]:
        covered = f"  still told by {', '.join(one.covered_by)}" if one.covered_by else ""
        yield from _alert(one.alert, report, masking, covered)
    if most < len(change.lost):
        yield _more(len(change.lost), most)


def _warning(change: Change, masking: Masking) -> Iterator[Text]:
    noise = _gone(change.lost, Verdict.NOISE)
    lost = [one for one in change.lost if one.verdict is Verdict.USEFUL and not one.covered_by]
    if noise or lost:
        yield Text()
    if noise:
        yield paragraph((f"It would save {counted(noise, 'alert')} labelled noise.", "green"))
    if lost:
        yield paragraph((f"It would LOSE {counted(len(lost), 'alert')} labelled useful:", "bold red"))
    for one in lost:
        yield one_row((f"  {one.alert.id} ", "red"), f"{one.alert.rule_id}: {masking.of(one.alert.headline)}")
