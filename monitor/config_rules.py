"""The `[[rule]]` tables: what is watched for."""

from dataclasses import dataclass
from pathlib import Path

from monitor.config_matching import MatchingOptions
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.message import Severity
from monitor.options import Id, Table, Text, read_table, tables
from monitor.problems import Findings
from monitor.query import Query, QueryError, compile_query
from monitor.toml_lines import Keys


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTable:
    """What a `[[rule]]` can say."""

    id: Id
    query: Text
    title: Text | None = None  # None: the id
    severity: Severity = Severity.WARNING
    alert: bool = True  # False: its matches only feed correlations


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleConfig:
    """One watch rule, as configured and compiled."""

    id: str
    title: str
    severity: Severity
    query_text: str  # with what `[matching]` adds
    query: Query
    alert: bool = True
    pack: str | None = None  # that it comes from; None: it is the configuration's own


def read_rules(
    document: Table, findings: Findings, *, folder: Path, matching: MatchingOptions
) -> tuple[RuleConfig, ...]:
    """All rules that can be asked; the others are noted."""
    found = tables(document, "rule", findings)
    read = [_rule(table, keys, findings, folder, matching) for keys, table in found]
    return tuple(rule for rule in read if rule is not None)


def _rule(
    table: Table, keys: Keys, findings: Findings, folder: Path, matching: MatchingOptions
) -> RuleConfig | None:
    read = read_table(RuleTable, table, keys, findings, folder=folder)
    query = _query(table.get("query"), (*keys, "query"), findings, matching)
    if read is None or query is None:
        return None
    if read.id == SOURCE_HEALTH:
        findings.problem((*keys, "id"), f'the id "{SOURCE_HEALTH}" is kept for trouble with sources')
    return RuleConfig(
        id=read.id,
        title=read.title or read.id,
        severity=read.severity,
        query_text=query.text,
        query=query,
        alert=read.alert,
    )


def _query(text: object, keys: Keys, findings: Findings, matching: MatchingOptions) -> Query | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        query = compile_query(text)  # first as it was typed: faults are shown where they are
        asked = matching.applied(text)
        return query if asked == text else compile_query(asked)
    except QueryError as error:
        findings.problem_inside(keys, error.position, error.message, error.hint)
        return None
