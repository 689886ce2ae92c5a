"""The door to what is remembered. All is synchronous and may be called from several threads at once."""

from storage.database import Database, connect
from storage.doors.care import Care
from storage.doors.deliveries import Deliveries
from storage.doors.reports import Reports
from storage.doors.work import Work
from storage.version import check_schema


def open_store(url: str) -> "Store":
    """The store at `sqlite:///path` or `postgresql://...`, which `storage.migrate.upgrade` has made ready.

    A Postgres address may name the desk's own schema: `?schema=name`.

    Raises:
        ValueError: the address is of neither kind.
        DeskTaken: the SQLite file has a second name, a hard link.
        SchemaMismatch: the database is not at the schema of this version.
        StorageUnavailable: it cannot be reached.
    """
    database = connect(url)
    try:
        check_schema(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


class Store(Work, Deliveries, Care, Reports):
    """What is remembered. Every method raises `StorageUnavailable` while the database is away or full."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()
