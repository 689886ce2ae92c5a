"""Watch rules ready to be matched: compiled queries behind one index. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.message import Severity
from monitor.query import Document, Index, Query, Span
from storage.model import MatchSpan

MOST_SPANS = 50
"""Places that are kept of one match: nobody reads more, and a common word may stand at a hundred thousand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One watch rule in the version that is in force."""

    id: str
    title: str
    severity: Severity
    query: Query
    version: int  # raised by storage whenever the query changes
    alerts: bool = True  # False: its matches only feed correlations


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleMatch:
    """A rule that is true of a document, with characters that prove it: `MOST_SPANS` places at most."""

    rule: Rule
    spans: tuple[MatchSpan, ...]


class RuleSet:
    """All rules in force; `match` looks only at those that a document's words make possible."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.by_id: Mapping[str, Rule] = {rule.id: rule for rule in rules}

    @cached_property
    def _index(self) -> Index:
        """Made when the first document comes: it needs the dictionaries, which take a second to load."""
        return Index({rule.id: rule.query for rule in self.by_id.values()})

    def match(self, document: Document) -> dict[str, RuleMatch]:
        """The rules that are true of `document`, by id, in the order of the configuration."""
        return {
            match.key: RuleMatch(rule=self.by_id[match.key], spans=_spans(match.spans, document))
            for match in self._index.match(document)
        }


def _spans(spans: Sequence[Span], document: Document) -> tuple[MatchSpan, ...]:
    return tuple(
        MatchSpan(field=span.field, start=span.start, end=span.end)
        for span in _worth_keeping(spans, document)
    )


def _worth_keeping(spans: Sequence[Span], document: Document) -> Sequence[Span]:
    """All of `spans`, or as many as are kept, in order: no word a second time while another is missing."""
    if len(spans) <= MOST_SPANS:
        return spans
    times: Counter[str] = Counter()
    ranked = []
    for number, span in enumerate(spans):
        written = (document.title if span.field == "title" else document.text).original
        word = written[span.start : span.end].casefold()
        ranked.append((times[word], number))
        times[word] += 1
    return [spans[number] for number in sorted(number for _, number in sorted(ranked)[:MOST_SPANS])]
