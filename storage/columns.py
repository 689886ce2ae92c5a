"""Column types that behave the same on SQLite and Postgres."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

RowId = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER counts up by itself on SQLite

NUL, REPLACEMENT = "\x00", "\ufffd"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC in, aware UTC out, microseconds kept. A naive value is a `ValueError`.

    Postgres keeps `timestamptz`; SQLite, which has no time type, keeps text of fixed width, which sorts
    as the times do and can be read by a person: `2026-11-22T06:52:29.000000Z`.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """What is stored for `value`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        moment = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment that was stored."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text from outside. Postgres refuses NUL, both refuse lone surrogates: U+FFFD and "?" stand in.

    One character replaces one, so that spans still point to the same places.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """What is stored for `value`."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """`text` without what a database refuses."""
    return text.replace(NUL, REPLACEMENT).encode("utf-8", "replace").decode("utf-8")


def dump_json(value: object) -> str:
    """`value` as JSON that Postgres takes too; the engines' serialiser."""
    return _in_json(_storable_json(value))


def _storable_json(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(inner) for inner in value]
    return value


_in_json = json.JSONEncoder(ensure_ascii=False).encode  # made once: json.dumps would make one a value


class Json(TypeDecorator[Any]):
    """JSON; None is NULL. Postgres keeps `jsonb`, whose type takes long to import and only it needs."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))
