"""Which schema a database has."""

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from storage.errors import SchemaMismatch
from storage.schema import REVISION


def stored_revision(connection: Connection) -> str | None:
    """The last migration that the database went through; None: it holds no schema of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check_schema(database: Database) -> None:
    """Make sure that a database is at this version's schema. Raises `SchemaMismatch`."""
    revision = None
    if database.dialect.exists():
        with database.reading() as connection:
            revision = stored_revision(connection)
    if revision is None:
        raise SchemaMismatch('the database is empty: run "groundswell migrate" first')
    if revision != REVISION:
        raise SchemaMismatch(
            f"the database's schema is {revision}, this Groundswell works with {REVISION}: "
            'run "groundswell migrate", or upgrade Groundswell if the database is newer'
        )
