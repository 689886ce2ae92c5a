"""What a person sees of the demo while it runs, and when it is over."""

from collections import Counter
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from monitor.assembly import Station
from monitor.demo.account.use import AccountUse
from monitor.demo.play import START, Stage
from monitor.demo.story import LENGTH
from monitor.demo.summary import Desk, summary
from monitor.demo.what_if import OTHER, what_if
from monitor.notifiers.wording import visible
from monitor.poll_report import PollReport


class Screen:
    """Draws on the terminal, or prints plainly where there is none."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._polls_of: Counter[str] = Counter()
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("day 1", total=LENGTH.total_seconds())
        self._polls = self._items = self._alerts = 0
        self._told = (0, 0, 0)  # days, items and alerts of the lines so far
        self._ailing: set[str] = set()

    def __enter__(self) -> Self:
        self._console.print("[bold]Ten days of a fictional sample web[/], watched by the real daemon.\n")
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def polled(self, report: PollReport) -> None:
        """One poll has ended."""
        self._polls += 1
        self._polls_of[report.source_id] += 1
        self._items += report.new_items
        self._alerts += report.alerts
        if report.reason and report.source_id not in self._ailing:
            trouble = Text(f"! {report.source_id}: {visible(report.reason)}", "yellow")
            self._progress.console.print(Padding(trouble, (0, 0, 0, 10), expand=False))
        (self._ailing.add if report.reason else self._ailing.discard)(report.source_id)

    def moved(self, now: datetime) -> None:
        """The clock was turned."""
        elapsed = now - START
        if elapsed.days > self._told[0]:
            self._tell_day()
        self._progress.update(
            self._task,
            completed=elapsed.total_seconds(),
            description=f"day {min(elapsed.days + 1, LENGTH.days)} · {self._polls} polls · "
            f"{self._items} items · alerts: {self._alerts}",
        )

    def summarise(self, running: Station, stage: Stage, *, kept: bool) -> None:
        """Tell what was found, why, and who was told."""
        if self._told[0] < LENGTH.days:
            self._tell_day()
        self._progress.stop()
        store = running.store
        alerts = store.alerts(limit=1000)
        desk = Desk(
            config=stage.config,
            sources=store.sources(),
            totals=store.totals(),
            alerts=alerts,
            told={alert.id: store.notifications(alert.id) for alert in alerts},
            polls=self._polls,
            mails=len(stage.mails.mails),
            chat_messages=len(stage.bot.messages),
            account=self._use_of_account(running, stage),
        )
        self._console.print(summary(desk))
        self._console.print(Padding(Group(*what_if(stage.config, stage.folder, store)), (0, 0, 1, 0)))
        self._tell_where(stage, kept=kept)

    def _use_of_account(self, running: Station, stage: Stage) -> AccountUse | None:
        if stage.account is None:
            return None
        from monitor.demo.account.tally import tally  # Telethon, which it needs, is loaded by now

        return tally(
            stage.account.centre.calls,
            running.store.all_items(),
            self._polls_of,
            start=START,
            refused=stage.account.conduct.refused,
        )

    def _tell_day(self) -> None:
        days, items, alerts = self._told
        new = self._alerts - alerts
        word = "alert" if new == 1 else "alerts"
        day = f"  day {days + 1:>2}  {self._items - items:>3} new items  {new:>2} {word:<6}"
        self._progress.console.print(Text.assemble(day, (f"  {'▪' * new}", "red")), no_wrap=True)
        self._told = (days + 1, self._items, self._alerts)

    def _tell_where(self, stage: Stage, *, kept: bool) -> None:
        if not kept:
            self._console.print(
                "Nothing was left behind. Run with --keep DIR to look at the mails and the database.",
                style="dim",
            )
            return
        config = stage.folder / "config.toml"
        lines = (
            f"[bold]Kept[/]  mails          {stage.folder / 'mails'}",
            f"      database       {stage.folder / 'groundswell.db'}",
            f"      configuration  {config}",
            f"[bold]Look[/]  groundswell -c {config} search ротация",
            f"      groundswell -c {config} backtest --since 10y --against {stage.folder / OTHER}",
            f"      groundswell -c {config} alerts --limit 100",
        )
        for line in lines:
            self._console.print(line, soft_wrap=True)  # never cut: people copy them
