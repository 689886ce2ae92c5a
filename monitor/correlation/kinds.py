"""What a correlation is, as configured. Pure.

Names and meanings: sigmahq.io/docs/meta/correlations.html, and ElastAlert 2's rule types `spike`, `flatline`
and `new_term` (elastalert2.readthedocs.io/en/latest/ruletypes.html).
"""

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

from monitor.duration import short
from monitor.message import Severity


class Kind(StrEnum):
    """What a correlation asks of the events of a group."""

    EVENT_COUNT = "event_count"  # how many items
    VALUE_COUNT = "value_count"  # how many different values of a field
    TEMPORAL = "temporal"  # all rules, in any order
    TEMPORAL_ORDERED = "temporal_ordered"  # all rules, one after the other
    SPIKE = "spike"  # many more, or fewer, than in the time span before
    FLATLINE = "flatline"  # too few
    NEW_TERM = "new_term"  # a value of a field that the time span before did not have


_COMPARED = {
    "gte": (operator.ge, "at least"),
    "gt": (operator.gt, "more than"),
    "lte": (operator.le, "at most"),
    "lt": (operator.lt, "fewer than"),
    "eq": (operator.eq, "exactly"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What a number must be, in Sigma's words; all that is given must hold."""

    gte: int | None = None
    gt: int | None = None
    lte: int | None = None
    lt: int | None = None
    eq: int | None = None

    def holds(self, number: int) -> bool:
        """Whether `number` is as asked for."""
        return all(_COMPARED[name][0](number, bound) for name, bound in self.bounds())

    def bounds(self) -> Iterator[tuple[str, int]]:
        """What is given, e.g. ("gte", 5)."""
        for one in fields(self):
            bound = getattr(self, one.name)
            if bound is not None:
                yield one.name, bound

    def __str__(self) -> str:
        return " and ".join(f"{_COMPARED[name][1]} {bound}" for name, bound in self.bounds())


class Direction(StrEnum):
    """Which way a spike goes."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spike:
    """How far the present time span must differ from the one before."""

    height: float  # times as many, or as few
    direction: Direction
    threshold_ref: int  # items that the time span before must have at least
    threshold_cur: int  # and the present one, on the way up


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlation:
    """A rule over the matches of other rules."""

    id: str
    title: str
    severity: Severity
    kind: Kind
    rules: tuple[str, ...]  # ids; in their order where that matters
    timespan: timedelta
    group_by: tuple[str, ...] = ()  # fields: "source", "origin", "lang", "kind", "tag", "tag:prefix-"
    condition: Condition | None = None  # of counts, and of a flatline
    field: str | None = None  # whose values are counted, or new
    spike: Spike | None = None
    version: int = 0  # raised by storage whenever anything but title and severity changes
    key: bytes = b""  # of the desk, without which nobody can tell which origin a group is of

    @property
    def grouping(self) -> tuple[str, ...]:
        """The fields that make a group: of `new_term` its own field too, for a value is new by itself."""
        if self.kind is Kind.NEW_TERM and self.field is not None:
            return (*self.group_by, self.field)
        return self.group_by

    @property
    def reach(self) -> timedelta:
        """How far back what is judged at one moment goes."""
        return 2 * self.timespan if self.kind is Kind.SPIKE else self.timespan

    @property
    def counts_ended(self) -> bool:
        """Whether what an edit has made untrue counts: to take a threat out is to take it back."""
        return self.kind is Kind.TEMPORAL_ORDERED

    @property
    def watches_absence(self) -> bool:
        """Whether it can become true while nothing happens."""
        down = self.spike is not None and self.spike.direction is not Direction.UP
        return self.kind is Kind.FLATLINE or down

    def stated(self) -> str:
        """All that makes a version, as text."""
        parts = [f"{self.kind} of {' '.join(self.rules)} in {short(self.timespan)}"]
        parts += [f"by {' '.join(self.group_by)}"] if self.group_by else []
        parts += [f"of {self.field}"] if self.field else []
        parts += [str(self.condition)] if self.condition else []
        parts += [str(self.spike)] if self.spike else []
        return "; ".join(parts)


class CorrelationSet:
    """All correlations in force, and the tags of the configured sources, by which some of them group."""

    def __init__(
        self, correlations: Iterable[Correlation] = (), tags: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.by_id: Mapping[str, Correlation] = {one.id: one for one in correlations}
        self.tags: Mapping[str, tuple[str, ...]] = dict(tags or {})  # by the configured id of the source
        self._by_rule: dict[str, list[Correlation]] = {}
        for one in self.by_id.values():
            for rule_id in dict.fromkeys(one.rules):
                self._by_rule.setdefault(rule_id, []).append(one)

    def over(self, rule_ids: Iterable[str]) -> tuple[Correlation, ...]:
        """The correlations over any of these rules, in the order of the configuration."""
        found = {one.id for rule_id in rule_ids for one in self._by_rule.get(rule_id, ())}
        return tuple(one for one in self.by_id.values() if one.id in found)
