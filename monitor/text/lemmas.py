"""Dictionary forms of words in Russian, Ukrainian, Czech and English."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache, partial
from threading import Lock

from monitor.text.diacritics import spelled_like, without_marks
from monitor.text.disguises import undisguised
from monitor.text.endings import BARE_CZECH, dictionary_forms
from monitor.text.memo import Memo
from monitor.text.readers import reader
from monitor.text.word_list import Reader

LONGEST = 40
"""Letters of a word; what is longer has no dictionary form, and would be slow to look for."""

FORMS = 16_000
"""Forms of each language whose dictionary forms are remembered; a rarer one takes some 50 µs."""

SHORTEST_BARE = 3
"""Letters from which a word is taken to lack its diacritics."""

SHORTEST_QUOTED = 4
"""Letters from which a word is taken to be quoted from a language that knows it."""

BARE_FORMS = 4_000
"""Likewise of texts that were typed without diacritics."""

SHARED = 20_000
"""Dictionary forms, of all languages, of which there is one string each."""

READ = ("ru", "uk", "cs", "sk", "en")
"""Languages that choose how words are read."""

TYPED_BARE = ("cs", "sk", None)
"""Languages, None for an unknown one, that many people type without diacritics."""

_BARE_WORD = re.compile("[a-z]+")
_ADVERB = re.compile("[a-z]+[cs]ky")
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
    Otherwise these have a say only in a word that `language` does not know, for it may be quoted from them.
    """
    return lemma_memo(language)[form]


def lemma_memo(language: str | None) -> Memo[tuple[str, ...]]:
    """What `lemmas_of` says of forms in a text of `language`."""
    return _LEMMAS.get(language, _LEMMAS[None])


def _lemmas(language: str | None, form: str) -> tuple[str, ...]:
    if form.isdigit():  # no number is remembered
        return (form,)
    found = {lemma for reader in _readers(form, language) for lemma in reader.lemmas(form)}
    found = found or set(_of_disguised(form, language))
    if language in TYPED_BARE:
        found |= _keys_of_unlisted(form, found)
    return tuple(form if lemma == form else _SHARED[lemma] for lemma in sorted(found)) or (form,)


def _keys_of_unlisted(form: str, lemmas: set[str]) -> set[str]:
    """By what a word with diacritics that no list has, a name say, is found when it is typed without them."""
    if (
        not (_LATIN.search(form) and _LETTERS.fullmatch(form))
        or without_marks(form) == form
        or _reader("cs").knows(form)
    ):
        return set()
    return {bare_key(lemma) for lemma in {form, *lemmas}}


def _of_disguised(form: str, language: str | None) -> Iterator[str]:
    """What `form` means where digits in it stand for letters: "3арплата", and not "3года"."""
    behind_number = form.lstrip("0123456789")
    if behind_number != form and _is_known(behind_number, None):
        return
    for word, is_sure in undisguised(form):
        if _is_known(word, language):
            yield from _lemmas(language, word)
        elif is_sure:
            yield word
            yield from _lemmas(language, word)


def _is_known(form: str, language: str | None) -> bool:
    return any(_reader(code).knows(form) for code in _languages(form, language))


_SHARED = Memo(str, most=SHARED)
"""One string for all forms of a word. `sys.intern` would keep every one for ever on some Pythons 3.12."""

_LEMMAS = {language: Memo(partial(_lemmas, language), most=FORMS) for language in (*READ, None)}


BARE = "~"
"""Before a dictionary form without its diacritics, as `bare_lemma_memo` gives it: no word begins so."""


def bare_key(lemma: str) -> str:
    """What a dictionary form is called in texts that lack their diacritics."""
    return BARE + without_marks(lemma)


def bare_lemma_memo(language: str | None) -> Memo[tuple[str, ...]]:
    """For texts that `lacks_diacritics`: what `lemma_memo` says, then what the forms are with diacritics.

    The latter as `bare_key`s, by which a match that disregards diacritics is known: "vojaci" is given
    "vojaci" and, of "vojáci", "~vojak". A rule that allows for this also looks for the `bare_key` of every
    dictionary form that is meant. "byt" may be "být", even though it is a word as it stands; where the
    language is not known, English words are left alone.
    """
    return _BARE_LEMMAS.get(language, lemma_memo(language))


