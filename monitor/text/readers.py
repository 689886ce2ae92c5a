"""One reader a language: what dictionary forms a word may have. Each loads its dictionary when it is made."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Protocol

LEAST_SHARE = 0.05
"""Share of a form's readings below which a dictionary form is left out: "стали" is hardly ever steel.

Measured on UD Russian Taiga (dev), queries in dictionary form, recall / precision: all readings .983 / .931,
from this share on .982 / .944, the best reading alone .958 / .941.
"""


class Reader(Protocol):
    """Reads words of one language, given in normal form."""

    def lemmas(self, form: str) -> frozenset[str]:
        """Every plausible dictionary form; none for a word it cannot read."""
        ...

    def meant(self, form: str) -> frozenset[str]:
        """Those of `lemmas` that a person who types `form` looks for."""
        ...

    def knows(self, form: str) -> bool:
        """Whether `form` stands in the dictionary, rather than being guessed from its ending."""
        ...


class Morphology:
    """Russian, and Ukrainian where its dictionary is installed, by pymorphy3.

    A participle has two dictionary forms here, its own and its verb's: "мобилизовать" finds "мобилизованных",
    but "мобилизованный" does not find "мобилизуют".
    """

    def __init__(self, language: str) -> None:
        import pymorphy3

        self._analyser: Any = pymorphy3.MorphAnalyzer(lang=language)

    def lemmas(self, form: str) -> frozenset[str]:
        """The dictionary forms with at least `LEAST_SHARE` of the form's readings."""
        parses = self._analyser.parse(form)
        shares: dict[str, float] = {}
        for parse in parses:
            for lemma in _of_parse(parse):
                shares[lemma] = shares.get(lemma, 0) + parse.score
        least = LEAST_SHARE * sum(parse.score for parse in parses)
        return frozenset(lemma for lemma, share in shares.items() if share >= least)

    def meant(self, form: str) -> frozenset[str]:
        """`lemmas` without the verbs of full participles."""
        lemmas = self.lemmas(form)
        parses = self._analyser.parse(form)
        verbs = {_plain(parse.normal_form) for parse in parses if parse.tag.POS == "PRTF"}
        return lemmas - verbs or lemmas

    def knows(self, form: str) -> bool:
        """Whether the dictionary has it."""
        return bool(self._analyser.word_is_known(form))


def _of_parse(parse: Any) -> Iterator[str]:  # noqa: ANN401  pymorphy3 has no types
    yield _plain(parse.normal_form)
    if parse.tag.POS in ("PRTF", "PRTS"):
        own = parse.inflect({"PRTF", "nomn", "sing", "masc"})
        if own is not None:
            yield _plain(own.word)


def _plain(lemma: str) -> str:
    return lemma.replace("ё", "е")


class WordList:
    """Czech, English, and Ukrainian where pymorphy3 lacks it, by simplemma, packed in memory."""

    def __init__(self, language: str) -> None:
        from simplemma import Lemmatizer
        from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy
        from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

        self._language = language
        self._known = DictionaryLookupStrategy(LOW_MEMORY_DICTIONARY_FACTORY)
        self._guess = Lemmatizer(cache_max_size=0, lemmatization_strategy=DefaultStrategy(low_memory=True))

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's dictionary form, or what the ending suggests."""
        lemma = self._guess.lemmatize(form, self._language).casefold()
        return frozenset({lemma}) if lemma != form or self.knows(form) else frozenset()

    def meant(self, form: str) -> frozenset[str]:
        """The same."""
        return self.lemmas(form)

    def knows(self, form: str) -> bool:
        """Whether the list has it."""
        return self._known.get_lemma(form, self._language) is not None


class English(WordList):
    """English: possessives, and the plurals that the list takes for another word's ("leaves" of leave)."""

    def __init__(self) -> None:
        super().__init__("en")

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's form of the word without its possessive ending, and the regular singular."""
        bare = form.removesuffix("'s").removesuffix("'")
        return super().lemmas(bare) | frozenset(filter(self._is_lemma, _singulars(bare)))

    def _is_lemma(self, form: str) -> bool:
        return form in super().lemmas(form)


def _singulars(form: str) -> Iterator[str]:
    if len(form) > 3 and form.endswith("s") and not form.endswith("ss"):
        yield form[:-1]
    if len(form) > 4 and form.endswith("ves"):
        yield from (f"{form[:-3]}f", f"{form[:-3]}fe")


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


def reader(language: str) -> Reader:
    """The best reader that is installed for `language`: ru, uk, cs or en."""
    match language:
        case "ru":
            return Morphology("ru")
        case "uk" if find_spec("pymorphy3_dicts_uk"):
            return Together(Morphology("uk"), WordList("uk"))
        case "en":
            return English()
        case _:
            return WordList(language)
