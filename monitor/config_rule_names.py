"""Warns of rules that name a source, tag or kind which no source has: slips of the pen that never fire."""

import fnmatch
import re
from collections.abc import Collection, Iterator, Mapping

from monitor.options import Table, entries
from monitor.problems import Findings, nearest
from monitor.query import QueryError
from monitor.query.lexer import position_of
from monitor.query.syntax import parse
from monitor.query.tree import And, Near, Node, Not, Or, Property, Within
from monitor.toml_lines import Keys

Names = Mapping[str, Collection[str]]
"""Field of the query language to what the sources of the configuration hold in it."""

_MAY_NAME = re.compile(r"\b(?:source|tag|kind):", re.IGNORECASE)
_SAID = {
    "source": 'there is no source "{}"',
    "tag": 'no source has the tag "{}"',
    "kind": 'no source is of kind "{}"',
}


def warn_of_unknown_names(document: Table, findings: Findings, *, names: Names) -> None:
    """Note what the `[[rule]]` tables ask of sources that none of them can answer.

    Rules of packs are not looked at: they are written for sources that not everybody has.
    """
    if not names["source"]:
        return  # which is warned of already
    for keys, table in entries(document, "rule"):
        query = table.get("query")
        if isinstance(query, str) and _MAY_NAME.search(query):
            _warn(query, (*keys, "query"), findings, names)


def _warn(query: str, keys: Keys, findings: Findings, names: Names) -> None:
    told: set[tuple[str, str]] = set()
    for test in _tests(query):
        if test.name not in names or (test.name, test.value) in told or _is_known(test, names[test.name]):
            continue
        told.add((test.name, test.value))
        message = _SAID[test.name].format(test.value)
        hint = nearest(test.value, names[test.name])
        findings.warning_inside(keys, position_of(query, test.at), message, hint)


def _tests(query: str) -> Iterator[Property]:
    try:
        yield from _properties(parse(query).root)
    except QueryError:
        return  # which is a problem, and told as one


def _properties(node: Node) -> Iterator[Property]:
    match node:
        case Property():
            yield node
        case And(operands) | Or(operands) | Near(operands):
            for operand in operands:
                yield from _properties(operand)
        case Not(operand) | Within(_, operand):
            yield from _properties(operand)


def _is_known(test: Property, names: Collection[str]) -> bool:
    pattern = test.value.casefold().replace("[", "[[]")
    return any(fnmatch.fnmatchcase(name.casefold(), pattern) for name in names)
