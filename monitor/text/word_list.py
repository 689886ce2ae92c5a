"""Readers of words, and one that reads by a list of words with their dictionary forms."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from monitor.text.endings import OF_ANOTHER, OF_ITSELF, OF_UNKNOWN, dictionary_forms


class Reader(Protocol):
    """Reads words of one language, given in normal form."""

    def lemmas(self, form: str) -> frozenset[str]:
        """Every plausible dictionary form."""
        ...

    def meant(self, form: str) -> frozenset[str]:
        """Those of `lemmas` that a person who types `form` looks for."""
        ...

    def knows(self, form: str) -> bool:
        """Whether `form` stands in the dictionary, rather than being guessed from its ending."""
        ...

    def forms(self, lemma: str) -> Iterable[str]:
        """The forms that the dictionary gives of `lemma`, itself first. May take long."""
        ...


class WordList:
    """Czech, English and Ukrainian by simplemma, packed in memory."""

    def __init__(self, language: str) -> None:
        from simplemma import Lemmatizer
        from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy

        from monitor.text.word_table import WORD_TABLES, word_table

        self._language = language
        self._list = word_table(language)
        self._known = DictionaryLookupStrategy(WORD_TABLES)
        strategy = DefaultStrategy(dictionary_factory=WORD_TABLES)
        self._guess = Lemmatizer(cache_max_size=0, lemmatization_strategy=strategy)

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's dictionary form and those that the ending allows; for a word that it lacks, any."""
        listed = self._listed(form)
        if listed is None:
            return frozenset({form, *self._guessed(form)})
        endings = OF_ITSELF if listed == form else OF_ANOTHER
        regular = dictionary_forms(form, endings.get(self._language, {}))
        return frozenset({listed, *filter(self._stands_for_itself, regular)})

    def _guessed(self, form: str) -> Iterator[str]:
        yield self._guess.lemmatize(form, self._language).casefold()
        yield from dictionary_forms(form, OF_UNKNOWN.get(self._language, {}))

    def _listed(self, form: str) -> str | None:
        lemma = self._known.get_lemma(form, self._language)
        return lemma and lemma.casefold()

    def _stands_for_itself(self, form: str) -> bool:
        return self._list.get(form) == form

    def meant(self, form: str) -> frozenset[str]:
        """The same."""
        return self.lemmas(form)

    def knows(self, form: str) -> bool:
        """Whether the list has it."""
        return self._listed(form) is not None

    def forms(self, lemma: str) -> Iterable[str]:
        """Every word of the list that is said to be one of its forms."""
        from monitor.text.word_table import words_by_lemma

        return sorted(words_by_lemma(self._language).get(lemma, ()), key=len)
