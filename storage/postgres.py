"""What Postgres does in its own way: connecting, locking, full-text search."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from psycopg import Connection as PostgresConnection
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from sqlalchemy import (
    CTE,
    Connection,
    Engine,
    Float,
    Table,
    TextualSelect,
    create_engine,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import URL

from storage import wake
from storage.columns import RowId, dump_json

SETUP_LOCK = 0x67726F756E6473  # "grounds": any number that no other program takes in this database
CONNECT_TIMEOUT_S = 10
PING_TIMEOUT_S = 2

_LARGE_TABLES = ("item", "revision", "media", "derived_text", "reading", "match", "capture", "item_search")

CONFLICTS = (
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
    errors.SerializationFailure,
    errors.DeadlockDetected,
)

INDEX = text(
    "INSERT INTO item_search (item_id, document) VALUES (:id, CAST(:document AS tsvector)) "
    "ON CONFLICT (item_id) DO UPDATE SET document = excluded.document"
)
UNINDEX = text("DELETE FROM item_search WHERE item_id = :id")


class PostgresDialect:
    """A database on a server, or one schema of it (`?schema=name`): several desks may share a database."""

    def __init__(self, url: URL) -> None:
        self._schema = _schema_of(url)
        self._channel = wake.channel_of(self._schema)
        self._address = _address(url, self._schema)
        engine = _engine(url, self._schema)
        self.reader: Engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self.writer: Engine = engine
        self.eraser: Engine = engine

    def absence(self) -> str | None:
        """Why no server answers, or only to say that it starts, ends or recovers.

        The driver's error tells no code, only words of the server's own language; `PQping` tells which it is.
        https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQPING
        """
        try:
            PostgresConnection.connect(self._address).close()
        except errors.OperationalError as error:
            return None if self._was_refused(error) else " ".join(str(error).split())
        return None

    def _was_refused(self, error: errors.OperationalError) -> bool:
        """Whether a server works, and said no. `PQping` holds up the whole process: it is to be brief."""
        if isinstance(error, errors.ConnectionTimeout) or error.pgconn is None:  # silent; has no address
            return False
        address = make_conninfo(self._address, connect_timeout=PING_TIMEOUT_S)
        return PGconn.ping(address.encode()) == Ping.OK

    def exists(self) -> bool:
        """Whether there is a database to be asked at all: the first connection will tell."""
        return True

    def create(self) -> None:
        """Nothing to do: the owner of the server makes databases."""

    @contextmanager
    def working(self) -> Iterator[bool]:
        """Any number of workers may run at once. False: what others have leased may be in good hands."""
        yield False

    def turn(self) -> AbstractContextManager[None]:
        """Nothing to wait for: everybody can write."""
        return nullcontext()

    def lock_setup(self, connection: Connection) -> None:
        """Hold other upgrades and registrations off until this transaction ends; make a named schema."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SETUP_LOCK})
        if self._schema is not None:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"'))

    def lock_receiver(self, connection: Connection, receiver: str) -> bool:
        """Keep other claims for a receiver of this desk off until the transaction ends."""
        statement = text(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' ' || :receiver, 0))"
        )
        return bool(connection.scalar(statement, {"receiver": receiver}))

    def announce(self, connection: Connection) -> None:
        """Wake the workers of this desk, when this transaction commits."""
        wake.announce(connection, self._channel)

    async def listen(self, woken: Callable[[], None]) -> None:
        """Call `woken` at every announcement until cancelled, over a connection of its own."""
        await wake.listen(self._address, self._channel, woken)

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT."""
        return insert(table)

    def insert_new(self, table: Table) -> Insert:
        """An INSERT that leaves alone what is there already."""
        return _insert_new(table)

    def is_conflict(self, error: BaseException) -> bool:
        """Whether the driver says that another transaction came between."""
        return isinstance(error, CONFLICTS)

    def damage(self, error: BaseException) -> str | None:
        """What the server says of a page, or a long value beside its row, that is damaged."""
        return str(error).strip() if isinstance(error, errors.DataCorrupted) else None

    def index(self, connection: Connection, documents: Mapping[int, Sequence[str]]) -> None:
        """Make `documents` (item row -> tokens) what search finds of these items."""
        rows = [{"id": row, "document": _document(tokens)} for row, tokens in sorted(documents.items())]
        connection.execute(INDEX, rows)

    def unindex(self, connection: Connection, item_ids: Sequence[int]) -> None:
        """Take items out of the index."""
        rows = [{"id": row} for row in item_ids]
        connection.execute(UNINDEX, rows)

    def used_bytes(self, connection: Connection) -> int:
        """The live rows: the size of the tables themselves stays when rows are deleted."""
        row_bytes = select(
            func.sum(func.pg_column_size(literal_column("stored")))
        )  # the alias means a whole row
        sizes = (
            connection.scalar(row_bytes.select_from(table(name).alias("stored"))) for name in _LARGE_TABLES
        )
        return sum(int(size or 0) for size in sizes)

    def scrub(self) -> bool:
        """Nothing to do: the server's VACUUM takes dead rows away, in its own time."""
        return True

    def holding(self, words: Sequence[str], beginnings: Sequence[str]) -> TextualSelect:
        """Rows (item_id) of items that hold one of `words`, or a word with one of these beginnings."""
        asked = " | ".join([*(f"'{word}'" for word in words), *(f"'{start}':*" for start in beginnings)])
        statement = text("SELECT item_id FROM item_search WHERE document @@ CAST(:query AS tsquery)")
        return statement.bindparams(query=asked).columns(item_id=RowId)

    def found(self, words: Sequence[Sequence[Sequence[str]]]) -> CTE:
        """Rows (item_id, score) of items holding every word in one of its alternatives; low scores first."""
        statement = text(
            "SELECT item_id, -ts_rank(document, asked) AS score "
            "FROM item_search, CAST(:query AS tsquery) AS asked WHERE document @@ asked"
        )
        return statement.bindparams(query=_query(words)).columns(item_id=RowId, score=Float).cte("found")


