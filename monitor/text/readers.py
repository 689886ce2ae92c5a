"""One reader a language: what dictionary forms a word may have. Each loads its dictionary when it is made."""

import re
from collections.abc import Iterable
from importlib.util import find_spec

from monitor.text.english import English
from monitor.text.morphology import Morphology
from monitor.text.russian import Russian
from monitor.text.settled_words import settled_words
from monitor.text.small_words import small_words
from monitor.text.ukrainian import Ukrainian
from monitor.text.word_list import Reader, WordList

_STRETCHED = re.compile(r"([^\W\d_ivxlcdm])\1{2,}")  # no Roman numbers


class Czech(WordList):
    """Czech: "nepokročila" is a form of pokročit, but "nespokojený" is a word of its own as well."""

    def __init__(self) -> None:
        super().__init__("cs")

    def lemmas(self, form: str) -> frozenset[str]:
        """As the list and the endings have it; of a negated form the positive and the negative word."""
        found = super().lemmas(form)
        if not form.startswith("ne"):
            return found
        if not self.knows(form):
            positive = super().lemmas(form[2:])
            return found | {lemma for lemma in positive if lemma.endswith("t") and self.knows(lemma)}
        return found | _opposites(found)

    def meant(self, form: str) -> frozenset[str]:
        """Of a negated adjective only itself."""
        found = self.lemmas(form)
        return (form.startswith("ne") and _opposites(found)) or found


def _opposites(lemmas: frozenset[str]) -> frozenset[str]:
    adjectives = (lemma for lemma in lemmas if lemma.endswith(("ý", "í")))
    return frozenset(f"ne{lemma}" for lemma in adjectives if not lemma.startswith("ne"))


class Together:
    """Two readers of one language, each knowing words that the other does not."""

    def __init__(self, first: Reader, second: Reader) -> None:
        self._first, self._second = first, second

    def lemmas(self, form: str) -> frozenset[str]:
        """What either says."""
        return self._first.lemmas(form) | self._second.lemmas(form)

    def meant(self, form: str) -> frozenset[str]:
        """What either says."""
        return self._first.meant(form) | self._second.meant(form)

    def knows(self, form: str) -> bool:
        """Whether either has it."""
        return self._first.knows(form) or self._second.knows(form)

    def forms(self, lemma: str) -> Iterable[str]:
        """What either has."""
        return (*self._first.forms(lemma), *self._second.forms(lemma))


class WithSmallWords:
    """A reader that leaves words of the closed classes to our own lists, and reads "домоооой" as "домой"."""

    def __init__(self, reader: Reader, language: str) -> None:
        self._reader, self._small = reader, small_words(language)
        self._settled = {**settled_words(language), **self._small}

    def lemmas(self, form: str) -> frozenset[str]:
        """What the lists say, where they have the form."""
        found = self._settled.get(form) or self._reader.lemmas(form)
        return found | self._unstretched(form) if _STRETCHED.search(form) else found

    def _unstretched(self, form: str) -> frozenset[str]:
        if self.knows(form):
            return frozenset()
        shorter = (_STRETCHED.sub(again, form) for again in (r"\1", r"\1\1"))
        return frozenset(lemma for one in shorter if self.knows(one) for lemma in self.lemmas(one))

    def meant(self, form: str) -> frozenset[str]:
        """Of a small word, or of what is read as nothing but small words, only itself.

        Nobody looks for "їх" to find every "вони".
        """
        if form in self._small:
            return frozenset({form})
        found = self._reader.meant(form)
        if form not in found:
            found = self._settled.get(form, found)
        return found - self._small.keys() or frozenset({form})

    def knows(self, form: str) -> bool:
        """Whether any of them has it."""
        return form in self._settled or self._reader.knows(form)

    def forms(self, lemma: str) -> Iterable[str]:
        """What the reader has."""
        return self._reader.forms(lemma)


def reader(language: str) -> Reader:
    """The best reader that is installed for `language`: ru, uk, cs or en."""
    return WithSmallWords(_reader(language), language)


def _reader(language: str) -> Reader:
    match language:
        case "ru":
            return Russian()
        case "uk" if find_spec("pymorphy3_dicts_uk"):
            return Together(Morphology("uk"), Ukrainian())
        case "uk":
            return Ukrainian()
        case "cs":
            return Czech()
        case "en":
            return English()
        case _:
            return WordList(language)
