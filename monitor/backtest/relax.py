"""Rules without what changes while the text does not: whatever they refuse, the whole rule refuses. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from monitor.query import QueryError, compile_query
from monitor.query.compile_facts import COUNTERS
from monitor.query.syntax import parse
from monitor.query.tree import And, Near, Node, Not, Or, Property, Tree, Within
from monitor.rules import Rule

AGE = frozenset({"age"})
"""Fields that are different at every moment."""

CHANGING = AGE | frozenset(COUNTERS)
"""And those that are different at every reading."""

Relaxed = Node | bool
"""A node, or what it always comes to."""


def relaxed(rule: Rule, changing: AbstractSet[str]) -> Rule | None:
    """The rule as far as fields other than `changing` decide; None: it may match whatever these are."""
    tree = parse(rule.query.text)
    node = _relax(tree.root, changing, positive=True)
    if isinstance(node, bool):
        return None
    try:
        return replace(rule, query=compile_query(Tree(node, tree.query)))
    except QueryError:  # only exclusions are left
        return None


def asks_no_words(rule: Rule) -> bool:
    """Whether only facts decide on the rule, and nothing that is written."""
    return _is_fact(parse(rule.query.text).root)


def _is_fact(node: Node) -> bool:
    match node:
        case And(operands) | Or(operands) | Near(operands):
            return all(map(_is_fact, operands))
        case Not(operand) | Within(_, operand):
            return _is_fact(operand)
        case _:
            return isinstance(node, Property)


def _relax(node: Node, changing: AbstractSet[str], *, positive: bool) -> Relaxed:
    """`node` with everything that changes taken for whatever lets the whole match."""
    match node:
        case Property(name) if name in changing:
            return positive
        case Not(operand, position):
            inner = _relax(operand, changing, positive=not positive)
            return not inner if isinstance(inner, bool) else Not(inner, position)
        case Within(field, operand, position):
            inner = _relax(operand, changing, positive=positive)
            return inner if isinstance(inner, bool) else Within(field, inner, position)
        case And():
            return _joined(node, changing, neutral=True, positive=positive)
        case Or():
            return _joined(node, changing, neutral=False, positive=positive)
        case _:
            return node


def _joined(node: And | Or, changing: AbstractSet[str], *, neutral: bool, positive: bool) -> Relaxed:
    inner = [_relax(operand, changing, positive=positive) for operand in node.operands]
    if (not neutral) in [one for one in inner if isinstance(one, bool)]:
        return not neutral
    nodes = tuple(one for one in inner if not isinstance(one, bool))
    if not nodes:
        return neutral
    return nodes[0] if len(nodes) == 1 else replace(node, operands=nodes)
