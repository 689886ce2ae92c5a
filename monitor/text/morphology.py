"""Dictionary forms by pymorphy3: Ukrainian where its dictionary is installed."""

from collections.abc import Iterator
from typing import Any

LEAST_SHARE = 0.05
"""Share of a form's readings below which a dictionary form is left out: "стали" is hardly ever steel.

Of the shares from 0.02 to 0.5 the best sum of recall and precision, on the tuning half of UD Russian Taiga.
"""


class Morphology:
    """A reader of one language.

    Some forms have two dictionary forms here, their own and that of the word they come from. "мобилизовать"
    finds "мобилизованных", but "мобилизованный" does not find "мобилизуют"; likewise superlatives, and
    passives in -ся ("выплачивать" finds "выплачивается").
    """

    def __init__(self, language: str) -> None:
        from pymorphy3.analyzer import MorphAnalyzer

        self.analyser: Any = MorphAnalyzer(lang=language, probability_estimator_cls=None)

    def lemmas(self, form: str) -> frozenset[str]:
        """The dictionary forms with at least `LEAST_SHARE` of the form's readings."""
        parses = self.analyser.parse(form)
        found = [frozenset(self.of_parse(parse)) for parse in parses]
        if found and found.count(found[0]) == len(found):
            return found[0]
        scores = self._scores(form, parses)
        shares: dict[str, float] = {}
        for lemmas, score in zip(found, scores, strict=True):
            for lemma in lemmas:
                shares[lemma] = shares.get(lemma, 0) + score
        least = LEAST_SHARE * sum(scores)
        return frozenset(lemma for lemma, share in shares.items() if share >= least)

    def _scores(self, _form: str, parses: list[Any]) -> list[float]:
        """How usual each reading is, beside the others."""
        return [parse.score for parse in parses]

    def of_parse(self, parse: Any) -> Iterator[str]:  # noqa: ANN401  pymorphy3 has no types
        """The dictionary forms of one reading."""
        lemma = plain(parse.normal_form)
        yield lemma
        match second(parse.tag, parse.word):
            case "COMP":
                yield f"{lemma[:-2]}о"  # of the adverb: "дольше" of "долго"
            case "active" if self.knows(lemma[:-2]):
                yield lemma[:-2]
            case "Supr" | "PRTF" as own:
                inflected = parse.inflect({"nomn", "sing", "masc", own})
                yield plain(inflected.word if inflected is not None else lemma)

    def meant(self, form: str) -> frozenset[str]:
        """The word itself if it is a dictionary form; else `lemmas` without those of a participle's verb."""
        parses = self.analyser.parse(form)
        if any(form in self.of_parse(parse) for parse in parses):
            return frozenset({form})
        lemmas = self.lemmas(form)
        whole = {plain(parse.normal_form) for parse in parses if second(parse.tag, "") in ("Supr", "PRTF")}
        return lemmas - whole or lemmas

    def knows(self, form: str) -> bool:
        """Whether the dictionary has it."""
        return bool(self.analyser.word_is_known(form))

    def forms(self, lemma: str) -> Iterator[str]:
        """The whole paradigm of every word that has this dictionary form."""
        for parse in self.analyser.parse(lemma):
            if lemma in self.of_parse(parse):
                yield from (plain(one.word) for one in parse.lexeme)


def second(tag: Any, form: str) -> str | None:  # noqa: ANN401
    """Where `form`'s second dictionary form comes from, None where there is but one."""
    match tag.POS:
        case "COMP":
            return "COMP"
        case "PRTF" | "PRTS":
            return "PRTF"
        case "VERB" if _is_passive(tag, form):
            return "active"
        case "ADJF" if "Supr" in tag:
            return "Supr"
    return None


def _is_passive(tag: Any, form: str) -> bool:  # noqa: ANN401
    """Whether a verb in -ся may be a passive. Ukrainian ones are verbs of their own in their dictionary."""
    return (
        form.endswith(("ся", "сь"))
        and "impf" in tag
        and "Refl" not in tag
        and ("3per" in tag or "past" in tag)
    )


def plain(lemma: str) -> str:
    """As texts are compared."""
    return lemma.replace("ё", "е")
