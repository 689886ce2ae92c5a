"""`groundswell search`: full text over everything that is stored, whatever the inflection."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from monitor.commands.desk import Duration, desk, moment, print_json
from monitor.message import Fragment


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
                    }
                    for item in found
                ]
            )
        else:
            for item in found:
                when = moment(item.published_at or item.first_seen_at, config)
                click.echo(click.style(f"{item.source_name} · {when} · {item.url or ''}", dim=True))
                click.echo(_styled(_excerpt(f"{item.title or ''}\n{item.text}".strip(), words)) + "\n")
    sys.exit(0 if found else 1)


def _excerpt(text: str, words: tuple[str, ...]) -> tuple[Fragment, ...]:
    from monitor.excerpt import excerpt
    from monitor.query import Document, compile_query, matches
    from monitor.text import analyse_text

    nothing = analyse_text("", None)
    document = Document(title=nothing, text=analyse_text(text, None), source="", kind="")
    asked = " OR ".join(re.findall(r"[^\W_]+", " ".join(words).lower()))  # operators are upper case only
    spans = matches(compile_query(asked), document) if asked else None
    return excerpt(text, [(span.start, span.end) for span in spans or ()], (), masked=False)


def _styled(fragments: tuple[Fragment, ...]) -> str:
    from monitor.notifiers.wording import visible

    return "".join(
        click.style(visible(one.text), bold=True, fg="yellow") if one.hit else visible(one.text)
        for one in fragments
    )
