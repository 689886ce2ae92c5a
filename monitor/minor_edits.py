"""Which edits of an article say nothing new: a mended typing error, a counter, an advertisement. Pure.

Sites touch their articles all day; a revision for each would bury the one that took a sentence back.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from monitor.diff import Piece, Stretch, word_diff
from monitor.text.lemmas import is_listed
from monitor.text.normalise import normalise_word

SHORTEST_MISTYPED = 4
"""Letters of a word below which every change counts: "не" is short."""

MOST_MENDED = 20
"""Words in one place beyond which so much is new that it counts."""

LONGEST_WORD = 40
"""Letters of a word; comparing takes the square of them."""

LONGEST_ASIDE = 20
"""Words of a line that reads like an advertisement and is one."""

_WORD = re.compile(r"\w+")
_DRESS = re.compile(r"[\s\"'«»„“”‚‘’.,;:…—–!()\[\]·•|]*")
_COUNTER = re.compile(
    r"(?:\W|\d|\b(?:"
    r"просмотр(?:ов|а|ы)?|комментари(?:ев|й|я|и)|обновлено|сегодня|мин|"
    r"перегляд(?:ів|и)?|коментар(?:ів|і)?|оновлено|сьогодні|хв|"
    r"zobrazení|zhlédnutí|komentář(?:ů|e)?|diskus[ei]|diskuz[ei]|příspěvk[ůy]|aktualizováno|dnes|čtení|min|"
    r"views?|comments?|shares?|likes?|updated|today|read|minutes?"
    r")\b)+",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\W*(?:"
    r"реклама|на правах рекламы|читайте также|читайте ещ[её]|смотрите также|подпи(?:сывайтесь|шитесь)|"
    r"читайте також|дивіться також|підпи(?:суйтесь|шіться)|"
    r"reklama|inzerce|komerční sdělení|čtěte také|čtěte i|přečtěte si(?: také)?|mohlo by vás zajímat|"
    r"advertisement|sponsored|read more|read also|see also|related|subscribe|sign up"
    r")\W*(?:$|[:→»—–])",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\bnewsletter|\bdonate\b|support (?:us\b|our (?:journalis|newsroom|reporting|site))|"
    r"(?:podpořte|podpořit) (?:nás\b|nezávislou (?:redakci|žurnalistiku)|(?:naši|naší) (?:redakci|práci))|"
    r"darem na (?:náš )?účet|do e-?mailu\b.*(?:adres|přihl|odebír|zadejte)|článek (?:právě )?čte \D*\d|"
    r"(?:поддержите|поддержать) (?:нас\b|(?:нашу )?редакцию|издание)|рассылк\w+ .*(?:адрес|почт)|"
    r"підтрима(?:йте|ти) (?:нас\b|(?:нашу )?редакцію|видання)|розсилк\w+ .*(?:адрес|пошт)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"correct|apolog|retract|clarif|errat|regret|поправк|уточн|исправл|опроверг|опроверж|извин|"
    r"виправл|спростув|вибач|уточнен|oprav|omlouv|omluv|upřesn|dementi|dementu",
    re.IGNORECASE,
)


def is_minor(before: str, after: str, *, typo_distance: int) -> bool:
    """Whether `after` says what `before` said.

    Adverts and calls to read on, to subscribe or to give may come, go and change, unless they speak of a
    correction; so may lines that hold nothing but counters and hours, and quotation marks, commas and full
    stops. A word may become another of the same first letter from which `typo_distance` letters tell it
    apart, where a dictionary has one of the two and not the other: who writes "убил" for "убит" says
    something else. Names always count.
    """
    stretches = word_diff(_said(before), _said(after))
    changes = [one for one in stretches if one.piece is Piece.KEPT or not _DRESS.fullmatch(one.text)]
    return all(_is_mended(removed, added, typo_distance) for removed, added in _replacements(changes))


def _said(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not (_is_aside(line) or _is_counter(line)))


def _is_counter(line: str) -> bool:
    return _COUNTER.fullmatch(line) is not None and any(map(str.isalpha, line))


def _is_aside(line: str) -> bool:
    if not (_ASIDE.match(line) or _CALL.search(line)) or _CORRECTION.search(line):
        return False
    return len(_WORD.findall(line)) <= LONGEST_ASIDE


def _replacements(stretches: list[Stretch]) -> Iterator[tuple[str, str]]:
    """What went and what came in its place; either may be nothing."""
    end = Stretch(Piece.KEPT, "")
    for before, one in pairwise([end, *stretches, end]):
        if before.piece is Piece.REMOVED and one.piece is not Piece.ADDED:
            yield before.text, ""
        elif one.piece is Piece.ADDED:
            yield before.text if before.piece is Piece.REMOVED else "", one.text


def _is_mended(removed: str, added: str, typo_distance: int) -> bool:
    old, new = _WORD.findall(removed), _WORD.findall(added)
    if not old or len(old) != len(new) or len(old) > MOST_MENDED:
        return False
    if not _DRESS.fullmatch(_WORD.sub("", removed + added)):
        return False
    return all(_is_typo(one, other, typo_distance) for one, other in zip(old, new, strict=True))


def _is_typo(old: str, new: str, typo_distance: int) -> bool:
    if old[0].isupper() or new[0].isupper():
        return old == new
    one, other = normalise_word(old), normalise_word(new)
    if one == other:
        return True
    letters = sorted((len(one), len(other)))
    if letters[0] < SHORTEST_MISTYPED or letters[1] > LONGEST_WORD or one[0] != other[0]:
        return False
    if not (one + other).isalpha() or _distance(one, other) > typo_distance:
        return False
    return is_listed(one) != is_listed(other)


def _distance(one: str, other: str) -> int:
    """Letters to insert, remove or replace (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        above, row = row, [place]
        for beside, also in enumerate(other, 1):
            row.append(min(above[beside] + 1, row[-1] + 1, above[beside - 1] + (letter != also)))
    return row[-1]
