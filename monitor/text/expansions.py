"""What a rule's word stands for, spelled out for people: all forms that it matches, language by language."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from monitor.text.endings import OF_UNKNOWN, inflected_forms
from monitor.text.lemmas import lemmas_of, query_lemmas, readers_of
from monitor.text.settled_words import settled_words
from monitor.text.small_words import small_words
from monitor.text.word_list import Reader


def expansions(form: str, *, most: int = 40) -> Mapping[str, tuple[str, ...]]:
    """The forms that a rule's `form` (in normal form) matches, by language (ISO 639-1), at most so many each.

    `form` first, then those of its dictionary forms, in the order of the grammar. Only languages that know
    the word are named; where none does, those that guess. The first takes a second or two, to read the lists.
    """
    sought = {form, *query_lemmas(form)}
    named = {}
    for language, reader in readers_of(form):
        known = dict.fromkeys((form, *_forms(sought, language, reader)))
        matched = (one for one in known if one in sought or not sought.isdisjoint(lemmas_of(one, language)))
        named[language] = tuple(islice(matched, most))
    return {language: forms for language, forms in named.items() if forms}


def _forms(lemmas: Iterable[str], language: str, reader: Reader) -> Iterator[str]:
    for lemma in sorted(lemmas):
        yield lemma
        listed = {**settled_words(language), **small_words(language)}
        yield from (form for form, its in listed.items() if lemma in its)
        yield from reader.forms(lemma)
        is_known = reader.knows(lemma)
        regular = inflected_forms(lemma, OF_UNKNOWN.get(language, {}))
        yield from (form for form in regular if reader.knows(form) is is_known)
