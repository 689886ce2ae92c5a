"""`groundswell search`: full text over everything that is stored, whatever the inflection."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.text import Text

from monitor.commands.desk import Duration, desk, moment, print_json
from monitor.commands.paper import highlighted, paragraph, show
from monitor.config import Config
from monitor.message import Fragment
from storage.model import ItemRecord


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many items."
)
@click.option("--since", type=Duration(), help="Only items first seen within this time, e.g. 7d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an item.")
@click.pass_obj
def command(
    config_path: Path, words: tuple[str, ...], limit: int, since: timedelta | None, *, as_json: bool
) -> None:
    """Find stored items that hold all WORDS, each in any of its forms.

    Exit code: 0 something was found, 1 nothing was.
    """
    from monitor.text import search_lemmas

    earliest = datetime.now(UTC) - since if since else None
    with desk(config_path) as (config, store):
        found = store.search(search_lemmas(" ".join(words)), limit=limit, since=earliest)
        if as_json:
            print_json(
                [
                    {
                        "source": item.source_config_id,
                        "external_id": item.ref.external_id,
                        "url": item.url,
                        "title": item.title,
                        "text": item.text,
                        "published": item.published_at,
                        "first_seen": item.first_seen_at,
                        "lang": item.language,
                        "views": item.views,
                        "edited": item.edited,
                        "deleted": item.deleted,
                    }
                    for item in found
                ]
            )
        else:
            for item in found:
                show(*_block(item, words, config))
            if len(found) == limit:
                show(paragraph((f"The first {limit}; --limit shows more.", "dim")))
        if not found:
            click.echo("nothing found", err=True)
    sys.exit(0 if found else 1)


def _block(item: ItemRecord, words: tuple[str, ...], config: Config) -> Iterator[Text]:
    when = moment(item.published_at or item.first_seen_at, config)
    fate = "  deleted since" if item.deleted else ""
    yield paragraph((item.source_name, "bold"), (f"  {when}{fate}", "dim"))
    for part in filter(None, (item.title, item.text)):
        yield highlighted(_excerpt(part, words))
    if item.url:
        # On a line of its own and never cut: people copy it.
        yield paragraph((item.url, "dim"))
    yield Text()


def _excerpt(text: str, words: tuple[str, ...]) -> tuple[Fragment, ...]:
    from monitor.excerpt import excerpt
    from monitor.query import Document, compile_query, matches
    from monitor.text import analyse_text

    nothing = analyse_text("", None)
    document = Document(title=nothing, text=analyse_text(text, None), source="", kind="")
    asked = " OR ".join(re.findall(r"[^\W_]+", " ".join(words).lower()))  # operators are upper case only
    spans = matches(compile_query(asked), document) if asked else None
    return excerpt(text, [(span.start, span.end) for span in spans or ()], (), masked=False)
