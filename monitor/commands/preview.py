"""`groundswell preview`: what a source would yield now, or what a saved page or feed holds."""

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.json_text import json_text
from scrapers.errors import ScrapeError
from scrapers.model import Item, ItemKind, Outcome, Parsed, Precision, Source
from storage.model.words import STANDS_IN

if TYPE_CHECKING:  # a saved page needs none of it
    from monitor.config import Config

_SHOWN_TEXT = 500  # characters


_EXAMPLES = """\b
Examples:
  groundswell preview way-home          a configured source, fetched now
  groundswell preview --kind feed --file saved.xml --url https://example.org/feed
"""


@click.command("preview", epilog=_EXAMPLES)
@click.argument("source", required=False)
@click.option("--kind", help="Kind of a saved page: telegram_web, feed, page or sitemap.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="A saved page or feed.")
@click.option("--url", help="Where the saved page came from: links on it are relative to this.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    help="JSON lines of `kind`, `file`, `url`: many pages at once.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object an item.")
@click.pass_obj
def command(
    config_path: Path,
    source: str | None,
    kind: str | None,
    file: Path | None,
    url: str | None,
    manifest: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show what would be collected, and what is refused and why. Nothing is stored.

    Exit code: 0 items were read, 1 nothing could be read, 2 wrong usage. With --manifest a refusal is an
    answer like any other: 0 unless a line of the manifest itself is bad.
    """
    from monitor.config import load

    if manifest is not None:
        sys.exit(_preview_many(manifest))
    if file is not None:
        if kind is None:
            raise click.UsageError("--file needs --kind")
        sys.exit(_print(_saved(kind, file, url or ""), as_json=as_json))
    if source is None:
        raise click.UsageError("name a configured SOURCE, or give --kind, --file and --url")
    config = load(config_path)
    sys.exit(_print(_live(config, source), as_json=as_json, zone=config.timezone))


def _preview_many(manifest: Path) -> int:
    worst = 0
    try:
        lines = manifest.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise click.UsageError(f"{manifest}: {error.strerror}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            kind, file, url = str(entry["kind"]), Path(entry["file"]), str(entry.get("url") or "")
        except (json.JSONDecodeError, KeyError, TypeError):
            click.echo(f'{manifest}:{number}: wanted {{"kind": ..., "file": ..., "url": ...}}', err=True)
            worst = 2
            continue
        path = file if file.is_absolute() or file.exists() else manifest.parent / file
        try:
            for found in _saved(kind, path, url):
                click.echo(json_text(found | {"file": str(file)}))
        except click.UsageError as wrong:
            click.echo(f"{manifest}:{number}: {wrong.message}", err=True)
            worst = 2
    return worst


def _saved(kind: str, file: Path, url: str) -> Iterator[dict[str, Any]]:
    from scrapers.registry import KINDS

    if kind not in KINDS:
        raise click.UsageError(f'no kind "{kind}": there are {", ".join(KINDS)}')
    try:
        body = file.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None
    try:
        parsed = KINDS[kind].parse(body, url)
    except ScrapeError as error:
        yield {"outcome": error.outcome, "reason": error.reason}
        return
    yield from _found(parsed, kind)


def _found(parsed: Parsed, kind: str, source: Source | None = None) -> Iterator[dict[str, Any]]:
    if not parsed.items and not parsed.refusals:
        yield {"outcome": Outcome.EMPTY.value, "reason": "readable, but it holds no posts"}
    for item in parsed.items:
        yield shown(item, kind, source)
    for refusal in parsed.refusals:
        yield {"outcome": "refused", "reason": refusal.reason, "url": refusal.url}


def _live(config: "Config", name: str) -> list[dict[str, Any]]:
    from monitor.building import preview
    from monitor.secrets import SecretMissing

    source = next((source for source in config.sources if source.id == name), None)
    if source is None:
        raise click.UsageError(f'no source "{name}" in {config.path}: there are {_names(config.sources)}')
    try:
        fetched = asyncio.run(preview(config, source))
    except SecretMissing as missing:
        raise click.UsageError(f"{name} needs the account of [telegram]: {missing}") from None
    except ScrapeError as error:
        return [{"outcome": error.outcome, "reason": error.reason}]
    if fetched.by_fallback:
        click.echo(f"{name}: {STANDS_IN}: {fetched.by_fallback}", err=True)
    return list(_found(Parsed(items=fetched.items, refusals=fetched.refusals), source.kind, source))


def _names(sources: tuple[Any, ...]) -> str:
    return ", ".join(source.id for source in sources) or "none"


def shown(item: Item, kind: str, source: Source | None = None) -> dict[str, Any]:
    """An item as `--json` gives it, of a source of this kind, of `source` if configured; names are stable.

    Between them they hold what a rule may ask of an item, so that `grep` answers as the daemon does.
    """
    from monitor.text import detect_language

    counters, marks = item.counters, item.marks
    language = source.language if source else None
    return {
        "external_id": item.external_id,
        "kind": item.kind.value,
        "url": item.url,
        "title": item.title,
        "text": item.text,
        "published": item.published_at.isoformat() if item.published_at else None,
        "published_raw": item.published_raw,
        "published_precision": item.published_precision.value if item.published_precision else None,
        "published_basis": item.published_basis,
        "published_day": marks.day.isoformat() if marks and marks.day else None,
        "modified": item.modified_at.isoformat() if item.modified_at else None,
        "edited": item.edited,
        "lang": detect_language(f"{item.title or ''}\n{item.text}", item.language, language),
        "views": counters.views if counters else None,
        "forwards": counters.forwards if counters else None,
        "replies": counters.replies if counters else None,
        "reactions": dict(counters.reactions) if counters else {},
        "forwarded": item.forwarded,
        "forwarded_from": item.forward.channel if item.forward else None,
        "forwarded_message_id": item.forward.message_id if item.forward else None,
        "reply_to": item.reply_to,
        "media": [media.kind.value for media in item.media],
        "links": list(item.links),
        "unreadable": item.unreadable,
        "full_text": item.full_text,
        "section": marks.section if marks else None,
        "image": marks.image if marks else None,
        "paywalled": marks.paywalled if marks else False,
        "text_basis": marks.text_basis if marks else None,
        "title_basis": marks.title_basis if marks else None,
        "found_nothing": list(marks.found_nothing) if marks else [],
        "source": source.id if source else None,
        "source_kind": kind,
        "tags": list(source.tags) if source else None,
    }


def _print(
    found: Iterator[dict[str, Any]] | list[dict[str, Any]], *, as_json: bool, zone: tzinfo = UTC
) -> int:
    items = refused = 0
    for one in found:
        items += "outcome" not in one
        refused += "outcome" in one
        if as_json:
            click.echo(json_text(one))
        else:
            _show(one, zone)
    if items and not as_json:
        click.echo(f"read: {items}, refused: {refused}", err=True)
    return 0 if items else 1


def _show(found: dict[str, Any], zone: tzinfo) -> None:
    from rich.text import Text

    from monitor.commands.paper import paragraph, show

    if "outcome" in found:
        outcome, where = found["outcome"].replace("_", " "), found.get("url") or ""
        show(paragraph((outcome, "bold yellow"), f"  {found['reason']} ", (where, "dim")), Text())
        return
    text = found["text"]
    begun = text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT].rstrip()}…"
    parts = [
        (found["title"], "bold"),
        (" · ".join(_facts(found, zone)), "cyan"),
        (begun, ""),
        (found["url"], "dim"),
    ]
    show(*(paragraph((said, style)) for said, style in parts if said), Text())


def _when(found: dict[str, Any], zone: tzinfo) -> str:
    """The time in `zone`, and the day that the page's readers are told where that is another."""
    published, day = found["published"], found["published_day"]
    if published is None:
        return "time unknown"
    at = datetime.fromisoformat(published)
    if found["published_precision"] == Precision.DAY:
        return f"{day or at.date()}, only the day is known"  # which is that of UTC
    local = at.astimezone(zone)
    time = f"{local:%Y-%m-%d %H:%M %Z}"
    return f"{time}, {day} on its page" if day and day != str(local.date()) else time


def _facts(found: dict[str, Any], zone: tzinfo) -> Iterator[str]:
    yield _when(found, zone)
    yield found["lang"] or "language unknown"
    if found["kind"] == ItemKind.SERVICE:
        yield "service message"
    yield from found["media"]
    if found["forwarded"]:
        yield f"forwarded from {found['forwarded_from'] or 'someone who is not named'}"
    if found["views"] is not None:
        yield f"{found['views']:,} views"
    if found["edited"]:
        yield "edited"
    if found["section"]:
        yield found["section"]
    if found["paywalled"]:
        yield "for subscribers"
    elif not found["full_text"]:
        yield "a summary"
    yield from _places(found)
    if found["unreadable"]:
        yield "unreadable here, open it in Telegram"


def _places(found: dict[str, Any]) -> Iterator[str]:
    """Where an article's parts were read, and which selectors of the configuration had nothing to say."""
    read = (
        ("title", found["title_basis"]),
        ("text", found["text_basis"]),
        ("time", found["published_basis"]),
    )
    if found["text_basis"]:
        yield ", ".join(f"{what} from {where}" for what, where in read if where)
    for option in found["found_nothing"]:
        yield f"{option} found nothing"
