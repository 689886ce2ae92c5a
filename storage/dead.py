"""Dead letters: notifications that were given up, and how they get another chance."""

from datetime import datetime

from sqlalchemy import Connection, select, update

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


def resend(connection: Connection, now: datetime, *, alert_id: str | None, receiver: str | None) -> int:
    """Make dead notifications wait again, due now, as if never tried; returns how many.

    They join new deliveries: what was recorded of the old ones stays.
    """
    again = (
        update(notification)
        .values(
            status=NotificationStatus.PENDING,
            send_after=now,
            attempts=0,
            delivery_id=None,
            first_claimed_at=None,
            lease_token=None,
            lease_until=None,
            lease_worker=None,
            settled_at=None,
            settled_reason=None,
        )
        .where(notification.c.status == NotificationStatus.DEAD)
    )
    if alert_id is not None:
        again = again.where(notification.c.alert_id == alert_id)
    if receiver is not None:
        again = again.where(notification.c.receiver == receiver)
    return connection.execute(again).rowcount
