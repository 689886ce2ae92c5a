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

_INFLECTIONS = ("s", "es", "ed", "d", "ing")

_VES = re.compile("(?:cal|el|hal|hoo|lea|loa|scar|sel|shea|shel|thie|whar|wol)f|(?:kni|li|wi)fe")
"""Nouns whose plural is in -ves."""


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
        """Of a participle only itself, as in Russian: "detain" finds "detained", but not the other way.

        Likewise of what has forms of its own: "stranger" finds no "strange".
        """
        is_participle = _PARTICIPLE.fullmatch(form) or _IRREGULAR.fullmatch(form)
        return frozenset({form}) if is_participle or self._is_inflected(form) else self.lemmas(form)

    def _is_inflected(self, form: str) -> bool:
        return any(self._list.get(form + ending) == form for ending in _INFLECTIONS)

    def _is_lemma(self, form: str) -> bool:
        return self.knows(form) and form in super().lemmas(form)


def _singulars(form: str) -> Iterator[str]:
    if len(form) > 3 and form.endswith("s") and not form.endswith("ss"):
        yield form[:-1]
    if form.endswith("ves"):
        yield from filter(_VES.fullmatch, (f"{form[:-3]}f", f"{form[:-3]}fe"))


def _verbs(form: str) -> Iterator[str]:
    if len(form) > 5 and form.endswith("ing"):
        stem = form.removesuffix("ing")
        yield from (stem, f"{stem}e")
        if stem[-1] == stem[-2]:
            yield stem[:-1]
