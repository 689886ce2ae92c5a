"""`groundswell export`: items or alerts for other programs."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from monitor.commands.desk import Duration, desk
from storage.store import Store

if TYPE_CHECKING:
    from monitor.export import Masking


@click.command("export")
@click.argument("what", type=click.Choice(["items", "alerts"]))
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "rss"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, CSV for spreadsheets, or a feed (alerts only).",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, not the screen."
)
@click.option("--since", type=Duration(), help="Only what was first seen, or opened, within this time: 7d.")
@click.option("--source", help="Only what this source brought.")
@click.option("--unmasked", is_flag=True, help="With phone numbers, addresses and @names. Asks first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(
    config_path: Path,
    what: str,
    form: str,
    output: Path | None,
    since: timedelta | None,
    source: str | None,
    *,
    unmasked: bool,
    yes: bool,
) -> None:
    """Write stored items (in the order they came) or alerts (newest first) for other programs.

    Phone numbers, e-mail addresses, card numbers and @names are masked, as in notifications, unless
    alerting.mask turns that off. CSV cells that a spreadsheet would run begin with an apostrophe. A file is
    replaced when the new one is whole, so that a feed reader never sees half; an unmasked one is readable by
    its owner only. An export is beyond the reach of retention and of `groundswell purge`.

    Exit code: 0 written, 1 FILE could not be written, 2 wrong usage.
    """
    from monitor.export import Masking

    if form == "rss" and what == "items":
        raise click.UsageError("a feed is made of alerts: groundswell export alerts --format rss")
    if unmasked and not yes:
        click.confirm("Write personal data unmasked?", abort=True, err=True)
    earliest = datetime.now(UTC) - since if since else None
    with desk(config_path) as (config, store):
        if source is not None and source not in (known := [one.config_id for one in store.sources()]):
            raise click.UsageError(f'no source "{source}": there are {", ".join(known)}')
        masked = config.alerting.mask and not unmasked
        names = [getattr(one.options, "channel", None) or "" for one in config.sources]
        tags = {one.id: one.tags for one in config.sources}
        with _opened(output, private=not masked) as target:
            masking = Masking(names=[name for name in names if name], masked=masked)
            _write(store, what, form, target, masking, tags, earliest, source)


def _write(
    store: Store,
    what: str,
    form: str,
    target: BinaryIO,
    masking: "Masking",
    tags: Mapping[str, tuple[str, ...]],
    since: datetime | None,
    source: str | None,
) -> None:
    from monitor.export import (
        ALERT_FIELDS,
        ITEM_FIELDS,
        alert_row,
        item_row,
        write_csv,
        write_json_lines,
        write_rss,
    )

    if form == "rss":
        write_rss(store.all_alerts(since, source), target, masking)
        return
    rows = (
        (item_row(one, masking, tags.get(one.source_config_id)) for one in store.all_items(since, source))
        if what == "items"
        else (alert_row(one, masking) for one in store.all_alerts(since, source))
    )
    if form == "csv":
        write_csv(rows, target, ITEM_FIELDS if what == "items" else ALERT_FIELDS)
    else:
        write_json_lines(rows, target)


@contextmanager
def _opened(output: Path | None, *, private: bool) -> Iterator[BinaryIO]:
    """The screen, or a file that takes its name when it is whole."""
    if output is None or str(output) == "-":
        yield sys.stdout.buffer
        return
    part = output.with_name(f"{output.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666)
        with os.fdopen(descriptor, "wb") as target:
            yield target
        part.replace(output)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
