"""Reading everything there is in pages, so that memory does not grow with what is stored."""

from datetime import datetime

from sqlalchemy import Connection, and_, or_

from storage.model import AlertRecord, ItemRecord
from storage.records import alert_records, alerts_query, item_record, items_query
from storage.schema import alert, item, source

PAGE = 500


def items_after(
    connection: Connection, last: int, since: datetime | None, config_id: str | None
) -> list[tuple[int, ItemRecord]]:
    """The next items behind the row `last`, each with its row, in the order in which they were stored."""
    query = items_query().where(item.c.id > last).order_by(item.c.id).limit(PAGE)
    if since is not None:
        query = query.where(item.c.first_seen_at >= since)
    if config_id is not None:
        query = query.where(source.c.config_id == config_id)
    return [(row.id, item_record(row)) for row in connection.execute(query)]


def alerts_before(
    connection: Connection, last: AlertRecord | None, since: datetime | None, config_id: str | None
) -> list[AlertRecord]:
    """The next alerts that were opened before `last`, newest first."""
    query = alerts_query().order_by(alert.c.opened_at.desc(), alert.c.id.desc()).limit(PAGE)
    if last is not None:
        opened = alert.c.opened_at
        query = query.where(
            or_(opened < last.opened_at, and_(opened == last.opened_at, alert.c.id < last.id))
        )
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    if config_id is not None:
        query = query.where(source.c.config_id == config_id)
    return list(alert_records(connection, connection.execute(query).all()).values())
