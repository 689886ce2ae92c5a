"""A text cut into words, each with its form, its possible dictionary forms and its place in the original."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from monitor.text.diacritics import lacks_diacritics
from monitor.text.fold import fold
from monitor.text.lemmas import TYPED_BARE, bare_lemma_memo, lemma_memo
from monitor.text.letters import LETTER
from monitor.text.normalise import NORMAL_FORMS, split_words

_LETTERS = re.compile(f"{LETTER}+")
_FOLDED_WORD = re.compile(f"{LETTER}+(?:'{LETTER}+)*")


class Token(NamedTuple):
    """One word of a text."""

    start: int  # offset in characters of the ORIGINAL text
    end: int  # one past its last character
    exact: str  # as `normalise_word` has it
    lemmas: tuple[str, ...]  # every plausible dictionary form


@dataclass(frozen=True, kw_only=True)  # no slots: `bounds` is kept in the instance
class Text:
    """A text as it was written, and its words in order, in columns of equal length."""

    original: str
    exacts: tuple[str, ...]  # each word as `normalise_word` has it
    lemmas: tuple[tuple[str, ...], ...]  # every plausible dictionary form of each

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """Where each word begins in the ORIGINAL text, and one past its end, in characters.

        Looked for when they are first asked for: few texts match a rule, and no other is shown.
        """
        return tuple((start, end) for start, end, _ in _placed(self.original))

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The words one by one."""
        places = zip(self.bounds, self.exacts, self.lemmas, strict=True)
        return tuple(Token(start, end, exact, lemmas) for (start, end), exact, lemmas in places)


def analyse_text(original: str, language: str | None) -> Text:
    """Cut `original` into words. `language` (ISO 639-1) narrows the dictionary forms; None: all of ours.

    In a text that was typed without diacritics some words have further ones, see `bare_lemma_memo`.
    """
    folded = fold(original)
    exacts = _exacts(original, folded)
    memo = lemma_memo(language)
    if language in TYPED_BARE and lacks_diacritics(original.lower() if folded is None else folded):
        memo = bare_lemma_memo(language)
    return Text(original=original, exacts=exacts, lemmas=tuple(map(memo.__getitem__, exacts)))


def _exacts(original: str, folded: str | None) -> tuple[str, ...]:
    if folded is not None:
        return tuple((_FOLDED_WORD if "'" in folded else _LETTERS).findall(folded))
    return tuple(exact for _, _, exact in _placed(original))


def _placed(original: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and normal form of every word that has one."""
    pieces = split_words(original)
    ends = list(accumulate(map(len, pieces)))
    exacts = map(NORMAL_FORMS.__getitem__, pieces[1::2])
    return (placed for placed in zip(ends[::2], ends[1::2], exacts, strict=False) if placed[2])
