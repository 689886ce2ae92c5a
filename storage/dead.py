"""Dead letters: notifications that were given up. `storage.resend` gives them another chance."""

from datetime import datetime

from sqlalchemy import Connection, select

from storage.damage import Damage, attempt
from storage.database import Dialect
from storage.model import DeadLetter, NotificationStatus
from storage.schema import alert, notification

DAMAGED = "(what it was about can't be read)"  # in place of a headline


def dead_letters(
    connection: Connection, dialect: Dialect, limit: int, since: datetime | None, rule_id: str | None
) -> tuple[DeadLetter, ...]:
    """The notifications that were given up, latest first; also those whose alerts can't be read."""
    query = (
        select(notification, alert.c.rule_id)
        .outerjoin(alert, alert.c.id == notification.c.alert_id)
        .where(notification.c.status == NotificationStatus.DEAD)
        .order_by(notification.c.settled_at.desc(), notification.c.id)
        .limit(limit)
    )
    if since is not None:
        query = query.where(notification.c.settled_at >= since)
    if rule_id is not None:
        query = query.where(alert.c.rule_id == rule_id)
    rows = connection.execute(query).all()
    headlines = {row.alert_id: _headline(connection, dialect, row.alert_id) for row in rows}
    return tuple(
        DeadLetter(
            id=row.id,
            alert_id=row.alert_id,
            rule_id=row.rule_id or "",
            receiver=row.receiver,
            change=row.change,
            headline=headlines[row.alert_id],
            attempts=row.attempts,
            settled_at=row.settled_at,
            reason=row.settled_reason or "",
        )
        for row in rows
    )


def _headline(connection: Connection, dialect: Dialect, alert_id: str) -> str:
    query = select(alert.c.headline).where(alert.c.id == alert_id)
    found = attempt(connection, dialect, lambda: connection.scalar(query))
    return DAMAGED if found is None or isinstance(found, Damage) else str(found)
