"""Rules without some of what they ask: whatever the rest refuses, the whole rule refuses. Pure."""

from collections.abc import Callable
from dataclasses import replace

from monitor.query import QueryError, compile_query
from monitor.query.compile_facts import COUNTERS
from monitor.query.syntax import parse
from monitor.query.tree import And, Near, Node, Not, Or, Property, Tree, Within
from monitor.rules import Rule

Left = Callable[[Node], bool]
"""Whether a leaf of the tree is left open: it may be true or not."""

Relaxed = Node | bool
"""A node, or what it always comes to."""


def is_age(leaf: Node) -> bool:
    """Whether the leaf's answer is another at every moment."""
    return isinstance(leaf, Property) and leaf.name == "age"


def changes(leaf: Node) -> bool:
    """Whether the leaf's answer can change while the text does not."""
    return is_age(leaf) or (isinstance(leaf, Property) and leaf.name in COUNTERS)


def is_said(leaf: Node) -> bool:
    """Whether the leaf asks for something written; or for an age, which no fact of an item tells."""
    return not isinstance(leaf, Property) or is_age(leaf)


def relaxed(rule: Rule, left: Left) -> Rule | None:
    """The rule as far as leaves other than those `left` open decide; None: it may match whatever they are."""
    tree = parse(rule.query.text)
    node = _relax(tree.root, left, positive=True)
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


def _relax(node: Node, left: Left, *, positive: bool) -> Relaxed:
    """`node` with every leaf that is left open taken for whatever lets the whole match."""
    match node:
        case Not(operand, position):
            inner = _relax(operand, left, positive=not positive)
            return not inner if isinstance(inner, bool) else Not(inner, position)
        case Within(field, operand, position):
            inner = _relax(operand, left, positive=positive)
            return inner if isinstance(inner, bool) else Within(field, inner, position)
        case And():
            return _joined(node, left, neutral=True, positive=positive)
        case Or():
            return _joined(node, left, neutral=False, positive=positive)
        case _:
            return positive if left(node) else node


def _joined(node: And | Or, left: Left, *, neutral: bool, positive: bool) -> Relaxed:
    inner = [_relax(operand, left, positive=positive) for operand in node.operands]
    if (not neutral) in [one for one in inner if isinstance(one, bool)]:
        return not neutral
    nodes = tuple(one for one in inner if not isinstance(one, bool))
    if not nodes:
        return neutral
    return nodes[0] if len(nodes) == 1 else replace(node, operands=nodes)
