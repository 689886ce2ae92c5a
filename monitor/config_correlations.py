"""The `[[correlation]]` tables: what the matches of rules mean together."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from monitor.correlation.events import TAG_PREFIX
from monitor.correlation.kinds import Condition, Correlation, Direction, Kind, Spike
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.message import Severity
from monitor.options import Id, Table, Text, read_table, tables
from monitor.problems import Findings, nearest
from monitor.toml_lines import Keys

FIELDS = ("source", "origin", "lang", "kind", "tag", "tag:…")
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=90)

_COUNTS = frozenset({Kind.EVENT_COUNT, Kind.VALUE_COUNT})
_SEQUENCES = frozenset({Kind.TEMPORAL, Kind.TEMPORAL_ORDERED})
_WITH_CONDITION = _COUNTS | {Kind.FLATLINE}
_WITH_FIELD = frozenset({Kind.VALUE_COUNT, Kind.NEW_TERM})
_OF_SPIKES = ("spike_height", "spike_type", "threshold_ref", "threshold_cur")


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrelationTable:
    """What a `[[correlation]]` can say. Sigma's spelling `group-by` is taken as well."""

    id: Id
    type: Kind
    rules: tuple[str, ...]
    timespan: timedelta
    title: Text | None = None  # None: the id
    severity: Severity = Severity.WARNING
    group_by: tuple[str, ...] = ()
    condition: Mapping[str, Any] | None = None
    field: Text | None = None
    spike_height: float | None = None
    spike_type: Direction = Direction.UP
    threshold_ref: Annotated[int, Meta(ge=1)] = 10
    threshold_cur: Annotated[int, Meta(ge=1)] = 10

    def __post_init__(self) -> None:
        if not SHORTEST <= self.timespan <= LONGEST:
            raise ValueError("timespan must be between a minute and 90 days")
        if not self.rules:
            raise ValueError("rules must name at least one rule")
        if self.spike_height is not None and self.spike_height <= 1:
            raise ValueError("spike_height must be more than 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionTable:
    """What `condition` can say."""

    gte: Annotated[int, Meta(ge=0)] | None = None
    gt: Annotated[int, Meta(ge=0)] | None = None
    lte: Annotated[int, Meta(ge=0)] | None = None
    lt: Annotated[int, Meta(ge=0)] | None = None
    eq: Annotated[int, Meta(ge=0)] | None = None


def read_correlations(
    document: Table, findings: Findings, *, folder: Path, rules: Collection[str]
) -> tuple[Correlation, ...]:
    """All correlations that can be judged; the others are noted. `rules` are the ids of the rules."""
    found = tables(document, "correlation", findings)
    names = {table["id"] for _, table in found if isinstance(table.get("id"), str)}
    reader = _Reader(findings, folder, frozenset(rules), frozenset(map(str, names)))
    read = [reader.read(_spelt(table), keys) for keys, table in found]
    return tuple(one for one in read if one is not None)


def _spelt(table: Table) -> Table:
    if "group-by" not in table or "group_by" in table:
        return table
    return {"group_by" if name == "group-by" else name: value for name, value in table.items()}


@dataclass(frozen=True, slots=True)
class _Reader:
    findings: Findings
    folder: Path
    rules: frozenset[str]
    correlations: frozenset[str]

    def read(self, table: Table, keys: Keys) -> Correlation | None:
        """The correlation of a table; None: what it asks cannot be judged, which is noted."""
        read = read_table(CorrelationTable, table, keys, self.findings, folder=self.folder)
        condition = self._condition(table.get("condition"), (*keys, "condition"))
        if read is None:
            return None
        if read.id == SOURCE_HEALTH:
            self._refuse((*keys, "id"), f'the id "{SOURCE_HEALTH}" is kept for trouble with sources')
        self._check_rules(read, keys)
        self._check_fields(read, keys)
        self._check_condition(read, condition, keys)
        self._check_spike(read, table, keys)
        return _built(read, condition)

    def _condition(self, value: object, keys: Keys) -> Condition | None:
        if not isinstance(value, dict):
            return None
        read = read_table(ConditionTable, value, keys, self.findings, folder=self.folder)
        if read is None:
            return None
        if not value:
            self._refuse(keys, "the condition asks for nothing", "e.g. condition = { gte = 5 }")
        return Condition(gte=read.gte, gt=read.gt, lte=read.lte, lt=read.lt, eq=read.eq)

    def _check_rules(self, read: CorrelationTable, keys: Keys) -> None:
        for index, name in enumerate(read.rules):
            place = (*keys, "rules", index)
            if name in read.rules[:index]:
                self._refuse(place, f'the rule "{name}" is named twice')
            elif name in self.correlations and name not in self.rules:
                self._refuse(place, f'"{name}" is a correlation; only rules can feed one')
            elif name not in self.rules:
                self._refuse(place, f'there is no rule "{name}"', nearest(name, self.rules))
        if read.type in _SEQUENCES and len(read.rules) < 2:
            self._refuse((*keys, "rules"), f'"{read.type}" needs at least two rules')

    def _check_fields(self, read: CorrelationTable, keys: Keys) -> None:
        for index, name in enumerate(read.group_by):
            self._check_field(name, (*keys, "group_by", index))
            if name in read.group_by[:index]:
                self._refuse((*keys, "group_by", index), f'"{name}" stands in "group_by" twice')
        if read.field is not None and read.type in _WITH_FIELD:
            self._check_field(read.field, (*keys, "field"))
        for fault, place in _senseless_fields(read):
            self._refuse((*keys, place), fault)

    def _check_field(self, name: str, keys: Keys) -> None:
        if name not in FIELDS[:-1] and not (name.startswith(TAG_PREFIX) and name != TAG_PREFIX):
            self._refuse(keys, f'events have no field "{name}"', nearest(name, FIELDS))

    def _check_condition(self, read: CorrelationTable, condition: Condition | None, keys: Keys) -> None:
        place = (*keys, "condition")
        if read.type not in _WITH_CONDITION:
            if read.condition is not None:
                self._refuse(place, f'"condition" means nothing to "{read.type}"')
        elif read.condition is None:
            self._refuse(keys, '"condition" is missing', _example(read.type))
        elif condition is not None and (fault := _senseless_condition(read.type, condition)):
            self._refuse(place, fault, _example(read.type))

    def _check_spike(self, read: CorrelationTable, table: Table, keys: Keys) -> None:
        if read.type is not Kind.SPIKE:
            for name in _OF_SPIKES:
                if name in table:
                    self._refuse((*keys, name), f'"{name}" means nothing to "{read.type}"')
        elif read.spike_height is None:
            self._refuse(keys, '"spike_height" is missing', "e.g. spike_height = 3, for three times as many")
        elif "threshold_cur" in table and read.spike_type is Direction.DOWN:
            self._refuse((*keys, "threshold_cur"), '"threshold_cur" means nothing to a spike down')

    def _refuse(self, keys: Keys, message: str, hint: str | None = None) -> None:
        self.findings.problem(keys, message, hint)


def _senseless_fields(read: CorrelationTable) -> Iterator[tuple[str, str]]:
    """What is wrong, and at which key."""
    if read.type in _WITH_FIELD and read.field is None:
        yield f'"{read.type}" needs a "field": one of {", ".join(FIELDS)}', "type"
    if read.type not in _WITH_FIELD and read.field is not None:
        yield f'"field" means nothing to "{read.type}"', "field"
    if read.field is not None and read.field in read.group_by:
        yield f'within one "{read.field}" there is only one "{read.field}"', "field"
    if read.type is Kind.NEW_TERM and read.field == "origin":
        yield "every origin is new once: the rule itself alerts on each", "field"
    if read.type is Kind.FLATLINE and "origin" in read.group_by:
        yield "nobody expects a text to come again and again", "group_by"


def _senseless_condition(kind: Kind, condition: Condition) -> str | None:
    bounds = dict(condition.bounds())
    if not bounds:
        return None  # which is told already
    if not any(condition.holds(number) for number in _around(bounds.values())):
        return "no number is like that"
    if kind is Kind.FLATLINE:
        return None if bounds.keys() <= {"lt", "lte"} else "a flatline is too few: lt or lte"
    if condition.holds(0):
        return 'that is true where nothing happens at all; too few is told by type = "flatline"'
    return None


def _around(bounds: Collection[int]) -> set[int]:
    """Numbers among which there is one that holds, if any does."""
    return {number for bound in bounds for number in (bound - 1, bound, bound + 1) if number >= 0}


def _example(kind: Kind) -> str:
    return f"e.g. condition = {{ {'lt = 1' if kind is Kind.FLATLINE else 'gte = 5'} }}"


def _built(read: CorrelationTable, condition: Condition | None) -> Correlation:
    spike = Spike(
        height=read.spike_height or 0.0,
        direction=read.spike_type,
        threshold_ref=read.threshold_ref,
        threshold_cur=read.threshold_cur,
    )
    return Correlation(
        id=read.id,
        title=read.title or read.id,
        severity=read.severity,
        kind=read.type,
        rules=read.rules,
        timespan=read.timespan,
        group_by=read.group_by,
        condition=condition,
        field=read.field,
        spike=spike if read.type is Kind.SPIKE else None,
    )
