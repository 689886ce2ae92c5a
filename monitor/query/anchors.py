"""What a document must hold for a query to have a chance: the rarest of what the query needs."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from monitor.query.facts import Fits, Links, PropertyName
from monitor.query.parts import All, AnyOf, Part
from monitor.query.proximity import Loose, Near
from monitor.query.regex import Expression, literal
from monitor.query.words import Adjacent, Exact, InCase, Inflected, Pattern

AnchorKind = PropertyName | Literal["word", "prefix", "literal", "link"]

_PROPERTY_COST = {"source": 0.02, "tag": 0.1, "is": 0.1, "has": 0.3, "lang": 0.3, "kind": 0.4}
_LINK_COST, _ANY_LINK_COST = 0.02, 0.3
"""Guessed shares of documents that hold a property, a certain word in a link, any link."""

_SHARES = tuple(0.5 * 0.6**length for length in range(21))
"""Guessed shares of documents that hold a word, by its length: long words are rare."""


class Anchor(NamedTuple):
    """Something of which a document must hold one, for a query to have a chance."""

    kind: AnchorKind
    key: str


class _Choice(NamedTuple):
    """Parts of which a document must fulfil one, and the guessed share of documents that do."""

    cost: float
    parts: tuple[Part, ...]


def anchors(part: Part) -> tuple[Anchor, ...] | None:
    """The rarest anchors of `part`; None where it can match without any that is known beforehand."""
    choice = _choice(part)
    if choice is None:
        return None
    return tuple(dict.fromkeys(anchor for leaf in choice.parts for anchor in _of_leaf(leaf)))


def _choice(part: Part) -> _Choice | None:  # noqa: PLR0911  one line a part
    match part:
        case Inflected(form) | Exact(form) | InCase(form):
            return _Choice(_share(form), (part,))
        case Pattern(prefix):
            return _Choice(_share(prefix) * 2, (part,))
        case All(parts) | Adjacent(parts) | Near(parts) | Loose(parts):
            return _rarest(map(_choice, parts))
        case AnyOf(parts):
            return _of_each(map(_choice, parts))
        case Expression(pattern):
            found = literal(pattern)
            return None if found is None else _Choice(_share(found) * 3, (part,))
        case Fits(name, _, None):
            return _Choice(_PROPERTY_COST[name], (part,))
        case Links():
            return _Choice(_ANY_LINK_COST if part.word is None else _LINK_COST, (part,))
        case _:
            return None


def _share(letters: str) -> float:
    return _SHARES[min(len(letters), 20)]


def _of_leaf(leaf: Part) -> Iterator[Anchor]:
    match leaf:
        case Inflected():
            yield from (Anchor("word", key) for key in leaf.keys)
        case Exact(form) | InCase(form):
            yield Anchor("word", form)
        case Pattern(prefix):
            yield Anchor("prefix", prefix)
        case Fits(name, word):
            yield Anchor(name, word)
        case Links():
            yield Anchor("link", leaf.word or "")
        case Expression(pattern):
            yield Anchor("literal", literal(pattern) or "")


def _rarest(choices: Iterable[_Choice | None]) -> _Choice | None:
    known = [choice for choice in choices if choice is not None]
    return min(known, key=lambda choice: choice.cost, default=None)


def _of_each(choices: Iterable[_Choice | None]) -> _Choice | None:
    cost = 0.0
    parts: list[Part] = []
    for choice in choices:
        if choice is None:
            return None
        cost += choice.cost
        parts += choice.parts
    return _Choice(cost, tuple(parts))
