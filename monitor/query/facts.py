"""Parts of queries that ask what is known of an item besides its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Literal

from monitor.query.document import Document
from monitor.query.view import Proof, View

PropertyName = Literal["source", "kind", "lang", "tag", "has", "is"]
NumberName = Literal["views", "forwards", "age"]

_RUN = re.compile(r"\w+")
_ASCII_NAME = re.compile(r"(?<![a-z0-9-])xn--([a-z0-9-]{1,59})(?![a-z0-9-])")


class _Fact:
    """What all facts have in common: no word shows them."""

    __slots__ = ()

    def holds(self, view: View) -> bool:
        raise NotImplementedError

    def find(self, view: View) -> list[Proof] | None:
        """A match shows no word."""
        return [] if self.holds(view) else None


@dataclass(slots=True)
class Fits(_Fact):
    """A property of the item with a certain word, or a pattern of words."""

    name: PropertyName
    word: str
    regex: re.Pattern[str] | None = None

    def holds(self, view: View) -> bool:
        """Whether the item has it."""
        held = properties(view.document, self.name)
        if self.regex is None:
            return self.word in held
        return any(map(self.regex.fullmatch, held))


@dataclass(slots=True)
class Counts(_Fact):
    """A number between two bounds, both included; an unknown one never fits."""

    name: NumberName
    least: float
    most: float

    def holds(self, view: View) -> bool:
        """Whether the item's number is within them."""
        number = _number(view.document, self.name)
        return number is not None and self.least <= number <= self.most


@dataclass(slots=True)
class Links(_Fact):
    """An address that the item points to.

    What has a dot in it is a host, or the beginning of one with a path: `t.me/name` is neither in
    `start.me/name` nor in `t.me/names`. Anything else may stand anywhere in the address. A name with letters
    beyond ASCII is one with how the network writes it: `пример.рф` with `xn--e1afmkfd.xn--p1ai` (RFC 3492).
    """

    wanted: str  # case folded, its names in letters
    regex: re.Pattern[str]

    def holds(self, view: View) -> bool:
        """Whether the item points there."""
        return any(
            self.regex.search(spelling) for link in view.document.links for spelling in _spellings(link)
        )

    @property
    def word(self) -> str | None:
        """A whole word that stands in every such address; None where none is known."""
        if "." not in self.wanted or "*" in self.wanted:
            return None
        return max(_RUN.findall(self.wanted), key=len, default=None)


def links(wanted: str) -> Links:
    """What finds `wanted`, in which `*` stands for anything, in addresses."""
    folded = _in_letters(re.sub(r"^\w+://(?:www\.)?", "", wanted.casefold()))
    expression = ".*".join(map(re.escape, re.split(r"\*+", folded)))
    if "." in folded:
        expression = rf"(?<![\w-]){expression}(?![\w-])"
    return Links(folded, re.compile(expression))


def words_of_links(document: Document) -> set[str]:
    """The words of the addresses that `document` points to."""
    spellings = chain.from_iterable(map(_spellings, document.links))
    return set(chain.from_iterable(map(_RUN.findall, spellings)))


def _spellings(link: str) -> tuple[str, ...]:
    """An address, case folded, as it is written and, where that is another, with its names in letters."""
    written = link.casefold()
    return (written, _in_letters(written)) if "xn--" in written else (written,)


def _in_letters(address: str) -> str:
    return _ASCII_NAME.sub(_decoded, address)


def _decoded(name: re.Match[str]) -> str:
    try:
        return name[1].encode("ascii").decode("punycode").casefold()
    except UnicodeError:  # it only looks like one
        return name[0]


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


def _number(document: Document, name: NumberName) -> float | None:
    match name:
        case "views":
            return document.views
        case "forwards":
            return document.forwards
        case _:
            return _age(document)


def _age(document: Document) -> float | None:
    """Seconds since publication; 0 where that lies ahead."""
    if document.published_at is None or document.asked_at is None:
        return None
    return max(document.asked_at - document.published_at, timedelta()).total_seconds()
