"""What is known of a source itself: its state, its incidents, its audience."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, select

from scrapers.model import ChannelFacts, Cursor
from storage.errors import UnknownSource
from storage.model import KnownSource, OpenIncident, OtherSources
from storage.purged import PURGE_KEY
from storage.schema import alert, audience, desk_key, incident, item, source

AUDIENCE_SPAN = timedelta(days=7)  # in which the most subscribers are looked for

SOURCE_STATE: Select[Any] = select(
    source,
    select(func.min(item.c.refresh_at))
    .where(item.c.source_id == source.c.id, item.c.refresh_at.is_not(None))
    .scalar_subquery()
    .label("next_refresh_at"),
    select(func.max(audience.c.observed_at))
    .where(audience.c.source_id == source.c.id)
    .scalar_subquery()
    .label("subscribers_read_at"),
    exists().where(incident.c.source_id == source.c.id).label("had_incidents"),
    select(desk_key.c.key).where(desk_key.c.purpose == PURGE_KEY).scalar_subquery().label("purge_key"),
)


STATE_OF_ROW = SOURCE_STATE.where(source.c.id == bindparam("row"))


def recall_source(connection: Connection, config_id: str) -> KnownSource:
    """The state of one source by its configured id. Raises `UnknownSource`."""
    row = connection.execute(SOURCE_STATE.where(source.c.config_id == config_id)).one_or_none()
    if row is None:
        raise UnknownSource(f"no source {config_id} is known here")
    return known_source_of(connection, row)


def source_state(connection: Connection, source_id: int) -> Row[Any]:
    """The row of one source for `known_source_of`, with `purge_key`, the desk's. Raises `UnknownSource`."""
    row = connection.execute(STATE_OF_ROW, {"row": source_id}).one_or_none()
    if row is None:
        raise UnknownSource(f"no source {source_id} is known here")
    return row


def known_source_of(connection: Connection, row: Row[Any]) -> KnownSource:
    """The state of the source whose row this is."""
    incidents = _incidents(connection, row.id) if row.had_incidents else _Incidents()
    return KnownSource(
        id=row.id,
        config_id=row.config_id,
        native_id=row.native_id,
        cursor=Cursor(values=row.cursor),
        version=row.version,
        first_polled_at=row.first_polled_at,
        last_success_at=row.last_success_at,
        failures=row.failures,
        incidents=incidents.open,
        incident_episodes=incidents.episodes,
        incidents_ended=incidents.ended,
        outcome=row.outcome,
        last_attempt_at=row.last_attempt_at,
        backfill_cursor=Cursor(values=row.backfill_cursor or {}),
        channel=_channel(row),
        last_new_at=row.last_new_at,
        pace=row.pace,
        next_refresh_at=row.next_refresh_at,
        most_subscribers=_most_subscribers(connection, row.id, row.subscribers_read_at),
        subscribers_read_at=row.subscribers_read_at,
    )


def other_sources(connection: Connection, source_id: int) -> OtherSources:
    """How all sources but one are."""
    others = select(func.count(), func.max(source.c.last_success_at)).where(
        source.c.active, source.c.id != source_id
    )
    count, read_at = connection.execute(others).one()
    return OtherSources(count=count, last_success_at=read_at)


def _channel(row: Row[Any]) -> ChannelFacts | None:
    if row.labels is None:
        return None
    return ChannelFacts(
        native_id=row.native_id,
        username=row.username,
        title=row.title,
        description=row.description,
        labels=frozenset(row.labels),
        subscribers=row.subscribers,
        subscribers_raw=row.subscribers_raw,
        live=row.live,
    )


MOST_SUBSCRIBERS = select(func.max(audience.c.subscribers)).where(
    audience.c.source_id == bindparam("row"), audience.c.observed_at >= bindparam("since")
)


def _most_subscribers(connection: Connection, source_id: int, latest: datetime | None) -> int | None:
    """In the week up to the latest reading, of a channel that stood still as of any other."""
    if latest is None:
        return None
    asked = {"row": source_id, "since": latest - AUDIENCE_SPAN}
    most: int | None = connection.scalar(MOST_SUBSCRIBERS, asked)
    return most


@dataclass(frozen=True, kw_only=True, slots=True)
class _Incidents:
    """The incidents of a source, by kind."""

    open: dict[str, OpenIncident] = field(default_factory=dict)
    episodes: dict[str, int] = field(default_factory=dict)  # how many there have been
    ended: dict[str, datetime] = field(default_factory=dict)  # when the last one ended


def _incidents(connection: Connection, source_id: int) -> _Incidents:
    counted = (
        select(
            incident.c.kind,
            func.count().label("episodes"),
            func.count(incident.c.closed_at).label("closed"),
            func.max(incident.c.closed_at).label("ended"),
        )
        .where(incident.c.source_id == source_id)
        .group_by(incident.c.kind)
    )
    rows = connection.execute(counted).all()
    return _Incidents(
        open=_open_incidents(connection, source_id) if any(row.closed < row.episodes for row in rows) else {},
        episodes={row.kind: row.episodes for row in rows},
        ended={row.kind: row.ended for row in rows if row.ended is not None},
    )


def _open_incidents(connection: Connection, source_id: int) -> dict[str, OpenIncident]:
    rows = connection.execute(
        select(incident, alert.c.version, alert.c.updated_at, alert.c.reason.label("told"))
        .outerjoin(alert, alert.c.id == incident.c.id)
        .where(incident.c.source_id == source_id, incident.c.closed_at.is_(None))
    )
    return {row.kind: _open_incident(row) for row in rows}


def _open_incident(row: Row[Any]) -> OpenIncident:
    return OpenIncident(
        id=row.id,
        kind=row.kind,
        opened_at=row.opened_at,
        alert_version=row.version or 0,
        reason=row.told or row.reason,
        changed_at=row.updated_at,
    )
