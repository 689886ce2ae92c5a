"""Alerts as they are told: what can be read of them, however damaged the database is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import Connection

from storage.chunks import in_chunks
from storage.damage import Damage, attempt
from storage.database import Dialect
from storage.model import AlertRecord
from storage.records import alert_records, alerts_query
from storage.schema import alert

Key = TypeVar("Key")
Value = TypeVar("Value")

NOWHERE = "it, or the source it is about, is not there any more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Readable:
    """Alerts, and why the others can't be read, each by id."""

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)


def readable_alerts(connection: Connection, dialect: Dialect, ids: Sequence[str]) -> Readable:
    """The alerts with these ids: all at once, else by halves until those are found that can't be read.

    One of which only a part is damaged, such as its post, comes without it.
    """
    if not ids:
        return Readable()
    found = attempt(connection, dialect, lambda: _read(connection, ids))
    if not isinstance(found, Damage):
        return Readable(alerts=found, damaged={one: NOWHERE for one in ids if one not in found})
    if len(ids) == 1:
        return _in_parts(connection, dialect, ids[0])
    middle = len(ids) // 2
    first, second = (readable_alerts(connection, dialect, half) for half in (ids[:middle], ids[middle:]))
    return Readable(alerts=first.alerts | second.alerts, damaged=first.damaged | second.damaged)


def _read(connection: Connection, ids: Sequence[str]) -> dict[str, AlertRecord]:
    return alert_records(connection, list(in_chunks(connection, alerts_query(), alert.c.id, ids)))


def _in_parts(connection: Connection, dialect: Dialect, alert_id: str) -> Readable:
    parts = _Parts(connection, dialect)

    def read() -> AlertRecord:
        rows = list(in_chunks(connection, alerts_query(), alert.c.id, [alert_id]))
        return alert_records(connection, rows, parts)[alert_id]

    found = attempt(connection, dialect, read)
    if isinstance(found, Damage):
        return Readable(damaged={alert_id: found.reason})
    return Readable(alerts={alert_id: replace(found, damage="; ".join(parts.damage))})


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
