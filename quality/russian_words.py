"""Makes the table in `monitor/text/russian_words` from pymorphy3's Russian dictionary.

`python -m quality.russian_words` reads pymorphy3-dicts-ru, which the test tools install. A paradigm of the
dictionary gives a tag for every ending; of these the table keeps what `monitor.text.russian` asks for: the
dictionary form, a second one (that of a participle, say), and how many readings there are.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.text.morphology import LEAST_SHARE, Morphology, plain, second
from monitor.text.russian_words import ACTIVE, ADVERB, CODE, CROWDED, MARK, OWN, PARADIGM, SECTION

MOST_PARADIGMS = 12
"""Of a stem; what is left of words like "идти, шел" is nothing, and nothing has 213."""

Items = Counter[str]
"""How many productive readings an ending has, by what the second dictionary form is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is guessed of an ending: so many letters are cut, for these dictionary forms."""

    cut: int
    lemma: str
    own: str


@dataclass(slots=True)
class Paradigms:
    """The paradigms of the dictionary, told in our way, each once."""

    dictionary: Any
    texts: dict[str, int] = field(default_factory=dict)  # our number by what is told
    numbers: dict[int, int] = field(default_factory=dict)  # our number by the dictionary's

    def forms(self, paradigm: int) -> Iterator[tuple[str, str]]:
        """The prefix and the ending of each form, as the dictionary has them."""
        facts = self.dictionary.paradigms[paradigm]
        count = len(facts) // 3
        for at in range(count):
            prefix = self.dictionary.paradigm_prefixes[facts[2 * count + at]]
            yield prefix, self.dictionary.suffixes[facts[at]]

    def add(self, paradigm: int, endings: Mapping[str, Items]) -> None:
        """Tell `paradigm` by its endings, its dictionary form first."""
        told = [
            f"{ending}|{'|'.join(f'{n}{own}' for own, n in items.items())}"
            for ending, items in endings.items()
        ]
        text = "\n".join(["", marked(*next(self.forms(paradigm))), *told, ""])
        self.numbers[paradigm] = self.texts.setdefault(text, len(self.texts))


class RussianByPymorphy(Morphology):
    """What the table should say of a form."""

    def __init__(self) -> None:
        from pymorphy3.analyzer import ProbabilityEstimator

        super().__init__("ru")
        self.shares: Any = ProbabilityEstimator(self.analyser.dictionary.path).p_t_given_w

    def _scores(self, form: str, parses: list[Any]) -> list[float]:
        """How often the form is read in each way in OpenCorpora's texts, where it is there."""
        scores = [self.shares.prob(form, parse.tag) for parse in parses]
        return scores if any(scores) else super()._scores(form, parses)


