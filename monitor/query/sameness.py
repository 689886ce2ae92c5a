"""Whether two queries ask the same, however they are laid out. Pure."""

from dataclasses import fields

from monitor.query.errors import QueryError
from monitor.query.syntax import parse
from monitor.query.tree import Node


def ask_the_same(one: str, other: str) -> bool:
    """Whether two queries differ in nothing but blanks and what they can do without, as some parentheses.

    One that can't be read (any more) asks what nothing else does.
    """
    try:
        return _shape(parse(one).root) == _shape(parse(other).root)
    except QueryError:
        return False


def _shape(node: object) -> object:
    """A tree without the places where its nodes stand."""
    if isinstance(node, Node):
        parts = (getattr(node, one.name) for one in fields(node) if one.name != "at")
        return (type(node), *map(_shape, parts))
    return tuple(map(_shape, node)) if isinstance(node, tuple) else node
