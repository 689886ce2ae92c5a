"""What one item went through: all its revisions, and its counters over time."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from storage.model import ItemHistory, ReadingRecord, RevisionRecord
from storage.recall import counters_of
from storage.records import item_record, items_query
from storage.schema import item, reading, revision, source


def history(connection: Connection, config_id: str, external_id: str) -> ItemHistory | None:
    """The whole of an item of that source; None: there is none."""
    wanted = (source.c.config_id == config_id) & (item.c.external_id == external_id)
    row = connection.execute(items_query().where(wanted)).one_or_none()
    if row is None:
        return None
    return ItemHistory(
        item=item_record(row),
        missing_since=row.missing_since,
        refresh_at=row.refresh_at,
        revisions=_revisions(connection, revision.c.item_id == row.id),
        readings=_readings(connection, reading.c.item_id == row.id),
    )


def _revisions(connection: Connection, which: ColumnElement[bool]) -> tuple[RevisionRecord, ...]:
    rows = connection.execute(select(revision).where(which).order_by(revision.c.seq))
    return tuple(_revision_record(row) for row in rows)


def _revision_record(row: Row[Any]) -> RevisionRecord:
    return RevisionRecord(
        seq=row.seq,
        observed_at=row.observed_at,
        title=row.title,
        text=row.text,
        edited=row.edited,
        deleted=row.deleted,
        modified_at=row.modified_at,
    )


def _readings(connection: Connection, which: ColumnElement[bool]) -> tuple[ReadingRecord, ...]:
    rows = connection.execute(select(reading).where(which).order_by(reading.c.observed_at))
    return tuple(ReadingRecord(observed_at=row.observed_at, counters=counters_of(row)) for row in rows)
