"""What can be read of alerts and items, however damaged the database is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from sqlalchemy import Connection

from storage.chunks import in_chunks
from storage.damage import Damage, attempt
from storage.database import Dialect
from storage.model import AlertRecord
from storage.records import alert_records, alerts_query
from storage.schema import alert

Key = TypeVar("Key")
Value = TypeVar("Value")

NOWHERE = "it, or what it rests on, is not there any more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Readable(Generic[Key, Value]):
    """What is sound, and why the others can't be read, each by its key."""

    sound: dict[Key, Value] = field(default_factory=dict)
    damaged: dict[Key, str] = field(default_factory=dict)


def readable_alerts(
    connection: Connection, dialect: Dialect, ids: Sequence[str]
) -> Readable[str, AlertRecord]:
    """The alerts with these ids, those among them that can be read.

    One of which only a part is damaged, such as its post, comes without it.
    """

    def read(some: Sequence[str]) -> dict[str, AlertRecord]:
        return alert_records(connection, list(in_chunks(connection, alerts_query(), alert.c.id, some)))

    return readable(connection, dialect, ids, read, lambda one: _in_parts(connection, dialect, one))


def readable(
    connection: Connection,
    dialect: Dialect,
    keys: Sequence[Key],
    read: Callable[[Sequence[Key]], dict[Key, Value]],
    read_damaged: Callable[[Key], Value | Damage] | None = None,
) -> Readable[Key, Value]:
    """What `read` finds of all keys at once, else by halves until those are found that can't be read.

    Args:
        connection: In a transaction, which goes on.
        dialect: Tells damage from a database that is away.
        keys: What is wanted.
        read: Finds some of it.
        read_damaged: Makes another try at one that `read` does not find for its damage.

    Raises:
        DBAPIError: something else went wrong with the database.
    """
    if not keys:
        return Readable()
    found = attempt(connection, dialect, lambda: read(keys))
    if not isinstance(found, Damage):
        return Readable(sound=found, damaged={one: NOWHERE for one in keys if one not in found})
    if len(keys) == 1:
        rest = read_damaged(keys[0]) if read_damaged else found
        if isinstance(rest, Damage):
            return Readable(damaged={keys[0]: rest.reason})
        return Readable(sound={keys[0]: rest})
    middle = len(keys) // 2
    first, second = (
        readable(connection, dialect, half, read, read_damaged) for half in (keys[:middle], keys[middle:])
    )
    return Readable(sound=first.sound | second.sound, damaged=first.damaged | second.damaged)


def _in_parts(connection: Connection, dialect: Dialect, alert_id: str) -> AlertRecord | Damage:
    parts = _Parts(connection, dialect)

    def read() -> AlertRecord:
        rows = list(in_chunks(connection, alerts_query(), alert.c.id, [alert_id]))
        return alert_records(connection, rows, parts)[alert_id]

    found = attempt(connection, dialect, read)
    return found if isinstance(found, Damage) else replace(found, damage="; ".join(parts.damage))


class _Parts:
    """Reads parts of an alert, and does without those that are damaged."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.damage: list[str] = []
        self._connection = connection
        self._dialect = dialect

    def __call__(self, read: Callable[[], dict[Key, Value]]) -> dict[Key, Value]:
        found = attempt(self._connection, self._dialect, read)
        if isinstance(found, Damage):
            self.damage.append(found.reason)
            return {}
        return found
