"""Many queries asked at once: each is looked at only when the document holds the rarest thing it needs.

What a query costs is thus what its candidates cost, and rules that rarely match cost next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from monitor.query.compile import Query
from monitor.query.document import Document, Match, Span
from monitor.query.match import (
    Adjacent,
    All,
    AnyOf,
    Exact,
    Fits,
    Inflected,
    Part,
    Pattern,
    PropertyName,
    View,
    properties,
)

AnchorKind = PropertyName | Literal["word", "prefix"]
_PROPERTIES: tuple[PropertyName, ...] = ("source", "kind", "lang", "tag", "has", "is")
_PROPERTY_COST = {"source": 0.02, "tag": 0.1, "is": 0.1, "has": 0.3, "lang": 0.3, "kind": 0.4}
"""Guessed shares of documents that hold a property."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Something of which a document must hold one, for a query to have a chance."""

    kind: AnchorKind
    key: str

    @property
    def cost(self) -> float:
        """The guessed share of documents that hold it: long words are rare."""
        if self.kind in ("word", "prefix"):
            return 0.5 * 0.6 ** min(len(self.key), 20)
        return _PROPERTY_COST[self.kind]


def matches(query: Query, document: Document) -> tuple[Span, ...] | None:
    """Where `query` matches `document`; () where no word shows it (`source:x`); None for no match."""
    return _ask(query, View(document))


class Index:
    """Compiled queries by key."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._keys = tuple(queries)
        self._queries = tuple(queries.values())
        self._always: list[int] = []
        self._anchored: dict[AnchorKind, dict[str, list[int]]] = {}
        for number, query in enumerate(self._queries):
            self._file(number, anchors(query.root))
        prefixes = self._anchored.get("prefix", {})
        self._shortest = min(map(len, prefixes), default=0)
        self._prefixes: dict[str, list[str]] = {}  # by as many first letters as the shortest has
        for prefix in prefixes:
            self._prefixes.setdefault(prefix[: self._shortest], []).append(prefix)

    def match(self, document: Document) -> list[Match]:
        """Every query that matches `document`, in the order in which the queries were given."""
        view = View(document)
        found = ((number, _ask(self._queries[number], view)) for number in sorted(self._candidates(view)))
        return [Match(self._keys[number], spans) for number, spans in found if spans is not None]

    def _file(self, number: int, found: frozenset[Anchor] | None) -> None:
        if found is None:
            self._always.append(number)
            return
        for anchor in found:
            self._anchored.setdefault(anchor.kind, {}).setdefault(anchor.key, []).append(number)

    def _candidates(self, view: View) -> set[int]:
        candidates = set(self._always)
        for kind, held in self._held(view):
            filed = self._anchored.get(kind, {})
            for key in held:
                if key in filed:
                    candidates.update(filed[key])
        return candidates

    def _held(self, view: View) -> Iterator[tuple[AnchorKind, Iterable[str]]]:
        yield "word", view.forms
        yield "prefix", self._begun(view)
        for kind in _PROPERTIES:
            if kind in self._anchored:
                yield kind, properties(view.document, kind)

    def _begun(self, view: View) -> Iterator[str]:
        """The prefixes with which a word of the document begins."""
        for form in view.exacts:
            for prefix in self._prefixes.get(form[: self._shortest], ()):
                if form.startswith(prefix):
                    yield prefix


def anchors(part: Part) -> frozenset[Anchor] | None:
    """The rarest anchors of `part`; None where it can match without any that is known beforehand."""
    match part:
        case Inflected() | Exact() | Pattern():
            return frozenset(_of_word(part))
        case Fits(name, words, None):
            return frozenset(Anchor(name, word) for word in words)
        case Adjacent(parts) | All(parts):
            return _rarest(map(anchors, parts))
        case AnyOf(parts):
            return _of_each(map(anchors, parts))
        case _:
            return None


def _of_word(part: Inflected | Exact | Pattern) -> Iterator[Anchor]:
    match part:
        case Inflected():
            yield from (Anchor("word", key) for key in part.keys)
        case Exact(form):
            yield Anchor("word", form)
        case Pattern(prefix):
            yield Anchor("prefix", prefix)


def _rarest(choices: Iterable[frozenset[Anchor] | None]) -> frozenset[Anchor] | None:
    known = [choice for choice in choices if choice is not None]
    return min(known, key=lambda choice: sum(anchor.cost for anchor in choice), default=None)


def _of_each(choices: Iterable[frozenset[Anchor] | None]) -> frozenset[Anchor] | None:
    together: frozenset[Anchor] = frozenset()
    for choice in choices:
        if choice is None:
            return None
        together |= choice
    return together


def _ask(query: Query, view: View) -> tuple[Span, ...] | None:
    places = query.root.find(view)
    return None if places is None else view.spans(places)
