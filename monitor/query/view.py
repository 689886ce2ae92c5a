"""A document laid out for matching, each thing when it is first asked for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from monitor.query.document import Document, FieldName, Span
from monitor.text import Text

Place = tuple[int, int]
"""Positions of a first and a last word. Those of the title count from 0, those of the text from `TEXT_AT`."""

Proof = Place | Span
"""What shows that something matches: words, or characters where a regular expression matched."""

TEXT_AT = 1 << 24
"""So far from the title that nothing is near both, whatever the distance and the length of a phrase."""

_NOTHING = Text(original="", exacts=(), lemmas=())
_RUN = re.compile(r"\w+")


class View:
    """A document as parts of queries see it.

    Most documents have no rule that needs more than the set of their words; so that comes first, and whatever
    takes longer waits until somebody asks.
    """

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def forms(self) -> set[str]:
        """The forms of all words, as written and from the dictionary."""
        title, text = self.document.title, self.document.text
        lemmas = chain.from_iterable(chain(text.lemmas, title.lemmas))
        return {*text.exacts, *title.exacts, *lemmas}

    @cached_property
    def exacts(self) -> set[str]:
        """The forms of all words, as written."""
        return {*self.document.text.exacts, *self.document.title.exacts}

    def forms_in(self, field: FieldName | None) -> set[str]:
        """`forms`, but of the words of one field only."""
        return self.forms if field is None else self._parts[field].forms

    def exacts_in(self, field: FieldName | None) -> set[str]:
        """`exacts`, but of the words of one field only."""
        return self.exacts if field is None else self._parts[field].exacts

    @cached_property
    def _parts(self) -> dict[FieldName, "View"]:
        """This document's fields, each as if there were no other."""
        return {
            "title": View(replace(self.document, text=_NOTHING)),
            "text": View(replace(self.document, title=_NOTHING)),
        }

    @cached_property
    def ordered(self) -> list[str]:
        """`exacts` by their letters, so that those with one beginning stand together."""
        return sorted(self.exacts)

    @cached_property
    def where(self) -> dict[str, list[int]]:
        """The positions of each form as written, in order."""
        found: dict[str, list[int]] = {}
        title, text = self.document.title, self.document.text
        for position, form in chain(enumerate(title.exacts), enumerate(text.exacts, TEXT_AT)):
            found.setdefault(form, []).append(position)
        return found

    @cached_property
    def where_any(self) -> dict[str, list[int]]:
        """The positions of each form as written or from the dictionary, in order."""
        found: dict[str, list[int]] = defaultdict(list)
        title, text = self.document.title, self.document.text
        for position, form, lemmas in chain(_numbered(title, 0), _numbered(text, TEXT_AT)):
            found[form].append(position)
            for lemma in lemmas:
                if lemma != form:
                    found[lemma].append(position)
        return found

    @cached_property
    def runs(self) -> dict[str, None]:
        """Runs of letters and digits as written, case folded: where literals of regular expressions stand."""
        written = f"{self.document.title.original}\0{self.document.text.original}"
        return dict.fromkeys(_RUN.findall(written.casefold()))

    def texts(self, field: FieldName | None) -> Iterator[tuple[FieldName, Text]]:
        """The title and the text, or the one of them that is `field`."""
        if field != "text":
            yield "title", self.document.title
        if field != "title":
            yield "text", self.document.text

    def written(self, position: int) -> str:
        """The word at `position` as it stands in the original."""
        text, number = self._at(position)
        start, end = text.bounds[number]
        return text.original[start:end]

    def spans(self, proofs: Iterable[Proof]) -> tuple[Span, ...]:
        """The characters that `proofs` cover, in order, without repeats."""
        spans = {proof if isinstance(proof, Span) else self._span(*proof) for proof in proofs}
        return tuple(sorted(spans, key=_title_first))

    def _span(self, first: int, last: int) -> Span:
        text, number = self._at(first)
        _, until = self._at(last)
        field: FieldName = "title" if first < TEXT_AT else "text"
        return Span(field, text.bounds[number][0], text.bounds[until][1])

    def _at(self, position: int) -> tuple[Text, int]:
        if position < TEXT_AT:
            return self.document.title, position
        return self.document.text, position - TEXT_AT


def within(positions: Sequence[int], field: FieldName | None) -> Sequence[int]:
    """Those of `positions` that stand in `field`; all of them where it is None."""
    if field is None:
        return positions
    if field == "title":
        return [position for position in positions if position < TEXT_AT]
    return [position for position in positions if position >= TEXT_AT]


def _numbered(text: Text, first: int) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    return zip(range(first, first + len(text.exacts)), text.exacts, text.lemmas, strict=True)


def _title_first(span: Span) -> tuple[bool, int, int]:
    return span.field != "title", span.start, span.end
