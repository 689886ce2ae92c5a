"""From a query's tree to what can be asked of documents."""

import difflib
import fnmatch
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from monitor.query.document import FieldName
from monitor.query.errors import QueryError
from monitor.query.match import (
    Adjacent,
    All,
    AnyOf,
    Counts,
    Exact,
    Fits,
    Inflected,
    Part,
    Pattern,
    PropertyName,
    Step,
    Without,
)
from monitor.query.syntax import And, Node, Not, Or, Phrase, Property, Tree, Within, Word, parse
from monitor.text.letters import WORD
from monitor.text.normalise import normalise_word
from scrapers.model import MediaKind

HAS = (*(str(kind) for kind in MediaKind), "link", "forward")
"""What `has:` knows."""

IS = ("edited", "forwarded", "deleted")
"""What `is:` knows."""

COUNTERS = ("views", "forwards")
"""Fields that are numbers."""

_NUMBER = r"(\d{1,15}(?:[.,]\d{1,3})?)([KkMm]?)"
_COMPARISON = re.compile(f"(>=|<=|>|<|=|){_NUMBER}")
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}")
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}
_WILDCARDS = re.compile(r"([*?]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query that can be asked of documents."""

    text: str  # as it was written
    root: Part
    reads_counters: bool  # its answer can change when only views or forwards do
    wanted: tuple[str, ...]  # see `terms`

    def terms(self) -> tuple[str, ...]:
        """What it looks for, as written and in order; exclusions are left out."""
        return self.wanted


def compile_query(query: str | Tree) -> Query:
    """Make `query` ready to be asked. Raises QueryError, which says where and what to do about it."""
    tree = parse(query) if isinstance(query, str) else query
    _refuse_unanchored(tree)
    return Query(
        text=tree.query,
        root=_Compiler(tree.query).part(tree.root, None),
        reads_counters=not set(_properties(tree.root)).isdisjoint(COUNTERS),
        wanted=tuple(dict.fromkeys(_terms(tree.root))),
    )


class _Compiler:
    """Turns nodes into parts; keeps the query's text for its errors."""

    def __init__(self, query: str) -> None:
        self._query = query

    def part(self, node: Node, field: FieldName | None) -> Part:
        match node:
            case And(operands):
                return All(tuple(self.part(operand, field) for operand in operands))
            case Or(operands):
                return AnyOf(tuple(self.part(operand, field) for operand in operands))
            case Not(operand):
                return Without(self.part(operand, field))
            case Within(name, operand):
                return self.part(operand, cast("FieldName", name))
            case Property():
                return self._counts(node) if node.name in COUNTERS else self._fits(node)
            case _:
                return self._phrase(node, field) if isinstance(node, Phrase) else self._word(node, field)

    def _word(self, word: Word, field: FieldName | None) -> Part:
        if _WILDCARDS.search(word.text):
            return self._pattern(word, field)
        return _adjacent([Inflected(form, field) for form in self._forms(word)])

    def _phrase(self, phrase: Phrase, field: FieldName | None) -> Part:
        if "*" in phrase.text:
            hint = "use AND between words, or word* alone"
            raise self._error("wildcards inside a phrase are not yet supported", phrase, hint)
        return _adjacent([Exact(form, field) for form in self._forms(phrase)])

    def _forms(self, node: Word | Phrase) -> list[str]:
        forms = [form for match in WORD.finditer(node.text) if (form := normalise_word(match[0]))]
        if not forms:
            raise self._error("no letter or digit to look for", node, "only words and numbers can be found")
        return forms

    def _pattern(self, word: Word, field: FieldName | None) -> Pattern:
        pieces = [
            piece if _WILDCARDS.fullmatch(piece) else self._piece(word, piece) for piece in _split(word.text)
        ]
        if _WILDCARDS.match(pieces[0]):
            raise self._error("a word cannot begin with a wildcard", word, "begin with at least one letter")
        return Pattern(pieces[0], _expression("".join(pieces)), field)

    def _piece(self, word: Word, piece: str) -> str:
        form = normalise_word(piece)
        if not form or len(WORD.findall(piece)) != 1:
            raise self._error("a pattern is one word", word, "only letters, digits, * and ? may stand in it")
        return form

    def _fits(self, test: Property) -> Fits:
        value = test.value.casefold()
        if test.name in ("has", "is"):
            self._know(test, value, HAS if test.name == "has" else IS)
        if not value:
            raise self._error(f"{test.name}: has no value", test, "write a value, or remove the field")
        regex = re.compile(_expression(value)) if _WILDCARDS.search(value) else None
        return Fits(cast("PropertyName", test.name), frozenset({value}), regex)

    def _know(self, test: Property, value: str, known: tuple[str, ...]) -> None:
        if value in known:
            return
        close = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"{test.name}: knows {', '.join(known)}"
        raise self._error(f"{test.name}: does not know {test.value!r}", test, hint)

    def _counts(self, test: Property) -> Counts:
        if bounds := _RANGE.fullmatch(test.value):
            return Counts(test.name, _number(bounds[1], bounds[2]), _number(bounds[3], bounds[4]))
        comparison = _COMPARISON.fullmatch(test.value)
        if comparison is None:
            hint = f"write {test.name}:>500, {test.name}:<=1.5M or {test.name}:100..2K"
            raise self._error(f"{test.value!r} is not a number or a comparison", test, hint)
        return Counts(test.name, *_bounds(comparison[1], _number(comparison[2], comparison[3])))

    def _error(self, message: str, node: Node, hint: str) -> QueryError:
        return QueryError(message, query=self._query, position=node.position, hint=hint)


def _adjacent(steps: Sequence[Step]) -> Part:
    return steps[0] if len(steps) == 1 else Adjacent(tuple(steps))


def _split(pattern: str) -> list[str]:
    return [piece for piece in _WILDCARDS.split(pattern) if piece]


def _expression(pattern: str) -> str:
    """A regular one: `*` is any letters, `?` one. As `fnmatch` writes it, stars do not multiply the time."""
    return fnmatch.translate(pattern.replace("[", "[[]"))


def _number(digits: str, suffix: str) -> float:
    return float(digits.replace(",", ".")) * _TIMES[suffix.upper()]


def _bounds(operator: str, number: float) -> tuple[float, float]:
    match operator:
        case ">":
            return math.nextafter(number, math.inf), math.inf
        case ">=":
            return number, math.inf
        case "<":
            return 0, math.nextafter(number, -math.inf)
        case "<=":
            return 0, number
        case _:
            return number, number


def _refuse_unanchored(tree: Tree) -> None:
    """A query must ask for something: exclusions alone would match nearly everything that is ever seen."""
    open_end = _unanchored(tree.root)
    if open_end is not None:
        raise QueryError(
            "this part only excludes, so nearly everything would match",
            query=tree.query,
            position=open_end.position,
            hint="add a word that must be there, like: word -other",
        )


def _unanchored(node: Node) -> Node | None:
    """The part of `node` through which a document of nothing at all would match; None if there is none."""
    match node:
        case Not():
            return node
        case And(operands):
            open_ends = [_unanchored(operand) for operand in operands]
            return open_ends[0] if None not in open_ends else None
        case Or(operands):
            return next((end for operand in operands if (end := _unanchored(operand)) is not None), None)
        case Within(_, operand):
            return _unanchored(operand)
        case _:
            return None


def _terms(node: Node, prefix: str = "") -> Iterator[str]:
    match node:
        case Not():
            return
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _terms(operand, prefix)
        case Within(name, operand):
            yield from _terms(operand, f"{name}:")
        case Property(name, value):
            yield f"{name}:{value}"
        case Phrase(text):
            yield f'{prefix}"{text}"'
        case Word(text):
            yield f"{prefix}{text}"


def _properties(node: Node) -> Iterator[str]:
    match node:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _properties(operand)
        case Not(operand) | Within(_, operand):
            yield from _properties(operand)
        case Property(name):
            yield name
        case _:
            return
