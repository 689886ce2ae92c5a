"""What an edit changed, word by word. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

MOST_PAIRS = 100_000
"""Of equal words in the changed stretch of either text, beyond which all of it counts as replaced: comparing
takes at least one step for each pair, and hostile texts are made of one word."""

_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")
_ELLIPSIS = "…"


class Piece(StrEnum):
    """What became of a stretch of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of text with one fate."""

    piece: Piece
    text: str

    @property
    def marked(self) -> str:
        """With marks that need no colour: `[-old-]`, `{+new+}`."""
        left, right = _MARKS[self.piece]
        return f"{left}{self.text}{right}"


_MARKS = {Piece.KEPT: ("", ""), Piece.REMOVED: ("[-", "-]"), Piece.ADDED: ("{+", "+}")}


def word_diff(before: str, after: str) -> tuple[Stretch, ...]:
    """How `before` became `after`."""
    # A space in front of both: words carry the space before them, and the first one is a word like any.
    old, new = _TOKEN.findall(f" {before}"), _TOKEN.findall(f" {after}")
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _compared(old[start : len(old) - end], new[start : len(new) - end])
    kept = (Stretch(Piece.KEPT, "".join(old[:start])), Stretch(Piece.KEPT, "".join(old[len(old) - end :])))
    told = _without_first_space(list(_joined([kept[0], *middle, kept[1]])))
    return tuple(stretch for stretch in told if stretch.text)


def _without_first_space(stretches: list[Stretch]) -> list[Stretch]:
    first, *rest = stretches
    if first.piece is Piece.KEPT:
        return [Stretch(first.piece, first.text[1:]), *rest]
    second, *rest = rest
    # A word that went, or came, before one that stayed takes the space between them along.
    taken = " " if second.piece is Piece.KEPT else ""
    return [Stretch(first.piece, first.text[1:] + taken), Stretch(second.piece, second.text[1:]), *rest]


def marked(stretches: Iterable[Stretch]) -> str:
    """A diff as one text, its changes marked: "rotace v [-březnu-] {+červnu+}"."""
    return "".join(stretch.marked for stretch in stretches).replace("-]{+", "-] {+")


def digest(stretches: Iterable[Stretch], limit: int = 200) -> str:
    """The changes with a few words around each, on one line of at most `limit` characters; "" if none."""
    told = list(stretches)
    if all(stretch.piece is Piece.KEPT for stretch in told):
        return ""
    line = " ".join("".join(_shortened(told)).replace("-]{+", "-] {+").split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + _ELLIPSIS


_AROUND = 24  # characters kept on either side of a change
_LONGEST_CHANGE = 80


def _shortened(stretches: list[Stretch]) -> Iterator[str]:
    for place, stretch in enumerate(stretches):
        if stretch.piece is Piece.KEPT:
            yield _context(stretch.text, first=place == 0, last=place == len(stretches) - 1)
        else:
            text = stretch.text
            text = text if len(text) <= _LONGEST_CHANGE else text[: _LONGEST_CHANGE - 1] + _ELLIPSIS
            yield Stretch(stretch.piece, text).marked


def _context(text: str, *, first: bool, last: bool) -> str:
    """The ends of a kept stretch that touch a change."""
    if len(text) <= _AROUND * (1 if first or last else 2):
        return text
    before = "" if first else text[:_AROUND].rpartition(" ")[0] or text[:_AROUND]
    after = "" if last else text[-_AROUND:].partition(" ")[2] or text[-_AROUND:]
    return f"{before} {_ELLIPSIS} {after}" if not (first or last) else f"{before}{_ELLIPSIS}{after}"


def _common(one: list[str], other: list[str]) -> int:
    """How many tokens two lists begin with alike."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def _compared(old: list[str], new: list[str]) -> Iterator[Stretch]:
    if _pairs(old, new) > MOST_PAIRS:
        yield from (Stretch(Piece.REMOVED, "".join(old)), Stretch(Piece.ADDED, "".join(new)))
        return
    for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Stretch(Piece.KEPT, "".join(old[start:end]))
            continue
        yield Stretch(Piece.REMOVED, "".join(old[start:end]))
        yield Stretch(Piece.ADDED, "".join(new[begin:stop]))


def _pairs(old: list[str], new: list[str]) -> int:
    counts = Counter(old)
    return sum(counts[token] for token in new)


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Without empty ones; the space before a replaced word is kept, not replaced; neighbours are joined."""
    told: list[Stretch] = []
    for stretch in stretches:
        if not stretch.text:
            continue
        if told and told[-1].piece is stretch.piece:
            told[-1] = Stretch(stretch.piece, told[-1].text + stretch.text)
        elif told and (told[-1].piece, stretch.piece) == (Piece.REMOVED, Piece.ADDED):
            told[-1:] = _replaced(told[-1].text, stretch.text)
        else:
            told.append(stretch)
    return _merged(told)


def _merged(stretches: list[Stretch]) -> Iterator[Stretch]:
    for piece, run in groupby(stretches, key=lambda stretch: stretch.piece):
        yield Stretch(piece, "".join(stretch.text for stretch in run))


def _replaced(old: str, new: str) -> list[Stretch]:
    space = old[: len(old) - len(old.lstrip())]
    if not space or not new.startswith(space) or space in (old, new):
        return [Stretch(Piece.REMOVED, old), Stretch(Piece.ADDED, new)]
    kept = Stretch(Piece.KEPT, space)
    return [kept, Stretch(Piece.REMOVED, old[len(space) :]), Stretch(Piece.ADDED, new[len(space) :])]
