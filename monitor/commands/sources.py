"""`groundswell sources`: how every source is doing."""

import dataclasses
import sys
from pathlib import Path

import click

from monitor.commands.desk import desk, moment, print_json, print_table


@click.command("sources")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
@click.pass_obj
def command(config_path: Path, *, as_json: bool) -> None:
    """Show each source's health: when it last answered, when it last brought news, what is wrong.

    Exit code: 0 all are well, 1 at least one has an open incident or failed at its last poll.
    """
    with desk(config_path) as (config, store):
        reports = [report for report in store.sources() if report.active]
        if as_json:
            print_json([dataclasses.asdict(report) for report in reports])
        else:
            print_table(
                ("source", "kind", "items", "outcome", "last answer", "last news", "next poll", "trouble"),
                [
                    (
                        report.config_id,
                        report.kind,
                        report.items,
                        report.outcome or "not polled yet",
                        moment(report.last_success_at, config),
                        moment(report.last_new_at, config),
                        moment(report.next_due_at, config),
                        "; ".join(
                            filter(None, (*report.incidents, report.reason if report.failures else None))
                        ),
                    )
                    for report in reports
                ],
            )
    sys.exit(int(any(report.incidents or report.failures for report in reports)))
