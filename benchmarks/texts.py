"""Fictional posts of about 1 kB in Russian, Ukrainian and Czech: real words, drawn as often as words are.

No sentence of them means anything. Each language has its 60 commonest small words and some thousands drawn
from its word list, so that memos, indexes and dictionaries work as hard as on real posts.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice

from benchmarks.sizes import chosen

WORDS = chosen().words
"""Distinct words a language."""

LANGUAGES = ("ru", "ru", "ru", "uk", "cs")
"""How often each is written."""

_SMALL = {
    "ru": "и в не на я что он с это по но они мы все она так его к у же вы за бы ещё нет о из "
    "ему теперь когда даже ну вдруг ли если уже или быть был до вас нибудь опять уж вам ведь там потом себя",
    "uk": "і в не на я що він з як це по але вони ми все вона так його до у ж ви за би від мене ще немає про "
    "із йому тепер коли навіть ну раптом чи якщо вже або бути був нього вас знову вам адже там потім себе",
    "cs": "a v ne na já že on s jak to po ale oni my vše ona tak jeho k u už vy za by od mne ještě není o z "
    "mu teď když i no náhle zda jestli nebo být byl něj do vás opět vám přece tam potom sebe",
}
_MARK = {"ru": "(вымышленный пример)", "uk": "(вигаданий приклад)", "cs": "(smyšlený příklad)"}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words from the commonest to the rarest, with their cumulated frequencies (Zipf's law)."""

    words: tuple[str, ...]
    weights: tuple[float, ...]


@cache
def vocabulary(language: str) -> Vocabulary:
    """The words that posts in `language` are made of; the same every time."""
    small = tuple(dict.fromkeys(_SMALL[language].split()))
    chance = random.Random(f"words {language}")
    listed = sorted(set(_listed(language)) - set(small))
    words = (*small, *chance.sample(listed, WORDS))
    return Vocabulary(words, tuple(accumulate(1 / (rank + 2) for rank in range(len(words)))))


def _listed(language: str) -> Iterator[str]:
    """Every so many words of the list: it holds more than a million."""
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    entries = LOW_MEMORY_DICTIONARY_FACTORY.get_dictionary(language)
    step = max(1, len(entries) // (4 * WORDS))
    for word in islice(entries, 0, None, step):
        if word.isalpha() and word.islower() and 3 <= len(word) <= 18:
            yield word


def texts(seed: str) -> Iterator[tuple[str, str]]:
    """Posts without end, each with its language; the same for the same seed."""
    chance = random.Random(seed)
    while True:
        language = chance.choice(LANGUAGES)
        yield language, post(language, chance)


def post(language: str, chance: random.Random) -> str:
    """One post of a few sentences and, on average, about a thousand bytes."""
    known = vocabulary(language)
    length = min(400, max(20, round(chance.lognormvariate(4.2, 0.6))))
    words = chance.choices(known.words, cum_weights=known.weights, k=length)
    sentences = []
    while words:
        cut = chance.randint(5, 18)
        sentences.append(" ".join(words[:cut]).capitalize())
        words = words[cut:]
    return f"{'. '.join(sentences)}. {_MARK[language]}"
