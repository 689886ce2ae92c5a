"""What SQLite does in its own way: opening the file, beginning transactions, full-text search."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock

from sqlalchemy import CTE, Connection, Engine, Float, Table, TextualSelect, create_engine, event, text
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from storage.columns import RowId, dump_json
from storage.errors import DeskTaken, StorageUnavailable

BUSY_TIMEOUT_MS = 15_000
RETRY_SECONDS = 0.01
CACHE_KB = 512  # of each connection; the system's own cache stands behind them
MOST_OPEN = 15  # connections at a time
KEPT_OPEN = 2  # connections; each holds its cache and the schema, and a new one costs less than a transaction
BEGIN = "groundswell_begin"  # the option of an engine: what its transactions begin with
MERGE_PAGES = 500  # of the full-text index in one step, so that polls need not wait long

UNIQUE_CODES = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})

INDEX = text("INSERT OR REPLACE INTO item_search (rowid, document) VALUES (:id, :document)")
UNINDEX = text("DELETE FROM item_search WHERE rowid = :id")


class SqliteDialect:
    """One file in WAL mode: readers never wait, writers take turns."""

    def __init__(self, url: URL) -> None:
        self._path = file_of(url)
        self._turn = Lock()
        self.reader: Engine = _engine(url.set(drivername="sqlite+pysqlite"))
        self.writer: Engine = self.reader.execution_options(
            **{BEGIN: ("BEGIN IMMEDIATE",)}  # with the write lock in hand
        )
        self.eraser: Engine = self.reader.execution_options(
            **{BEGIN: ("PRAGMA secure_delete = ON", "BEGIN IMMEDIATE")}
        )
        self._bare: Engine = self.reader.execution_options(**{BEGIN: ("PRAGMA secure_delete = ON",)})

    def absence(self) -> None:
        """Nobody has to answer: what is wrong with a file is told by whoever opens it."""

    def exists(self) -> bool:
        """Whether there is a database to be read at all.

        Raises:
            DeskTaken: the file has a second name, under which SQLite would not see who else works with it.
                https://sqlite.org/howtocorrupt.html#_multiple_links_to_the_same_file
        """
        if not self._path.exists():
            return False
        _refuse_second_name(self._path)
        return True

    def create(self) -> None:
        """Make the file, for its owner's eyes only, where there is none. Raises `StorageUnavailable`.

        One that is there stays closed: to open and close it would undo the locks that this process has on it.
        """
        if self._path.exists():
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was quicker
                os.close(os.open(self._path.resolve(), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise StorageUnavailable(f"{self._path} cannot be made: {error.strerror}") from None

    @contextmanager
    def working(self) -> Iterator[bool]:
        """Keep other workers off until the block ends. True: whoever leased anything before has ended.

        The lock is the system's, on a file beside the database: it ends with its process, however that dies.
        On the database itself it would undo SQLite's own locks when it is closed.

        Raises:
            DeskTaken: another worker is at it.
            StorageUnavailable: the lock cannot be made, e.g. in a folder that is read-only.
        """
        lock = _openable(Path(f"{self._path.resolve()}.lock"))
        try:
            _lock(lock, self._path)
            yield True
        finally:
            os.close(lock)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the other threads that write, in line and without a connection each.

        SQLite itself would have them all ask again and again, with longer and longer rests.

        Raises:
            StorageUnavailable: it takes too long.
        """
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise StorageUnavailable("another thread has been writing for too long")
        try:
            yield
        finally:
            self._turn.release()

    def lock_setup(self, connection: Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE has put every other writer off."""

    def lock_receiver(self, connection: Connection, receiver: str) -> bool:  # noqa: ARG002
        """Nothing to do either: there is one writer at a time."""
        return True

    def announce(self, connection: Connection) -> None:
        """Nothing to do: there is one worker at a time, and it knows what it commits."""

    async def listen(self, woken: Callable[[], None]) -> None:
        """Nobody else commits what could be delivered."""

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT."""
        return insert(table)

    def insert_new(self, table: Table) -> Insert:
        """An INSERT that leaves alone what is there already."""
        return _insert_new(table)

    def is_conflict(self, error: BaseException) -> bool:
        """Whether the driver says that a row is there already, or that one it points to has gone."""
        code = getattr(error, "sqlite_errorcode", None)
        return code in UNIQUE_CODES or code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY

    def damage(self, error: BaseException) -> str | None:
        """What the driver says of bytes that are no text, which it would go on to show.

        A spoilt page is another matter: SQLite writes nothing any more in a transaction that met one.
        """
        said = str(error)
        return said.partition(" with text")[0] if said.startswith("Could not decode to UTF-8") else None

    def index(self, connection: Connection, documents: Mapping[int, Sequence[str]]) -> None:
        """Make `documents` (item row -> tokens) what search finds of these items."""
        rows = [{"id": row, "document": " ".join(tokens)} for row, tokens in documents.items()]
        connection.execute(INDEX, rows)

    def unindex(self, connection: Connection, item_ids: Sequence[int]) -> None:
        """Take items out of the index."""
        rows = [{"id": row} for row in item_ids]
        connection.execute(UNINDEX, rows)

    def used_bytes(self, connection: Connection) -> int:
        """The pages of the file that hold something."""
        pages, free, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def scrub(self) -> bool:
        """Leave no trace of what was erased: in the index, in free pages, in the write-ahead log.

        FTS5 keeps the words of deleted rows until its segments are merged, and pages keep stale copies of
        moved rows until the file is written anew. False: somebody reads, and the log could not be emptied.
        """
        with self._bare.connect() as connection:
            _merge_index(connection)
            connection.exec_driver_sql("VACUUM")
            busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return not busy

    def holding(self, words: Sequence[str], beginnings: Sequence[str]) -> TextualSelect:
        """Rows (item_id) of items that hold one of `words`, or a word with one of these beginnings."""
        asked = " OR ".join([*(f'"{word}"' for word in words), *(f'"{start}" *' for start in beginnings)])
        statement = text("SELECT rowid AS item_id FROM item_search WHERE item_search MATCH :query")
        return statement.bindparams(query=asked).columns(item_id=RowId)

    def found(self, words: Sequence[Sequence[Sequence[str]]]) -> CTE:
        """Rows (item_id, score) of items holding every word in one of its alternatives; low scores first."""
        statement = text(
            "SELECT rowid AS item_id, bm25(item_search) AS score "
            "FROM item_search WHERE item_search MATCH :query"
        )
        columns = statement.bindparams(query=_query(words)).columns(item_id=RowId, score=Float)
        return columns.cte("found").prefix_with("MATERIALIZED")  # bm25() works only beside its MATCH


@cache
def _insert_new(table: Table) -> Insert:
    return insert(table).on_conflict_do_nothing()


def _merge_index(connection: Connection) -> None:
    """What FTS5's "optimize" does, in steps: a negative number begins, positive ones go on to the end."""
    merge = text("INSERT INTO item_search (item_search, rank) VALUES ('merge', :pages)")
    connection.execute(merge, {"pages": -MERGE_PAGES})
    changes, before = 2, _total_changes(connection)
    while changes >= 2:  # a step that finds nothing to do changes less
        connection.execute(merge, {"pages": MERGE_PAGES})
        after = _total_changes(connection)
        changes, before = after - before, after


def _total_changes(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def _query(words: Sequence[Sequence[Sequence[str]]]) -> str:
    return " AND ".join(f"({' OR '.join(map(_all_of, alternatives))})" for alternatives in words)


def _all_of(tokens: Sequence[str]) -> str:
    return "(" + " AND ".join(f'"{token}"' for token in tokens) + ")"


def _refuse_second_name(path: Path) -> None:
    names = path.stat().st_nlink
    if names > 1:
        raise DeskTaken(
            f"{path} has {names} names (hard links), and who works with it by another would spoil it: "
            "remove the others, or copy the file"
        )


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DeskTaken(
            f"another Groundswell works with {path}, and a SQLite database serves one at a time: "
            "stop that one first, or use Postgres for several"
        ) from None


def _openable(path: Path) -> int:
    """A descriptor of the file, which is made for its owner's eyes only where there is none."""
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be made or written: {error.strerror}") from None


def file_of(url: URL) -> Path:
    """The file of a SQLite address. Raises `ValueError` where that is none."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("a SQLite database is a file: sqlite:///relative/path or sqlite:////absolute/path")
    return Path(url.database)


def _engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        json_serializer=dump_json,
        hide_parameters=True,
        pool_size=KEPT_OPEN,
        max_overflow=MOST_OPEN - KEPT_OPEN,
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Take transactions out of the driver's hands: on its own it begins too late, and updates get lost."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _keep_a_log(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    cursor.close()


def _keep_a_log(cursor: DBAPICursor) -> None:
    """Switch to a write-ahead log, which stays with the file; of several that begin on it, each has its turn.

    Only here SQLite gives up at once instead of waiting, since
    two that read the file and both want all of it would wait for each other for ever.
    """
    latest = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > latest:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


def _begin(connection: Connection) -> None:
    for statement in connection.get_execution_options().get(BEGIN, ("BEGIN",)):
        connection.exec_driver_sql(statement)
