"""What a query is asked of, and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor.text import Text

FieldName = Literal["title", "text"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One content state of an item, as queries see it."""

    title: Text
    text: Text
    source: str  # the source's id
    kind: str  # the source's kind: telegram_web, feed, page, ...
    language: str | None = None  # ISO 639-1
    tags: frozenset[str] = frozenset()  # the source's tags
    views: int | None = None
    forwards: int | None = None
    has: frozenset[str] = frozenset()  # kinds of media, "link", "forward"
    flags: frozenset[str] = field(default=frozenset())  # of "edited", "forwarded", "deleted"
    links: tuple[str, ...] = ()  # addresses that the item points to
    published_at: datetime | None = None  # aware, UTC
    asked_at: datetime | None = None  # when the query is asked: `age:` counts back from here


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A run of characters of the original title or text that made a query match."""

    field: FieldName
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A query that matched, by its key, and where."""

    key: str
    spans: tuple[Span, ...]
