"""Bringing a database to the schema of this version, under a lock."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from storage.database import Database, connect
from storage.errors import SchemaMismatch
from storage.schema import REVISION, metadata
from storage.version import stored_revision

if TYPE_CHECKING:  # it takes long to import, and at most starts there is nothing to migrate
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_ALEMBIC = Lock()  # its environment is one for the whole process


def upgrade(url: str) -> None:
    """Create or upgrade the database at `url`; at the newest schema already, do nothing.

    Several processes may call this at once: one upgrades, the others wait for it.

    Raises:
        DeskTaken: the SQLite file has a second name, a hard link.
        SchemaMismatch: the database was written by a newer Groundswell, or by another program.
        StorageUnavailable: it cannot be reached or is locked.
    """
    database = connect(url)
    try:
        if _stands_at(database) == REVISION:
            return
        database.dialect.create()
        with database.writing() as connection:
            _upgrade(database, connection)
    finally:
        database.close()


def current(url: str) -> str | None:
    """The revision that the database at `url` stands at; None: it holds no schema of ours."""
    database = connect(url)
    try:
        return _stands_at(database)
    finally:
        database.close()


def head() -> str:
    """The revision that this version works with."""
    return REVISION


def _stands_at(database: Database) -> str | None:
    if not database.dialect.exists():
        return None
    with database.reading() as connection:
        return stored_revision(connection)


def _upgrade(database: Database, connection: Connection) -> None:
    from alembic.command import upgrade as run_migrations
    from alembic.script import ScriptDirectory

    database.dialect.lock_setup(connection)
    config = _config()
    _refuse_foreign(connection, ScriptDirectory.from_config(config))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        run_migrations(config, "head")


def _refuse_foreign(connection: Connection, scripts: "ScriptDirectory") -> None:
    from alembic.util import CommandError

    revision = stored_revision(connection)
    if revision is None:
        _refuse_strange_tables(connection)
        return
    try:
        scripts.get_revision(revision)
    except CommandError:
        raise SchemaMismatch(
            f"the database's schema is {revision}, and this Groundswell knows only those up to "
            f"{scripts.get_current_head()}: the database was written by a newer version, upgrade Groundswell"
        ) from None


def _refuse_strange_tables(connection: Connection) -> None:
    strange = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if strange:
        raise SchemaMismatch(
            f"the database holds tables of another program ({', '.join(strange)}): give Groundswell its own"
        )


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> Path:
    """Where the migrations lie: inside an installed wheel, or beside this package in a checkout."""
    installed = Path(__file__).parent / "migrations"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "alembic"
