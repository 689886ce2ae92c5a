"""The language of watch rules: `AND OR NOT ( ) "phrase" =word word* w?rd field:value`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.query.document import Document, Match, Span
from monitor.query.errors import QueryError


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A compiled query."""

    text: str
    reads_counters: bool = False  # its answer can change when views or forwards do

    def terms(self) -> tuple[str, ...]:
        """What it looks for, for explaining."""
        return (self.text,)


def compile_query(query: str) -> Query:
    """Compile."""
    return Query(text=query)


def matches(query: Query, document: Document) -> tuple[Span, ...] | None:
    """Where `query` matches `document`; None where it does not."""
    at = document.text.original.find(query.text)
    return None if at < 0 else (Span("text", at, at + len(query.text)),)


class Index:
    """Many queries, asked at once."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = dict(queries)

    def match(self, document: Document) -> list[Match]:
        """Every query that matches, in the order in which they were given."""
        found = ((key, matches(query, document)) for key, query in self._queries.items())
        return [Match(key, spans) for key, spans in found if spans is not None]


__all__ = ["Document", "Index", "Match", "Query", "QueryError", "Span", "compile_query", "matches"]
