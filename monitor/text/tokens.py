"""A text cut into words, each with its place in the original, its form and its possible dictionary forms."""

from dataclasses import dataclass

from monitor.text.lemmas import lemmas_of
from monitor.text.normalise import WORD, normalise_word


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    start: int  # offset in characters of the ORIGINAL text
    end: int  # one past its last character
    exact: str  # as `normalise_word` has it
    lemmas: tuple[str, ...]  # every plausible dictionary form


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text as it was written, and its words in order."""

    original: str
    tokens: tuple[Token, ...]


def analyse_text(original: str, language: str | None) -> Text:
    """Cut `original` into words. `language` (ISO 639-1) narrows the dictionary forms; None: all of ours."""
    return Text(original=original, tokens=tuple(_tokens(original, language)))


def _tokens(original: str, language: str | None) -> list[Token]:
    tokens = []
    for match in WORD.finditer(original):
        exact = normalise_word(match[0])
        if exact:
            tokens.append(Token(match.start(), match.end(), exact, lemmas_of(exact, language)))
    return tokens
