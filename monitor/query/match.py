"""Asking one document: every part of a compiled query finds where it matches.

`find` gives the places that prove a match, `[]` where it matches without a word to show, None where it does
not match. A place is a pair of token positions, first and last.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal, Protocol

from monitor.query.document import Document, FieldName, Span
from monitor.text import Token
from monitor.text.lemmas import query_lemmas

Place = tuple[int, int]
PropertyName = Literal["source", "kind", "lang", "tag", "has", "is"]


class View:
    """A document laid out for matching: title and text in one row of positions, with a gap between them."""

    __slots__ = ("_beginnings", "boundary", "document", "exacts", "forms", "tokens")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.boundary = len(document.title.tokens)  # the position of the gap
        self.tokens: list[Token | None] = [*document.title.tokens, None, *document.text.tokens]
        self.exacts: dict[str, list[int]] = {}  # form as written -> positions
        self.forms: dict[str, list[int]] = {}  # that, or a dictionary form -> positions
        self._beginnings: dict[int, dict[str, list[str]]] = {}
        for position, token in enumerate(self.tokens):
            if token is not None:
                self._add(position, token)

    def _add(self, position: int, token: Token) -> None:
        exact = token.exact
        self.exacts.setdefault(exact, []).append(position)
        self.forms.setdefault(exact, []).append(position)
        for lemma in token.lemmas:
            if lemma != exact:
                self.forms.setdefault(lemma, []).append(position)

    def beginnings(self, length: int) -> dict[str, list[str]]:
        """The forms as written, by their first `length` letters."""
        found = self._beginnings.get(length)
        if found is None:
            found = self._beginnings[length] = {}
            for form in self.exacts:
                found.setdefault(form[:length], []).append(form)
        return found

    def within(self, positions: set[int], field: FieldName | None) -> set[int]:
        """Those of `positions` that stand in `field`; all of them where it is None."""
        if field is None:
            return positions
        if field == "title":
            return {position for position in positions if position < self.boundary}
        return {position for position in positions if position > self.boundary}

    def spans(self, places: Iterable[Place]) -> tuple[Span, ...]:
        """The characters that `places` cover, in order, without repeats."""
        return tuple(sorted({self._span(first, last) for first, last in places}, key=_title_first))

    def _span(self, first: int, last: int) -> Span:
        start, end = self.tokens[first], self.tokens[last]
        if start is None or end is None:
            raise IndexError(f"no word stands at {first} or {last}")
        return Span("title" if first < self.boundary else "text", start.start, end.end)


def _title_first(span: Span) -> tuple[bool, int, int]:
    return span.field != "title", span.start, span.end


class Part(Protocol):
    """A part of a compiled query."""

    def find(self, view: View) -> list[Place] | None:
        """Where this part matches."""
        ...


class Step(Part, Protocol):
    """A part that matches single words."""

    def positions(self, view: View) -> set[int]:
        """The positions of the words that match."""
        ...


@dataclass(frozen=True)  # no slots: `keys` is kept in the instance
class Inflected:
    """A word in any form; `form` is what was typed, normalised."""

    form: str
    field: FieldName | None

    @cached_property
    def keys(self) -> frozenset[str]:
        """What was typed and its possible dictionary forms.

        Looked up when they are first asked for: whoever only checks a query needs no dictionaries.
        """
        return frozenset((self.form, *query_lemmas(self.form)))

    def positions(self, view: View) -> set[int]:
        """Words that share a form with `keys`."""
        found: set[int] = set()
        for key in self.keys:
            if places := view.forms.get(key):
                found.update(places)
        return view.within(found, self.field)

    def find(self, view: View) -> list[Place] | None:
        """Each such word."""
        return _singles(self.positions(view))


@dataclass(frozen=True, slots=True)
class Exact:
    """A word in one form only."""

    form: str
    field: FieldName | None

    def positions(self, view: View) -> set[int]:
        """Words of that form."""
        return view.within(set(view.exacts.get(self.form, ())), self.field)

    def find(self, view: View) -> list[Place] | None:
        """Each such word."""
        return _singles(self.positions(view))


@dataclass(frozen=True)  # no slots: `regex` is kept in the instance
class Pattern:
    """Forms with some letters left open; every one of them begins with `prefix`."""

    prefix: str
    expression: str  # a regular one
    field: FieldName | None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when first asked for: at most starts most patterns are not."""
        return re.compile(self.expression)

    def positions(self, view: View) -> set[int]:
        """Words whose form fits."""
        begun = view.beginnings(len(self.prefix)).get(self.prefix, ())
        found = (view.exacts[form] for form in begun if self.regex.fullmatch(form))
        return view.within(set(chain.from_iterable(found)), self.field)

    def find(self, view: View) -> list[Place] | None:
        """Each such word."""
        return _singles(self.positions(view))


@dataclass(frozen=True, slots=True)
class Adjacent:
    """Words side by side, in order."""

    steps: tuple[Step, ...]

    def find(self, view: View) -> list[Place] | None:
        """Each run."""
        starts = self.steps[0].positions(view)
        for offset, step in enumerate(self.steps[1:], start=1):
            if not starts:
                return None
            starts &= {position - offset for position in step.positions(view)}
        last = len(self.steps) - 1
        return [(start, start + last) for start in starts] or None


@dataclass(frozen=True, slots=True)
class Fits:
    """A property of the item with one of a set of words, or a pattern of them."""

    name: PropertyName
    words: frozenset[str]
    regex: re.Pattern[str] | None = None

    def find(self, view: View) -> list[Place] | None:
        """A match shows no word."""
        held = properties(view.document, self.name)
        if self.regex is None:
            return None if self.words.isdisjoint(held) else []
        return [] if any(map(self.regex.fullmatch, held)) else None


@dataclass(frozen=True, slots=True)
class Counts:
    """A counter between two bounds, both included; an unknown counter never fits."""

    name: str
    least: float
    most: float

    def find(self, view: View) -> list[Place] | None:
        """A match shows no word."""
        count = view.document.views if self.name == "views" else view.document.forwards
        return [] if count is not None and self.least <= count <= self.most else None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `parts`."""

    parts: tuple[Part, ...]

    def find(self, view: View) -> list[Place] | None:
        """What all of them found."""
        places: list[Place] = []
        for part in self.parts:
            found = part.find(view)
            if found is None:
                return None
            places.extend(found)
        return places


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `parts`."""

    parts: tuple[Part, ...]

    def find(self, view: View) -> list[Place] | None:
        """What each of them found: a reader wants to see every reason."""
        found = [places for part in self.parts if (places := part.find(view)) is not None]
        return list(chain.from_iterable(found)) if found else None


@dataclass(frozen=True, slots=True)
class Without:
    """No match of `part`."""

    part: Part

    def find(self, view: View) -> list[Place] | None:
        """An absence shows no word."""
        return [] if self.part.find(view) is None else None


def properties(document: Document, name: PropertyName) -> Sequence[str]:
    """The words that `document` holds for the field `name`, case folded."""
    match name:
        case "source":
            return (document.source.casefold(),)
        case "kind":
            return (document.kind.casefold(),)
        case "lang":
            return (document.language.casefold(),) if document.language else ()
        case "tag":
            return tuple(tag.casefold() for tag in document.tags)
        case "has":
            return tuple(document.has)
        case _:
            return tuple(document.flags)


def _singles(positions: set[int]) -> list[Place] | None:
    return [(position, position) for position in positions] or None
