"""Digits that stand for letters, as in "м0билизация" and "mob1lizace".

Such a word is read as it is written, and as what it looks like besides. What usually is written with digits
is left alone: a digit at the end of a word or before a short one counts something ("рота3", "5km").
"""

import re
from collections.abc import Iterator
from itertools import islice, product

_CYRILLIC = {"0": "о", "1": "иі", "3": "зе", "4": "ч", "6": "б"}
_LATIN = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t"}

_DISGUISED = re.compile(
    r"(?=.{2,40}$)(?=[^\d']*(?:\d[^\d']*){1,3}$)"  # one to three digits
    r"(?:(?!\d)|(?=.{5}))"  # none first in a short word
    r".*(?:[^\d]|0)"  # none last but a 0
)
_FEWEST_LETTERS = 2
_MOST_READINGS = 16


def undisguised(form: str) -> Iterator[tuple[str, bool]]:
    """What `form`, in normal form, may look like with letters for digits, and whether that is certain.

    0 looks like nothing but o, whether a dictionary has the word or not; any other digit may be a number.
    """
    if not _DISGUISED.fullmatch(form) or sum(map(str.isalpha, form)) < _FEWEST_LETTERS:
        return
    looks = _looks(form)
    letters = [looks.get(letter, "") if letter.isdigit() else letter for letter in form]
    is_sure = set(filter(str.isdigit, form)) == {"0"}
    for reading in islice(product(*letters), _MOST_READINGS):
        yield "".join(reading), is_sure


def _looks(form: str) -> dict[str, str]:
    cyrillic = any("а" <= letter <= "џ" for letter in form)
    return _CYRILLIC if cyrillic else _LATIN
