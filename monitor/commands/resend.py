"""`groundswell resend`: dead letters get another chance."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.commands.desk import desk
from scrapers.counted import counted


@click.command("resend")
@click.argument("alert_id", required=False)
@click.option("--receiver", help="Only what this receiver did not get.")
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
@click.pass_obj
def command(config_path: Path, alert_id: str | None, receiver: str | None, *, everything: bool) -> None:
    """Send again what was given up ("dead" in `groundswell alerts`; `groundswell alerts --dead` lists it).

    Name an alert, a --receiver, both, or --all. What is sent says what is so now, with the id it had. It goes
    out with the daemon's next delivery, or with `groundswell run --once`; what waits for one receiver and
    group goes together, twenty in a message.

    Exit code: 0 something will be sent again, 1 nothing was dead, 2 it was not said what.
    """
    if not (alert_id or receiver or everything):
        raise click.UsageError("name an ALERT_ID, give --receiver NAME, or --all")
    with desk(config_path) as (config, store):
        if receiver is not None and receiver not in (known := [one.id for one in config.receivers]):
            raise click.UsageError(f"no receiver {receiver} is configured: there are {', '.join(known)}")
        number = store.resend(datetime.now(UTC), alert_id=alert_id, receiver=receiver)
    click.echo(f"{counted(number, 'notification')} will be sent again")
    sys.exit(0 if number else 1)
