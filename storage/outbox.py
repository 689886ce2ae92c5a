"""The outbox: notifications are claimed, folded into deliveries, and settled."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, insert, select, tuple_, update

from storage.catch_up import FOLD, Again, Gather, Step, next_step
from storage.chunks import in_chunks
from storage.database import Dialect
from storage.errors import LeaseLost
from storage.leases import is_free
from storage.model import (
    AlertRecord,
    ClaimedDelivery,
    ClaimedNotification,
    Dead,
    DeliveryResult,
    NotificationStatus,
    RetryAt,
    Sent,
)
from storage.records import alert_records, alerts_query
from storage.schema import alert, delivery, notification
from storage.turns import has_turn

PENDING = notification.c.status == NotificationStatus.PENDING
OLDEST_FIRST = (notification.c.send_after, notification.c.created_at, notification.c.id)


# ---- claiming --------------------------------------------------------------------------


def receivers_due(connection: Connection, now: datetime, ahead: timedelta) -> frozenset[str]:
    """Receivers for whom something can be claimed."""
    return frozenset(connection.scalars(_due(select(notification.c.receiver), now, ahead).distinct()))


def claim(
    connection: Connection,
    dialect: Dialect,
    now: datetime,
    *,
    worker: str,
    lease_for: timedelta,
    limit: int,
    receivers: Collection[str] | None,
    ahead: timedelta,
) -> tuple[ClaimedDelivery, ...]:
    """Lease due deliveries, longest waiting first, making new ones out of what waits together."""
    due = receivers_due(connection, now, ahead)
    wanted = due if receivers is None else due.intersection(receivers)
    mine = [one for one in sorted(wanted) if has_turn(connection, dialect, one, worker, now)]
    steps = {receiver: next_step(connection, receiver, now, ahead) for receiver in mine}
    claims = [claim for step in steps.values() for claim in _special(connection, step, now)][:limit]
    ordinary = [receiver for receiver, step in steps.items() if step is None]
    claims += _ordinary(connection, ordinary, now, ahead, limit - len(claims))
    _write_claims(connection, claims, now + lease_for, worker)
    return _claimed(connection, claims)


def _special(connection: Connection, step: Step, now: datetime) -> list["_Claim"]:
    """The delivery that a receiver with a backlog is to get, if any."""
    match step:
        case Gather(ids=ids):
            batch = _in_order(list(_waiting(connection, notification.c.id.in_(ids), now)))
            return [_Claim(batch, now, anew=True)] if batch else []
        case Again(delivery_id=delivery_id):
            batch = _in_order(list(_waiting(connection, notification.c.delivery_id == delivery_id, now)))
            return [_Claim(batch, now)] if batch else []
        case _:
            return []


def _ordinary(
    connection: Connection, receivers: Sequence[str], now: datetime, ahead: timedelta, limit: int
) -> list["_Claim"]:
    if not receivers or limit <= 0:
        return []
    due = _due(select(notification), now, ahead).where(notification.c.receiver.in_(receivers))
    heads = _heads(connection, due, limit)
    return [_Claim(batch, now) for batch in _batches(connection, heads, now) if batch]


def _due(query: Select[Any], now: datetime, ahead: timedelta) -> Select[Any]:
    """What may go out: what failed once keeps its pause, what was never tried may be early."""
    untried = (notification.c.attempts == 0) & (notification.c.send_after <= now + ahead)
    return query.where(PENDING, (notification.c.send_after <= now) | untried, is_free(notification, now))


def _heads(connection: Connection, due: Select[Any], limit: int) -> list[Row[Any]]:
    """One due notification of each of the first `limit` deliveries."""
    query = due.order_by(*OLDEST_FIRST).limit(limit * FOLD)
    heads: dict[tuple[str, ...], Row[Any]] = {}
    for row in connection.execute(query.with_for_update(skip_locked=True)):
        heads.setdefault(_belongs_to(row), row)
    return list(heads.values())[:limit]


def _belongs_to(row: Row[Any]) -> tuple[str, ...]:
    return (row.receiver, row.group_key) if row.delivery_id is None else (row.delivery_id,)


def _batches(connection: Connection, heads: Sequence[Row[Any]], now: datetime) -> list[list[Row[Any]]]:
    """All that goes out with each head: what went before, or what waits for its group, due or not."""
    batches: dict[tuple[str, ...], list[Row[Any]]] = {_belongs_to(row): [] for row in heads}
    again = [row.delivery_id for row in heads if row.delivery_id is not None]
    fresh = [(row.receiver, row.group_key) for row in heads if row.delivery_id is None]
    group = tuple_(notification.c.receiver, notification.c.group_key)
    for row in (
        *_waiting(connection, notification.c.delivery_id.in_(again), now),
        *_waiting(connection, notification.c.delivery_id.is_(None) & group.in_(fresh), now),
    ):
        batches[_belongs_to(row)].append(row)
    return [
        _in_order(batch if batch and batch[0].delivery_id else batch[:FOLD]) for batch in batches.values()
    ]


def _waiting(connection: Connection, which: ColumnElement[bool], now: datetime) -> Sequence[Row[Any]]:
    query = select(notification).where(PENDING, is_free(notification, now), which).order_by(*OLDEST_FIRST)
    return connection.execute(query.with_for_update(skip_locked=True)).all()


def _in_order(batch: list[Row[Any]]) -> list[Row[Any]]:
    return sorted(batch, key=lambda row: (row.created_at, row.id))


class _Claim:
    """A delivery that is being leased; `anew` if it is a new one, whatever its parts were in before."""

    def __init__(self, batch: list[Row[Any]], now: datetime, *, anew: bool = False) -> None:
        head = batch[0]
        again = head.delivery_id is not None and not anew
        self.batch = batch
        self.delivery_id: str = head.delivery_id if again else uuid4().hex
        self.first_claimed_at: datetime = head.first_claimed_at if again else now
        self.attempts: int = head.attempts if again else 0
        self.token = uuid4().hex

    def rows(self, until: datetime, worker: str) -> Iterator[dict[str, object]]:
        """What is written of each of its notifications."""
        for row in self.batch:
            yield {
                "key": row.id,
                "delivery": self.delivery_id,
                "first": self.first_claimed_at,
                "tries": self.attempts,
                "due": min(row.send_after, self.first_claimed_at) if self.attempts == 0 else row.send_after,
                "token": self.token,
                "until": until,
                "worker": worker,
            }


def _write_claims(connection: Connection, claims: Sequence[_Claim], until: datetime, worker: str) -> None:
    rows = [row for claim in claims for row in claim.rows(until, worker)]
    if not rows:
        return
    connection.execute(
        update(notification)
        .values(
            delivery_id=bindparam("delivery"),
            first_claimed_at=bindparam("first"),
            attempts=bindparam("tries"),
            send_after=bindparam("due"),
            lease_token=bindparam("token"),
            lease_until=bindparam("until"),
            lease_worker=bindparam("worker"),
        )
        .where(notification.c.id == bindparam("key")),
        rows,
    )


def _claimed(connection: Connection, claims: Sequence[_Claim]) -> tuple[ClaimedDelivery, ...]:
    names = sorted({row.alert_id for claim in claims for row in claim.batch})
    alerts = alert_records(connection, list(in_chunks(connection, alerts_query(), alert.c.id, names)))
    return tuple(_claimed_delivery(claim, alerts) for claim in claims)


def _claimed_delivery(claim: _Claim, alerts: dict[str, AlertRecord]) -> ClaimedDelivery:
    head = claim.batch[0]
    return ClaimedDelivery(
        delivery_id=claim.delivery_id,
        receiver=head.receiver,
        lease=claim.token,
        attempts=claim.attempts,
        first_claimed_at=claim.first_claimed_at,
        gathered_since=_since(claim),
        notifications=tuple(
            ClaimedNotification(id=row.id, change=row.change, alert=alerts[row.alert_id])
            for row in claim.batch
        ),
    )


def _since(claim: _Claim) -> datetime | None:
    """When the first part of a catch-up was made; ordinary deliveries never hold as many."""
    return min(row.created_at for row in claim.batch) if len(claim.batch) > FOLD else None


# ---- giving up -------------------------------------------------------------------------


def give_up(connection: Connection, receivers: Collection[str], before: datetime, now: datetime) -> int:
    """End what nobody can send: due since `before`, and to none of `receivers`. Returns how many."""
    ended = connection.execute(
        update(notification)
        .where(
            PENDING,
            notification.c.send_after < before,
            notification.c.receiver.not_in(sorted(receivers)),
            is_free(notification, now),
        )
        .values(
            status=NotificationStatus.DEAD,
            settled_at=now,
            settled_reason="this receiver is not configured any more",
        )
    )
    return ended.rowcount


# ---- settling --------------------------------------------------------------------------


def settle(connection: Connection, claimed: ClaimedDelivery, result: DeliveryResult, now: datetime) -> None:
    """Record how an attempt went. Raises `LeaseLost` where another worker holds the delivery now."""
    held = _held(connection, claimed)
    match result:
        case Sent():
            _end(connection, claimed, NotificationStatus.SENT, result.detail, now)
            _fold(connection, held[1:])
        case RetryAt():
            _try_again(connection, claimed, result)
        case Dead():
            _end(connection, claimed, NotificationStatus.DEAD, result.reason, now)
    _record(connection, claimed, result, now)


def _mine(claimed: ClaimedDelivery) -> ColumnElement[bool]:
    return (notification.c.delivery_id == claimed.delivery_id) & (notification.c.lease_token == claimed.lease)


def _held(connection: Connection, claimed: ClaimedDelivery) -> list[str]:
    """What of it is to be settled, in its order: others may have been purged since."""
    held = set(connection.scalars(select(notification.c.id).where(PENDING, _mine(claimed)).with_for_update()))
    if not held:
        raise LeaseLost(f"delivery {claimed.delivery_id} has passed to another worker or is settled")
    return [one.id for one in claimed.notifications if one.id in held]


def _end(
    connection: Connection,
    claimed: ClaimedDelivery,
    status: NotificationStatus,
    reason: str | None,
    now: datetime,
) -> None:
    ended = update(notification).where(PENDING, _mine(claimed))
    connection.execute(
        ended.values(
            status=status,
            settled_at=now,
            settled_reason=reason,
            attempts=claimed.attempts + 1,
            lease_token=None,
            lease_until=None,  # `lease_worker` stays: who served the receiver last
        )
    )


def _fold(connection: Connection, ids: Sequence[str]) -> None:
    """Of those that were sent together only the first counts as sent."""
    if ids:
        folded = update(notification).values(status=NotificationStatus.FOLDED)
        connection.execute(folded.where(notification.c.id.in_(ids)))


def _try_again(connection: Connection, claimed: ClaimedDelivery, result: RetryAt) -> None:
    connection.execute(
        update(notification)
        .where(PENDING, _mine(claimed))
        .values(
            send_after=result.at,
            settled_reason=result.reason,
            attempts=claimed.attempts + 1,
            lease_token=None,
            lease_until=None,  # `lease_worker` stays: who served the receiver last
        )
    )


def _record(connection: Connection, claimed: ClaimedDelivery, result: DeliveryResult, now: datetime) -> None:
    match result:
        case Sent(reference=reference, detail=detail):
            outcome = "sent"
        case RetryAt(reason=detail):
            outcome, reference = "retry", None
        case Dead(reason=detail):
            outcome, reference = "dead", None
    connection.execute(
        insert(delivery).values(
            delivery_id=claimed.delivery_id,
            attempt=claimed.attempts + 1,
            receiver=claimed.receiver,
            notifications=len(claimed.notifications),
            settled_at=now,
            outcome=outcome,
            detail=detail,
            reference=reference,
        )
    )