class Maker:
    """Reads the dictionary."""

    def __init__(self) -> None:
        self.morphology = RussianByPymorphy()
        self.analyser: Any = self.morphology.analyser
        self.dictionary: Any = self.analyser.dictionary
        self.paradigms = Paradigms(self.dictionary)
        self.samples: dict[int, str] = {}  # a stem by paradigm

    def table(self) -> bytes:
        """The whole table, packed."""
        stems = self._stems()
        for paradigm in self.samples:
            self.paradigms.add(paradigm, self._endings(paradigm))
        sections = [
            " ".join(sorted(self._prefixes())),
            "".join(PARADIGM.decode() + text for text in self.paradigms.texts),
            lines(self._told(stems)),
            lines(self._guesses()),
            lines(self._doubted()),
        ]
        return zlib.compress(SECTION.join(section.encode(CODE) for section in sections), 9)

    def _told(self, stems: Mapping[str, set[int]]) -> Iterator[tuple[str, str]]:
        """The paradigms of each stem; where there are many, those that have an ending, ending by ending."""
        texts = list(self.paradigms.texts)
        for stem, paradigms in stems.items():
            numbers = sorted({self.paradigms.numbers[paradigm] for paradigm in paradigms})
            if len(numbers) <= MOST_PARADIGMS:
                yield stem, ",".join(map(str, numbers))
                continue
            yield stem, CROWDED.decode()
            endings: dict[str, list[int]] = defaultdict(list)
            for number in numbers:
                for line in texts[number].split("\n")[2:-1]:
                    endings[line.partition("|")[0]].append(number)
            for ending, having in endings.items():
                yield f"{stem}{CROWDED.decode()}{ending}", ",".join(map(str, having))

    def _stems(self) -> Mapping[str, set[int]]:
        stems: dict[str, set[int]] = defaultdict(set)
        for form, (paradigm, at) in self.dictionary.words.iteritems():
            if at == 0:
                prefix, ending = next(self.paradigms.forms(paradigm))
                stem = form[len(prefix) : len(form) - len(ending)]
                stems[plain(stem)].add(paradigm)
                self.samples.setdefault(paradigm, stem)
        return stems

    def _endings(self, paradigm: int) -> Mapping[str, Items]:
        endings: dict[str, Items] = defaultdict(Counter)
        for at, (prefix, ending) in enumerate(self.paradigms.forms(paradigm)):
            tag = self.dictionary.build_tag_info(paradigm, at)
            endings[marked(prefix, ending)][self._own(paradigm, at)] += tag.is_productive()
        return endings

    def _own(self, paradigm: int, at: int) -> str:
        """What the second dictionary form of a form is, as the table tells it."""
        stem = self.samples[paradigm]
        prefix, ending = next(islice(self.paradigms.forms(paradigm), at, None))
        word = prefix + stem + ending
        tag = self.dictionary.build_tag_info(paradigm, at)
        match second(tag, word):
            case "COMP":
                return ADVERB.decode()
            case "active":
                return ACTIVE.decode()
            case "Supr" | "PRTF" as kind:
                normal = self.dictionary.build_normal_form(paradigm, at, word)
                reader = self.analyser._units[0].analyzer  # noqa: SLF001
                parse = self.analyser._result_type(word, tag, normal, 1.0, ((reader, word, paradigm, at),))  # noqa: SLF001
                inflected = parse.inflect({"nomn", "sing", "masc", kind})
                return OWN.decode() + self._apart(plain(inflected.word if inflected else normal), plain(stem))
        return ""

    def _apart(self, word: str, stem: str) -> str:
        prefixes = self.dictionary.paradigm_prefixes
        prefix = next(prefix for prefix in prefixes if word.startswith(prefix + stem))
        return marked(prefix, word[len(prefix + stem) :])

    def _prefixes(self) -> Iterable[str]:
        from pymorphy3.units.by_analogy import KnownPrefixAnalyzer

        units = (unit.analyzer for unit in self.analyser._units)  # noqa: SLF001
        known = next(unit for unit in units if isinstance(unit, KnownPrefixAnalyzer))
        return {plain(prefix) for prefix in known.known_prefixes}

    # ---- guesses -----------------------------------------------------------------------

    def _guesses(self) -> Iterator[tuple[str, str]]:
        """What ends say of words that are not in the dictionary, where it is not what shorter ones say."""
        counted, usual = self._counted()
        kept: dict[str, frozenset[Rule]] = {}
        for end in sorted(counted, key=len):
            rules = counted[end]
            likely = {
                rule: n / rules.total() for rule, n in rules.items() if n >= LEAST_SHARE * rules.total()
            }
            shorter = next((kept[end[at:]] for at in range(1, len(end)) if end[at:] in kept), None)
            if frozenset(likely) != shorter:
                kept[end] = frozenset(likely)
                told = sorted(likely.items(), key=lambda one: (-one[1], one[0].cut, one[0].lemma, one[0].own))
                yield (
                    end,
                    ",".join(
                        f"{usual[end, rule]}:{rule.cut}:{share:.0%}".rstrip("%") for rule, share in told
                    ),
                )

    def _counted(self) -> tuple[Mapping[str, Counter[Rule]], Mapping[tuple[str, Rule], int]]:
        """By the end of a word its rules with how many words each holds for, and its usual paradigm."""
        counted: dict[str, Counter[Rule]] = defaultdict(Counter)
        paradigms: dict[tuple[str, Rule], Counter[int]] = defaultdict(Counter)
        for prefix, ends in zip(
            self.dictionary.paradigm_prefixes, self.dictionary.prediction_suffixes_dawgs, strict=True
        ):
            for end, (words, paradigm, at) in ends.iteritems():
                if not self.dictionary.build_tag_info(paradigm, at).is_productive():
                    continue
                _, ending = next(islice(self.paradigms.forms(paradigm), at, None))
                lemma = marked(*next(self.paradigms.forms(paradigm)))
                rule = Rule(len(ending), lemma, self._own(paradigm, at))
                key = marked(prefix, end)
                counted[key][rule] += words
                paradigms[key, rule][self.paradigms.numbers[paradigm]] += words
        return counted, {key: found.most_common(1)[0][0] for key, found in paradigms.items()}

    # ---- shares ------------------------------------------------------------------------

    def _doubted(self) -> Iterator[tuple[str, str]]:
        """The dictionary forms that a form hardly ever has in the corpus that readings were counted in."""
        for form in sorted({plain(key.partition(":")[0]) for key in self.morphology.shares.keys()}):  # noqa: SIM118
            if self.morphology.knows(form):
                possible = {
                    lemma for parse in self.analyser.parse(form) for lemma in self.morphology.of_parse(parse)
                }
                if doubted := possible - self.morphology.lemmas(form):
                    yield form, ",".join(sorted(doubted))


def marked(prefix: str, ending: str) -> str:
    """An ending, behind the prefix that goes with it if there is one."""
    return f"{plain(prefix)}{MARK.decode()}{plain(ending)}" if prefix else plain(ending)


def lines(values: Iterable[tuple[str, str]]) -> str:
    """A line each, in the order of the keys."""
    ordered = sorted((key.encode(CODE), value) for key, value in values)
    return "".join(f"\n{key.decode(CODE)}|{value}" for key, value in ordered) + "\n"


if __name__ == "__main__":
    path = Path(__file__).resolve().parents[1] / "monitor" / "text" / "russian_words" / "words.zlib"
    path.write_bytes(Maker().table())
    print(path, path.stat().st_size)
