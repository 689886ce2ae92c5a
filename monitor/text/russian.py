"""How Russian words are read."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from monitor.text.morphology import LEAST_SHARE
from monitor.text.russian_words import ACTIVE, ADVERB, CODE, OWN, Reading, RussianWords, joined

_SHORTEST = 3  # letters behind a prefix
_LONGEST_PREFIX = 5  # letters of a prefix that nobody knows
_SHORTEST_GUESSED = 4  # letters
_AT_HAND = 64  # words and what is left of them behind prefixes
_NO_RUSSIAN = b"?"


class Russian:
    """Russian by the dictionary of OpenCorpora.

    Some forms have two dictionary forms here, their own and that of the word they come from. "мобилизовать"
    finds "мобилизованных", but "мобилизованный" does not find "мобилизуют"; likewise superlatives, and
    passives in -ся ("выплачивать" finds "выплачивается").
    """

    def __init__(self) -> None:
        self._words = RussianWords()
        self._read = lru_cache(_AT_HAND)(self._readings)

    def lemmas(self, form: str) -> frozenset[str]:
        """The dictionary forms that `form` has at all often; of an unknown word what its end allows."""
        word = _bytes(form)
        if known := self._words.known(word):
            found = frozenset(lemma for reading in known for lemma in self._lemmas(reading))
            return found - _texts(self._words.doubted(word)) if len(found) > 1 else found
        return self._likely(self._read(word)) or frozenset({form})

    def meant(self, form: str) -> frozenset[str]:
        """The word itself if it is a dictionary form; else `lemmas` without those of a participle's verb."""
        readings = self._read(_bytes(form))
        if any(form in self._lemmas(reading) for reading in readings):
            return frozenset({form})
        lemmas = self.lemmas(form)
        return lemmas - {self._lemma(one) for one in readings if one.second.startswith(OWN)} or lemmas

    def knows(self, form: str) -> bool:
        """Whether the dictionary has it."""
        return self._has(_bytes(form))

    def forms(self, lemma: str) -> Iterator[str]:
        """The whole paradigm of every word that has this dictionary form."""
        for reading in self._read(_bytes(lemma)):
            if lemma in self._lemmas(reading):
                yield from (form.decode(CODE) for form in self._words.forms(reading))

    def _readings(self, word: bytes) -> Sequence[Reading]:
        return self._words.known(word) or self._guessed(word)

    def _has(self, word: bytes) -> bool:
        return bool(self._words.known(word))

    def _lemma(self, reading: Reading) -> str:
        return self._words.lemma(reading).decode(CODE)

    def _lemmas(self, reading: Reading) -> Iterator[str]:
        lemma = self._words.lemma(reading)
        yield lemma.decode(CODE)
        if reading.second == ADVERB:
            yield f"{lemma[:-2].decode(CODE)}о"  # "дольше" of "долго"
        elif reading.second == ACTIVE:
            if self._has(lemma[:-2]):
                yield lemma[:-2].decode(CODE)
        elif reading.second:
            yield joined(reading.stem, reading.second[len(OWN) :]).decode(CODE)

    def _guessed(self, word: bytes) -> Sequence[Reading]:
        """What is read behind a prefix; else what is known behind some letters, and what the end allows."""
        behind = list(dict.fromkeys(self._behind_known_prefix(word)))  # "недо" is "не", "до", too
        if behind or len(word) < _SHORTEST_GUESSED:
            return behind
        return [*self._behind_letters(word), *self._words.guessed(word)]

    def _behind_known_prefix(self, word: bytes) -> Iterator[Reading]:
        for prefix in self._words.prefixes:
            if word.startswith(prefix) and len(word) >= len(prefix) + _SHORTEST:
                yield from _prefixed(prefix, self._read(word[len(prefix) :]))

    def _behind_letters(self, word: bytes) -> Iterator[Reading]:
        for at in range(1, 1 + min(_LONGEST_PREFIX, len(word) - _SHORTEST)):
            yield from _prefixed(word[:at], self._words.known(word[at:]))

    def _likely(self, readings: Sequence[Reading]) -> frozenset[str]:
        weights: dict[str, float] = {}
        for reading in readings:
            for lemma in self._lemmas(reading):
                weights[lemma] = weights.get(lemma, 0) + reading.weight
        least = LEAST_SHARE * sum(reading.weight for reading in readings)
        return frozenset(lemma for lemma, weight in weights.items() if weight >= least)


def _prefixed(prefix: bytes, readings: Iterable[Reading]) -> Iterator[Reading]:
    for reading in readings:
        if reading.weight:
            yield reading._replace(stem=prefix + reading.stem)


def _bytes(form: str) -> bytes:
    """A form as the table has it; with letters that no Russian word has it is none of its forms."""
    try:
        return form.encode(CODE)
    except UnicodeEncodeError:
        return _NO_RUSSIAN


def _texts(lemmas: bytes) -> frozenset[str]:
    return frozenset(lemmas.decode(CODE).split(","))