def _bare_lemmas(language: str | None, form: str) -> tuple[str, ...]:
    usual = lemma_memo(language)[form]
    if not SHORTEST_BARE <= len(form) <= LONGEST or not _BARE_WORD.fullmatch(form):
        return usual
    if language is None and _reader("en").knows(form):
        return usual
    keys = {bare_key(lemma) for lemma in (form, *marked_lemmas(form))}
    return (*usual, *map(_SHARED.__getitem__, sorted(keys)))


_BARE_LEMMAS = {code: Memo(partial(_bare_lemmas, code), most=BARE_FORMS) for code in TYPED_BARE}


def marked_lemmas(form: str) -> frozenset[str]:
    """The dictionary forms of what `form`, typed without diacritics, may be in Czech.

    Empty for what has diacritics, or other letters. Where no listed word is spelled like it, whatever its
    ending allows, then without diacritics itself.
    """
    if not _BARE_WORD.fullmatch(form) or len(form) > LONGEST:
        return frozenset()
    return _listed_lemmas(form) or frozenset({form, *dictionary_forms(form, BARE_CZECH)})


@lru_cache(maxsize=BARE_FORMS)
def _listed_lemmas(bare: str) -> frozenset[str]:
    """The dictionary forms of the listed Czech words that are spelled like `bare` but for diacritics."""
    from monitor.text.word_table import word_table

    czech = _reader("cs")
    spelled = spelled_like(bare, word_table("cs").first_from)
    return frozenset(lemma for word in spelled for lemma in czech.lemmas(word))


def unmarked_keys(form: str) -> tuple[str, ...]:
    """What a person who types `form` also looks for, where diacritics are of no account in Czech.

    The `bare_key`s of what is meant; and of a word that was typed bare itself what it may be with diacritics,
    unless it is known as it stands, or an adverb like "vojensky", which has none.
    """
    if len(form) < SHORTEST_BARE or not (form.isalpha() and _LATIN.search(form)):
        return ()
    meant, marked = {form, *query_lemmas(form)}, frozenset[str]()
    if _BARE_WORD.fullmatch(form):
        readers = _readers(form, None)
        if _reader("cs") not in readers:
            return ()
        if not (any(reader.knows(form) for reader in readers) or _ADVERB.fullmatch(form)):
            marked = _listed_lemmas(form) - meant
    return (*sorted(marked), *sorted({bare_key(lemma) for lemma in meant | marked}))


@lru_cache(maxsize=10_000)
def query_lemmas(form: str) -> frozenset[str]:
    """The dictionary forms that a person who types `form` may look for, in any language.

    A word in its dictionary form means that word: "рот" is a mouth, never some of "роты". Elsewhere every
    reading counts.
    """
    readers = _readers(form, None)
    if not any(reader.knows(form) for reader in readers):
        return frozenset({form, *_guessed(form, readers)})
    found = frozenset(lemma for reader in readers for lemma in reader.meant(form))
    return found if found and form not in found else frozenset({form})


def _guessed(form: str, readers: tuple[Reader, ...]) -> Iterator[str]:
    """What each makes of a word that nobody knows, but no dictionary form of another's language.

    Czech endings make "traci" a form of "trace", which is English; a name would find "tracing".
    """
    for guessing in readers:
        for lemma in guessing.meant(form):
            if guessing.knows(lemma) or not any(_is_lemma(lemma, other) for other in readers):
                yield lemma


def _is_lemma(form: str, reader: Reader) -> bool:
    return reader.knows(form) and form in reader.lemmas(form)


def _readers(form: str, language: str | None) -> tuple[Reader, ...]:
    """Who reads `form`: those who know it, and where nobody does those who can guess.

    Where `language` does not know it, whoever does takes part.
    """
    if len(form) > LONGEST or not _LETTERS.fullmatch(form):
        return ()
    codes = _languages(form, language)
    own = [_reader(code) for code in codes]
    if knowing := tuple(reader for reader in own if reader.knows(form)):
        return knowing
    if language is not None and len(form) < SHORTEST_QUOTED:
        return tuple(own)
    others = (_reader(code) for code in _languages(form, None) if code not in codes)
    return (*own, *(reader for reader in others if reader.knows(form)))


def is_listed(form: str) -> bool:
    """Whether a dictionary of any of our languages has `form`, which is in normal form."""
    return any(reader.knows(form) for reader in _readers(form, None))


def readers_of(form: str) -> Iterator[tuple[str, Reader]]:
    """Those who read `form` where the language is not known, each with its language."""
    asked = _readers(form, None)
    languages = _languages(form, None) if asked else ()
    return ((code, _reader(code)) for code in languages if _reader(code) in asked)


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
