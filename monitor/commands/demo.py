"""`groundswell demo`: ten days of a fictional sample web through the real daemon, in under a minute."""

import asyncio
import sys
import tempfile
from pathlib import Path

import click


@click.command("demo")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the database, the mails and the configuration in this folder.",
)
@click.option(
    "--account",
    "with_account",
    is_flag=True,
    help="Read the Telegram channels through an account, from a Telegram of the demo's own on this machine.",
)
def command(keep: Path | None, *, with_account: bool) -> None:
    """Show the whole job on a bundled, fictional sample web.

    Twenty sources are served on this machine and watched for ten days of simulated time: a soldier's threat
    that is copied everywhere, outlets that frame it, his retraction, and a slow rise of small complaints.
    The scrapers, the database, the mail server and the bot are real. Nothing is left behind without --keep.
    """
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise click.UsageError(f"{keep} is not empty; name a new folder")
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{keep} cannot be made: {error.strerror}") from None
        sys.exit(_play(keep, kept=True, with_account=with_account))
    with tempfile.TemporaryDirectory(prefix="groundswell-demo-") as folder:
        sys.exit(_play(Path(folder), kept=False, with_account=with_account))


def _play(folder: Path, *, kept: bool, with_account: bool) -> int:
    from monitor.demo.play import play, staged
    from monitor.demo.screen import Screen

    with staged(folder, with_account=with_account) as stage, Screen() as screen:
        asyncio.run(
            play(
                stage,
                polled=screen.polled,
                moved=screen.moved,
                finished=lambda running: screen.summarise(running, stage, kept=kept),
            )
        )
    return 0
