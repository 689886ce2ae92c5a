"""How usual runs of three to five letters are in each language: what tells languages apart in few words.

The tables are made by `python -m quality.letter_runs`; see ORIGIN.md beside them.
"""

import sys
import zlib
from array import array
from collections.abc import Mapping
from zlib import crc32

from monitor.text.memo import Memo

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "cyrillic": ("ru", "uk", "be", "bg"),
    "latin": ("cs", "sk", "en"),
}
"""By script, in the order of their levels in a table. ISO 639-1."""

LENGTHS = (3, 4, 5)
"""Letters of a run."""

SLOTS = 1 << 18
"""Of a table: two bytes with the levels of up to four languages, four bits each, and one to check the run."""

CHECK_SHIFT = 24

STEP = 0.75
"""Difference of one level in the natural logarithm of a run's share."""

WORDS = 3_000
"""Words of each script that are remembered."""

LONGEST = 40
"""Letters of a word that are looked at."""

_FIELD = 32  # bits that the sum of one language's levels has
_FIELD_MASK = (1 << _FIELD) - 1
_SPREAD = [
    (byte & 15) | (byte >> 4) << _FIELD for byte in range(256)
]  # two levels, each in a field of its own


def place_of(run: str) -> int:
    """Where a run is looked for: its slot by the remainder, its check by the top byte."""
    return crc32(run.encode("utf-16-le"))


class LetterRuns:
    """The table of one script."""

    def __init__(self, script: str) -> None:
        from importlib import resources

        packed = resources.files(__name__).joinpath(f"{script}.zlib").read_bytes()
        table = zlib.decompress(packed)
        self._levels = array("H", table[: 2 * SLOTS])
        if sys.byteorder == "big":
            self._levels.byteswap()
        self._checks = table[2 * SLOTS :]
        self._sums = Memo(self._sum, most=WORDS)
        self._fields = range(0, _FIELD * len(LANGUAGES[script]), _FIELD)

    def levels(self, words: list[str]) -> list[int]:
        """How well lower-case `words` fit each language, as a sum of levels over all their runs."""
        total = sum(map(self._sums.__getitem__, words))
        return [total >> field & _FIELD_MASK for field in self._fields]

    def _sum(self, word: str) -> int:
        code = word[:LONGEST].encode("utf-16-le")
        places = [crc32(code[at : at + 2 * n]) for n in LENGTHS for at in range(0, len(code) - 2 * n + 1, 2)]
        total = 0
        for place in places:
            slot = place % SLOTS
            if self._checks[slot] == place >> CHECK_SHIFT:
                levels = self._levels[slot]
                total += _SPREAD[levels & 255] + (_SPREAD[levels >> 8] << 2 * _FIELD)
        return total
