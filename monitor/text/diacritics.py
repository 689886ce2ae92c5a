"""Czech and Slovak typed without diacritics, as many people do on a foreign keyboard."""

import re
import unicodedata
from collections.abc import Callable, Iterator

FEWEST_LETTERS = 12
"""Letters of a text below which the lack of diacritics says nothing."""

MOST_MARKED = 0.01
"""Share of letters with diacritics up to which a text is taken to lack them; an ordinary one has 0.15."""

LONGEST = 1_000
"""Characters that are looked at."""

_LETTERS_OF = {
    letters[0]: letters
    for letters in (
        "aáä", "cč", "dď", "eéě", "ií", "lĺľ", "nň", "oóôö", "rŕř", "sš", "tť", "uúüů", "yý", "zž",
    )
}  # fmt: skip
_MARKED = re.compile(f"[{''.join(letters[1:] for letters in _LETTERS_OF.values())}]")
_LATIN = re.compile("[a-záäčďéěíĺľňóôöŕřšťúüůýž]")


def without_marks(word: str) -> str:
    """`word` without its diacritics."""
    if word.isascii():
        return word
    return "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )


def lacks_diacritics(text: str) -> bool:
    """Whether lower-case `text` is Latin and was typed without diacritics, whatever its language.

    English always was: ask of texts in Czech, Slovak or in nobody knows which language.
    """
    text = text[:LONGEST]
    marked = 0 if text.isascii() else len(_MARKED.findall(text))
    if marked > MOST_MARKED * len(text):  # as of most texts
        return False
    letters = len(_LATIN.findall(text))
    return letters >= FEWEST_LETTERS and marked <= MOST_MARKED * letters


def spelled_like(bare: str, first_from: Callable[[str], str | None]) -> Iterator[str]:
    """The words that read `bare` without their diacritics, `bare` itself among them.

    `first_from` gives the first word of a sorted list that is not before what it is given. It is asked once
    for every beginning that some word has in common with `bare`: some twenty times.
    """
    sought: str | None = bare
    while sought is not None:
        word = first_from(sought)
        if word is None:
            return
        if without_marks(word) == bare:
            yield word
        sought = _next_spelling(bare, word)


def _next_spelling(bare: str, word: str) -> str | None:
    """The first spelling of `bare` behind `word`, None where there is none."""
    alike = 0
    while alike < min(len(bare), len(word)) and word[alike] in _letters_of(bare[alike]):
        alike += 1
    for place in range(min(alike, len(bare) - 1), -1, -1):
        there = word[place : place + 1]
        for letter in _letters_of(bare[place]):
            if letter > there:
                return word[:place] + letter + bare[place + 1 :]
    return None


def _letters_of(letter: str) -> str:
    return _LETTERS_OF.get(letter, letter)
