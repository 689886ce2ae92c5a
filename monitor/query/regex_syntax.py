r"""What patterns say before RE2 reads them: `\w`, `\W`, `\s` and `\S` know all our alphabets and blanks.

RE2's own know ASCII alone: `мобилиз\w+` would never match, nor `195\s?тыс` where the blank is a no-break one.
Ranges of whole alphabets stand for them, with a few signs between; `\pL`, which has none, takes twenty times
the states. The edges `\b` and `\B` cannot be widened: they are refused where they would fail.

The syntax: https://github.com/google/re2/wiki/Syntax
"""

import re

_LETTERS = (
    r"ªµºÀ-ÖØ-öø-\x{1fff}\x{2126}\x{212a}\x{212b}\x{2c00}-\x{2dff}\x{3040}-\x{d7ff}\w"  # the last is ASCII's
)
_OTHERS = (  # all but _LETTERS, since no class can hold what is not of another
    r"\x00-/:-@\[-\^`{-©«-´¶-¹»-¿×÷\x{2000}-\x{2125}\x{2127}-\x{2129}"
    r"\x{212c}-\x{2bff}\x{2e00}-\x{303f}\x{e000}-\x{10ffff}"
)
_BLANKS = r"\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\s"

_IN_CLASS = {r"\w": _LETTERS, r"\W": _OTHERS, r"\s": _BLANKS}
_ALONE = {r"\w": f"[{_LETTERS}]", r"\W": f"[^{_LETTERS}]", r"\s": f"[{_BLANKS}]", r"\S": f"[^{_BLANKS}]"}

_UNIT = re.compile(
    r"""
    \\Q .*? (?: \\E | \Z )                                                  # letter for letter
  | \\ (?: [xpP]\{[^}]*\} | x[0-9A-Fa-f]{2} | [pP]. | [0-7]{1,3} | . )      # an escape
  | \[ \^? \]? (?: \[:\^?\w+:\] | \\. | [^\]\\] )* \]                         # a class
  | \{ [^}]* \}                                                               # a count
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_NAMED_CLASS = re.compile(r"\[:\^?(?:alpha|alnum|word|upper|lower):\]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]|\\[pP]|\\x\{")
_ONE_WORD = re.compile(r"\\b([\w' -]*\w)\\b")


class BadPattern(ValueError):
    """What RE2 cannot read, or what would match everywhere, or never.

    `offset` is where in the pattern the fault stands, in characters; None where that is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        offset: int | None = None,
        hint: str = "the syntax is RE2's: no look-around, no references back",
    ) -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


def units(pattern: str) -> list[str]:
    """`pattern` in pieces: single characters, escapes, classes, counts."""
    return _UNIT.findall(pattern)


def widened(pattern: str) -> str:
    r"""`pattern` with what `\w`, `\W`, `\s` and `\S` in it stand for."""
    return "".join(map(_widened, units(pattern))) if "\\" in pattern else pattern


def refuse_ascii_only(pattern: str) -> None:
    r"""Refuse what RE2 would read as of ASCII alone where the pattern is about more: `\b` beside Cyrillic.

    Raises BadPattern.
    """
    offset = 0
    for unit in units(pattern):
        if unit in (r"\b", r"\B") and _reaches_beyond_ascii(pattern):
            raise BadPattern(
                f"{unit} knows words of ASCII letters only", offset=offset, hint=_instead_of_edges(pattern)
            )
        if unit[0] == "[" and (named := _NAMED_CLASS.search(unit)):
            hint = (
                r"write \pL for a letter, \p{Lu} for a capital, \p{Ll} for a small one, \w for any of a word"
            )
            raise BadPattern(f"{named[0]} knows ASCII letters only", offset=offset + named.start(), hint=hint)
        offset += len(unit)


def _widened(unit: str) -> str:
    if unit[0] == "[":
        return _ESCAPE.sub(lambda escape: _IN_CLASS.get(escape[0], escape[0]), unit)
    return _ALONE.get(unit, unit)


def _reaches_beyond_ascii(pattern: str) -> bool:
    """Whether it looks for other letters than ASCII's; one that names no letter at all may find any."""
    if _BEYOND_ASCII.search(pattern):
        return True
    found = units(pattern)
    return any(r"\w" in unit or r"\W" in unit for unit in found) and not any(map(str.isalpha, found))


def _instead_of_edges(pattern: str) -> str:
    around = r"around a word write (^|\W) and (\W|$)"
    if word := _ONE_WORD.fullmatch(pattern):
        return f'did you mean "{word[1]}" in quotes, without slashes? Here, {around}'
    return f'{around}; whole words are found without slashes: =word, "in quotes"'
