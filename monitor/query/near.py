"""Queries without one of their clauses: what they match and the whole does not is a near miss. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from monitor.query.compile import Query, compile_query
from monitor.query.errors import QueryError
from monitor.query.syntax import parse
from monitor.query.tree import And, Near, Node, Not, Or, Within, term


@dataclass(frozen=True, kw_only=True, slots=True)
class AllButOne:
    """A query, or one of its alternatives, without one clause."""

    clause: str  # as one would write it
    query: Query


def all_but_one(query: Query) -> tuple[AllButOne, ...]:
    """`query` without each of the clauses that must all hold, one at a time.

    Those of a query of alternatives are the clauses of each. What would match nearly everything is left out,
    and so is a query of a single clause.
    """
    return tuple(
        AllButOne(clause=written(clause), query=rest)
        for clause, node in _without_one(parse(query.text).root)
        if (rest := _compiled(node)) is not None
    )


def _compiled(node: Node) -> Query | None:
    try:
        return compile_query(written(node))
    except QueryError:  # only exclusions are left
        return None


def _without_one(node: Node) -> Iterator[tuple[Node, Node]]:
    """Every clause with what is left without it."""
    match node:
        case And(operands):
            for number, operand in enumerate(operands):
                rest = operands[:number] + operands[number + 1 :]
                yield operand, rest[0] if len(rest) == 1 else replace(node, operands=rest)
        case Or(operands):
            for operand in operands:
                yield from _without_one(operand)
        case Within(field, inner, position):
            for clause, left in _without_one(inner):
                yield Within(field, clause, position), Within(field, left, position)
        case _:
            return


def written(node: Node) -> str:
    """`node` as one would write it."""
    match node:
        case And(operands):
            return f"({' AND '.join(map(written, operands))})"
        case Or(operands):
            return f"({' OR '.join(map(written, operands))})"
        case Not(operand):
            return f"NOT {written(operand)}"
        case Within(field, operand):
            return f"{field}:{written(operand)}"
        case Near(operands, steps):
            others = zip(steps, operands[1:], strict=True)
            joined = (
                f" {'BEFORE' if in_order else 'NEAR'}/{apart} {written(one)}"
                for (apart, in_order), one in others
            )
            return f"({written(operands[0])}{''.join(joined)})"
        case _:
            return term(node)
