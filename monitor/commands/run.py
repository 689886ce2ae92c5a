"""`groundswell run`: the daemon, or one pass of it."""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.allocator import share_one_pool
from monitor.config import Config
from monitor.garbage import collect_seldom
from monitor.health_server import CannotListen
from monitor.logs import say_last, show_times_in
from monitor.observe import UNOBSERVED, Unobserved
from monitor.poll_report import PollReport
from monitor.ports import Observer
from scrapers.counted import counted
from scrapers.model import Clock
from storage.store import Store

if TYPE_CHECKING:
    from monitor.metrics import Metrics
    from monitor.reload import FileWatch

log = logging.getLogger(__name__)


@click.command(
    "run",
    epilog="Exit codes: 0 stopped, or a pass without fault; 1 a start that failed, or a pass in which a "
    "source or a delivery did; 2 a wrong configuration, or another Groundswell at work on this database.",
)
@click.option("--once", is_flag=True, help="One pass: poll what is due, send what is to be sent, exit.")
@click.pass_obj
def command(config_path: Path, *, once: bool) -> None:
    """Collect, match and alert until stopped (SIGTERM or Ctrl-C).

    A changed configuration file is taken over while it runs, also on SIGHUP; a faulty one is refused, and the
    old one goes on. A Postgres that does not answer yet is waited for at the start.

    With --once for cron: polls every source that is due, delivers, and exits with 1 if a source or a delivery
    failed, or if another desk's process works with the Telegram session. The database is migrated at the
    start. Run it under systemd or in a terminal; it needs no other service.
    """
    from monitor.config import load
    from monitor.reload import FileWatch

    watch = FileWatch(config_path)
    config = load(config_path)
    show_times_in(config.timezone)
    for warning in config.warnings:
        log.warning("%s", warning)
    try:
        sys.exit(asyncio.run(_once(config) if once else _serve(config, watch)))
    except CannotListen as trouble:
        say_last(f"groundswell: {trouble}")
        sys.exit(1)


async def _serve(config: Config, watch: "FileWatch") -> int:
    from monitor.assembly import listening, station
    from monitor.await_database import database_there
    from monitor.clock import SystemClock
    from monitor.reload import Reloader
    from monitor.serving import hang_up_signal, serve, stop_signals
    from monitor.supervise import supervisor

    share_one_pool()
    collect_seldom()
    clock, stopping, supervising = SystemClock(), stop_signals(), supervisor()
    asked, woken = asyncio.Event(), asyncio.Event()
    hang_up_signal(partial(_set_all, asked, woken), stopping.set)
    if not await database_there(config.database_url, stopping, supervising):
        return 0
    watching = _Watching(config, clock, stopping.is_set)
    async with (
        station(config, clock, polled=watching.polled, observer=watching.observer, woken=woken) as running,
        watching.telling(running.store),
        listening(running.store, woken),
    ):
        _tell_start(config)

        async def change_to(new: Config) -> None:
            await running.change_to(new)
            watching.configured(new)

        reloader = Reloader(
            config=config,
            watch=watch,
            asked=asked,
            change_to=change_to,
            observer=watching.observer,
            supervisor=supervising,
        )
        await serve(
            running.daemon,
            clock,
            stopping,
            before_tick=reloader.step,
            supervisor=supervising,
            observer=watching.observer,
        )
    return 0


def _set_all(*events: asyncio.Event) -> None:
    for event in events:
        event.set()


def _tell_start(config: Config) -> None:
    sources, rules = counted(len(config.sources), "source"), counted(len(config.rules), "rule")
    log.info("Groundswell watches %s with %s. Stop with Ctrl-C.", sources, rules)


class _Watching:
    """Who takes note of the work, and what tells of it; nobody and nothing where no address is configured."""

    def __init__(self, config: Config, clock: Clock, stopping: Callable[[], bool]) -> None:
        self._options = config.health
        self._clock = clock
        self._stopping = stopping
        self._metrics = _metrics(config)

    @property
    def observer(self) -> Observer:
        """Is told of everything that is counted."""
        return self._metrics or UNOBSERVED

    def polled(self, report: PollReport) -> None:
        """Tell and count a poll."""
        _tell(report)
        self.observer.polled(report)

    def configured(self, config: Config) -> None:
        """Another configuration is in force."""
        if self._metrics is not None:
            self._metrics.configured(**_ids(config))

    def telling(self, store: Store) -> AbstractAsyncContextManager[None]:
        """Answer how it goes while the block runs."""
        if self._metrics is None:
            return nullcontext()
        from monitor.health import telling

        return telling(self._options, self._metrics, self._clock, self._stopping, store)


def _metrics(config: Config) -> "Metrics | None":
    if config.health.listen is None:
        return None
    from monitor.metrics import Metrics

    return Metrics(**_ids(config))


def _ids(config: Config) -> dict[str, list[str]]:
    """What metrics are labelled with."""
    return {
        "sources": [source.id for source in config.sources],
        "receivers": [receiver.id for receiver in config.receivers],
    }


async def _once(config: Config) -> int:
    from monitor.assembly import station
    from monitor.clock import SystemClock

    tally = _Tally()
    clock = SystemClock()
    async with station(config, clock, polled=tally.polled, observer=tally) as running:
        await running.daemon.once(clock.now())
        pending = (await asyncio.to_thread(running.store.totals)).pending
        due = await asyncio.to_thread(running.store.next_due, clock.now())
        left = running.left()
    click.echo(f"{tally}, {counted(pending, 'notification')} waiting")
    if left is not None:
        click.echo(f"Not polled: {left}.")
    elif not tally.reports and due is not None:
        click.echo(f"Nothing is due before {due.astimezone(config.timezone):%Y-%m-%d %H:%M %Z}.")
    return int(tally.has_failures or (left is not None and config.is_for_one_worker))


class _Tally(Unobserved):
    """What one pass came to."""

    def __init__(self) -> None:
        self.reports: list[PollReport] = []
        self._undelivered = 0

    def __str__(self) -> str:
        failed = sum(bool(report.reason) for report in self.reports)
        items, alerts = sum(one.new_items for one in self.reports), sum(one.alerts for one in self.reports)
        told = f"{counted(len(self.reports), 'source')} polled, {failed} failed, {_news(items, alerts)}"
        undelivered = counted(self._undelivered, "delivery", "deliveries")
        return f"{told}, {undelivered} failed" if self._undelivered else told

    @property
    def has_failures(self) -> bool:
        """Whether a source or a delivery failed."""
        return bool(self._undelivered) or any(report.reason for report in self.reports)

    def polled(self, report: PollReport) -> None:
        """Take note of a poll, and tell of it."""
        self.reports.append(report)
        _tell(report)

    def delivered(self, receiver: str, outcome: str) -> None:  # noqa: ARG002 - the port's own signature
        """Take note of a delivery."""
        self._undelivered += outcome in {
            "retry",
            "dead",
        }  # of what is parted or shortened the end is told, too


def _tell(report: PollReport) -> None:
    about: dict[str, object] = {"source": report.source_id, "outcome": report.outcome}
    if report.reason:
        log.warning("%s: %s: %s", report.source_id, report.outcome, report.reason, extra=about)
    elif report.new_items:
        about |= {"new_items": report.new_items, "alerts": report.alerts}
        log.info("%s: %s", report.source_id, _news(report.new_items, report.alerts), extra=about)


def _news(items: int, alerts: int) -> str:
    return f"{counted(items, 'new item')}, {counted(alerts, 'new alert')}"
