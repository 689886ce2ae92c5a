"""Which items are to be read again."""

from datetime import datetime

from sqlalchemy import Connection, and_, select

from scrapers.model import Wanted
from storage.schema import item, revision


def refresh_due(connection: Connection, source_id: int, now: datetime, limit: int) -> tuple[Wanted, ...]:
    """A source's items whose moment has come, longest waiting first."""
    rows = connection.execute(
        select(item.c.external_id, item.c.url, revision.c.title, revision.c.text)
        .join(revision, and_(revision.c.item_id == item.c.id, revision.c.seq == item.c.latest_seq))
        .where(item.c.source_id == source_id, item.c.refresh_at <= now)
        .order_by(item.c.refresh_at, item.c.id)
        .limit(limit)
    )
    return tuple(
        Wanted(external_id=row.external_id, url=row.url, title=row.title, text=row.text) for row in rows
    )
