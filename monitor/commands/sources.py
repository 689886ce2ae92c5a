"""`groundswell sources`: how every source is doing."""

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from monitor.commands.desk import bare_moment, desk, moment, print_json
from monitor.commands.paper import one_row, paragraph, show
from monitor.commands.sources_discover import discover_command
from monitor.commands.sources_exchange import export_command, import_command
from monitor.config import Config
from monitor.config_telegram import KIND
from monitor.duration import short
from storage.model import DESK_ID, SourceReport
from storage.model.words import REFUSED_OF_LATE, STANDS_IN


@click.group("sources", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Show each source's health: when it last answered, when it last brought news, what is wrong.

    `groundswell sources discover URL` finds what a site offers; `import` and `export` exchange lists of feeds
    with feed readers.

    Exit code: 0 all are well, 1 one of them, or the desk itself, has an open incident, or failed at its last
    poll.
    """
    if context.invoked_subcommand is not None:
        return
    config_path: Path = context.obj
    with desk(config_path) as (config, store):
        reports = [report for report in store.sources() if report.active]
        of_the_desk = store.vitals().desk_incidents
        if as_json:
            print_json([dataclasses.asdict(report) for report in reports])
        elif not reports:
            click.echo(_nothing_yet(config), err=True)
        else:
            trouble = [_trouble(report, config) for report in reports if _ails(report)]
            remarks = [_remark(report) for report in reports if _is_remarkable(report)]
            zone = paragraph((f"Times are those of {config.timezone}.", "dim"))
            show(_table(reports, config), zone, *trouble, *remarks, *_of_the_desk(of_the_desk))
    sys.exit(int(bool(of_the_desk) or any(map(_ails, reports))))


command.add_command(discover_command)
command.add_command(import_command)
command.add_command(export_command)


def _nothing_yet(config: Config) -> str:
    ids = ", ".join(source.id for source in config.sources)
    return f"nothing was polled yet; configured: {ids or 'no sources'}"


def _ails(report: SourceReport) -> bool:
    return bool(report.incidents or report.failures)


def _is_remarkable(report: SourceReport) -> bool:
    """Whether it is well, but not read in the way that is configured, or not the whole of it."""
    return not _ails(report) and (report.reason or "").startswith((STANDS_IN, REFUSED_OF_LATE))


def _remark(report: SourceReport) -> Text:
    return paragraph("\n", (report.config_id, "bold yellow"), f"  {report.reason}.")


def _table(reports: list[SourceReport], config: Config) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("source")  # the only one to give way where the terminal is narrow
    table.add_column("kind", no_wrap=True)
    table.add_column("items", justify="right", no_wrap=True)
    hearing = _hearing(reports, config)
    for name in ("last answer", "last news", *(("hears",) if hearing else ()), "health"):
        table.add_column(name, no_wrap=True)
    for report in reports:
        table.add_row(
            one_row(report.config_id),
            report.kind,
            str(report.items),
            bare_moment(report.last_success_at, config),
            bare_moment(report.last_new_at, config),
            *((hearing[report.config_id],) if hearing else ()),
            _health(report),
        )
    return table


def _hearing(reports: list[SourceReport], config: Config) -> Mapping[str, str]:
    """How soon each source's news are heard of; empty where none is heard live and all are simply polled."""
    if not any(report.kind == KIND and report.live is not None for report in reports):
        return {}
    intervals = {source.id: f"every {short(source.interval)}" for source in config.sources}
    return {
        report.config_id: "live" if _is_live(report) else intervals.get(report.config_id, "-")
        for report in reports
    }


def _is_live(report: SourceReport) -> bool:
    """What is known of its connection holds only while the account itself reads it."""
    stands_in = (report.reason or "").startswith(STANDS_IN)
    return report.kind == KIND and bool(report.live) and not report.failures and not stands_in


def _health(report: SourceReport) -> Text:
    if _ails(report):
        return Text("ailing", "red")
    return Text("well", "green") if report.outcome else Text("waiting", "yellow")


def _of_the_desk(incidents: tuple[str, ...]) -> list[Text]:
    kinds = ", ".join(incidents).replace("_", " ")
    return [paragraph("\n", (DESK_ID, "bold red"), f"  {kinds}.")] if incidents else []


def _trouble(report: SourceReport, config: Config) -> Text:
    told = f" Next try {moment(report.next_due_at, config)}." if report.next_due_at else ""
    return paragraph("\n", (report.config_id, "bold red"), f"  {_what_ails(report)}.{told}")


def _what_ails(report: SourceReport) -> str:
    """How and why it fails; of one that is read, what is wrong all the same, each with its reason."""
    if report.failures or not report.incidents:
        kinds = ", ".join(report.incidents) or report.outcome or "failed"
        return kinds.replace("_", " ") + (f": {report.reason}" if report.reason else "")
    told = zip(report.incidents, report.incident_reasons, strict=True)
    return "; ".join(kind.replace("_", " ") + (f": {reason}" if reason else "") for kind, reason in told)
