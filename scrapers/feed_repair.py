"""Mending the commonest fault of feeds, so that a strict parser can read them: ampersands left bare. Pure."""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Final

_KEPT: Final = re.compile(r"<!\[CDATA\[|<!--")
_ENDS: Final = {"<![CDATA[": "]]>", "<!--": "-->"}
_AMPERSAND: Final = re.compile(r"&(?:#([0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_OF_XML: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_MARKUP: Final = frozenset("<>&\"'")


def with_sound_ampersands(document: str) -> str:
    """`document` with HTML's entities as their characters, and every other stray ampersand escaped.

    XML knows five entities; what a DOCTYPE would define is not read. CDATA sections and comments stay as they
    are: there an ampersand is itself.
    """
    return "".join(_pieces(document))


def _pieces(document: str) -> Iterator[str]:
    """Mended text and what is kept, in turn; a section without an end is not looked for again."""
    at, unended = 0, set[str]()
    for section in _KEPT.finditer(document):
        begin = section.start()
        if begin < at or section[0] in unended:
            continue
        end = document.find(_ENDS[section[0]], section.end())
        if end < 0:
            unended.add(section[0])
            continue
        yield _AMPERSAND.sub(_mended, document[at:begin])
        at = end + 3
        yield document[begin:at]
    yield _AMPERSAND.sub(_mended, document[at:])


def _mended(match: re.Match[str]) -> str:
    whole, name = match[0], match[2]
    if name in _OF_XML or (match[1] and _is_character(match[1])):
        return whole
    character = html5.get(f"{name};") if name else None
    if character is None or _MARKUP.intersection(character):
        return f"&amp;{whole[1:]}"
    return character


def _is_character(number: str) -> bool:
    """Whether a character reference is one that XML 1.0 allows."""
    code = int(f"0{number}", 0) if number[0] in "xX" else int(number)
    return (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
