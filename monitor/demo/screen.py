"""What a person sees of the demo: progress while it runs, and a summary to enjoy."""

from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from monitor.assembly import Station
from monitor.demo.play import START, Stage
from monitor.demo.story import LENGTH
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.incidents import TITLE as SOURCE_HEALTH_TITLE
from monitor.message import AlertView, Change
from monitor.notifiers.wording import visible
from monitor.poll import PollReport
from monitor.render import alert_view
from storage.model import AlertRecord, NotificationReport, SourceReport, Totals

_SEVERITY_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_SHOWN_ALERTS = 4  # of each rule; the rest is counted


class Screen:
    """Draws on the terminal, or prints plainly where there is none."""

    def __init__(self) -> None:
        self._console = Console()
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task("day 0", total=LENGTH.total_seconds())
        self._polls = self._items = self._alerts = 0
        self._told = (0, 0, 0)  # day, items and alerts of the last line
        self._ailing: set[str] = set()

    def __enter__(self) -> Self:
        self._console.print("Playing ten days of a [bold]fictional[/] sample web through the real daemon.\n")
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def polled(self, report: PollReport) -> None:
        """One poll has ended."""
        self._polls += 1
        self._items += report.new_items
        self._alerts += report.alerts
        if report.reason and report.source_id not in self._ailing:
            self._progress.console.print(f"  {report.source_id}: {visible(report.reason)}", style="yellow")
        (self._ailing.add if report.reason else self._ailing.discard)(report.source_id)

    def moved(self, now: datetime) -> None:
        """The clock was turned."""
        elapsed = now - START
        day, items, alerts = self._told
        if elapsed.days > day:
            news = f"{self._items - items:>3} new items, {self._alerts - alerts:>2} new alerts"
            self._progress.console.print(f"  day {day + 1:>2}: {news}")
            self._told = (elapsed.days, self._items, self._alerts)
        self._progress.update(
            self._task,
            completed=elapsed.total_seconds(),
            description=f"day {min(elapsed.days + 1, LENGTH.days)} · {self._polls} polls · "
            f"{self._items} items · {self._alerts} alerts",
        )

    def summarise(self, running: Station, stage: Stage, *, kept: bool) -> None:
        """Tell what was found, why, and who was told."""
        self._progress.stop()
        store = running.store
        alerts = store.alerts(limit=1000)
        told = {alert.id: store.notifications(alert.id) for alert in alerts}
        self._console.print(
            Group(
                _sources(store.sources()),
                Text(),
                _totals(store.totals(), self._polls, stage),
                Text(),
                *_by_rule(alerts, told, stage),
                _where(stage, kept=kept),
            )
        )


def _sources(reports: tuple[SourceReport, ...]) -> Table:
    table = Table(
        "source", "kind", "items", "health", "last news", title="Sources", title_justify="left", box=None
    )
    for report in reports:
        health = Text("well", "green") if not report.failures else Text(report.reason or "failing", "red")
        news = report.last_new_at.strftime("%d %b %H:%M") if report.last_new_at else "-"
        table.add_row(visible(report.name), report.kind, str(report.items), health, news)
    return table


def _totals(totals: Totals, polls: int, stage: Stage) -> Text:
    return Text.assemble(
        (f"{polls} polls, {totals.items} items", "bold"),
        f", {totals.revisions - totals.items} edits, {totals.copies} copies of a text seen before, ",
        (f"{totals.alerts} alerts", "bold"),
        f" in {len(stage.mails.mails)} mails and {len(stage.bot.messages)} Telegram messages.",
    )


def _by_rule(
    alerts: tuple[AlertRecord, ...], told: dict[str, tuple[NotificationReport, ...]], stage: Stage
) -> list[Padding]:
    panels: list[Padding] = []
    rules = [(rule.id, rule.title, rule.severity.value) for rule in stage.config.rules]
    for rule_id, rule_title, severity in (*rules, (SOURCE_HEALTH, SOURCE_HEALTH_TITLE, "warning")):
        of_rule = sorted((one for one in alerts if one.rule_id == rule_id), key=lambda one: one.opened_at)
        if not of_rule:
            continue
        loudest = sorted(
            sorted(of_rule, key=lambda one: -one.copies)[:_SHOWN_ALERTS], key=lambda one: one.opened_at
        )
        blocks = [_alert(alert, told[alert.id], stage) for alert in loudest]
        more = len(of_rule) - len(loudest)
        if more:
            days = _per_day(of_rule)
            blocks.append(Text(f"and {more} more; alerts a day: {days}", "dim"))
        style = _SEVERITY_STYLES[severity]
        title = Text(f"{rule_title}: {len(of_rule)}", style)
        panels.append(
            Padding(Panel(Group(*blocks), title=title, title_align="left", border_style=style), (0, 0, 1, 0))
        )
    return panels


def _alert(alert: AlertRecord, notifications: tuple[NotificationReport, ...], stage: Stage) -> Text:
    view = alert_view(alert, Change.OPENED, names=frozenset(), masked=stage.config.alerting.mask)
    when = alert.opened_at.astimezone(stage.config.timezone).strftime("%a %d %b %H:%M")
    receivers = ", ".join(sorted({f"{one.receiver} ({one.status})" for one in notifications}))
    return Text.assemble(
        (f"{when}  {visible(view.source_name)}", "bold"),
        (f"  {alert.id}\n", "dim"),
        (f"{view.headline}\n" if alert.item is None or alert.item.title else "", "bold"),
        _highlighted(view),
        (_copies(view), "italic"),
        (f"{view.url}  →  {receivers}\n" if view.url else f"→  {receivers}\n", "dim"),
    )


def _highlighted(view: AlertView) -> Text:
    if not view.excerpt:
        return Text(f"{visible(view.reason)}\n")
    return Text.assemble(
        *((visible(one.text), "bold black on yellow" if one.hit else "") for one in view.excerpt), "\n"
    )


def _copies(view: AlertView) -> str:
    if not view.copies:
        return ""
    names = ", ".join(visible(name) for name in view.also_in[:5])
    return f"the same text in {view.copies} more: {names}{' …' if len(view.also_in) > 5 else ''}\n"


def _per_day(alerts: list[AlertRecord]) -> str:
    days = [(alert.opened_at - START).days for alert in alerts]
    counts = [days.count(day) for day in range(LENGTH.days)]
    bars = " ▁▂▃▄▅▆▇█"
    top = max(counts) or 1
    return "".join(bars[round(8 * count / top)] for count in counts) + "  " + " ".join(map(str, counts))


def _where(stage: Stage, *, kept: bool) -> Text:
    if not kept:
        return Text(
            "Nothing was left behind. Run with --keep DIR to look at the mails and the database.", "dim"
        )
    return Text.assemble(
        ("Kept: ", "bold"),
        f"mails (.eml) in {stage.folder / 'mails'}, database {stage.folder / 'groundswell.db'}, ",
        f"configuration {stage.folder / 'config.toml'}.\n",
        "Look around, e.g.  ",
        (f"groundswell -c {stage.folder / 'config.toml'} search ротация", "bold"),
    )
