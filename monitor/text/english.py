"""How English words are read."""

import re
from collections.abc import Iterator

from monitor.text.word_list import WordList

_PARTICIPLE = re.compile(".{2,}(?:ing|ed|wn|ne|(?<!m)(?<!dr)en)")  # and not women, children

_IRREGULAR = re.compile(
    "bent|bled|bought|bound|bred|brought|built|burnt|caught|clung|crept|dealt|dug|fed|felt|"
    "fled|fought|found|heard|held|hung|kept|knelt|laid|leant|learnt|led|left|lent|lit|"
    "lost|made|meant|met|paid|said|sat|sent|shot|slept|slid|sold|sought|spelt|spent|spilt|"
    "spun|stood|struck|stuck|stung|sung|sunk|swept|swum|swung|taught|thought|told|"
    "understood|wept|won|wound|wrung"
)

_ONE_VOWEL = re.compile("(?:^|[^aeiou])[aeiouy][^aeiouwxy]$")

_OWN_DOUBLES = ("ss", "ff", "zz")  # "bb" and the like are one letter before "ing"; "ll" may be either

_PLURAL = re.compile("[a-z]{3,}[^aiosu]s")

_INFLECTIONS = ("s", "es", "ed", "d", "ing")

_VES = re.compile("(?:cal|el|hal|hoo|lea|loa|scar|sel|shea|shel|thie|whar|wol)f|(?:kni|li|wi)fe")
"""Nouns whose plural is in -ves."""


class English(WordList):
    """English: possessives, and what the list has of another word: "leaves" of leave, "meeting" of meet."""

    def __init__(self) -> None:
        super().__init__("en")

    def lemmas(self, form: str) -> frozenset[str]:
        """The list's form of the word without its possessive ending, its singular, the verb of its -ing.

        No word is a single letter: the list has "ks" under "k", and the "m" of "I'm" under "be".
        """
        bare = form.removesuffix("'s").removesuffix("'")
        if len(bare) < 2:
            return frozenset({bare})
        listed = super().lemmas(bare)
        others = (*_singulars(bare), *_verbs(bare))
        found = listed | frozenset(filter(self._is_lemma, others)) | self._unlisted_singular(bare)
        found -= _other_vowel(bare, found) - (listed - {bare})
        return frozenset(lemma for lemma in found if len(lemma) > 1) or frozenset({bare})

    def meant(self, form: str) -> frozenset[str]:
        """Of a participle only itself, as in Russian: "detain" finds "detained", but not the other way.

        Likewise of what has forms of its own: "stranger" finds no "strange".
        """
        is_participle = _PARTICIPLE.fullmatch(form) or _IRREGULAR.fullmatch(form)
        return frozenset({form}) if is_participle or self._is_inflected(form) else self.lemmas(form)

    def _unlisted_singular(self, form: str) -> frozenset[str]:
        """Of a name that no list has: "Shahed" of "Shaheds", and nothing of "Haas" or "Uranus"."""
        is_plural = _PLURAL.fullmatch(form) and not self.knows(form)
        return frozenset({form[:-1]}) if is_plural else frozenset()

    def _is_inflected(self, form: str) -> bool:
        return any(self._list.get(form + ending) == form for ending in _INFLECTIONS)

    def _is_lemma(self, form: str) -> bool:
        return self.knows(form) and form in super().lemmas(form)


def _singulars(form: str) -> Iterator[str]:
    if len(form) > 3 and form.endswith("s") and not form.endswith("ss"):
        yield form[:-1]
    if form.endswith("ves"):
        yield from filter(_VES.fullmatch, (f"{form[:-3]}f", f"{form[:-3]}fe"))


def _other_vowel(form: str, lemmas: frozenset[str]) -> frozenset[str]:
    """What the spelling of an -ing speaks against.

    Of "losing", with its long "o", "los" beside "lose"; of "discussing" "discus", which needs no second "s".
    """
    stem = form.removesuffix("ing")
    if stem == form:
        return frozenset()
    if stem in lemmas and stem.endswith(_OWN_DOUBLES):
        return lemmas & {stem[:-1]}
    return lemmas & {stem} if f"{stem}e" in lemmas and _ONE_VOWEL.search(stem) else frozenset()


def _verbs(form: str) -> Iterator[str]:
    if len(form) > 5 and form.endswith("ing"):
        stem = form.removesuffix("ing")
        yield from (stem, f"{stem}e")
        if stem[-1] == stem[-2]:
            yield stem[:-1]
