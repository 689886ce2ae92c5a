"""Watch rules that rarely match, as a desk with very many has them: a name, and what is said of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from benchmarks.texts import vocabulary
from monitor.text.normalise import normalise_word

LANGUAGES = ("ru", "uk", "cs")

_SKIPPED = 20
"""Of so many words of a language's list one stands for a name: rare, though dictionaries know it."""

_SPOKEN_OF = 20
"""Of so many names one is, or may be, a word that texts have; the others begin unlike all of these."""

_BEGINNING = 5
"""Letters by which words are told apart for that."""

_COMMON = 1 / 50, 1 / 3
"""Ranks, as shares of all words that texts have, of what is said of names."""


@dataclass(frozen=True, slots=True)
class RareRule:
    """A rule as text, and taken apart for the engines that it is compared with.

    It matches where one word of every group stands, and none of `excluded`. A word with a star is a
    beginning; a group with a blank in it is a phrase.
    """

    query: str
    groups: tuple[tuple[str, ...], ...]
    excluded: tuple[str, ...] = ()


def rare_rules(count: int) -> list[RareRule]:
    """So many different ones; the same every time."""
    return list(islice(_rules(), count))


def _rules() -> Iterator[RareRule]:
    chance = random.Random("rare rules")
    number = 0
    while True:
        yield _rule(chance, LANGUAGES[number % 3], number // 3)
        number += 1


def _rule(chance: random.Random, language: str, number: int) -> RareRule:
    names, known = _names(language), vocabulary(language).words
    first, last = (round(share * len(known)) for share in _COMMON)
    name, other = chance.choice(names), chance.choice(names)
    said = [known[chance.randint(first, last)] for _ in range(3)]
    match number % 5:
        case 0:
            return RareRule(f"{name} AND ({' OR '.join(said)})", ((name,), tuple(said)))
        case 1:
            return RareRule(f'"{name} {said[0]}"', ((f"{name} {said[0]}",),))
        case 2:
            return RareRule(f"({name} OR {other}) {said[0]}", ((name, other), (said[0],)))
        case 3:
            return RareRule(f"{name[:6]}* {said[0]} -{said[1]}", ((f"{name[:6]}*",), (said[0],)), (said[1],))
        case _:
            return RareRule(f"({said[0]} OR {said[1]}) {name}", ((said[0], said[1]), (name,)))


@cache
def _names(language: str) -> tuple[str, ...]:
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    entries = LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(language)
    listed = islice(entries, _SKIPPED // 2, None, _SKIPPED)
    fitting = (word for word in listed if 5 <= len(word) <= 14 and word.islower() and word.isalpha())
    spoken = {word[:_BEGINNING] for word in vocabulary(language).words}
    return tuple(
        word
        for number, word in enumerate(fitting)
        if (word[:_BEGINNING] not in spoken or number % _SPOKEN_OF == 0) and word == normalise_word(word)
    )
