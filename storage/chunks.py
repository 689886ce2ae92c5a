"""Asking for rows by many keys at once, in statements that are built once and then only filled in.

Building a statement takes longer than most databases take to answer it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam
from sqlalchemy.sql.elements import KeyedColumnElement

CHUNK = 500  # keys in one question


def among_keys(column: KeyedColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `column` is one of the keys that `by_keys` hands in."""
    return column.in_(bindparam("keys", expanding=True, type_=column.type))


def by_keys(
    connection: Connection, statement: Select[Any], keys: Sequence[object], **others: object
) -> Iterator[Row[Any]]:
    """Rows of a statement that holds `among_keys`; `others` fill in the rest of it."""
    for start in range(0, len(keys), CHUNK):
        yield from connection.execute(statement, {"keys": keys[start : start + CHUNK], **others})


def in_chunks(
    connection: Connection, query: Select[Any], column: KeyedColumnElement[Any], keys: Sequence[object]
) -> Iterator[Row[Any]]:
    """Rows of `query` whose `column` is one of `keys`."""
    return by_keys(connection, query.where(among_keys(column)), keys)


def batched(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """`keys` in runs of at most `size`, in order."""
    return (keys[start : start + size] for start in range(0, len(keys), size))
