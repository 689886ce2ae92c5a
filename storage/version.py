"""Which schema a database has."""

from sqlalchemy import Connection, inspect, text


def stored_revision(connection: Connection) -> str | None:
    """The last migration that the database went through; None: it holds no schema of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
