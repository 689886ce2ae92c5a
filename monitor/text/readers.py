"""One reader a language: what dictionary forms a word may have. Each loads its dictionary when it is made."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Protocol

LEAST_SHARE = 0.05
"""Share of a form's readings below which a dictionary form is left out: "стали" is hardly ever steel.

Measured on UD Russian Taiga (dev), queries in dictionary form, recall / precision: all readings .983 / .931,
from this share on .982 / .944, the best reading alone .958 / .941.
"""


SHORTEST_STEM = 3
"""Letters before an ending."""

ENDINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cs": {
        "": ("ovi", "ové", "ech", "ách", "ům", "em", "ů", "y", "u", "e", "a", "i", "ou"),
        "a": ("ách", "ami", "ám", "ou", "y", "u", "ě", "o"),
        "o": ("ech", "em", "a", "u", "ě"),
        "e": ("ích", "emi", "ím", "i", "í"),
        "ý": ("ého", "ému", "ých", "ým", "ými", "ou", "é", "á", "í"),
        "í": ("ího", "ímu", "ích", "ím", "ími"),
        "ost": ("osti", "ostí", "ostem", "ostech"),
    },
    "uk": {
        "": ("ові", "ами", "ах", "ів", "ам", "ом", "ем", "а", "у", "і", "и", "е"),
        "а": ("ами", "ах", "ам", "ою", "и", "у", "і", "о", ""),
        "о": ("ами", "ах", "ам", "ом", "а", "у", "і"),
        "ий": ("ого", "ому", "их", "им", "ими", "ою", "ій", "а", "е", "і", "у"),
        "ість": ("ості", "істю"),
        "я": ("ями", "ях", "ям", "ею", "єю", "ї", "й", "і", "ю"),
    },
}
"""Endings of dictionary forms and of their inflected forms, for names and whatever else the word lists lack.

Measured on UD dev sets, recall / precision without and with them: cs CAC .927 / .981 and .970 / .981,
uk IU .950 / .940 and .974 / .941.
"""


FORMS_LISTED_AS_WORDS = frozenset({"uk"})
"""Languages whose list gives many inflected forms as words of their own ("ротації").

Such a form also means whatever the list gives as a word and the form regularly comes from. Measured on UD
Ukrainian IU (dev), recall / precision without and with it: .972 / .971 and .976 / .966; Czech gains nothing.
"""


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

        from monitor.text.word_table import WORD_TABLES

        self._language = language
        self._known = DictionaryLookupStrategy(WORD_TABLES)
        strategy = DefaultStrategy(dictionary_factory=WORD_TABLES)
        self._guess = Lemmatizer(cache_max_size=0, lemmatization_strategy=strategy)
        self.knows("")  # loads the list now

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's dictionary form; for a word that it lacks, every one that the ending allows."""
        lemma = self._guess.lemmatize(form, self._language).casefold()
        regular = frozenset(_regular(form, ENDINGS.get(self._language, {})))
        if not self.knows(form):
            return regular | {form, lemma}
        if lemma != form or self._language not in FORMS_LISTED_AS_WORDS:
            return frozenset({lemma})
        return frozenset(filter(self._stands_for_itself, regular)) | {lemma}

    def _stands_for_itself(self, form: str) -> bool:
        return self._known.get_lemma(form, self._language) == form

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
        return self.knows(form) and form in super().lemmas(form)


def _regular(form: str, endings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for dictionary_ending, inflected in endings.items():
        for ending in inflected:
            if form.endswith(ending) and len(form) - len(ending) >= SHORTEST_STEM:
                yield form.removesuffix(ending) + dictionary_ending


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
