"""Dictionary forms of words in Russian, Ukrainian, Czech and English."""

import re
from functools import cache, lru_cache, partial
from sys import intern
from threading import Lock

from monitor.text.memo import Memo
from monitor.text.readers import Reader, reader

LONGEST = 40
"""Letters of a word; what is longer has no dictionary form, and would be slow to look for."""

FORMS = 16_000
"""Forms of each language whose dictionary forms are remembered; a rarer one takes some 50 µs."""

READ = ("ru", "uk", "cs", "sk", "en")
"""Languages that choose how words are read."""

_LETTERS = re.compile(r"(?:[^\W\d_]|')+")
_CYRILLIC = re.compile("[а-яіїєґў]")
_LATIN = re.compile("[a-z]")
_RUSSIAN_ONLY = re.compile("[ыэъ]")
_UKRAINIAN_ONLY = re.compile("[іїєґ]")

_made = cache(reader)
_making = Lock()


def _reader(language: str) -> Reader:
    """The reader of a language: one for all threads, for each takes much memory while it is made."""
    with _making:
        return _made(language)


def lemmas_of(form: str, language: str | None) -> tuple[str, ...]:
    """Every plausible dictionary form of `form` in a text of `language`; `form` itself where there is none.

    A language that we do not read, or None, means every one of ours that is written in the word's script.
    """
    return lemma_memo(language)[form]


def lemma_memo(language: str | None) -> Memo[tuple[str, ...]]:
    """What `lemmas_of` says of forms in a text of `language`."""
    return _LEMMAS.get(language, _LEMMAS[None])


def _lemmas(language: str | None, form: str) -> tuple[str, ...]:
    found = {lemma for reader in _readers(form, language) for lemma in reader.lemmas(form)}
    return tuple(map(intern, sorted(found))) or (form,)  # many forms share one


_LEMMAS = {language: Memo(partial(_lemmas, language), most=FORMS) for language in (*READ, None)}


@lru_cache(maxsize=10_000)
def query_lemmas(form: str) -> frozenset[str]:
    """The dictionary forms that a person who types `form` may look for, in any language.

    A word in its dictionary form means that word: "рот" is a mouth, never some of "роты". Elsewhere every
    reading counts.
    """
    found = frozenset(lemma for reader in _readers(form, None) for lemma in reader.meant(form))
    known = any(reader.knows(form) for reader in _readers(form, None))
    return found if found and not (known and form in found) else frozenset({form})


def _readers(form: str, language: str | None) -> tuple[Reader, ...]:
    """Who reads `form`: those who know it, and only where nobody does those who can guess."""
    if len(form) > LONGEST or not _LETTERS.fullmatch(form):
        return ()
    readers = [_reader(code) for code in _languages(form, language)]
    if len(readers) == 1:
        return (readers[0],)
    return tuple(reader for reader in readers if reader.knows(form)) or tuple(readers)


def _languages(form: str, language: str | None) -> tuple[str, ...]:
    if _CYRILLIC.search(form):
        return _cyrillic_languages(form, language)
    if not _LATIN.search(form):
        return ()
    known = {"cs": ("cs",), "sk": ("cs",), "en": ("en",)}
    return known.get(language or "", ("cs", "en"))


def _cyrillic_languages(form: str, language: str | None) -> tuple[str, ...]:
    if _UKRAINIAN_ONLY.search(form):
        return ("uk",)
    if _RUSSIAN_ONLY.search(form):
        return ("ru",)
    return (language,) if language in ("ru", "uk") else ("ru", "uk")
