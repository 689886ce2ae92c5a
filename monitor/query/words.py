"""Parts of queries that are words of a text: inflected, exact, in a certain case, patterns, phrases."""

import dataclasses
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Protocol

from monitor.query.document import FieldName
from monitor.query.keys import USUAL, Leniency, keys_of
from monitor.query.parts import AnyOf, Part
from monitor.query.view import Place, Proof, View, within
from monitor.text.homoglyphs import repair
from monitor.text.letters import APOSTROPHES, AT, INVISIBLE, MARK

_INVISIBLE, _MARKS = re.compile(f"[{INVISIBLE}]"), re.compile(f"[{MARK}]")
_APOSTROPHE, _AT = re.compile(f"[{APOSTROPHES}]"), re.compile(AT)


class Operand(Part, Protocol):
    """A part that stands at certain places of a text, and so can stand near another."""

    def places(self, view: View) -> list[Place]:
        """Where it stands; none where it does not."""
        ...


@dataclass(slots=True)
class Either(AnyOf):
    """At least one of several operands, where one of them is to stand near something else."""

    parts: tuple[Operand, ...]

    def places(self, view: View) -> list[Place]:
        """Where any of them stands."""
        return sorted({place for part in self.parts for place in part.places(view)})


class Step(Operand, Protocol):
    """A part that is a single word, and so can be one of a phrase."""

    def positions(self, view: View) -> Sequence[int]:
        """The positions of the words that match, in order."""
        ...


class _Single:
    """What all single words have in common."""

    __slots__ = ()

    def positions(self, view: View) -> Sequence[int]:
        raise NotImplementedError

    def places(self, view: View) -> list[Place]:
        """Each word that matches."""
        return [(position, position) for position in self.positions(view)]

    def find(self, view: View) -> list[Proof] | None:
        """Each word that matches."""
        return list(self.places(view)) or None


@dataclass(slots=True)
class Inflected(_Single):
    """A word in any form; `form` is what was typed, normalised."""

    form: str
    field: FieldName | None
    lenient: Leniency = USUAL
    _keys: tuple[str, ...] | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """What was typed, its possible dictionary forms, and what counts for the same.

        Looked up when they are first asked for: whoever only checks a query needs no dictionaries.
        """
        keys = self._keys
        if keys is None:
            keys = self._keys = keys_of(self.form, self.lenient)
        return keys

    def holds(self, view: View) -> bool:
        """Whether a word shares a form with `keys`."""
        forms = view.forms if self.field is None else view.forms_in(self.field)
        return not forms.isdisjoint(self._keys or self.keys)

    def positions(self, view: View) -> Sequence[int]:
        """Words that share a form with `keys`."""
        where = view.where_any
        found = [where[key] for key in self.keys if key in where]
        together = found[0] if len(found) == 1 else sorted(set(chain.from_iterable(found)))
        return within(together, self.field)


@dataclass(slots=True)
class AnyWord(_Single):
    """Any of several words in any form: what most rules are made of, so it is asked for all at once."""

    forms: tuple[str, ...]
    field: FieldName | None
    lenient: Leniency = USUAL
    _keys: tuple[str, ...] | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of all the words."""
        keys = self._keys
        if keys is None:
            each = (keys_of(form, self.lenient) for form in self.forms)
            keys = self._keys = tuple(dict.fromkeys(chain.from_iterable(each)))
        return keys

    def holds(self, view: View) -> bool:
        """Whether a word of the text shares a form with `keys`."""
        forms = view.forms if self.field is None else view.forms_in(self.field)
        return not forms.isdisjoint(self._keys or self.keys)

    def positions(self, view: View) -> Sequence[int]:
        """Words that share a form with `keys`."""
        where = view.where_any
        found = {position for key in self.keys for position in where.get(key, ())}
        return within(sorted(found), self.field)


@dataclass(slots=True)
class Exact(_Single):
    """A word in one form only."""

    form: str
    field: FieldName | None

    def holds(self, view: View) -> bool:
        """Whether a word has that form."""
        return self.form in view.exacts_in(self.field)

    def positions(self, view: View) -> Sequence[int]:
        """Words of that form."""
        return within(view.where.get(self.form, ()), self.field)


@dataclass(slots=True)
class InCase(_Single):
    """A word in one form only, whose letters are large and small as they were typed."""

    form: str
    written: str  # as `as_cased` has it
    field: FieldName | None

    def holds(self, view: View) -> bool:
        """Whether there is such a word."""
        return self.form in view.exacts_in(self.field) and bool(self.positions(view))

    def positions(self, view: View) -> Sequence[int]:
        """Words of that form whose original has this case."""
        found = within(view.where.get(self.form, ()), self.field)
        return [position for position in found if as_cased(view.written(position)) == self.written]


@dataclass(slots=True)
class Pattern(_Single):
    """Forms with some letters left open; every one of them begins with `prefix`."""

    prefix: str
    expression: str  # a regular one, for whatever follows the prefix
    field: FieldName | None

    def holds(self, view: View) -> bool:
        """Whether the form of a word fits."""
        return bool(self._forms(view)) and (self.field is None or bool(self.positions(view)))

    def positions(self, view: View) -> Sequence[int]:
        """Words whose form fits."""
        found = sorted(chain.from_iterable(map(view.where.__getitem__, self._forms(view))))
        return within(found, self.field)

    def _forms(self, view: View) -> list[str]:
        forms, prefix = view.ordered, self.prefix
        found = []
        for number in range(bisect_left(forms, prefix), len(forms)):
            if not forms[number].startswith(prefix):
                break
            if self.fits(forms[number]):
                found.append(forms[number])
        return found

    def fits(self, form: str) -> bool:
        """Whether `form`, which begins with the prefix, is one of these."""
        return self.expression == "" or _regex(self.expression).fullmatch(form, len(self.prefix)) is not None


@lru_cache(maxsize=4_096)
def _regex(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


@dataclass(slots=True)
class Adjacent:
    """Words side by side, in order."""

    steps: tuple[Step, ...]

    def holds(self, view: View) -> bool:
        """Whether there is such a run."""
        return all(step.holds(view) for step in self.steps) and bool(self._starts(view))

    def places(self, view: View) -> list[Place]:
        """Each run."""
        last = len(self.steps) - 1
        return [(start, start + last) for start in sorted(self._starts(view))]

    def find(self, view: View) -> list[Proof] | None:
        """Each run."""
        return list(self.places(view)) or None

    def _starts(self, view: View) -> set[int]:
        starts = set(self.steps[0].positions(view))
        for offset, step in enumerate(self.steps[1:], start=1):
            if not starts:
                break
            starts.intersection_update([position - offset for position in step.positions(view)])
        return starts


def as_cased(written: str) -> str:
    """`written` in the one spelling that `normalise_word` gives it, except that its case stays."""
    shown = _INVISIBLE.sub("", written)
    shown = unicodedata.normalize("NFKC", _AT.sub("А" if shown.isupper() else "а", shown))
    shown = repair(unicodedata.normalize("NFKC", _MARKS.sub("", shown)))
    return _APOSTROPHE.sub("'", shown).replace("ё", "е").replace("Ё", "Е")
