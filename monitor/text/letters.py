"""What a word is made of as it is written, and what may hide in it."""

import re

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
"""What shows nothing (soft hyphen, zero-width, direction, variation), for a regular expression's class."""

MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
"""Combining marks, for a regular expression's class."""

APOSTROPHES = "'\u2019\u02bc\u2018\u02b9\u00b4\u0060\u02bb\uff07"
"""What is typed for an apostrophe inside a word, for a regular expression's class."""

LETTER = r"[^\W_]"
"""A letter or digit, for a regular expression."""

_INSIDE = f"[{INVISIBLE}{MARK}]"
_CYRILLIC_LETTER = "[а-яёіїєґўА-ЯЁІЇЄҐЎ]"

AT = f"@(?<={_CYRILLIC_LETTER}@)(?={_CYRILLIC_LETTER}+(?!\\.?\\w))"
"""An "@" that stands for а in a Cyrillic word, as in "з@рплата", and not in an address; for an expression."""

WORD = re.compile(f"{LETTER}++(?:(?:{_INSIDE}*(?:[{APOSTROPHES}]{_INSIDE}*)?|{AT}){LETTER}++)*[{MARK}]*")
"""A word as written: letters and digits with what may hide inside; apostrophes only between letters."""
