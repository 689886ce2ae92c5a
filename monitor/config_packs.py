"""The `[packs]` table: ready rules that are switched on by name."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from monitor.config_matching import MatchingOptions
from monitor.config_rules import RuleConfig
from monitor.options import Table, entries, read_table, single_table
from monitor.packs import load_pack, pack_names, rules_by_id
from monitor.problems import Findings, nearest
from monitor.query import compile_query


@dataclass(frozen=True, kw_only=True, slots=True)
class PacksTable:
    """What `[packs]` can say."""

    use: tuple[str, ...] = ()  # names of packs
    without: tuple[str, ...] = ()  # ids of rules that are left out all the same


def read_packs(
    document: Table, findings: Findings, *, folder: Path, own: Collection[str], matching: MatchingOptions
) -> tuple[RuleConfig, ...]:
    """The rules of the packs in use, but for those left out and those that the configuration replaces.

    Args:
        document: The whole configuration.
        findings: Takes the problems.
        folder: What relative paths are relative to.
        own: Ids of the `[[rule]]` tables; each stands in for a pack's rule of that id.
        matching: How the words of rules are read.
    """
    table = single_table(document, "packs", findings)
    read = read_table(PacksTable, table, ("packs",), findings, folder=folder)
    if read is None:
        return ()
    used = [name for name in dict.fromkeys(read.use) if name in pack_names()]
    _check(read, used, findings)
    left_out = {*read.without, *own}
    rules = tuple(rule for name in used for rule in _rules(name, matching) if rule.id not in left_out)
    _refuse_taken_ids(document, rules, findings)
    return rules


@cache
def _rules(name: str, matching: MatchingOptions) -> tuple[RuleConfig, ...]:
    return tuple(
        RuleConfig(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            query_text=matching.applied(rule.query),
            query=compile_query(matching.applied(rule.query)),
            pack=name,
        )
        for rule in load_pack(name).rule
    )


def _check(read: PacksTable, used: Collection[str], findings: Findings) -> None:
    for place, name in _misnamed(read.use, pack_names()):
        findings.problem(("packs", "use", place), f'there is no pack "{name}"', nearest(name, pack_names()))
    ids = rules_by_id()
    offered = [rule for rule, (pack, _) in ids.items() if pack in used] or list(ids)
    for place, name in _misnamed(read.without, ids):
        findings.problem(("packs", "without", place), f'no pack has a rule "{name}"', nearest(name, offered))
    for place, name in enumerate(read.without):
        if name in ids and ids[name][0] not in used:
            message = f'the pack "{ids[name][0]}", whose rule "{name}" is left out, is not in use'
            findings.warning(("packs", "without", place), message)


def _misnamed(names: tuple[str, ...], known: Collection[str]) -> Iterator[tuple[int, str]]:
    return ((place, name) for place, name in enumerate(names) if name not in known)


def _refuse_taken_ids(document: Table, rules: Collection[RuleConfig], findings: Findings) -> None:
    """Alerts name rules and correlations alike."""
    packs = {rule.id: rule.pack for rule in rules}
    for keys, table in entries(document, "correlation"):
        name = table.get("id")
        if isinstance(name, str) and name in packs:
            message = f'a rule of the pack "{packs[name]}" has this id already'
            findings.problem((*keys, "id"), message, "take another one")
