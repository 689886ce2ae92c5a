"""The language a text is written in: Russian, Ukrainian, Belarusian, Bulgarian, Czech, Slovak or English."""

import re
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

CYRILLIC = frozenset({"ru", "uk", "be", "bg"})
LATIN = frozenset({"cs", "sk", "en"})

FEWEST_LETTERS = 4
"""Below this a text is too little to say anything, whatever is declared."""

SURE = 0.9
"""Confidence (0..1) from which a text is believed against what is said of it; long texts always reach it."""

CERTAIN = 200
"""Letters from which a text is known by those that its language alone has, if there are three of them.

On 1,504 runs of three sentences of the test set this took 476, each as the detector has it, in a fiftieth of
the time; it never takes what has letters that the language lacks.
"""

_LONGEST = 600  # characters that are looked at; more change nothing
_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")
_CYRILLIC_RUN = re.compile("[\u0400-\u052f]+")
_LATIN_RUN = re.compile("[A-Za-z\u00c0-\u024f]+")
_OWN_LETTERS = {"ru": "ыэ", "uk": "іїє", "cs": "ěřů"}  # that none of our others in the same script has
_FOREIGN_LETTER = {
    "ru": re.compile("[\u0450-\u052f](?<!ё)"),
    "uk": re.compile("[ыэъ\u0450-\u052f](?<![іїєґ])"),
    "cs": re.compile("[\u00e0-\u024f](?<![áčďéěíňóřšťúůýž])"),
}


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
    if letters >= CERTAIN and (code := _by_letters(prose.lower(), script)):
        return code
    return _weigh(_confidences(prose), script, fitting)


def _by_letters(prose: str, script: frozenset[str]) -> str | None:
    """The language whose own letters are there and that has all the letters of its script that are there."""
    for code, own in _OWN_LETTERS.items():
        if code in script and sum(map(prose.count, own)) >= 3 and not _FOREIGN_LETTER[code].search(prose):
            return code
    return None


def _weigh(confidences: list[tuple[str, float]], script: frozenset[str], fitting: list[str]) -> str | None:
    best, confidence = max(confidences, key=lambda pair: pair[1])
    if confidence == 0 or best not in script:
        return fitting[0] if fitting else None
    if fitting and confidence < SURE:
        return fitting[0]
    return best


def _script(prose: str) -> tuple[frozenset[str], int]:
    cyrillic, latin = (sum(map(len, run.findall(prose))) for run in (_CYRILLIC_RUN, _LATIN_RUN))
    return (CYRILLIC, cyrillic) if cyrillic >= latin else (LATIN, latin)


def _code(language: str | None) -> str | None:
    code = re.split("[-_]", (language or "").strip().casefold())[0]
    return code if len(code) == 2 else None


def _confidences(prose: str) -> list[tuple[str, float]]:
    with _making:
        detector = _detector()
    values = detector.compute_language_confidence_values(prose)
    return [(value.language.iso_code_639_1.name.lower(), value.value) for value in values]


_making = Lock()  # one for all threads: each takes much memory while it is made


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [IsoCode639_1.from_str(code) for code in sorted(CYRILLIC | LATIN)]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_low_accuracy_mode().build()
