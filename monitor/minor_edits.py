"""Which edits of an article say nothing new: a mended typing error, a counter, an advertisement. Pure.

Sites touch their articles all day; a revision for each would bury the one that took a sentence back.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from monitor.diff import Piece, Stretch, word_diff

SHORTEST_MISTYPED = 4
"""Letters of a word below which every change counts: "не" is short."""

SHORT_LINE = 8
"""Words of a line up to which its numbers are taken for counters and hours, not for what is reported."""

LONGEST_ASIDE = 20
"""Words of a line that begins like an advertisement and is one."""

MOST_MENDED = 20
"""Words in one place beyond which so much is new that it counts."""

LONGEST_WORD = 40
"""Letters of a word; comparing takes the square of them."""

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[\s.,:]\d+)*")
_ASIDE = re.compile(
    r"\W*(?:"
    r"реклама|на правах рекламы|читайте также|читайте ещ[её]|смотрите также|подпи(?:сывайтесь|шитесь)|"
    r"читайте також|дивіться також|підпи(?:суйтесь|шіться)|"
    r"reklama|inzerce|komerční sdělení|čtěte také|čtěte i|přečtěte si|mohlo by vás zajímat|sledujte nás|"
    r"advertisement|sponsored|read more|read also|see also|related|subscribe|follow us|sign up"
    r")\b",
    re.IGNORECASE,
)


def is_minor(before: str, after: str, *, typo_distance: int) -> bool:
    """Whether `after` says what `before` said.

    Adverts and calls to read on may come, go and change, and so may the numbers of short lines and all that
    is no word. A word may become another of the same first letter from which `typo_distance` letters tell it
    apart, if neither holds a number: "недоволен" and "доволен" begin differently. Nothing else may change.
    """
    stretches = word_diff(_said(before), _said(after))
    changes = [one for one in stretches if one.piece is Piece.KEPT or _WORD.search(one.text)]
    return all(
        _is_mended(removed, added, typo_distance)
        for removed, added in _replacements(changes)
        if removed or added
    )


def _said(text: str) -> str:
    return "\n".join(_without_counters(line) for line in text.splitlines() if not _is_aside(line))


def _is_aside(line: str) -> bool:
    return _ASIDE.match(line) is not None and len(_WORD.findall(line)) <= LONGEST_ASIDE


def _without_counters(line: str) -> str:
    return _NUMBER.sub("0", line) if len(_WORD.findall(line)) <= SHORT_LINE else line


def _replacements(stretches: list[Stretch]) -> Iterator[tuple[list[str], list[str]]]:
    """What went and what came in its place, as words; either may be none."""
    end = Stretch(Piece.KEPT, "")
    for before, one in pairwise([end, *stretches, end]):
        if before.piece is Piece.REMOVED and one.piece is not Piece.ADDED:
            yield _WORD.findall(before.text), []
        elif one.piece is Piece.ADDED:
            yield _WORD.findall(before.text if before.piece is Piece.REMOVED else ""), _WORD.findall(one.text)


def _is_mended(removed: list[str], added: list[str], typo_distance: int) -> bool:
    return len(removed) == len(added) <= MOST_MENDED and all(
        _is_typo(old, new, typo_distance) for old, new in zip(removed, added, strict=True)
    )


def _is_typo(old: str, new: str, typo_distance: int) -> bool:
    if old == new:
        return True
    letters = sorted((len(old), len(new)))
    if letters[0] < SHORTEST_MISTYPED or letters[1] > LONGEST_WORD:
        return False
    return old[0] == new[0] and (old + new).isalpha() and _distance(old, new) <= typo_distance


def _distance(one: str, other: str) -> int:
    """Letters to insert, remove or replace (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        above, row = row, [place]
        for beside, also in enumerate(other, 1):
            row.append(min(above[beside] + 1, row[-1] + 1, above[beside - 1] + (letter != also)))
    return row[-1]
