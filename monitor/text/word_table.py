"""simplemma's word lists, with a smaller index of places than the library's own: two thirds of the memory.

A list is a stream of words in order, each told by how it differs from the one before. So a look-up begins at
one of many places with the word before it; the library keeps four objects for each place, we keep a quarter.
"""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import cast

from simplemma.strategies.dictionaries import StreamDictionaryFactory, frontcode
from simplemma.strategies.dictionaries.dictionary_factory import _read_decompressed
from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamMap

_APART = 32  # words between two places
_TOGETHER = 16  # places whose words stand in one piece
_END = b"\n"  # of a word in such a piece
_AT_HAND = 64  # words; readers ask several times about the word that they are at

_records = frontcode._iter_records  # noqa: SLF001


class WordTable(StreamMap):
    """A language's word list: dictionary forms by form."""

    __slots__ = ("_at_hand", "_pieces", "_places")

    def __init__(self, language: str) -> None:
        self._at_hand = lru_cache(_AT_HAND)(self._found)
        self._data = _read_decompressed(language)
        self._rev, self._count, self._pos = frontcode._read_header(self._data)  # noqa: SLF001
        self._firsts = []  # what each piece begins with
        self._pieces: list[bytes] = []  # the words before `_TOGETHER` places, each with its dictionary form
        self._places = array("I")
        piece: list[bytes] = []
        before = (b"", b"")
        for number, (place, word, lemma) in enumerate(_records(self._data, self._pos)):
            if number % _APART == 0:
                self._places.append(place)
                piece += before
                if len(self._places) % _TOGETHER == 0:
                    self._keep(piece)
                    piece = []
            before = word, lemma
        self._keep(piece)

    def _keep(self, piece: list[bytes]) -> None:
        self._firsts += piece[:1]
        self._pieces.append(_END.join(piece))

    def _lookup(self, key: str) -> str | None:
        """The dictionary form of `key`, None where the list lacks it."""
        return self._at_hand(key)

    def _found(self, key: str) -> str | None:
        wanted = key.encode()[::-1] if self._rev else key.encode()
        word, lemma = self._from(wanted)
        return (lemma[::-1] if self._rev else lemma).decode() if word == wanted else None

    def first_from(self, wanted: str) -> str | None:
        """The first word that is not before `wanted`, None behind the last. Not for lists told backwards."""
        word, _ = self._from(wanted.encode())
        return word.decode() or None

    def by_lemma(self) -> dict[str, list[str]]:
        """Every word, by its dictionary form. Reads the whole list: about a second, and much memory."""
        found: dict[str, list[str]] = {}
        for _, word, lemma in _records(self._data, self._pos):
            told, under = (word[::-1], lemma[::-1]) if self._rev else (word, lemma)
            found.setdefault(under.decode(), []).append(told.decode())
        return found

    def _from(self, wanted: bytes) -> tuple[bytes, bytes]:
        number = bisect_left(self._firsts, wanted) - 1
        if number < 0:
            place, before = self._pos, (b"", b"")
        else:
            piece = self._pieces[number].split(_END)
            nearest = bisect_left(piece[::2], wanted) - 1
            place = self._places[number * _TOGETHER + nearest]
            before = piece[2 * nearest], piece[2 * nearest + 1]
        for _, word, lemma in _records(self._data, place, *before):
            if word >= wanted:
                return word, lemma
        return b"", b""


class WordTables(StreamDictionaryFactory):
    """Word tables by language, each made once."""

    __slots__ = ()

    def _get_dictionary_uncached(self, lang: str) -> WordTable:
        return WordTable(lang)


WORD_TABLES = WordTables()


def word_table(language: str) -> WordTable:
    """The list of `language`, which is made at the first call."""
    return cast("WordTable", WORD_TABLES.get_dictionary(language))


@cache
def words_by_lemma(language: str) -> Mapping[str, Sequence[str]]:
    """Every word of the list of `language`, by its dictionary form: for commands, not for a daemon."""
    return word_table(language).by_lemma()
