"""When a source published: what its rhythm is learnt from."""

from datetime import datetime

from sqlalchemy import Connection, select

from storage.schema import item

NEWEST = 500  # moments at most


def published_times(connection: Connection, source_id: int, since: datetime | None) -> tuple[datetime, ...]:
    """When the items were published, or seen where that was earlier or is all that is known; oldest first.

    One index holds all that is asked for, however much the source has brought before.
    """
    if since is None:
        return ()
    times = select(item.c.published_at, item.c.first_seen_at).where(
        item.c.source_id == source_id, item.c.first_seen_at >= since
    )
    dated = times.where(item.c.published_at >= since).order_by(item.c.published_at.desc())
    undated = times.where(item.c.published_at.is_(None)).order_by(item.c.first_seen_at.desc())
    moments = [
        row.first_seen_at if row.published_at is None else min(row.published_at, row.first_seen_at)
        for query in (dated, undated)
        for row in connection.execute(query.limit(NEWEST))
    ]
    return tuple(sorted(moments)[-NEWEST:])
