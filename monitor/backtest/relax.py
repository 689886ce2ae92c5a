"""Rules without what changes while the text does not: whatever they refuse, the whole rule refuses. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from monitor.query import QueryError, compile_query
from monitor.query.compile_facts import COUNTERS
from monitor.query.syntax import parse
from monitor.query.tree import And, Node, Not, Or, Property, Tree, Within
from monitor.rules import Rule

CHANGING = frozenset({*COUNTERS, "age"})
"""Fields that may be different from one moment to the next."""

Relaxed = Node | bool
"""A node, or what it always comes to."""


def relaxed(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], bool]:
    """The rules as far as the text decides on them, and whether any may match whatever is written."""
    kept: list[Rule] = []
    whatever = False
    for rule in rules:
        tree = parse(rule.query.text)
        node = _relax(tree.root, positive=True)
        if isinstance(node, bool):
            whatever |= node
        elif node == tree.root:
            kept.append(rule)
        else:
            try:
                kept.append(replace(rule, query=compile_query(Tree(node, tree.query))))
            except QueryError:  # only exclusions are left
                whatever = True
    return tuple(kept), whatever


def _relax(node: Node, *, positive: bool) -> Relaxed:
    """`node` with everything that changes taken for whatever lets the whole match."""
    match node:
        case Property(name) if name in CHANGING:
            return positive
        case Not(operand, position):
            inner = _relax(operand, positive=not positive)
            return not inner if isinstance(inner, bool) else Not(inner, position)
        case Within(field, operand, position):
            inner = _relax(operand, positive=positive)
            return inner if isinstance(inner, bool) else Within(field, inner, position)
        case And(operands, position):
            return _joined(And, operands, position, neutral=True, positive=positive)
        case Or(operands, position):
            return _joined(Or, operands, position, neutral=False, positive=positive)
        case _:
            return node


def _joined(
    kind: type[And] | type[Or], operands: tuple[Node, ...], position: int, *, neutral: bool, positive: bool
) -> Relaxed:
    inner = [_relax(operand, positive=positive) for operand in operands]
    if (not neutral) in [one for one in inner if isinstance(one, bool)]:
        return not neutral
    nodes = tuple(one for one in inner if not isinstance(one, bool))
    if not nodes:
        return neutral
    return nodes[0] if len(nodes) == 1 else kind(nodes, position)
