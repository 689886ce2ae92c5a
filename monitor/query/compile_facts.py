"""From `field:value` to the part that asks it of an item."""

import difflib
import fnmatch
import math
import re
from collections.abc import Sequence
from typing import cast

from monitor.options import parse_duration
from monitor.query.errors import QueryError
from monitor.query.facts import Counts, Fits, Links, NumberName, PropertyName, links
from monitor.query.lexer import position_of
from monitor.query.tree import Property
from scrapers.model import MediaKind

HAS = (*(str(kind) for kind in MediaKind), "link", "forward")
"""What `has:` knows."""

IS = ("edited", "forwarded", "deleted")
"""What `is:` knows."""

KINDS = ("telegram_web", "telegram", "feed", "page", "sitemap")
"""What `kind:` knows: every kind of source."""

_CLOSED = {"has": HAS, "is": IS, "kind": KINDS}

COUNTERS = ("views", "forwards")
"""Fields that are numbers."""

_LANGUAGES = {
    **dict.fromkeys(["rus", "рус", "рос"], "ru"),
    **dict.fromkeys(["ukr", "укр"], "uk"),
    **dict.fromkeys(["ces", "cze", "češ", "чеш"], "cs"),
    **dict.fromkeys(["eng", "анг"], "en"),
    **dict.fromkeys(["bel", "бел", "біл"], "be"),
    **dict.fromkeys(["bul", "бол"], "bg"),
    **dict.fromkeys(["slk", "slo", "сло"], "sk"),
}
"""Codes of ours by how other codes and names of their languages begin."""

_CODE = re.compile(r"[a-z]{2}|.*[*?].*", re.DOTALL)
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)(.*)")
_NUMBER = re.compile(r"(\d{1,15}(?:[.,]\d{1,3})?)([KkMm]?)")
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}
_WILDCARD = re.compile("[*?]")


def reads_counters(test: Property) -> bool:
    """Whether the answer can change when only views or forwards do."""
    return test.name in COUNTERS


def fact(test: Property, query: str) -> Fits | Counts | Links:
    """The part that asks `test`, which stands in `query`. Raises QueryError."""
    if test.name in COUNTERS or test.name == "age":
        return _counts(test, query)
    value = test.value.casefold()
    if not value:
        hint = "write a value, or remove the field"
        raise _error(f"{test.name}: has no value", test, query, hint)
    if test.name == "link":
        return _links(test, query)
    if test.name in _CLOSED:
        _know(test, value, _CLOSED[test.name], query)
    if test.name == "lang" and not _CODE.fullmatch(value):
        close = _LANGUAGES.get(value[:3])
        hint = (
            f"did you mean lang:{close}?"
            if close
            else "languages are ru, uk, cs, en and other codes of two letters"
        )
        raise _error(f"{test.value!r} is no code of a language", test, query, hint)
    name = cast("PropertyName", test.name)
    if _WILDCARD.search(value):
        return Fits(name, value, re.compile(fnmatch.translate(value.replace("[", "[[]"))))
    return Fits(name, value)


def _links(test: Property, query: str) -> Links:
    if not re.search(r"\w", test.value):
        raise _error("no letter or digit to look for", test, query, "write a host, like link:example.org")
    return links(test.value)


def _know(test: Property, value: str, known: Sequence[str], query: str) -> None:
    if fnmatch.filter(known, value.replace("[", "[[]")):
        return
    close = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"{test.name}: knows {', '.join(known)}"
    raise _error(f"{test.name}: does not know {test.value!r}", test, query, hint)


def _counts(test: Property, query: str) -> Counts:
    name = cast("NumberName", test.name)
    low, dots, high = test.value.partition("..")
    try:
        if dots:
            return Counts(name, _read(name, low), _read(name, high))
        comparison = _COMPARISON.fullmatch(test.value)
        operator, number = comparison.groups() if comparison else ("", "")
        return Counts(name, *_bounds(operator, _read(name, number)))
    except ValueError:
        message, hint = _badly_counted(test)
        raise _error(message, test, query, hint) from None


def _badly_counted(test: Property) -> tuple[str, str]:
    if test.name == "age":
        return f"{test.value!r} is not a length of time", "write age:<2h, age:>=7d or age:1d..2d"
    hint = f"write {test.name}:>500, {test.name}:<=1.5M or {test.name}:100..2K"
    return f"{test.value!r} is not a number or a comparison", hint


def _read(name: NumberName, written: str) -> float:
    """A number, or a length of time in seconds. Raises ValueError."""
    if name == "age":
        return parse_duration(written).total_seconds()
    number = _NUMBER.fullmatch(written)
    if number is None:
        raise ValueError(f"{written!r} is not a number")
    return float(number[1].replace(",", ".")) * _TIMES[number[2].upper()]


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


def _error(message: str, test: Property, query: str, hint: str) -> QueryError:
    return QueryError(message, query=query, position=position_of(query, test.at), hint=hint)
