"""`groundswell resend`: what did not get through gets another chance."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.commands.desk import desk
from scrapers.counted import counted
from storage.model import Resent


@click.command("resend")
@click.argument("alert_id", required=False)
@click.option("--receiver", help="Only what this receiver did not get.")
@click.option("--all", "everything", is_flag=True, help="Everything that did not get through.")
@click.option("--to", metavar="RECEIVER", help="Send it to this receiver instead.")
@click.pass_obj
def command(
    config_path: Path, alert_id: str | None, receiver: str | None, to: str | None, *, everything: bool
) -> None:
    """Send again what was given up ("dead" in `groundswell alerts`; `groundswell alerts --dead` lists it).

    What waits after an attempt that failed ("pending") is tried at once, too, instead of after its pause.

    Name an alert, a --receiver, both, or --all. What is sent says what is so now, with the id it had. It goes
    out with the daemon's next delivery, or with `groundswell run --once`; what waits for one receiver and
    group goes together, twenty in a message.

    What is for a receiver that was renamed or taken out of the configuration goes nowhere by itself: with
    --to another one is told instead, and what it has been told of anyway is not told again.

    Exit code: 0 all of it will be sent again, 1 nothing was there or something is for a receiver that is not
    configured, 2 it was not said what.
    """
    if not (alert_id or receiver or everything):
        raise click.UsageError("name an ALERT_ID, give --receiver NAME, or --all")
    with desk(config_path) as (config, store):
        configured = [one.id for one in config.receivers]
        _check(configured, receiver, to)
        resent = store.resend(
            datetime.now(UTC), receivers=configured, alert_id=alert_id, receiver=receiver, to=to
        )
    _tell(resent, to)
    sys.exit(0 if resent.dead + resent.waiting + resent.told_anyway and not resent.left else 1)


def _check(configured: Sequence[str], receiver: str | None, to: str | None) -> None:
    """Only what goes to another one may be for a receiver that is gone."""
    known = ", ".join(configured)
    if to is not None and to not in configured:
        raise click.UsageError(f"no receiver {to} is configured: there are {known}")
    if to is None and receiver is not None and receiver not in configured:
        told = f"no receiver {receiver} is configured: there are {known}"
        raise click.UsageError(f"{told}. With --to NAME one of them is told instead")


def _tell(resent: Resent, to: str | None) -> None:
    number = counted(resent.dead + resent.waiting, "notification")
    sorts = ((resent.dead, "given up"), (resent.waiting, "waiting"))
    which = ", ".join(f"{count:,} {sort}" for count, sort in sorts if count)
    click.echo(f"{number} will be sent {f'to {to}' if to else 'again'}{f': {which}' if which else ''}")
    if resent.told_anyway:
        click.echo(f"{counted(resent.told_anyway, 'notification')} more: {to} is told of the same anyway")
    for receiver, count in resent.left.items():
        wait = "notification is" if count == 1 else "notifications are"
        click.echo(
            f'{count:,} {wait} for receiver "{receiver}", which is not configured; '
            f"`groundswell resend --receiver {receiver} --to NAME` sends to another",
            err=True,
        )
