"""`groundswell purge`: remove an item everywhere, for good."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from monitor.commands.choose import chosen_items, item_ref
from monitor.commands.desk import desk, moment, print_json
from monitor.config import Config
from monitor.excerpt import headline
from monitor.notifiers.wording import visible
from scrapers.counted import counted
from storage.errors import StorageError
from storage.model import ItemRecord, ItemRef, PurgeReport
from storage.store import Store

_BEYOND = (
    "Beyond its reach: backups made before, messages already sent, exports, and what the source itself still "
    "shows. See docs/data-care.md."
)
_SERVER = (
    'Postgres keeps the dead rows until its own VACUUM; "VACUUM (FULL)" as the owner of the database removes '
    "them at once. Its write-ahead log and replicas follow in their own time."
)


@click.command("purge")
@click.argument("what")
@click.argument("external_id", required=False)
@click.option("--copies", is_flag=True, help="Also every other stored item with the same text.")
@click.option("--reason", help="Why, for your records. It is stored: do not repeat what you remove.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="What was removed, as one JSON object.")
@click.pass_obj
def command(
    config_path: Path,
    what: str,
    external_id: str | None,
    *,
    copies: bool,
    reason: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove an item everywhere: text, edits, counters, matches, search index, the words of its alerts.

    \b
    groundswell purge way-home 1234                     source and external id
    groundswell purge https://t.me/way_home/1234        the address of the item
    groundswell purge GS-3KQ7XW2MHT                     the item that an alert shows

    What was to be told of it is not sent, save what is on its way just then. A keyed hash stays, so that
    neither the item nor its text is collected or alerted again; a SOURCE and EXTERNAL_ID that are not stored
    can be kept out in the same way.
    Copies in other sources stay unless --copies is given. The file of a SQLite database is written anew,
    which needs room for a copy of it and may take minutes; a running daemon waits, then goes on.

    Backups, sent messages and exports are beyond its reach.

    Exit code: 0 removed, 1 removed but traces may be left in the files (call it again), 2 no such item.
    """  # noqa: D301 - click reads \b as a backspace character, not as two
    with desk(config_path) as (config, store):
        found = chosen_items(store, what, external_id)
        if copies and found:
            found = store.with_copies([one.ref for one in found])
        refs = [one.ref for one in found] or [item_ref(store, what, external_id)]
        if not yes:
            _confirm(config, found, refs)
        report = store.purge(refs, datetime.now(UTC), reason)
        trouble = _scrub(store)
        if as_json:
            print_json([_shown(report, trouble)])
        else:
            _tell(report, on_server=config.database_url.startswith("postgresql"))
    if trouble:
        click.echo(f"The rows are gone, but traces may be left in the files: {trouble}", err=True)
        sys.exit(1)


def _confirm(config: Config, found: Sequence[ItemRecord], refs: Sequence[ItemRef]) -> None:
    for one in found:
        when = moment(one.published_at or one.first_seen_at, config)
        words = headline(one.title, one.text, masked=config.alerting.mask)
        click.echo(
            visible(f"{one.source_name} · {when} · {one.url or one.ref.external_id}\n  {words}"), err=True
        )
    question = f"Remove {counted(len(found), 'item')} for good?"
    if not found:
        question = f"{refs[0].external_id} is not stored. Never collect it?"
    click.confirm(question, abort=True, err=True)


def _scrub(store: Store) -> str | None:
    """Why traces may be left; None: there are none."""
    try:
        done = store.scrub()
    except StorageError as trouble:
        return str(trouble)
    return None if done else "another program is reading the database; call this again when it has ended"


def _shown(report: PurgeReport, trouble: str | None) -> dict[str, Any]:
    return {
        "items": report.items,
        "revisions": report.revisions,
        "alerts": report.alerts,
        "notifications_cancelled": report.notifications,
        "notifications_on_their_way": report.on_their_way,
        "copies_left": report.copies_left,
        "traces": trouble,
    }


def _tell(report: PurgeReport, *, on_server: bool) -> None:
    if report.items:
        click.echo(
            f"Removed {counted(report.items, 'item')} with {counted(report.revisions, 'revision')}; "
            f"{counted(report.alerts, 'alert')} emptied, "
            f"{counted(report.notifications, 'message')} will not be sent. It will not be collected again."
        )
    else:
        click.echo("Nothing was removed: it was not stored. It is kept out from now on.")
    if report.on_their_way:
        click.echo(
            f"On its way at that moment: {counted(report.on_their_way, 'message')}, "
            "which may have been sent; `groundswell alerts` tells in a few minutes."
        )
    if report.copies_left:
        click.echo(f"Copies of the text that stay: {report.copies_left}; --copies would remove them as well.")
    click.echo(_BEYOND)
    if on_server:
        click.echo(_SERVER)
