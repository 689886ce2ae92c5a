"""Which fields a query asks for."""

from collections.abc import Iterator

from monitor.query.tree import And, Near, Node, Not, Or, Property, Within


def asked(node: Node) -> Iterator[tuple[str, str]]:
    """The name and value of every field below `node`; one that narrows words, like `title:`, has no value."""
    match node:
        case Property(name, value):
            yield name, value
        case Within(name, operand):
            yield name, ""
            yield from asked(operand)
        case Not(operand):
            yield from asked(operand)
        case And(operands) | Or(operands) | Near(operands):
            for operand in operands:
                yield from asked(operand)
