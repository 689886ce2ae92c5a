"""`groundswell grep`: match queries against JSON lines, without a database."""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, TextIO

import click

from monitor.analyse import read_texts
from monitor.json_text import json_text
from monitor.notifiers.wording import visible
from monitor.query import Document, Index, Query, QueryError, Span, compile_query
from monitor.query.explain import explain
from monitor.text import Text, detect_language
from monitor.text.expansions import expansions
from storage.columns import storable

_MATCHED, _NOTHING, _BAD = 0, 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    number: int  # line of the query file, from 1
    query: Query


_EXAMPLES = """\b
Examples:
  groundswell grep 'ротация OR отпуск' items.jsonl
  groundswell export items | groundswell grep 'ротация OR отпуск'
  groundswell grep --json -f queries.txt - < items.jsonl
  groundswell grep --explain '(жена OR мать) NEAR/8 ротация'
"""


@click.command("grep", epilog=_EXAMPLES)
@click.argument("words", nargs=-1, metavar="[QUERY] [FILE|-]")
@click.option(
    "-f",
    "--file",
    "queries",
    type=click.File(encoding="utf-8", errors="replace"),
    help="Many queries, one a line.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a match.")
@click.option("--explain", "explained", is_flag=True, help="Tell what the query means, and read no items.")
def command(words: tuple[str, ...], queries: TextIO | None, *, as_json: bool, explained: bool) -> None:
    """Print which items match a query.

    Items are JSON lines with `id` and `text`, and optionally `title`, `lang`, `source`, `kind`, `views`,
    `forwards`, `tags`, `has`, `links`, `published` (ISO 8601), `edited`, `forwarded`, `deleted`; or as
    `groundswell export items` and `groundswell preview --json` write them. With -f, each output line says
    which query matched.

    Exit code: 0 something matched, 1 nothing did, 2 a query or an input line is bad.
    """
    if not words and queries is None:
        raise click.UsageError("give a query, or a file of queries with -f")
    asked, bad_queries = _read_queries(words[0].splitlines() if queries is None else queries)
    rest = words if queries is not None else words[1:]
    if len(rest) > 1:
        raise click.UsageError(f"one FILE at most, not {len(rest)}: quote a query of several words")
    if not asked:
        sys.exit(_BAD)
    if explained:
        _explain(asked, numbered=queries is not None)
        sys.exit(_BAD if bad_queries else _MATCHED)
    with _opened(rest[0] if rest else "-") as lines:
        matched, bad_lines = _grep(asked, lines, as_json=as_json, numbered=queries is not None)
    sys.exit(_BAD if bad_queries or bad_lines else _MATCHED if matched else _NOTHING)


def _opened(file: str) -> IO[Any]:
    try:
        return click.open_file(file, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None


def _read_queries(lines: Iterable[str]) -> tuple[list[_Asked], int]:
    asked: list[_Asked] = []
    bad = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked.append(_Asked(number=number, query=compile_query(line.strip())))
        except QueryError as error:
            bad += 1
            click.echo(f"query {number}:\n{error.pointing()}", err=True)
    return asked, bad


def _explain(asked: list[_Asked], *, numbered: bool) -> None:
    for one in asked:
        if numbered:
            click.echo(f"query {one.number}: {one.query.text}")
        for line in explain(one.query.text, expansions):
            click.echo(storable(line))


def _grep(asked: list[_Asked], lines: Iterable[str], *, as_json: bool, numbered: bool) -> tuple[int, int]:
    index = Index({str(one.number): one.query for one in asked})
    matched = bad = 0
    now = datetime.now(UTC)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = _item(line)
            document = _document(item, now)
        except ValueError as error:
            bad += 1
            click.echo(f"line {number}: {error}", err=True)
            continue
        for match in sorted(index.match(document), key=lambda one: int(one.key)):
            matched += 1
            query = int(match.key) if numbered else None
            click.echo(_shown(item, document, match.spans, query, as_json=as_json))
    return matched, bad


def _item(line: str) -> dict[str, Any]:
    """An item under the names that `grep` documents, whichever of ours it was written with."""
    try:
        item = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON ({error.msg} at column {error.colno}); one object a line is wanted"
        ) from None
    except RecursionError:
        raise ValueError("not an item: nested too deep") from None
    if not isinstance(item, dict) or not item.keys() & {"id", "external_id"}:
        raise ValueError('not an item: an object with "id" and "text" is wanted')
    return _renamed(item) if "external_id" in item else item


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item["external_id"],
        "lang": item.get("language"),
        "has": item.get("media"),
        "forwarded": item.get("forwarded_from"),
    } | item


def _document(item: dict[str, Any], now: datetime) -> Document:
    written = storable(str(item.get("title") or "")), storable(str(item.get("text") or ""))
    declared = item.get("lang")
    language = detect_language("\n".join(written), None if declared is None else str(declared))
    title, text = read_texts(*written, language)
    return Document(
        title=title,
        text=text,
        source=str(item.get("source") or ""),
        kind=str(item.get("kind") or ""),
        language=language,
        tags=_names(item, "tags"),
        views=_count(item, "views"),
        forwards=_count(item, "forwards"),
        has=_names(item, "has"),
        flags=frozenset(flag for flag in ("edited", "forwarded", "deleted") if item.get(flag)),
        links=tuple(sorted(_names(item, "links"))),
        published_at=_time(item, "published"),
        asked_at=now,
    )


def _names(item: dict[str, Any], key: str) -> frozenset[str]:
    names = item.get(key) or ()
    if isinstance(names, list | tuple):
        return frozenset(map(str, names))
    raise ValueError(f'"{key}" is to be a list of words')


def _time(item: dict[str, Any], key: str) -> datetime | None:
    written = item.get(key)
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise ValueError(f'"{key}" is to be a time like 2026-05-04T12:00:00Z') from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _count(item: dict[str, Any], key: str) -> int | None:
    count = item.get(key)
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int | float) or not math.isfinite(count):
        raise ValueError(f'"{key}" is to be a number')
    return int(count)


def _shown(
    item: dict[str, Any], document: Document, spans: tuple[Span, ...], query: int | None, *, as_json: bool
) -> str:
    quoted = list(_quoted(document, spans))
    source = item.get("source") if "external_id" in item else None
    if as_json:
        found = {"id": item["id"], "spans": quoted} | ({"query": query} if query is not None else {})
        return json_text(found | ({"source": source} if source else {}))
    words = ", ".join(dict.fromkeys(json_text(span["text"]) for span in quoted))
    prefix = f"{query}:" if query is not None else ""
    name = f"{source} {item['id']}" if source else item["id"]
    return visible(f"{prefix}{name}: {words or 'its fields match'}")


def _quoted(document: Document, spans: tuple[Span, ...]) -> Iterator[dict[str, Any]]:
    texts: dict[str, Text] = {"title": document.title, "text": document.text}
    for span in spans:
        yield {
            "field": span.field,
            "start": span.start,
            "end": span.end,
            "text": texts[span.field].original[span.start : span.end],
        }
