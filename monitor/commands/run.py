"""`groundswell run`: the daemon, or one pass of it."""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path

import click

from monitor.config import Config
from monitor.health_server import CannotListen
from monitor.logs import say_last
from monitor.observe import UNOBSERVED
from monitor.poll import PollReport
from monitor.ports import Observer
from scrapers.model import Clock
from storage.store import Store

log = logging.getLogger(__name__)


@click.command("run")
@click.option("--once", is_flag=True, help="One pass: poll what is due, send what is to be sent, exit.")
@click.pass_obj
def command(config_path: Path, *, once: bool) -> None:
    """Collect, match and alert until stopped (SIGTERM or Ctrl-C).

    With --once for cron: polls every source that is due, delivers, and exits with 1 if a source failed.
    The database is migrated at the start. Run it under systemd or in a terminal; it needs no other service.
    """
    from monitor.config import load

    config = load(config_path)
    for warning in config.warnings:
        log.warning("%s", warning)
    try:
        sys.exit(asyncio.run(_once(config) if once else _serve(config)))
    except CannotListen as trouble:
        say_last(f"groundswell: {trouble}")
        sys.exit(1)


async def _serve(config: Config) -> int:
    from monitor.assembly import station
    from monitor.clock import SystemClock
    from monitor.daemon import serve, stop_signals
    from monitor.supervise import supervisor

    clock, stopping = SystemClock(), stop_signals()
    observer, telling = _watched(config, clock, stopping.is_set)

    def note(report: PollReport) -> None:
        _tell(report)
        observer.polled(report)

    async with (
        station(config, clock, polled=note, observer=observer) as running,
        telling(running.store),
    ):
        log.info(
            "Groundswell watches %d sources with %d rules. Stop with Ctrl-C.",
            len(config.sources),
            len(config.rules),
        )
        await serve(running.daemon, clock, stopping, supervisor=supervisor(), observer=observer)
    return 0


def _watched(
    config: Config, clock: Clock, stopping: Callable[[], bool]
) -> tuple[Observer, Callable[[Store], AbstractAsyncContextManager[None]]]:
    """Who takes note of the work, and what tells of it while a store is open."""
    if config.health.listen is None:
        return UNOBSERVED, lambda _: nullcontext()
    from monitor.health import telling
    from monitor.metrics import Metrics

    metrics = Metrics(
        sources=[source.id for source in config.sources],
        receivers=[receiver.id for receiver in config.receivers],
    )
    return metrics, partial(telling, config, metrics, clock, stopping)


async def _once(config: Config) -> int:
    from monitor.assembly import station
    from monitor.clock import SystemClock

    reports: list[PollReport] = []

    def note(report: PollReport) -> None:
        reports.append(report)
        _tell(report)

    clock = SystemClock()
    async with station(config, clock, polled=note) as running:
        await running.daemon.once(clock.now())
        pending = (await asyncio.to_thread(running.store.totals)).pending
        due = await asyncio.to_thread(running.store.next_due, clock.now())
    failed = [report for report in reports if report.reason]
    items, alerts = sum(report.new_items for report in reports), sum(report.alerts for report in reports)
    click.echo(
        f"{len(reports)} sources polled, {len(failed)} failed, {items} new items, {alerts} new alerts, "
        f"{pending} notifications waiting"
    )
    if not reports and due is not None:
        click.echo(f"Nothing is due before {due.astimezone(config.timezone):%Y-%m-%d %H:%M %Z}.")
    return int(bool(failed))


def _tell(report: PollReport) -> None:
    about: dict[str, object] = {"source": report.source_id, "outcome": report.outcome}
    if report.reason:
        log.warning("%s: %s: %s", report.source_id, report.outcome, report.reason, extra=about)
    elif report.new_items:
        about |= {"new_items": report.new_items, "alerts": report.alerts}
        text = "%s: %d new items, %d new alerts"
        log.info(text, report.source_id, report.new_items, report.alerts, extra=about)
