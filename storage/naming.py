"""How constraints and indexes are named on both databases, and how these are partial on Postgres, too."""

from sqlalchemy import Connection, MetaData, event

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def named_metadata() -> MetaData:
    """A schema without tables yet."""
    metadata = MetaData(naming_convention=_NAMES)
    event.listen(metadata, "before_create", _also_on_postgres)
    return metadata


def _also_on_postgres(target: MetaData, connection: Connection, **_: object) -> None:
    """Partial indexes are partial on Postgres, too.

    To say so where they are declared would load all of that dialect, two megabytes, on every SQLite desk.
    """
    if connection.dialect.name != "postgresql":
        return
    for index in (index for table in target.tables.values() for index in table.indexes):
        index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
