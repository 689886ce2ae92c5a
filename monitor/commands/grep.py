"""`groundswell grep`: match queries against JSON lines, without a database."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, TextIO

import click

from monitor.commands.grep_items import Untold, document_of, read_item
from monitor.json_text import json_text
from monitor.notifiers.wording import visible
from monitor.query import Document, Index, Query, QueryError, Span, compile_query
from monitor.query.explain import explain
from monitor.text import Text
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
    which query matched. Where a query asks for what no line tells, a warning says so.

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
    untold = Untold(one.query.text for one in asked)
    matched = bad = 0
    now = datetime.now(UTC)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = read_item(line)
            document = document_of(item, now)
        except ValueError as error:
            bad += 1
            click.echo(f"line {number}: {error}", err=True)
            continue
        untold.hear(item)
        for match in sorted(index.match(document), key=lambda one: int(one.key)):
            matched += 1
            query = int(match.key) if numbered else None
            click.echo(_shown(item, document, match.spans, query, as_json=as_json))
    if untold.asked:
        click.echo(f"warning: no line tells what {', '.join(untold.asked)} asks for", err=True)
    return matched, bad


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
