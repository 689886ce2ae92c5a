"""Watch rules ready to be matched: compiled queries behind one index. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from monitor.message import Severity
from monitor.query import Document, Index, Query, Span
from storage.model import MatchSpan


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
    """A rule that is true of a document, with the characters that prove it."""

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
            match.key: RuleMatch(rule=self.by_id[match.key], spans=_spans(match.spans))
            for match in self._index.match(document)
        }


def _spans(spans: Iterable[Span]) -> tuple[MatchSpan, ...]:
    return tuple(MatchSpan(field=span.field, start=span.start, end=span.end) for span in spans)
