"""One database, whichever it is: transactions in, this package's own errors out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import CTE, Connection, Engine, Table, TextualSelect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Stale, StorageError, StorageUnavailable

if TYPE_CHECKING:  # each takes long to import, and a process needs one of them
    from sqlalchemy.dialects import postgresql, sqlite


class Dialect(Protocol):
    """What the two databases do differently."""

    reader: Engine
    writer: Engine
    eraser: Engine  # a writer that overwrites what it deletes, where the database can

    def absence(self) -> str | None:
        """Why nobody answers at the address, or not yet; None: somebody does, whatever the answer."""
        ...

    def exists(self) -> bool:
        """Whether there is a database to be asked at all.

        Raises:
            DeskTaken: others could work on it without being seen.
        """
        ...

    def create(self) -> None:
        """Make the database where that is ours to do."""
        ...

    def working(self) -> AbstractContextManager[bool]:
        """Be a worker until the block ends. True: no other can be, and all leases are of the dead.

        Raises:
            DeskTaken: another worker is at it, and there can be only one.
        """
        ...

    def turn(self) -> AbstractContextManager[None]:
        """Be the one thread of this process that writes, where only one can. Raises `StorageUnavailable`."""
        ...

    def lock_setup(self, connection: Connection) -> None:
        """Hold other upgrades and registrations off until the transaction ends."""
        ...

    def lock_receiver(self, connection: Connection, receiver: str) -> bool:
        """Keep other claims for a receiver off until the transaction ends. False: one is at it just now."""
        ...

    def announce(self, connection: Connection) -> None:
        """Wake those who `listen`, other workers too, when the transaction commits."""
        ...

    async def listen(self, woken: Callable[[], None]) -> None:
        """Call `woken` at every announcement until cancelled, or return where nobody else can make one."""
        ...

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that knows ON CONFLICT."""
        ...

    def insert_new(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that leaves alone what is there already."""
        ...

    def is_conflict(self, error: BaseException) -> bool:
        """Whether the driver says that another transaction came between."""
        ...

    def damage(self, error: BaseException) -> str | None:
        """Why a stored value can't be read, without that value; None: the driver speaks of other things."""
        ...

    def index(self, connection: Connection, documents: Mapping[int, Sequence[str]]) -> None:
        """Make `documents` (item row -> tokens) what search finds of these items."""
        ...

    def unindex(self, connection: Connection, item_ids: Sequence[int]) -> None:
        """Take items out of the index."""
        ...

    def used_bytes(self, connection: Connection) -> int:
        """How much room the data takes; less as soon as something is deleted."""
        ...

    def scrub(self) -> bool:
        """Leave no trace of what was erased. False: other programs that read keep some from being removed."""
        ...

    def holding(self, words: Sequence[str], beginnings: Sequence[str]) -> TextualSelect:
        """Rows (item_id) of items that hold one of `words`, or a word with one of these beginnings."""
        ...

    def found(self, words: Sequence[Sequence[Sequence[str]]]) -> CTE:
        """Rows (item_id, score) of items holding every word in one of its alternatives; low scores first."""
        ...


class Database:
    """Connections to one database, safe to use from several threads."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment and writes nothing. Raises `StorageUnavailable`."""
        with self._translated(), self.dialect.reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is written whole or not at all. Raises `Stale`, `StorageUnavailable`."""
        with self._translated(), self.dialect.turn(), self.dialect.writer.begin() as connection:
            yield connection

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """Like `writing`, for what must not be read again. Raises `Stale`, `StorageUnavailable`."""
        with self._translated(), self.dialect.turn(), self.dialect.eraser.begin() as connection:
            yield connection

    def scrub(self) -> bool:
        """Leave no trace of what was erased: see the dialects. Raises `StorageUnavailable`."""
        with self._translated():
            return self.dialect.scrub()

    def close(self) -> None:
        """Give back all connections."""
        self.dialect.reader.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._as_ours(error) from None
        except PoolTimeout:
            raise StorageUnavailable("all database connections are in use") from None
        except StatementError as error:
            raise (error.orig if isinstance(error.orig, ValueError) else StorageError(str(error))) from None
        except SQLAlchemyError as error:
            raise StorageError(str(error)) from error

    def _as_ours(self, error: DBAPIError) -> StorageError:
        """Errors of the driver; their texts name tables and hosts, never parameters or passwords."""
        reason = str(error.orig).strip()
        if error.orig is not None and self.dialect.is_conflict(error.orig):
            return Stale(f"another transaction came between: {reason}")
        if isinstance(error, OperationalError) or error.connection_invalidated:
            return StorageUnavailable(f"the database does not answer as it should: {reason}")
        return StorageError(f"the database refused: {reason}")


def connect(url: str) -> Database:
    """A database by its address; nothing is opened yet.

    Raises:
        ValueError: the address is neither `sqlite:///path` nor `postgresql://...`.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # without repeating it: it may hold a password
        raise ValueError("a database address begins with sqlite:/// or postgresql://") from None
    match parsed.get_backend_name():
        case "sqlite":
            from storage.sqlite import SqliteDialect

            return Database(SqliteDialect(parsed))
        case "postgresql":
            from storage.postgres import PostgresDialect  # its driver takes long to import

            return Database(PostgresDialect(parsed))
        case other:
            raise ValueError(f"{other} databases are not supported: use sqlite:/// or postgresql://")
