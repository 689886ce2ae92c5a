"""`groundswell alerts`: what was raised, why, and who was told."""

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from monitor.commands.desk import Duration, desk, moment, print_json
from monitor.commands.paper import one_row, paragraph, show
from monitor.config import Config
from storage.model import AlertRecord, AlertStatus, DeadLetter, ItemRecord, NotificationReport

_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


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
@click.option("--dead", is_flag=True, help="Only messages that were given up, with the reason.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an alert, with every notification.")
@click.pass_obj
def command(
    config_path: Path, limit: int, since: timedelta | None, rule: str | None, *, dead: bool, as_json: bool
) -> None:
    """Show alerts with their reason, and how each receiver was told.

    With --dead: what could not be delivered, latest first; --since asks when it was given up.
    `groundswell resend` sends it again.

    Exit code: 0 there are some, 1 there are none.
    """
    earliest = datetime.now(UTC) - since if since else None
    if dead:
        sys.exit(_show_dead(config_path, limit, earliest, rule, as_json=as_json))
    with desk(config_path) as (config, store):
        alerts = store.alerts(limit=limit, since=earliest, rule=rule)
        told = {alert.id: store.notifications(alert.id) for alert in alerts}
        if as_json:
            print_json([_shown(alert, told[alert.id]) for alert in alerts])
        else:
            for alert in alerts:
                show(*_block(alert, told[alert.id], config))
            if len(alerts) == limit:
                show(paragraph((f"The newest {limit}; --limit shows more.", "dim")))
        if not alerts:
            click.echo("no such alerts", err=True)
    sys.exit(0 if alerts else 1)


def _show_dead(
    config_path: Path, limit: int, since: datetime | None, rule: str | None, *, as_json: bool
) -> int:
    with desk(config_path) as (config, store):
        letters = store.dead_letters(limit, since, rule)
        if as_json:
            print_json([dataclasses.asdict(letter) for letter in letters])
        else:
            for letter in letters:
                show(*_dead_block(letter, config))
    if not letters:
        click.echo("nothing was given up", err=True)
    return 0 if letters else 1


def _dead_block(letter: DeadLetter, config: Config) -> Iterator[Text]:
    given_up = f"{moment(letter.settled_at, config)}  "
    yield one_row((given_up, "dim"), (letter.receiver, "bold"), (f"  {letter.alert_id}", "dim"))
    yield one_row(f"  {letter.change}: {letter.headline}")
    yield paragraph((f"  {letter.reason}", "red"))


def _shown(alert: AlertRecord, told: tuple[NotificationReport, ...]) -> dict[str, Any]:
    return {
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
        "evidence": [_address(proof.item) for proof in alert.evidence],
        "notifications": [
            {
                "receiver": one.receiver,
                "change": one.change,
                "status": one.status,
                "attempts": one.attempts,
                "settled": one.settled_at,
                "reason": one.reason,
            }
            for one in told
        ],
    }


def _block(alert: AlertRecord, told: tuple[NotificationReport, ...], config: Config) -> Iterator[Text]:
    over = alert.status is AlertStatus.CLOSED
    word, style = ("closed", "green") if over else (alert.severity, _STYLES[alert.severity])
    opened = moment(alert.opened_at, config)
    name = f"  {alert.id}"
    yield one_row((f"{opened}  ", "dim"), (f"{word} ", style), (alert.rule_id, "bold"), (name, "dim"))
    yield one_row(f"  {alert.source_name}: {alert.headline}")
    yield one_row((f"  {alert.reason}", "italic"))
    for proof in alert.evidence:
        yield one_row((f"  · {proof.item.source_name}: {_address(proof.item)}", "dim"))
    copies = f"{alert.copies} copies · " if alert.copies and not alert.evidence else ""
    yield one_row((f"  {copies}{_receivers(told)}", "dim"))
    yield Text()


def _address(item: ItemRecord) -> str:
    return item.url or f"{item.source_config_id}/{item.ref.external_id}"


def _receivers(told: tuple[NotificationReport, ...]) -> str:
    """What became of each receiver's notifications: "editors: 2 sent, 1 folded"."""
    fates: dict[str, Counter[str]] = {}
    for one in told:
        fates.setdefault(one.receiver, Counter())[one.status] += 1
    return (
        " · ".join(
            f"{receiver}: {', '.join(f'{count} {status}' for status, count in counts.items())}"
            for receiver, counts in sorted(fates.items())
        )
        or "nobody is told: no route leads to a receiver"
    )
