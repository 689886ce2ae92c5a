"""A text cut into words, each with its place in the original, its form and its possible dictionary forms."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from monitor.text.lemmas import lemma_memo
from monitor.text.normalise import NORMAL_FORMS, split_words


class Token(NamedTuple):  # of which an item has a hundred: a dataclass would be thrice as slow to make
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


def _tokens(original: str, language: str | None) -> Iterator[Token]:
    """Item for item this is the most frequent loop of all, so it runs inside the interpreter."""
    pieces = split_words(original)
    bounds = list(accumulate(map(len, pieces)))
    exacts = list(map(NORMAL_FORMS.__getitem__, pieces[1::2]))
    lemmas = map(lemma_memo(language).__getitem__, exacts)
    tokens = map(Token, bounds[::2], bounds[1::2], exacts, lemmas)
    return tokens if all(exacts) else (token for token in tokens if token.exact)
