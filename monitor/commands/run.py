"""`groundswell run`: the daemon, or one pass of it."""

import asyncio
import sys
from pathlib import Path

import click

from monitor.config import Config
from monitor.poll import PollReport


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
        click.echo(f"{warning}", err=True)
    sys.exit(asyncio.run(_once(config) if once else _serve(config)))


async def _serve(config: Config) -> int:
    from monitor.assembly import station
    from monitor.clock import SystemClock
    from monitor.daemon import serve, stop_signals

    clock, stopping = SystemClock(), stop_signals()
    async with station(config, clock, polled=_tell) as running:
        click.echo(
            f"Groundswell watches {len(config.sources)} sources with {len(config.rules)} rules. "
            "Stop with Ctrl-C.",
            err=True,
        )
        await serve(running.daemon, clock, stopping)
    return 0


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
    failed = [report for report in reports if report.reason]
    items, alerts = sum(report.new_items for report in reports), sum(report.alerts for report in reports)
    click.echo(
        f"{len(reports)} sources polled, {len(failed)} failed, {items} new items, {alerts} new alerts, "
        f"{pending} notifications waiting"
    )
    return int(bool(failed))


def _tell(report: PollReport) -> None:
    if report.reason:
        click.echo(f"{report.source_id}: {report.outcome}: {report.reason}", err=True)
    elif report.new_items:
        click.echo(f"{report.source_id}: {report.new_items} new items, {report.alerts} new alerts", err=True)
