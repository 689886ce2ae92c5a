"""What can't be read: told from a database that is away, and kept from holding up what can."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DBAPIError

from storage.database import Dialect
from storage.model import NotificationStatus
from storage.schema import notification

log = logging.getLogger(__name__)

Found = TypeVar("Found")

LONGEST_REASON = 160  # characters: what is damaged may be of any length
NOBODY = "(damaged)"  # in place of a receiver; no id of one has brackets
_OF_VALUES = (ValueError, TypeError, LookupError, AttributeError)  # raised when a stored value is made ours
_NAMES = frozenset(
    {"id", "alert_id", "receiver", "status"}
)  # of a notification; nothing can stand in for them


@dataclass(frozen=True, slots=True)
class Damage:
    """Why something can't be read: for a person, and without the text that is damaged."""

    reason: str


def attempt(connection: Connection, dialect: Dialect, read: Callable[[], Found]) -> Found | Damage:
    """What `read` finds, or the damage it meets; the transaction goes on either way.

    Raises:
        DBAPIError: something else went wrong with the database.
    """
    try:
        with connection.begin_nested():
            return read()
    except DBAPIError as error:
        reason = dialect.damage(error.orig) if error.orig is not None else None
        if reason is None:
            raise
        return Damage(reason[:LONGEST_REASON])
    except _OF_VALUES as error:
        return Damage(f"{type(error).__name__}: {error}"[:LONGEST_REASON])


def set_aside(
    connection: Connection, damaged: Mapping[str, str], ids: Collection[str], now: datetime
) -> None:
    """Give these notifications up, whose alerts can't be read: `damaged` tells why, by alert."""
    for alert_id, reason in sorted(damaged.items()):
        given_up = (
            update(notification)
            .where(notification.c.id.in_(ids), notification.c.alert_id == alert_id)
            .values(
                status=NotificationStatus.DEAD,
                settled_at=now,
                settled_reason=f"alert {alert_id} can't be read from the database: {reason}",
                lease_token=None,
                lease_until=None,
            )
        )
        connection.execute(given_up)
        log.error("alert %s can't be read from the database and is told to nobody: %s", alert_id, reason)


def give_up_unaddressed(connection: Connection, dialect: Dialect, now: datetime) -> None:
    """Give up the waiting notifications of which can't be read whom they are for."""
    waiting = select(notification.c.id).where(notification.c.status == NotificationStatus.PENDING)
    for key in connection.scalars(waiting).all():
        if _is_damaged(connection, dialect, key, "receiver"):
            given_up = {"status": NotificationStatus.DEAD, "settled_at": now, "receiver": NOBODY}
            why = "whom it was for can't be read from the database"
            connection.execute(
                update(notification)
                .where(notification.c.id == key)
                .values(**given_up, settled_reason=why, lease_token=None, lease_until=None)
            )
            log.error("notification %s is given up: %s", key, why)


def mend(connection: Connection, dialect: Dialect, receiver: str, now: datetime) -> int:
    """Put something readable where waiting notifications of a receiver are damaged; returns in how many.

    A time becomes `now`: what matters of a notification is which alert it tells of.
    """
    waiting = select(notification.c.id).where(
        notification.c.status == NotificationStatus.PENDING, notification.c.receiver == receiver
    )
    return sum(_mend_one(connection, dialect, key, now) for key in connection.scalars(waiting).all())


def _mend_one(connection: Connection, dialect: Dialect, key: str, now: datetime) -> bool:
    one = notification.c.id == key
    whole = select(notification).where(one)
    if not isinstance(attempt(connection, dialect, lambda: connection.execute(whole).all()), Damage):
        return False
    damaged = [
        name
        for name in notification.columns.keys()  # noqa: SIM118 -- a collection of columns, not a mapping
        if name not in _NAMES and _is_damaged(connection, dialect, key, name)
    ]
    if not damaged:
        return False
    sound = _sound(now)
    connection.execute(update(notification).where(one).values({name: sound.get(name) for name in damaged}))
    log.error("notification %s was damaged and is sent all the same: %s", key, ", ".join(damaged))
    return True


def _is_damaged(connection: Connection, dialect: Dialect, key: str, name: str) -> bool:
    query = select(notification.c[name]).where(notification.c.id == key)
    return isinstance(attempt(connection, dialect, lambda: connection.scalar(query)), Damage)


def _sound(now: datetime) -> dict[str, object]:
    """What stands in for values that must not be empty."""
    return {
        "change": "updated",
        "group_key": "damaged",
        "created_at": now,
        "send_after": now,
        "reason": "what was here is damaged",
        "attempts": 0,
    }