@cache
def _insert_new(table: Table) -> Insert:
    return insert(table).on_conflict_do_nothing()


def _document(tokens: Sequence[str]) -> str:
    """A tsvector in its own notation: the server's parser, which splits words unlike FTS5, stays out."""
    return " ".join(f"'{token}':{min(position, 16383)}" for position, token in enumerate(tokens, 1))


def _query(words: Sequence[Sequence[Sequence[str]]]) -> str:
    return " & ".join(f"({' | '.join(map(_all_of, alternatives))})" for alternatives in words)


def _all_of(tokens: Sequence[str]) -> str:
    return "(" + " & ".join(f"'{token}'" for token in tokens) + ")"


def _schema_of(url: URL) -> str | None:
    schema = url.query.get("schema")
    if schema is None:
        return None
    if not isinstance(schema, str) or not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise ValueError("the schema of a Postgres desk is one name of small letters, digits and _")
    return schema


def _engine(url: URL, schema: str | None) -> Engine:
    return create_engine(
        _driven(url),
        connect_args=_settings(schema),
        json_serializer=dump_json,
        hide_parameters=True,
        pool_pre_ping=True,
    )


def _driven(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg").difference_update_query(["schema"])


def _settings(schema: str | None) -> dict[str, str | int]:
    settings = "-c timezone=UTC" + ("" if schema is None else f" -c search_path={schema}")
    return {"options": settings, "connect_timeout": CONNECT_TIMEOUT_S}


def _address(url: URL, schema: str | None) -> str:
    """What the driver itself connects with."""
    plain = _driven(url)
    parts = plain.translate_connect_args(username="user", database="dbname")
    given = {**parts, **plain.query, **_settings(schema)}
    return make_conninfo(**{name: str(value) for name, value in given.items()})
