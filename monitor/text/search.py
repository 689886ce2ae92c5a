"""Words for the full-text index and for `groundswell search`, so that every database finds the same."""

from collections.abc import Iterable
from itertools import chain, islice

from monitor.text.lemmas import query_lemmas, unmarked_keys
from monitor.text.letters import WORD
from monitor.text.normalise import normalise_word
from monitor.text.tokens import Text


def search_lemmas(words: str) -> tuple[tuple[str, ...], ...]:
    """For each word of `words` its alternatives: any of them may stand in the index; all words must.

    Every alternative holds only letters and digits.
    """
    exacts = [normalise_word(match[0]) for match in WORD.finditer(words)]
    forms = ((exact, *query_lemmas(exact), *unmarked_keys(exact)) for exact in exacts if exact)
    return tuple(map(_indexed, forms))


def index_words(*texts: Text, limit: int = 20_000) -> str:
    """The distinct forms and dictionary forms of `texts`, space-joined, the first `limit` of them."""
    exacts = chain.from_iterable(text.exacts for text in texts)
    lemmas = chain.from_iterable(text.lemmas for text in texts)
    forms = dict.fromkeys(chain(exacts, chain.from_iterable(lemmas)))
    return " ".join(islice(forms if _only_letters(forms) else _indexed(forms), limit))


def _indexed(forms: Iterable[str]) -> tuple[str, ...]:
    bare = (form if form.isalnum() else "".join(filter(str.isalnum, form)) for form in forms)
    return tuple(dict.fromkeys(form for form in bare if form))


def _only_letters(forms: Iterable[str]) -> bool:
    return "".join(forms).isalnum()
