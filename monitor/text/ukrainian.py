"""How Ukrainian words are read."""

import re
from collections.abc import Iterator

from monitor.text.endings import Endings, dictionary_forms, table
from monitor.text.word_list import WordList

_QUALITY = re.compile("ість|істю|ост(?:і|ей|ям|ями|ях)")  # as in "гідність"

_CONSONANTS = frozenset("бвгґджзклмнпрстфхцчшщ")

_CITY = re.compile(".+[сц]ьк[ау]")
"""The list has "донецька" as of "донецький", for "Донецька" is another word there, and texts come without."""

_PARTICIPLE = re.compile(".+[нт]ий")
_VERB = re.compile("ти(?:ся)?$")

_COMPARATIVE_ADVERB = re.compile(".{2,}(?:іше|[джчшщ]че|ще|ше)")

_DERIVED: Endings = table("""
    ий: ого ому им ім ої ій ою ими их
    ний: на не ні ну
    тий: та те ті ту
    ння: нню нням нні нь ннями ннях
    ка: ки ку кою ці кам ками ках ок
    иця: иці ицю ицею иць ицям ицями ицях
    ок: ка ку ком ки ків кам ками ках
    ик: ика ику иком ики иків икам иками иках
    тися: вся лася лося лися
    ти: в ла ло ли
""")
"""Of what the list often has under what it comes from: adjectives, verbal nouns, women, what is small."""

_SHORT: Endings = table("""
    -: а у ом
    а: и у
    о: а у
    ий: а і
""")
"""Of what the list gives as a word of its own that nothing is a form of: "ради" comes from "рада"."""

_CASES = ("у", "ю", "ом", "ем", "єм", "ою", "ею", "єю", "ями", "ами", "ах", "ях", "ого", "ові", "еві")


class Ukrainian(WordList):
    """Ukrainian: words that the list takes for forms of what they come from, "певно" for one of "певний"."""

    def __init__(self) -> None:
        super().__init__("uk")

    def lemmas(self, form: str) -> frozenset[str]:
        """As the list and the endings have it, but for words that come from others, and cities."""
        listed = super().lemmas(form)
        found = {self._of_its_own(form, lemma) for lemma in listed}
        verbs = filter(_VERB.search, listed) if any(map(_PARTICIPLE.fullmatch, found)) else ()
        return frozenset({*found, *verbs, *self._of_stray(form), *self._of_city(form)})

    def _of_stray(self, form: str) -> Iterator[str]:
        if self._listed(form) == form and not form.endswith("ти") and not self._is_inflected(form):
            yield from filter(self._stands_for_itself, dictionary_forms(form, _SHORT))

    def _is_inflected(self, form: str) -> bool:
        stems = (form, form[:-1]) if form[-1] in "аяоеьйиі" else (form,)
        forms = (stem + ending for stem in stems for ending in _CASES)
        return any(self._list.get(one) == form for one in forms if one != form)

    def _of_city(self, form: str) -> Iterator[str]:
        if _CITY.fullmatch(form) and self._list.get(form.capitalize()) == form[:-1].capitalize():
            yield form[:-1]

    def _of_its_own(self, form: str, lemma: str) -> str:
        if form == lemma:
            return lemma
        if _is_dictionary_form(form, lemma):
            return form
        return next(self._derived(form, lemma), None) or _split_off(form, lemma)

    def _derived(self, form: str, lemma: str) -> Iterator[str]:
        """What `form` regularly comes from where the list has that under `lemma` as well."""
        for word in dictionary_forms(form, _DERIVED):
            if word != lemma and _is_dictionary_form(word, lemma) and self._listed(word) == lemma:
                yield word

    def meant(self, form: str) -> frozenset[str]:
        """Of an adverb that compares only itself: "краще" finds no "кращий"."""
        return frozenset({form}) if _COMPARATIVE_ADVERB.fullmatch(form) else self.lemmas(form)


def _is_dictionary_form(form: str, lemma: str) -> bool:
    """Whether `form` is a dictionary form by its looks, though the list has it under `lemma`."""
    if form.endswith(("ий", "ння")):
        return True
    if form.endswith(("ти", "тися")):
        return lemma.endswith(("ти", "тися"))
    if form.endswith(("ка", "иця")):
        if lemma.endswith("к"):
            return form.endswith("чка") and not lemma.endswith("чок")
        return lemma[-1] in _CONSONANTS or lemma.endswith(("ець", "тель"))
    return form.endswith(("ок", "ик")) and lemma[-1] in _CONSONANTS and not lemma.endswith("ин")


def _split_off(form: str, lemma: str) -> str:
    stem = lemma[:-2]
    if lemma.endswith(("ий", "ій")):
        if form == f"{stem}о":
            return form
        if _QUALITY.fullmatch(form, len(stem)):
            return f"{stem}ість"
    if lemma.endswith("ник") and form.startswith(f"{lemma[:-1]}ц"):
        return f"{lemma[:-1]}ця"
    return lemma
