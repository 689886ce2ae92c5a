"""The language of short texts, against what each file says that its lines are written in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.text import detect_language
from quality.halves import Half

LANGUAGES = ("ru", "uk", "be", "bg", "cs", "sk", "en")

Detector = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Accuracy:
    """Shares of lines whose language was told."""

    by_language: Mapping[str, float]
    overall: float  # of all lines


def accuracy(detector: Detector, folder: Path, half: Half) -> Accuracy:
    """Over the lines of `folder`/ru.txt and so on that belong to `half`."""
    lines = {code: _lines(folder / f"{code}.txt", half) for code in LANGUAGES}
    right = {code: sum(detector(line) == code for line in lines[code]) for code in LANGUAGES}
    return Accuracy(
        by_language={code: right[code] / max(1, len(lines[code])) for code in LANGUAGES},
        overall=sum(right.values()) / max(1, sum(map(len, lines.values()))),
    )


def _lines(path: Path, half: Half) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if half.holds(line)]


def detectors() -> Iterator[tuple[str, Detector]]:
    """Ours, and for comparison lingua in both its modes where it is installed."""
    yield "Groundswell", detect_language
    if find_spec("lingua"):
        yield "lingua, low accuracy", lambda text: _by_lingua(text, "low")
        yield "lingua, high accuracy", lambda text: _by_lingua(text, "high")


def _by_lingua(text: str, mode: str) -> str | None:
    found = _lingua(mode).detect_language_of(text)
    return None if found is None else str(found.iso_code_639_1.name).lower()


@cache
def _lingua(mode: str) -> Any:  # noqa: ANN401  optional
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*map(IsoCode639_1.from_str, LANGUAGES))
    return (builder.with_low_accuracy_mode() if mode == "low" else builder).build()
