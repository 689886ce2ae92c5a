"""Bringing a database to the schema of this version, under a lock."""

from pathlib import Path
from threading import Lock

from alembic.command import upgrade as run_migrations
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from storage.database import Database, connect
from storage.errors import SchemaMismatch
from storage.schema import metadata

_ALEMBIC = Lock()  # its environment is one for the whole process


def upgrade(url: str) -> None:
    """Create or upgrade the database at `url`; at the newest schema already, do nothing.

    Several processes may call this at once: one upgrades, the others wait for it.

    Raises:
        SchemaMismatch: the database was written by a newer Groundswell, or by another program.
        StorageUnavailable: it cannot be reached or is locked.
    """
    database = connect(url)
    try:
        database.dialect.create()
        with database.writing() as connection:
            _upgrade(database, connection)
    finally:
        database.close()


def current(url: str) -> str | None:
    """The revision that the database at `url` stands at; None: it holds no schema of ours."""
    database = connect(url)
    try:
        if not database.dialect.exists():
            return None
        with database.reading() as connection:
            return _current(connection)
    finally:
        database.close()


def head() -> str:
    """The revision that this version works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise SchemaMismatch("no migrations are installed with this Groundswell")
    return revision


def _upgrade(database: Database, connection: Connection) -> None:
    database.dialect.lock_setup(connection)
    config = _config()
    _refuse_foreign(connection, ScriptDirectory.from_config(config))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        run_migrations(config, "head")


def _refuse_foreign(connection: Connection, scripts: ScriptDirectory) -> None:
    revision = _current(connection)
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


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> Path:
    """Where the migrations lie: inside an installed wheel, or beside this package in a checkout."""
    installed = Path(__file__).parent / "migrations"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "alembic"
