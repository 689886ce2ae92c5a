"""What no rule can match is not decided on: it would come to nothing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.backtest.memory import shown
from monitor.backtest.rebuild import analysed
from monitor.backtest.relax import relaxed
from monitor.document import deleted, present
from monitor.query import Document
from monitor.rules import Rule, RuleSet
from scrapers.model import ItemKind, Source
from storage.model.past import PastRevision


class Sieve:
    """Lets through every revision on which some rule may become true, whatever its counters are then."""

    def __init__(self, rules: Sequence[Rule], sources: Mapping[int, Sequence[Source]]) -> None:
        """Make it.

        Args:
            rules: All that are tried; several may bear one id.
            sources: For each row the source as it is configured; several, where configurations differ.
        """
        kept, self._whatever = relaxed({rule.query.text: rule for rule in rules}.values())
        self._rules = RuleSet(_renamed(kept))
        self._sources = {row: _different(several) for row, several in sources.items()}

    def may_match(self, revision: PastRevision) -> bool:
        """Whether the revision is to be decided on."""
        sources = self._sources.get(revision.ref.source_id, ())
        if revision.kind is ItemKind.SERVICE or not sources:
            return False
        if self._whatever:
            return True
        return any(self._rules.match(_document(revision, source)) for source in sources)


def _document(revision: PastRevision, source: Source) -> Document:
    """What rules are asked of when the revision comes."""
    if revision.deleted:
        return deleted(shown(revision), source)
    return present(analysed(revision, None, b""), source)


def _renamed(rules: Sequence[Rule]) -> list[Rule]:
    """The rules under ids of their own: those of two configurations may share one."""
    return [replace(rule, id=str(number)) for number, rule in enumerate(rules)]


def _different(sources: Sequence[Source]) -> tuple[Source, ...]:
    """One of each of those that look alike to a rule."""
    return tuple({(one.id, one.kind, one.tags): one for one in sources}.values())
