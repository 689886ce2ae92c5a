"""A rule of one bare word, the dictionary form, against every word of a treebank."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

from monitor.query.keys import USUAL, keys_of
from monitor.text.diacritics import without_marks
from monitor.text.lemmas import bare_lemma_memo, lemmas_of

Pair = tuple[str, str]
"""A form and its dictionary form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """A way to tell whether a rule's word matches a form: by having one word in common."""

    name: str
    sought: Callable[[str], frozenset[str]]  # for the word of a rule
    said: Callable[[str], frozenset[str]]  # for a form in a text


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What all the rules found together."""

    found: Counter[Pair]  # matched, and of that dictionary form
    missed: Counter[Pair]  # not matched, though of that dictionary form
    wrong: Counter[tuple[str, str, str]]  # matched by a rule (the third), though of another dictionary form

    @property
    def recall(self) -> float:
        """Share of the words that the rule of their dictionary form matched."""
        return self.found.total() / max(1, self.found.total() + self.missed.total())

    @property
    def precision(self) -> float:
        """Share of the matches that were words of the rule's dictionary form."""
        return self.found.total() / max(1, self.found.total() + self.wrong.total())


def outcome(system: System, words: Counter[Pair]) -> Outcome:
    """Every dictionary form of `words` is a rule; every word is counted as often as it occurs."""
    by_key: dict[str, set[Pair]] = defaultdict(set)
    for form, lemma in words:
        for key in system.said(form):
            by_key[key].add((form, lemma))
    found: Counter[Pair] = Counter()
    wrong: Counter[tuple[str, str, str]] = Counter()
    for rule in {lemma for _, lemma in words}:
        for pair in set().union(*(by_key.get(key, set()) for key in system.sought(rule))):
            if pair[1] == rule:
                found[pair] = words[pair]
            else:
                wrong[*pair, rule] = words[pair]
    return Outcome(found=found, missed=words - found, wrong=wrong)


def systems(language: str) -> Iterator[System]:
    """Ours, and for comparison the libraries by themselves, each read as simply as it can be."""
    extra = " with the extra `ukrainian`" if language == "uk" and find_spec("pymorphy3_dicts_uk") else ""
    yield System(name=f"Groundswell{extra}", sought=_our_query, said=partial(_our_words, language))
    if language == "cs":
        yield System(name="Groundswell, texts without diacritics", sought=_our_query, said=_our_bare_words)
    if language in ("ru", "uk") and find_spec(f"pymorphy3_dicts_{language}"):
        best, every = partial(_best_parse, language), partial(_all_parses, language)
        yield System(name="pymorphy3, best parse", sought=best, said=best)
        yield System(name="pymorphy3, all parses", sought=every, said=every)
    listed = partial(_simplemma, language)
    yield System(name="simplemma", sought=listed, said=listed)


def _our_query(word: str) -> frozenset[str]:
    return frozenset(keys_of(word, USUAL))


def _our_words(language: str, form: str) -> frozenset[str]:
    return frozenset((form, *lemmas_of(form, language)))


def _our_bare_words(form: str) -> frozenset[str]:
    bare = without_marks(form)
    return frozenset((bare, *bare_lemma_memo("cs")[bare]))


@cache
def _analyser(language: str) -> Any:  # noqa: ANN401  pymorphy3 has no types
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang=language)


def _best_parse(language: str, form: str) -> frozenset[str]:
    return frozenset({_plain(_analyser(language).parse(form)[0].normal_form)})


def _all_parses(language: str, form: str) -> frozenset[str]:
    return frozenset(_plain(parse.normal_form) for parse in _analyser(language).parse(form))


def _simplemma(language: str, form: str) -> frozenset[str]:
    from simplemma import lemmatize

    return frozenset({_plain(lemmatize(form, language).casefold())})


def _plain(lemma: str) -> str:
    return lemma.replace("ё", "е")
