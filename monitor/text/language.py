"""The language a text is written in: Russian, Ukrainian, Belarusian, Bulgarian, Czech, Slovak or English."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from threading import Lock

from monitor.text.letter_runs import LANGUAGES, LetterRuns

CYRILLIC = frozenset(LANGUAGES["cyrillic"])
LATIN = frozenset(LANGUAGES["latin"])

FEWEST_LETTERS = 4
"""Below this a text is too little to say anything, whatever is declared."""

SURE = 20
"""Levels (see `letter_runs`) between the best two from which a text is believed against what is said of it.

On the tuning half of the outside set, 98 of a hundred texts that are so far apart were told rightly.
"""

SETTLED = 80
"""Levels between the best two from which no further words are looked at."""

CERTAIN = 36
"""Common vowels (a third of all letters) from which a text is known by letters that its language alone has.

There must be three of these. On runs of four sentences of the tuning half this never erred.
"""

_LONGEST = 600  # characters that are looked at; more change nothing
_AT_ONCE = 12  # words
_NOT_PROSE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")
_RUN = {"cyrillic": re.compile("[\u0400-\u052f]+"), "latin": re.compile("[a-z\u00c0-\u024f]+")}
_VOWELS = {"cyrillic": "аеио", "latin": "aeio"}
_OWN_LETTERS = {  # that none of our others in the same script has
    "cyrillic": {"ru": "ыэ", "uk": "іїє"},
    "latin": {"cs": "ěřů"},
}
_FOREIGN_LETTER = {
    "ru": re.compile("[\u0450-\u052f](?<!ё)"),
    "uk": re.compile("[ыэъ\u0450-\u052f](?<![іїєґ])"),
    "cs": re.compile("[\u00e0-\u024f](?<![áčďéěíňóřšťúůýž])"),
}

_SMALL_WORDS = {  # the shortest have no runs; the others weigh more than theirs
    "ru": "и в я к с о ты мы вы он но же ли бы их из от во ко об уж ей под для или это что как ещё все если",
    "uk": "і й у в з є ви ми ти бо та їх ще б ж що як це або але від для під із якщо вже буде",
    "be": "і й у ў з ня ці ды ад ён бы іх яе ж б яна мы вы ты што як але для пра гэта калі",
    "bg": "и в с е са се си ще го да но от из ли ви ми ти за по на ѝ й че как или със при това",
    "cs": "se ve ze ke jí já ač tě mě i už si či že to co jsem jsou byl by bych je do při pri pro jak ale "
    "který jako nebo od kdy když kdyz než nez být jsme",
    "sk": "sa vo zo ku ja aj sú ma ťa so ak si či že to čo som je do pri pre ako ale alebo od už by bol nie "
    "kedy keď ked než byť sme",
    "en": "the of to in is it we he be as at so on by or if an am my up do us me no go i and for that with "
    "are was not you they this",
}
_SMALL_WORD_LEVELS = 8


def detect_language(text: str, declared: str | None = None, hint: str | None = None) -> str | None:
    """The ISO 639-1 code of `text`'s language, None where too little is written to tell.

    `declared` is what the source says, `hint` what its owner says of it, as ISO 639-1 or a tag like `ru-RU`.
    They decide where the text leaves room, if they fit its script. A language outside our seven is believed
    when it is declared for a text in Latin letters, since it cannot be recognised.
    """
    prose = _NOT_PROSE.sub(" ", text[:_LONGEST]).lower()
    script, vowels = _script(prose)
    if vowels < FEWEST_LETTERS and sum(map(len, _RUN[script].findall(prose))) < FEWEST_LETTERS:
        return None
    told = [code for code in (_code(declared), _code(hint)) if code is not None]
    if script == "latin" and told and told[0] not in CYRILLIC | LATIN:
        return told[0]
    if vowels >= CERTAIN and (code := _by_letters(prose, script)):
        return code
    return _by_runs(prose, script, [code for code in told if code in LANGUAGES[script]])


def _script(prose: str) -> tuple[str, int]:
    """The script of most letters of lower-case `prose`, and how many common vowels of it are there."""
    cyrillic, latin = (sum(map(prose.count, _VOWELS[script])) for script in ("cyrillic", "latin"))
    if max(cyrillic, latin) < FEWEST_LETTERS or max(cyrillic, latin) < 2 * min(cyrillic, latin):
        letters = {script: sum(map(len, run.findall(prose))) for script, run in _RUN.items()}
        is_cyrillic = letters["cyrillic"] >= letters["latin"]
    else:
        is_cyrillic = cyrillic > latin
    return ("cyrillic", cyrillic) if is_cyrillic else ("latin", latin)


def _by_letters(prose: str, script: str) -> str | None:
    """The language whose own letters are there and that has all the letters of its script that are there."""
    for code, own in _OWN_LETTERS[script].items():
        if sum(map(prose.count, own)) >= 3 and not _FOREIGN_LETTER[code].search(prose):
            return code
    return None


def _by_runs(prose: str, script: str, fitting: list[str]) -> str | None:
    levels = [0] * len(LANGUAGES[script])
    apart = 0
    remaining = (found[0] for found in _RUN[script].finditer(prose))
    while apart < SETTLED and (some := list(islice(remaining, _AT_ONCE))):
        levels = list(map(sum, zip(levels, _levels(some, script), strict=True)))
        second, first = sorted(levels)[-2:]
        apart = first - second
    if fitting and apart < SURE:
        return fitting[0]
    return LANGUAGES[script][levels.index(max(levels))] if any(levels) else None


def _levels(words: list[str], script: str) -> Iterable[int]:
    of_small = map(_small_words(script).get, words)
    found = [levels for levels in of_small if levels]
    return map(sum, zip(_letter_runs(script).levels(words), *found, strict=True))


@cache
def _small_words(script: str) -> Mapping[str, tuple[int, ...]]:
    by_language = [frozenset(_SMALL_WORDS[code].split()) for code in LANGUAGES[script]]
    words = frozenset().union(*by_language)
    return {word: tuple(_SMALL_WORD_LEVELS * (word in one) for one in by_language) for word in words}


def _code(language: str | None) -> str | None:
    code = re.split("[-_]", (language or "").strip().casefold())[0]
    return code if len(code) == 2 else None


def _letter_runs(script: str) -> LetterRuns:
    with _making:
        return _made(script)


_making = Lock()  # one for all threads: what two made at once would be kept twice
_made = cache(LetterRuns)
