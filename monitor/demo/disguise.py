"""How channels that copy a text make it look different to a machine and the same to a reader."""

from collections.abc import Callable, Mapping

_LATIN_TWINS = {"а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x"}  # Cyrillic -> Latin
_ZERO_WIDTH_SPACE = "\u200b"


def homoglyphs(text: str) -> str:
    """Every third letter that has a Latin twin becomes that twin."""
    shown: list[str] = []
    twins = 0
    for letter in text:
        twins += letter in _LATIN_TWINS
        shown.append(_LATIN_TWINS[letter] if letter in _LATIN_TWINS and twins % 3 == 0 else letter)
    return "".join(shown)


def zero_width(text: str) -> str:
    """A zero-width space after the second letter of every fourth word."""
    words = text.split(" ")
    return " ".join(
        word[:2] + _ZERO_WIDTH_SPACE + word[2:]
        if place % 4 == 3 and len(word) > 4 and word[:5].isalpha()
        else word
        for place, word in enumerate(words)
    )


DISGUISES: Mapping[str, Callable[[str], str]] = {"homoglyphs": homoglyphs, "zero_width": zero_width}
