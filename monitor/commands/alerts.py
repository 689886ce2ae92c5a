"""`groundswell alerts`: what was raised, why, and who was told."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from monitor.commands.desk import Duration, desk, moment, print_json, print_table


@click.command("alerts")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="At most so many, newest first.",
)
@click.option("--since", type=Duration(), help="Only alerts opened within this time, e.g. 7d.")
@click.option("--rule", help="Only alerts of this rule.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an alert, with every notification.")
@click.pass_obj
def command(
    config_path: Path, limit: int, since: timedelta | None, rule: str | None, *, as_json: bool
) -> None:
    """Show alerts with their reason, and how each receiver was told.

    Exit code: 0 there are some, 1 there are none.
    """
    earliest = datetime.now(UTC) - since if since else None
    with desk(config_path) as (config, store):
        alerts = store.alerts(limit=limit, since=earliest, rule=rule)
        told = {alert.id: store.notifications(alert.id) for alert in alerts}
        if as_json:
            print_json(
                [
                    {
                        "id": alert.id,
                        "rule": alert.rule_id,
                        "severity": alert.severity,
                        "status": alert.status,
                        "subject": alert.subject_kind,
                        "source": alert.source_config_id,
                        "headline": alert.headline,
                        "reason": alert.reason,
                        "url": alert.item.url if alert.item else None,
                        "opened": alert.opened_at,
                        "copies": alert.copies,
                        "also_in": list(alert.also_in),
                        "notifications": [
                            {
                                "receiver": one.receiver,
                                "change": one.change,
                                "status": one.status,
                                "attempts": one.attempts,
                                "settled": one.settled_at,
                                "reason": one.reason,
                            }
                            for one in told[alert.id]
                        ],
                    }
                    for alert in alerts
                ]
            )
        else:
            print_table(
                ("alert", "opened", "rule", "source", "what", "copies", "told"),
                [
                    (
                        alert.id,
                        moment(alert.opened_at, config),
                        alert.rule_id,
                        alert.source_name,
                        alert.headline[:60],
                        alert.copies,
                        ", ".join(dict.fromkeys(f"{one.receiver}: {one.status}" for one in told[alert.id])),
                    )
                    for alert in alerts
                ],
            )
    sys.exit(0 if alerts else 1)
