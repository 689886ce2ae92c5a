"""What a document must hold for a query to have a chance: the rarest of what the query needs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from monitor.query.facts import Fits, Links, PropertyName
from monitor.query.parts import All, AnyOf, Part
from monitor.query.proximity import Loose, Near
from monitor.query.regex import Expression, literal
from monitor.query.words import Adjacent, AnyWord, Exact, InCase, Inflected, Pattern

AnchorKind = PropertyName | Literal["word", "prefix", "literal", "link"]

_PROPERTY_COST = {"source": 0.02, "tag": 0.1, "is": 0.1, "has": 0.3, "lang": 0.3, "kind": 0.4}
_LINK_COST, _ANY_LINK_COST = 0.02, 0.3
"""Guessed shares of documents that hold a property, a certain word in a link, any link."""

_SHARES = tuple(0.5 * 0.6**length for length in range(9))
"""Guessed shares of documents that hold a word, by its length: short words are common."""


class Anchor(NamedTuple):
    """Something that a document may hold."""

    kind: AnchorKind
    key: str

    @property
    def token(self) -> str:
        """Both in one; a word is its own token, for no word has a colon in it."""
        return self.key if self.kind == "word" else f"{self.kind}:{self.key}"


class Need(NamedTuple):
    """Parts of which a document must fulfil one, and the guessed share of documents that do."""

    cost: float
    parts: tuple[Part, ...]

    def anchors(self) -> tuple[Anchor, ...]:
        """What a document must hold one of, to fulfil one of them."""
        return tuple(dict.fromkeys(anchor for leaf in self.parts for anchor in _of_leaf(leaf)))

    def typed(self) -> Iterator[Anchor]:
        """Those of the anchors that stand in the query itself: no dictionary is asked."""
        for leaf in self.parts:
            match leaf:
                case Inflected(form):
                    yield Anchor("word", form)
                case AnyWord(forms):
                    yield from (Anchor("word", form) for form in forms)
                case _:
                    yield from _of_leaf(leaf)

    def tokens(self) -> tuple[str, ...]:
        """Those of the anchors."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Inflected | AnyWord):
            return self.parts[0].keys
        return tuple(anchor.token for anchor in self.anchors())


def needs(part: Part) -> list[Need]:
    """What a document must fulfil, all of it, for `part` to have a chance; the rarest first."""
    match part:
        case All(parts) | Adjacent(parts) | Near(parts) | Loose(parts):
            return sorted((need for each in parts for need in needs(each)), key=_cost)
        case _:
            need = _need(part)
            return [] if need is None else [need]


def _need(part: Part) -> Need | None:  # noqa: PLR0911  one line a part
    match part:
        case Inflected(form) | Exact(form) | InCase(form):
            return Need(_share(form), (part,))
        case AnyWord(forms):
            return Need(sum(map(_share, forms)), (part,))
        case Pattern(prefix):
            return Need(_share(f"{prefix}*") * 2, (part,))
        case All() | Adjacent() | Near() | Loose():
            return next(iter(needs(part)), None)
        case AnyOf(parts):
            return _of_each(map(_need, parts))
        case Expression(pattern):
            found = literal(pattern)
            return None if found is None else Need(_share(found) * 3, (part,))
        case Fits(name, _, None):
            return Need(_PROPERTY_COST[name], (part,))
        case Links():
            return Need(_ANY_LINK_COST if part.word is None else _LINK_COST, (part,))
        case _:
            return None


def _cost(need: Need) -> float:
    return need.cost


def _share(letters: str) -> float:
    return _SHARES[min(len(letters), 8)]


def _of_leaf(leaf: Part) -> Iterator[Anchor]:
    match leaf:
        case Inflected() | AnyWord():
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


def _of_each(found: Iterable[Need | None]) -> Need | None:
    cost = 0.0
    parts: list[Part] = []
    for need in found:
        if need is None:
            return None
        cost += need.cost
        parts += need.parts
    return Need(cost, tuple(parts))


GUESSED = 50
"""Queries that say as much of how common a word is as its length does."""


class Fame:
    """How many queries need a word: what many queries are about, many texts are about as well.

    Counted by a hash of the word: where two share one, a query is filed under a word that is not the rarest,
    and no harm is done; with so many cells few do.
    """

    CELLS_A_QUERY, FEWEST = 20, 1 << 12

    def __init__(self, queries: int) -> None:
        self._cells = max(self.FEWEST, self.CELLS_A_QUERY * queries)
        self._counts = bytearray(self._cells)

    def spread(self, found: Iterable[Need]) -> None:
        """Take the needs of one more query into account."""
        counts = self._counts
        for need in found:
            for anchor in need.typed():
                cell = hash(anchor.key) % self._cells
                if counts[cell] < 255:
                    counts[cell] += 1

    def rarest(self, found: Sequence[Need]) -> int:
        """Which of the needs, of which there are some, the fewest documents seem to fulfil: its number."""
        return 0 if len(found) == 1 else min(range(len(found)), key=lambda one: self._share(found[one]))

    def _share(self, need: Need) -> float:
        counts = self._counts
        return GUESSED * need.cost + sum([counts[hash(key) % self._cells] for _, key in need.typed()])
