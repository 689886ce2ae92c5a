"""One reader a language: what dictionary forms a word may have. Each loads its dictionary when it is made."""

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Protocol

from monitor.text.endings import OF_ANOTHER, OF_ITSELF, OF_UNKNOWN, dictionary_forms
from monitor.text.morphology import Morphology
from monitor.text.small_words import small_words

_PARTICIPLE = re.compile(".{2,}(?:ing|ed|wn|ne|(?<!m)(?<!dr)en)")  # and not women, children


_QUALITY = re.compile("ість|істю|ост(?:і|ей|ям|ями|ях)")  # Ukrainian, as in "гідність"

_STRETCHED = re.compile(r"([^\W\d_ivxlcdm])\1{2,}")  # no Roman numbers


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
    """Czech, English, and Ukrainian where pymorphy3 lacks it, by simplemma, packed in memory."""

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
        lemma = self._known.get_lemma(form, self._language)
        if lemma is None:
            guess = self._guess.lemmatize(form, self._language).casefold()
            return frozenset({form, guess, *dictionary_forms(form, OF_UNKNOWN.get(self._language, {}))})
        lemma = lemma.casefold()
        endings = OF_ITSELF if lemma == form else OF_ANOTHER
        regular = dictionary_forms(form, endings.get(self._language, {}))
        return frozenset({lemma, *filter(self._stands_for_itself, regular)})

    def _stands_for_itself(self, form: str) -> bool:
        return self._list.get(form) == form

    def meant(self, form: str) -> frozenset[str]:
        """The same."""
        return self.lemmas(form)

    def knows(self, form: str) -> bool:
        """Whether the list has it."""
        return self._known.get_lemma(form, self._language) is not None

    def forms(self, lemma: str) -> Iterable[str]:
        """Every word of the list that is said to be one of its forms."""
        return sorted(self._list.words_of(lemma), key=len)


class Ukrainian(WordList):
    """Ukrainian: words that the list takes for forms of what they come from, "певно" for one of "певний"."""

    def __init__(self) -> None:
        super().__init__("uk")

    def lemmas(self, form: str) -> frozenset[str]:
        """As the list and the endings have it, but for adverbs, qualities and women."""
        return frozenset(_of_its_own(form, lemma) for lemma in super().lemmas(form))


def _of_its_own(form: str, lemma: str) -> str:
    stem = lemma[:-2]
    if lemma.endswith(("ий", "ій")):
        if form == f"{stem}о":
            return form
        if _QUALITY.fullmatch(form, len(stem)):
            return f"{stem}ість"
    if lemma.endswith("ник") and form.startswith(f"{lemma[:-1]}ц"):
        return f"{lemma[:-1]}ця"
    return lemma


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


class English(WordList):
    """English: possessives, and what the list has of another word: "leaves" of leave, "meeting" of meet."""

    def __init__(self) -> None:
        super().__init__("en")

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's form of the word without its possessive ending, its singular, the verb of its -ing."""
        bare = form.removesuffix("'s").removesuffix("'")
        others = (*_singulars(bare), *_verbs(bare))
        return super().lemmas(bare) | frozenset(filter(self._is_lemma, others))

    def meant(self, form: str) -> frozenset[str]:
        """Of a participle only itself, as in Russian: "detain" finds "detained", but not the other way."""
        return frozenset({form}) if _PARTICIPLE.fullmatch(form) else self.lemmas(form)

    def _is_lemma(self, form: str) -> bool:
        return self.knows(form) and form in super().lemmas(form)


def _singulars(form: str) -> Iterator[str]:
    if len(form) > 3 and form.endswith("s") and not form.endswith("ss"):
        yield form[:-1]
    if len(form) > 4 and form.endswith("ves"):
        yield from (f"{form[:-3]}f", f"{form[:-3]}fe")


def _verbs(form: str) -> Iterator[str]:
    if len(form) > 5 and form.endswith("ing"):
        stem = form.removesuffix("ing")
        yield from (stem, f"{stem}e")
        if stem[-1] == stem[-2]:
            yield stem[:-1]


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
    """A reader that leaves words of the closed classes to our own list, and reads "домоооой" as "домой"."""

    def __init__(self, reader: Reader, language: str) -> None:
        self._reader, self._small = reader, small_words(language)

    def lemmas(self, form: str) -> frozenset[str]:
        """What the list says, where it has the form."""
        found = self._small.get(form) or self._reader.lemmas(form)
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
        return self._reader.meant(form) - self._small.keys() or frozenset({form})

    def knows(self, form: str) -> bool:
        """Whether either has it."""
        return form in self._small or self._reader.knows(form)

    def forms(self, lemma: str) -> Iterable[str]:
        """What the reader has."""
        return self._reader.forms(lemma)


def reader(language: str) -> Reader:
    """The best reader that is installed for `language`: ru, uk, cs or en."""
    return WithSmallWords(_reader(language), language)


def _reader(language: str) -> Reader:
    match language:
        case "ru":
            return Morphology("ru")
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
