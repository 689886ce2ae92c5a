"""Operators typed with letters of another alphabet, as `ОR` with a Cyrillic О: no eye can tell them apart."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import product

from monitor.text.homoglyphs import repair
from monitor.text.letters import INVISIBLE

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LATIN_ONLY = "R"  # nothing in another alphabet looks like it
_TO_FULL_WIDTH = ord("Ａ") - ord("A")


def plain(word: str) -> str:
    """`word` as it looks: with nothing invisible, in one alphabet."""
    return repair(unicodedata.normalize("NFKC", _INVISIBLE.sub("", word)))


def spellings(operators: Iterable[str]) -> set[str]:
    """All words of letters that look like one of `operators`, themselves left out."""
    found: set[str] = set()
    for operator in operators:
        found.update(map("".join, product(*[letter + _LOOKS.get(letter, "") for letter in operator])))
        found.add("".join(chr(ord(letter) + _TO_FULL_WIDTH) for letter in operator))
    return found.difference(operators)


def _look_alikes() -> dict[str, str]:
    """By a Latin letter the Greek and Cyrillic ones that are taken for it."""
    found: dict[str, str] = {}
    for letter in map(chr, range(0x370, 0x530)):
        looks = repair(_LATIN_ONLY + letter)
        if looks.isascii():
            found[looks[1]] = found.get(looks[1], "") + letter
    return found


_LOOKS = _look_alikes()
