"""`groundswell alerts`: what was raised, why, and who was told; and whether it was worth it."""

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from monitor.commands.desk import Duration, desk, moment, print_json
from monitor.commands.paper import one_row, paragraph, show
from monitor.config import Config
from scrapers.counted import counted
from storage.model import (
    AlertRecord,
    AlertStatus,
    DeadLetter,
    ItemRecord,
    NotificationReport,
    SubjectKind,
)
from storage.model.labels import AlertLabel, RulePrecision, Verdict
from storage.store import Store

_VERDICT_STYLES = {Verdict.USEFUL: "green", Verdict.NOISE: "dim"}
_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}


@click.group("alerts", invoke_without_command=True)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="At most so many, newest first.",
)
@click.option("--since", type=Duration(), help="Only alerts opened within this time, e.g. 7d.")
@click.option("--rule", help="Only alerts of this rule.")
@click.option("--precision", is_flag=True, help="For each rule how many of its alerts were labelled useful.")
@click.option("--dead", is_flag=True, help="Only messages that were given up, with the reason.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an alert, with every notification.")
@click.pass_context
def command(
    context: click.Context,
    limit: int,
    since: timedelta | None,
    rule: str | None,
    *,
    precision: bool,
    dead: bool,
    as_json: bool,
) -> None:
    """Show alerts with their reason, and how each receiver was told.

    With --dead: what could not be delivered, latest first; --since asks when it was given up.
    `groundswell resend` sends it again. `groundswell alerts label` says whether one was worth it.

    Exit code: 0 there are some, 1 there are none.
    """
    if context.invoked_subcommand is not None:
        return
    config_path: Path = context.obj
    earliest = datetime.now(UTC) - since if since else None
    if precision:
        sys.exit(_show_precision(config_path, earliest, rule, as_json=as_json))
    if dead:
        sys.exit(_show_dead(config_path, limit, earliest, rule, as_json=as_json))
    with desk(config_path) as (config, store):
        alerts = store.alerts(limit=limit, since=earliest, rule=rule)
        told = {alert.id: store.notifications(alert.id) for alert in alerts}
        labels = store.labels([alert.id for alert in alerts])
        if as_json:
            print_json([_shown(alert, told[alert.id], labels.get(alert.id)) for alert in alerts])
        else:
            for alert in alerts:
                show(*_block(alert, told[alert.id], labels.get(alert.id), config))
            if len(alerts) == limit:
                show(paragraph((f"The newest {limit}; --limit shows more.", "dim")))
        if not alerts:
            click.echo("no such alerts", err=True)
    sys.exit(0 if alerts else 1)


@command.command("label")
@click.argument("alert")
@click.argument("verdict", type=click.Choice(Verdict, case_sensitive=False))
@click.option("--note", help="Why, in your own words.")
@click.pass_obj
def label(config_path: Path, alert: str, verdict: Verdict, note: str | None) -> None:
    """Say whether an alert was worth telling: useful, or noise. The latest word counts.

    ALERT is its id, or as much of its beginning as no other id shares, with GS- or without.
    `groundswell alerts --precision` and `groundswell backtest` use what you say.
    """
    with desk(config_path) as (_, store):
        name = _named(store, alert)
        label = AlertLabel(alert_id=name, verdict=verdict, note=note, labelled_at=datetime.now(UTC))
        store.label(label)
    click.echo(f"{name}: {verdict}")


def _named(store: Store, beginning: str) -> str:
    found = store.alerts_named(beginning)
    if not found:
        raise click.UsageError(f'no alert begins with "{beginning}"; `groundswell alerts` lists them')
    if len(found) > 1:
        raise click.UsageError(f'"{beginning}" may mean {", ".join(found)}')
    return found[0]


def _show_precision(config_path: Path, since: datetime | None, rule: str | None, *, as_json: bool) -> int:
    with desk(config_path) as (_, store):
        rules = [one for one in store.precision(since) if rule in (None, one.rule_id)]
    if as_json:
        print_json([dataclasses.asdict(one) | {"precision": one.precision} for one in rules])
    elif rules:
        show(_precision_table(rules))
    if not rules:
        click.echo("no rule has alerted", err=True)
    return 0 if rules else 1


def _precision_table(rules: Sequence[RulePrecision]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rule")
    for name in ("precision", "useful", "noise", "not labelled"):
        table.add_column(name, justify="right")
    for one in rules:
        share = "" if one.precision is None else f"{one.precision:.0%}"
        counts = (f"{count:,}" for count in (one.useful, one.noise, one.unlabelled))
        table.add_row(one_row((one.rule_id, "bold")), share, *counts)
    return table


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


def _shown(
    alert: AlertRecord, told: tuple[NotificationReport, ...], label: AlertLabel | None
) -> dict[str, Any]:
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
        "label": label.verdict if label else None,
        "note": label.note if label else None,
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


def _block(
    alert: AlertRecord, told: tuple[NotificationReport, ...], label: AlertLabel | None, config: Config
) -> Iterator[Text]:
    over = alert.status is AlertStatus.CLOSED
    word, style = ("closed", "green") if over else (alert.severity, _STYLES.get(alert.severity, "red"))
    opened = moment(alert.opened_at, config)
    name = f"  {alert.id}"
    yield one_row((f"{opened}  ", "dim"), (f"{word} ", style), (alert.rule_id, "bold"), (name, "dim"))
    whose = "" if alert.subject_kind is SubjectKind.GROUP else f"{alert.source_name}: "
    yield one_row(f"  {whose}{alert.headline}")
    yield one_row((f"  {alert.reason}", "italic"))
    for proof in alert.evidence:
        yield one_row((f"  · {proof.item.source_name}: {_address(proof.item)}", "dim"))
    copies = f"{counted(alert.copies, 'copy', 'copies')} · " if alert.copies and not alert.evidence else ""
    yield one_row((f"  {copies}{_receivers(told)}", "dim"))
    if label is not None:
        note = f": {label.note}" if label.note else ""
        yield one_row((f"  labelled {label.verdict}{note}", _VERDICT_STYLES[label.verdict]))
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
