"""Whose turn a receiver is: one worker at a time delivers to it, so that rate limits and order hold."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Exists, exists, select

from storage.database import Dialect
from storage.model import NotificationStatus
from storage.schema import delivery, notification

HANDOVER = timedelta(seconds=3)  # between two workers: what Telegram's 20 messages a minute leave between two


def has_turn(connection: Connection, dialect: Dialect, receiver: str, worker: str, now: datetime) -> bool:
    """Whether `worker` may deliver to `receiver`; then no other can until this transaction ends."""
    return (
        dialect.lock_receiver(connection, receiver)
        and not connection.scalar(select(_held_by_another(receiver, worker, now)))
        and not connection.scalar(select(_just_served_by_another(receiver, worker, now)))
    )


def _held_by_another(receiver: str, worker: str, now: datetime) -> Exists:
    return exists().where(
        notification.c.status == NotificationStatus.PENDING,
        notification.c.receiver == receiver,
        notification.c.lease_until > now,
        notification.c.lease_worker != worker,
    )


def _just_served_by_another(receiver: str, worker: str, now: datetime) -> Exists:
    return exists().where(
        delivery.c.receiver == receiver,
        delivery.c.settled_at > now - HANDOVER,
        delivery.c.settled_at < now + HANDOVER,  # or a clock that was set back would hold it for as long
        notification.c.delivery_id == delivery.c.delivery_id,
        notification.c.lease_worker != worker,
    )
