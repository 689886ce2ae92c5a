"""Items that only one clause kept from matching: so that misses become visible. Pure, but for `Past`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.backtest.rebuild import analysed
from monitor.backtest.replay import Trial
from monitor.backtest.sieve import Sieve
from monitor.document import present
from monitor.excerpt import headline
from monitor.query.near import all_but_one
from monitor.rules import Rule, RuleSet
from scrapers.model import Counters, ItemKind, Source
from storage.model import KnownItem
from storage.past import Past


@dataclass(frozen=True, kw_only=True, slots=True)
class NearMiss:
    """An item on which all clauses of a rule hold but one."""

    rule_id: str
    clauses: tuple[str, ...]  # that failed; several, where the rule has alternatives
    source: str  # by its configured id
    external_id: str
    url: str | None
    at: datetime  # when the item was first seen
    headline: str  # unmasked


def near_misses(past: Past, trial: Trial, since: datetime | None, most: int) -> tuple[NearMiss, ...]:
    """The newest near misses of every rule, at most `most` of each, rule by rule; copies are left out.

    Raises:
        StorageUnavailable: the database is away.
    """
    rules = [rule for rule in trial.policy.rules.by_id.values() if rule.id in trial.reported]
    misses = _Misses(rules)
    sources = {
        source.id: trial.configured[source.config_id]
        for source in past.sources()
        if source.config_id in trial.configured
    }
    found: dict[int, tuple[NearMiss, ...]] = {}  # by the item: what it says last counts
    for row, known, counters in _candidates(past, misses.parts, sources, since):
        found[row] = misses.of(known, counters, sources[known.ref.source_id])
    of_rule: dict[str, list[NearMiss]] = defaultdict(list)
    for miss in sorted((one for several in found.values() for one in several), key=lambda one: one.at):
        of_rule[miss.rule_id].append(miss)
    return tuple(miss for rule in rules for miss in of_rule[rule.id][::-1][:most])


def _candidates(
    past: Past, parts: Sequence[Rule], sources: Mapping[int, Source], since: datetime | None
) -> Iterator[tuple[int, KnownItem, Counters | None]]:
    """Revisions of origins that some of `parts` may match, each with its item's latest counters."""
    sieve = Sieve(parts, {row: [source] for row, source in sources.items()})
    holding = past.holding(sieve.needed.words, sieve.needed.beginnings)
    readings = any(rule.query.reads_counters for rule in parts)
    for page in past.revisions(since, readings=False):
        read = past.counters({one.row for one in page}) if readings else {}
        for one in page:
            counters = read.get(one.row, ())
            may_hold = one.row in holding or not one.is_indexed
            is_copy = one.known.origin != one.known.ref
            if not is_copy and sieve.may_match(one.known, (None, *counters), may_hold=may_hold):
                yield one.row, one.known, counters[-1] if counters else None


class _Misses:
    """Asks rules, and rules without one clause."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._whole = RuleSet(rules)
        self._clauses: dict[str, tuple[str, str]] = {}  # id of a part -> rule and clause
        self.parts: list[Rule] = []
        for rule in rules:
            for one in all_but_one(rule.query):
                part = replace(rule, id=str(len(self.parts)), query=one.query)
                self._clauses[part.id] = rule.id, one.clause
                self.parts.append(part)
        self._parts = RuleSet(self.parts)

    def of(self, known: KnownItem, counters: Counters | None, source: Source) -> tuple[NearMiss, ...]:
        """The near misses of one revision; none, where its item is gone."""
        if known.current.deleted or known.kind is ItemKind.SERVICE:
            return ()
        document = present(analysed(known, counters, b""), source, known.current.observed_at)
        held = self._parts.match(document)
        if not held:
            return ()
        whole = self._whole.match(document)
        failed: dict[str, list[str]] = defaultdict(list)
        for part_id in held:
            rule_id, clause = self._clauses[part_id]
            failed[rule_id].append(clause)
        return tuple(
            _miss(rule_id, clauses, known, source)
            for rule_id, clauses in failed.items()
            if rule_id not in whole
        )


def _miss(rule_id: str, clauses: Sequence[str], known: KnownItem, source: Source) -> NearMiss:
    return NearMiss(
        rule_id=rule_id,
        clauses=tuple(dict.fromkeys(clauses)),
        source=source.id,
        external_id=known.ref.external_id,
        url=known.url,
        at=known.first_seen_at,
        headline=headline(known.current.title, known.current.text, masked=False),
    )
