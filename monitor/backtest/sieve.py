"""What no rule can match is not decided on: it would come to nothing. Pure.

Reading a text takes the most time by far. So facts are asked first, and then whether the full-text index
holds anything that some rule needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.backtest.rebuild import analysed, unread
from monitor.backtest.relax import asks_no_words, changes, is_said, relaxed
from monitor.document import deleted, present
from monitor.query import Document
from monitor.query.anchors import Anchor, needs
from monitor.query.facts import PropertyName, properties
from monitor.rules import Rule, RuleSet
from scrapers.model import Counters, ItemKind, Source
from storage.model import KnownItem

PROPERTIES: tuple[PropertyName, ...] = ("source", "kind", "lang", "tag", "has", "is")


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """Of what an item must hold one thing, if any rule on its text is to match."""

    words: frozenset[str]  # letters and digits only, as the full-text index has them
    beginnings: frozenset[str]  # of words, likewise
    properties: frozenset[tuple[PropertyName, str]]
    anything: bool  # nothing is certain of some rule: every text is to be read


class Sieve:
    """Lets through every revision on which some rule may become true."""

    def __init__(self, rules: Iterable[Rule], sources: Mapping[int, Sequence[Source]]) -> None:
        """Make it.

        Args:
            rules: All that are tried; several may bear one id.
            sources: For each row the source as it is configured; several, where configurations differ.
        """
        different = list({rule.query.text: rule for rule in rules}.values())
        on_texts = {rule.query.text: relaxed(rule, changes) for rule in different if not asks_no_words(rule)}
        by_facts = [rule for rule in different if on_texts.get(rule.query.text) is None]
        on_facts = [relaxed(rule, is_said) for rule in by_facts]
        self._whatever = None in on_facts
        self._facts = _rule_set(on_facts)
        self._texts = _rule_set(on_texts.values())
        self._sources = {row: _different(several) for row, several in sources.items()}
        self.needed = _needed(self._texts.by_id.values())

    def may_match(
        self, known: KnownItem, counters: Sequence[Counters | None] = (None,), *, may_hold: bool = True
    ) -> bool:
        """Whether that revision is to be decided on.

        Args:
            known: An item as a revision has it.
            counters: All that were ever read of that item; None stands for none.
            may_hold: Whether the item may hold one of `needed.words`, or one with such a beginning.
        """
        sources = self._sources.get(known.ref.source_id, ())
        if known.kind is ItemKind.SERVICE or not sources:
            return False
        return self._whatever or any(
            self._fits(known, counters, source) or self._says(known, source, may_hold=may_hold)
            for source in sources
        )

    def _fits(self, known: KnownItem, counters: Sequence[Counters | None], source: Source) -> bool:
        """Whether a rule on facts may match it."""
        if not self._facts.by_id:
            return False
        return any(self._facts.match(_facts(known, source, counted)) for counted in counters)

    def _says(self, known: KnownItem, source: Source, *, may_hold: bool) -> bool:
        """Whether a rule on texts may match it."""
        if not self._texts.by_id or not (may_hold or self._has_needed(known, source)):
            return False
        return bool(self._texts.match(_document(known, source)))

    def _has_needed(self, known: KnownItem, source: Source) -> bool:
        if self.needed.anything or not self.needed.properties:
            return self.needed.anything
        document = _facts(known, source, None)
        held = {(name, word) for name in PROPERTIES for word in properties(document, name)}
        return not self.needed.properties.isdisjoint(held)


def _facts(known: KnownItem, source: Source, counters: Counters | None) -> Document:
    """What rules on facts are asked of; nobody has read the text."""
    document = present(unread(known, counters), source)
    return replace(document, flags=known.current.flags)


def _document(known: KnownItem, source: Source) -> Document:
    """What rules are asked of when the revision comes."""
    if known.current.deleted:
        return deleted(known, source)
    return present(analysed(known, None, b""), source)


def _rule_set(rules: Iterable[Rule | None]) -> RuleSet:
    """The rules under ids of their own: those of two configurations may share one."""
    return RuleSet(replace(rule, id=str(number)) for number, rule in enumerate(rules) if rule is not None)


def _different(sources: Sequence[Source]) -> tuple[Source, ...]:
    """One of each of those that look alike to a rule."""
    return tuple({(one.id, one.kind, one.tags): one for one in sources}.values())


# ---- what is needed --------------------------------------------------------------------


def _needed(rules: Iterable[Rule]) -> Needed:
    anchors: set[Anchor] = set()
    anything = False
    for rule in rules:
        rarest = next(iter(needs(rule.query.root)), None)
        anything |= rarest is None
        anchors.update(() if rarest is None else rarest.anchors())
    words, beginnings = _bare(anchors, "word"), _bare(anchors, "prefix")
    known = {"word", "prefix", *PROPERTIES}
    return Needed(
        words=words,
        beginnings=beginnings,
        properties=frozenset((name, key) for name in PROPERTIES for kind, key in anchors if kind == name),
        anything=anything or "" in words | beginnings or any(anchor.kind not in known for anchor in anchors),
    )


def _bare(anchors: Iterable[Anchor], kind: str) -> frozenset[str]:
    """The words as the full-text index has them."""
    return frozenset("".join(filter(str.isalnum, key)) for found, key in anchors if found == kind)
