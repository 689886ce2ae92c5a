"""The language a text is written in: Russian, Ukrainian, Belarusian, Bulgarian, Czech, Slovak or English."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

CYRILLIC = frozenset({"ru", "uk", "be", "bg"})
LATIN = frozenset({"cs", "sk", "en"})

FEWEST_LETTERS = 4
"""Below this a text is too little to say anything, whatever is declared."""

SURE = 0.9
"""Confidence (0..1) from which a text is believed against what is said of it; long texts always reach it."""

_LONGEST = 600  # characters that are looked at; more change nothing
_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")
_CYRILLIC_LETTER = re.compile("[\u0400-\u052f]")
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")


def detect_language(text: str, declared: str | None = None, hint: str | None = None) -> str | None:
    """The ISO 639-1 code of `text`'s language, None where too little is written to tell.

    `declared` is what the source says, `hint` what its owner says of it, as ISO 639-1 or a tag like `ru-RU`.
    They decide where the text leaves room, if they fit its script. A language outside our seven is believed
    when it is declared for a text in Latin letters, since it cannot be recognised.
    """
    prose = _NOT_PROSE.sub(" ", text[:_LONGEST])
    script, letters = _script(prose)
    if letters < FEWEST_LETTERS:
        return None
    told = [code for code in (_code(declared), _code(hint)) if code is not None]
    fitting = [code for code in told if code in script]
    if script is LATIN and told and told[0] not in CYRILLIC | LATIN:
        return told[0]
    return _weigh(_confidences(prose), script, fitting)


def _weigh(confidences: list[tuple[str, float]], script: frozenset[str], fitting: list[str]) -> str | None:
    best, confidence = max(confidences, key=lambda pair: pair[1])
    if confidence == 0 or best not in script:
        return fitting[0] if fitting else None
    if fitting and confidence < SURE:
        return fitting[0]
    return best


def _script(prose: str) -> tuple[frozenset[str], int]:
    cyrillic, latin = len(_CYRILLIC_LETTER.findall(prose)), len(_LATIN_LETTER.findall(prose))
    return (CYRILLIC, cyrillic) if cyrillic >= latin else (LATIN, latin)


def _code(language: str | None) -> str | None:
    code = re.split("[-_]", (language or "").strip().casefold())[0]
    return code if len(code) == 2 else None


def _confidences(prose: str) -> list[tuple[str, float]]:
    values = _detector().compute_language_confidence_values(prose)
    return [(value.language.iso_code_639_1.name.lower(), value.value) for value in values]


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [IsoCode639_1.from_str(code) for code in sorted(CYRILLIC | LATIN)]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_low_accuracy_mode().build()
