"""The desk's own row among the sources: what is wrong with the service itself hangs on it.

It is polled by nobody, shown in no report on sources, and bears a name that no configured source may bear.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from storage.database import Dialect
from storage.model.words import DESK_ID, DESK_KIND, DESK_NAME
from storage.schema import source

IS_DESK = source.c.config_id == DESK_ID
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # it rests: whenever it is due, nobody polls it


def make_desk(connection: Connection, dialect: Dialect) -> None:
    """Make the row where there is none; of several workers that do, one does."""
    row = {
        "config_id": DESK_ID,
        "kind": DESK_KIND,
        "name": DESK_NAME,
        "active": False,
        "cursor": {},
        "version": 0,
        "failures": 0,
        "next_due_at": NEVER,
    }
    connection.execute(dialect.insert(source).on_conflict_do_nothing(index_elements=["config_id"]), row)


def written_at(connection: Connection) -> datetime | None:
    """When the desk's row was last written; None: never since it was made."""
    moment: datetime | None = connection.scalar(select(source.c.last_success_at).where(IS_DESK))
    return moment
