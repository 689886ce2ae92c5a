"""`groundswell history`: what an item went through, and how fast it spread."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from monitor.commands.choose import chosen_items
from monitor.commands.desk import desk, moment, print_json
from monitor.commands.paper import one_row, paragraph, show
from monitor.config import Config
from monitor.diff import Piece, Stretch, word_diff
from monitor.velocity import views_per_hour
from storage.model import ItemHistory, ReadingRecord, RevisionRecord

_STYLES = {Piece.KEPT: "", Piece.REMOVED: "red strike", Piece.ADDED: "bold green"}
_TITLES = {
    "first": "first seen",
    "edited": "edited",
    "marked": "marked as edited, its words unchanged",
    "deleted": "deleted by the source; the text is kept",
    "back": "shown again",
}


@click.command("history")
@click.argument("what")
@click.argument("external_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object an item.")
@click.pass_obj
def command(config_path: Path, what: str, external_id: str | None, *, as_json: bool) -> None:
    """Show what an item went through: edits word by word, deletion and return, views over time.

    \b
    groundswell history way-home 1234                   source and external id; or way-home/1234
    groundswell history https://t.me/way_home/1234      the address of the item
    groundswell history GS-3KQ7XW2MHT                   the item that an alert shows

    What was removed stands between [- and -], what was added between {+ and +}.

    Exit code: 0 shown, 1 no such item is stored.
    """  # noqa: D301 - click reads \b as a backspace character, not as two
    if external_id is None and "://" not in what and "/" in what:
        what, _, external_id = what.partition("/")
    with desk(config_path) as (config, store):
        items = chosen_items(store, what, external_id)
        known = [store.history(item.source_config_id, item.ref.external_id) for item in items]
        found = [one for one in known if one is not None]
        if as_json:
            print_json([_shown(one) for one in found])
        else:
            for one in found:
                _tell(one, config)
    if not found:
        click.echo("no such item is stored", err=True)
    sys.exit(0 if found else 1)


def changes(history: ItemHistory) -> Iterator[tuple[RevisionRecord, str, tuple[Stretch, ...]]]:
    """Every revision with what it is (a key of `_TITLES`) and how its text differs from the one before."""
    before: RevisionRecord | None = None
    for revision in history.revisions:
        told = () if before is None else word_diff(_words(before), _words(revision))
        yield revision, _sort(before, revision), told
        before = revision


def _sort(before: RevisionRecord | None, revision: RevisionRecord) -> str:
    if before is None:
        return "first"
    if revision.deleted:
        return "deleted"
    if before.deleted:
        return "back"
    return "marked" if _words(before) == _words(revision) else "edited"


def _words(revision: RevisionRecord) -> str:
    return "\n".join(filter(None, (revision.title, revision.text)))


# ---- for a person ----------------------------------------------------------------------


def _tell(history: ItemHistory, config: Config) -> None:
    item = history.item
    show(paragraph((item.source_name, "bold"), (f"  {item.url or item.ref.external_id}", "dim")))
    show(one_row((f"  published {moment(item.published_at, config)}", "dim")))
    for revision, sort, told in changes(history):
        show(*_block(revision, sort, told, config))
    if history.missing_since is not None:
        since = moment(history.missing_since, config)
        show(one_row((f"  not shown since {since}; a second look will tell", "yellow")))
    if history.refresh_at is not None:
        show(one_row((f"  to be read again {moment(history.refresh_at, config)}", "dim")))
    if history.readings:
        show(Text(), _table(history.readings, config))
    show(Text())


def _block(revision: RevisionRecord, sort: str, told: tuple[Stretch, ...], config: Config) -> Iterator[Text]:
    yield Text()
    when = f"{moment(revision.observed_at, config)}  "
    yield one_row((when, "dim"), (_TITLES[sort], "bold red" if revision.deleted else "bold"))
    if sort == "first":
        yield paragraph(_words(revision))
    elif any(stretch.piece is not Piece.KEPT for stretch in told):
        yield paragraph(*_marked(told))


def _marked(told: tuple[Stretch, ...]) -> Iterator[tuple[str, str]]:
    before: Stretch | None = None
    for stretch in told:
        if stretch.piece is Piece.ADDED and before is not None and before.piece is Piece.REMOVED:
            yield " ", ""
        yield stretch.marked, _STYLES[stretch.piece]
        before = stretch


def _table(readings: tuple[ReadingRecord, ...], config: Config) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("read at")
    for name in ("views", "views/h", "forwards", "replies"):
        table.add_column(name, justify="right")
    table.add_column("reactions")
    for reading, pace in _paced(readings):
        shown = reading.counters
        reactions = " ".join(f"{name} {count:,}" for name, count in sorted(shown.reactions.items()))
        counts = (_count(value) for value in (shown.views, pace, shown.forwards, shown.replies))
        table.add_row(moment(reading.observed_at, config), *counts, one_row(reactions))
    return table


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _paced(readings: tuple[ReadingRecord, ...]) -> Iterator[tuple[ReadingRecord, float | None]]:
    paces = views_per_hour([(one.observed_at, one.counters.views) for one in readings])
    return zip(readings, paces, strict=True)


# ---- for a program ---------------------------------------------------------------------


def _shown(history: ItemHistory) -> dict[str, Any]:
    item = history.item
    return {
        "source": item.source_config_id,
        "external_id": item.ref.external_id,
        "url": item.url,
        "published": item.published_at,
        "first_seen": item.first_seen_at,
        "deleted": item.deleted,
        "missing_since": history.missing_since,
        "refresh": history.refresh_at,
        "revisions": [
            {
                "seq": revision.seq,
                "observed": revision.observed_at,
                "change": sort,
                "title": revision.title,
                "text": revision.text,
                "diff": [{"piece": stretch.piece, "text": stretch.text} for stretch in told],
            }
            for revision, sort, told in changes(history)
        ],
        "readings": [
            {
                "observed": reading.observed_at,
                "views": reading.counters.views,
                "views_per_hour": pace,
                "forwards": reading.counters.forwards,
                "replies": reading.counters.replies,
                "reactions": dict(reading.counters.reactions),
            }
            for reading, pace in _paced(history.readings)
        ],
    }
