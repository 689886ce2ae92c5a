"""From `field:value` to the part that asks it of an item."""

import difflib
import fnmatch
import re
from collections.abc import Sequence
from typing import cast

from monitor.query.errors import QueryError
from monitor.query.facts import Counts, Fits, Links, NumberName, PropertyName, links
from monitor.query.lexer import position_of
from monitor.query.numbers import BadNumber, bounds
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
    try:
        return Counts(name, *bounds(name, test.value))
    except BadNumber as error:
        raise _error(str(error), test, query, error.hint) from None


def _error(message: str, test: Property, query: str, hint: str) -> QueryError:
    return QueryError(message, query=query, position=position_of(query, test.at), hint=hint)
