"""Makes the tables in `monitor/text/letter_runs` from lingua's language models.

`python -m quality.letter_runs FOLDER`: the folder `language-models` of lingua-language-detector 1.3.5 (the
last release in Python alone; Apache-2.0), which gives for runs of one to five letters how often each follows
on its beginning. They are brotli-compressed JSON; brotli is needed for this alone and is no dependency.
"""

import json
import math
import sys
import unicodedata
import zlib
from array import array
from collections.abc import Iterator, Mapping
from fractions import Fraction
from importlib import import_module
from pathlib import Path

from monitor.text.letter_runs import (
    CHECK_SHIFT,
    LANGUAGES,
    LENGTHS,
    SLOTS,
    STEP,
    place_of,
)

NAMES = ("unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams")

UNSEEN = 1e-7
"""Share that is added to each, so that what a language lacks counts against it."""

LEVELS = 16

WITHOUT_MARKS = 0.15
"""Share of Czech and Slovak that is taken to be typed without diacritics."""

HABIT = {"cs", "sk"}

HARD_PAIR = (0, 1)  # Czech and Slovak, among the Latin ones: English is told apart by nearly everything

Shares = dict[str, float]


def main(folder: Path, target: Path) -> None:
    """Write one table a script."""
    for script, languages in LANGUAGES.items():
        models = {language: _shares(folder / language, language) for language in languages}
        path = target / f"{script}.zlib"
        path.write_bytes(zlib.compress(_table(script, models), 9))
        print(path, path.stat().st_size)


def _shares(folder: Path, language: str) -> list[Shares]:
    """For each length of runs: which share of all runs of that length each is."""
    before: Shares = {"": 1.0}
    by_length = []
    for name in NAMES:
        now = {
            run: before[run[:-1]] * float(chance)
            for run, chance in _chances(folder / f"{name}.json.br")
            if run[:-1] in before
        }
        total = math.fsum(now.values())
        before = {run: share / total for run, share in now.items()}
        by_length.append(_as_typed(before) if language in HABIT else before)
    return by_length


def _chances(path: Path) -> Iterator[tuple[str, Fraction]]:
    packed = json.loads(import_module("brotli").decompress(path.read_bytes()))
    for chance, runs in packed["ngrams"].items():
        for run in runs.split(" "):
            yield run, Fraction(chance)


def _as_typed(shares: Shares) -> Shares:
    typed: Shares = {}
    for run, share in shares.items():
        bare = "".join(
            letter for letter in unicodedata.normalize("NFD", run) if not unicodedata.combining(letter)
        )
        typed[run] = typed.get(run, 0) + share * (1 - WITHOUT_MARKS)
        typed[bare] = typed.get(bare, 0) + share * WITHOUT_MARKS
    return typed


def _table(script: str, models: Mapping[str, list[Shares]]) -> bytes:
    """Of runs that fall into one slot the one that tells most."""
    levels, checks = array("H", bytes(2 * SLOTS)), bytearray(SLOTS)
    taken = bytearray(SLOTS)
    for _, run, shares in sorted(_ranked(script, models), reverse=True):
        place = place_of(run)
        slot = place % SLOTS
        if not taken[slot]:
            taken[slot] = 1
            checks[slot] = place >> CHECK_SHIFT
            levels[slot] = sum(_level(share) << 4 * number for number, share in enumerate(shares))
    if sys.byteorder == "big":
        levels.byteswap()
    return levels.tobytes() + bytes(checks)


def _level(share: float) -> int:
    return min(LEVELS - 1, max(0, round((math.log(share + UNSEEN) - math.log(UNSEEN)) / STEP)))


def _ranked(
    script: str, models: Mapping[str, list[Shares]]
) -> Iterator[tuple[float, str, tuple[float, ...]]]:
    for length in LENGTHS:
        ours = [shares[length - 1] for shares in models.values()]
        for run in set().union(*ours):
            shares = tuple(one.get(run, 0.0) for one in ours)
            logs = [math.log(share + UNSEEN) for share in shares]
            apart = max(logs) - min(logs)
            if script == "latin":
                apart = 0.2 * apart + abs(logs[HARD_PAIR[0]] - logs[HARD_PAIR[1]])
            yield math.sqrt(max(shares)) * apart, run, shares


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).resolve().parents[1] / "monitor" / "text" / "letter_runs")
