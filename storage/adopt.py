"""A channel that comes back under another configured name goes on where it stopped.

Channels are known by their numeric id. When a new source turns out to be one that rests in the database
(the user name, the configured id or the kind was changed), the old row takes over the configured id, so
that no post is collected or alerted a second time.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from storage.register import end_incidents
from storage.schema import alert, audience, incident, seen, source


def adopt(connection: Connection, row: Row[Any], native_id: str | None, now: datetime) -> bool:
    """Hand the new source's configuration to the resting row of the same channel, if there is one."""
    if native_id is None or row.native_id is not None or _brought_something(connection, row.id):
        return False
    query = select(source).where(source.c.native_id == native_id, ~source.c.active).with_for_update()
    resting = connection.execute(query).one_or_none()
    if resting is None:
        return False
    end_incidents(connection, resting.id, now)
    for table in (incident, alert):
        connection.execute(update(table).values(source_id=resting.id).where(table.c.source_id == row.id))
    _move_audience(connection, row.id, resting.id)
    connection.execute(delete(source).where(source.c.id == row.id))
    connection.execute(
        update(source)
        .values(
            config_id=row.config_id,
            kind=row.kind,
            name=row.name,
            options_digest=row.options_digest,
            active=True,
            next_due_at=now,
            version=resting.version + 1,
        )
        .where(source.c.id == resting.id)
    )
    return True


def _move_audience(connection: Connection, old: int, new: int) -> None:
    counted = audience.alias("counted")
    there = select(counted.c.observed_at).where(counted.c.source_id == new)
    missing = (audience.c.source_id == old) & audience.c.observed_at.not_in(there)
    connection.execute(update(audience).values(source_id=new).where(missing))
    connection.execute(delete(audience).where(audience.c.source_id == old))


def _brought_something(connection: Connection, source_id: int) -> bool:
    return bool(connection.scalar(select(exists().where(seen.c.source_id == source_id))))
