"""Russian words with their forms: what pymorphy3's dictionary says, in a fifth of its memory.

The table is made by `python -m quality.russian_words`; see ORIGIN.md beside it. It is text, kept as it is
read: stems with the numbers of their paradigms, paradigms with their endings, ends of words with what these
make likely.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

CODE = "cp1251"
"""Encoding: a byte a letter."""

SECTION, PARADIGM = b"\x00", b"\x01"
"""Between the parts of the table, and before every paradigm."""

MARK = b"~"
"""Behind the prefix that goes with an ending: "по~ее"."""

ADVERB, ACTIVE, OWN = b"<", b"-", b">"
"""What the second dictionary form is: the adverb of a comparative, the verb without -ся, or one of its own,
whose ending follows."""

PREFIXES = (b"", "по".encode(CODE), "наи".encode(CODE))
"""Those that go with endings."""

LONGEST_END = 5  # letters

CROWDED = b"+"
"""Instead of its paradigms behind a stem that has many; they are told by stem and ending."""

_APART = 900  # characters between two places where a search begins
_AT_HAND = 64  # forms; readers ask several times about the word that they are at


class Reading(NamedTuple):
    """One way to read a form."""

    stem: bytes
    paradigm: int
    second: bytes  # empty, `ADVERB`, `ACTIVE`, or `OWN` with an ending
    weight: float  # how likely, beside other readings of the form


class RussianWords:
    """The table."""

    def __init__(self) -> None:
        import zlib
        from importlib import resources

        table = zlib.decompress(resources.files(__name__).joinpath("words.zlib").read_bytes())
        prefixes, paradigms, stems, ends, doubted = table.split(SECTION)
        self.prefixes = tuple(prefixes.split())  # that change no ending: "анти"
        self._paradigms = paradigms
        self._starts = array("I", [found.end() for found in re.finditer(PARADIGM, paradigms)])
        self.known = lru_cache(_AT_HAND)(self._known)
        """Every reading of a form that the dictionary has."""
        self._stems, self._ends, self._doubted = _Lines(stems), _Lines(ends), _Lines(doubted)

    def _known(self, form: bytes) -> tuple[Reading, ...]:
        found: list[Reading] = []
        for prefix in PREFIXES:
            if form.startswith(prefix):
                mark = prefix and prefix + MARK
                for at in range(len(prefix), len(form) + 1):
                    stem = form[len(prefix) : at]
                    if paradigms := self._stems.get(stem):
                        found += self._of_stem(stem, paradigms, mark + form[at:])
        return tuple(found)

    def _of_stem(self, stem: bytes, paradigms: bytes, ending: bytes) -> Iterator[Reading]:
        if paradigms == CROWDED:
            paradigms = self._stems.get(stem + CROWDED + ending)
        for paradigm in filter(None, paradigms.split(b",")):
            yield from self._readings(stem, int(paradigm), ending, 1.0)

    def guessed(self, form: bytes) -> Iterator[Reading]:
        """What words with the same end as `form` make likely."""
        for prefix in PREFIXES:
            if not form.startswith(prefix):
                continue
            mark = prefix and prefix + MARK
            ends = (self._ends.get(mark + form[-length:]) for length in range(LONGEST_END, 0, -1))
            for rule in filter(None, next(filter(None, ends), b"").split(b",")):
                paradigm, cut, percent = map(int, rule.split(b":"))
                at = len(form) - cut
                if at >= len(prefix):
                    stem, ending = form[len(prefix) : at], mark + form[at:]
                    yield from self._readings(stem, paradigm, ending, percent / 100)

    def doubted(self, form: bytes) -> bytes:
        """The dictionary forms that `form` hardly ever has, with commas between them."""
        return self._doubted.get(form)

    def lemma(self, reading: Reading) -> bytes:
        """The dictionary form."""
        start = self._starts[reading.paradigm] + 1
        return joined(reading.stem, self._paradigms[start : self._paradigms.index(b"\n", start)])

    def forms(self, reading: Reading) -> Iterator[bytes]:
        """The whole paradigm."""
        start, end = self._bounds(reading.paradigm)
        _, _, *lines, _ = self._paradigms[start:end].split(b"\n")
        return (joined(reading.stem, line.partition(b"|")[0]) for line in lines)

    def _readings(self, stem: bytes, paradigm: int, ending: bytes, share: float) -> Iterator[Reading]:
        value = _value(self._paradigms, ending, *self._bounds(paradigm))
        for item in filter(None, value.split(b"|")):
            second = item.lstrip(b"0123456789")
            count = int(item[: len(item) - len(second)])
            yield Reading(stem, paradigm, second, share * count)

    def _bounds(self, paradigm: int) -> tuple[int, int]:
        after = paradigm + 1
        end = self._starts[after] - 1 if after < len(self._starts) else len(self._paradigms)
        return self._starts[paradigm], end


def joined(stem: bytes, ending: bytes) -> bytes:
    """A form, with the prefix that goes with its ending."""
    prefix, mark, rest = ending.partition(MARK)
    return prefix + stem + rest if mark else stem + ending


class _Lines:
    """Values by key, in lines of a text that is sorted by key."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts = array("I")
        start = 0
        while 0 <= start < len(text) - 1:
            self._starts.append(start)
            start = text.find(b"\n", start + _APART)
        self._firsts = [text[start + 1 : text.index(b"|", start)] for start in self._starts]
        self._starts.append(len(text))

    def get(self, key: bytes) -> bytes:
        """Empty where the text lacks it."""
        number = bisect_right(self._firsts, key)
        if not number:
            return b""
        return _value(self._text, key, self._starts[number - 1], self._starts[number] + 1)


def _value(text: bytes, key: bytes, start: int, end: int) -> bytes:
    """What stands behind `key` in the lines from `start` to `end`, empty where it is not there."""
    line = text.find(b"\n" + key + b"|", start, end)
    if line < 0:
        return b""
    start = line + len(key) + 2
    return text[start : text.index(b"\n", start)]
