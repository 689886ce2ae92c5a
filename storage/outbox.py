"""The outbox: notifications are claimed, folded into deliveries, and given up. `storage.settle` ends them."""

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, select, tuple_, update

from storage.catch_up import FOLD, Again, Gather, Step, next_step
from storage.chunks import in_chunks
from storage.damage import Damage, attempt, mend, set_aside
from storage.database import Dialect
from storage.leases import is_free
from storage.model import AlertRecord, ClaimedDelivery, ClaimedNotification, NotificationStatus
from storage.readable import readable_alerts
from storage.schema import delivery, notification
from storage.settle import SHORTENED
from storage.turns import has_turn

PENDING = notification.c.status == NotificationStatus.PENDING
OLDEST_FIRST = (notification.c.send_after, notification.c.created_at, notification.c.id)


# ---- claiming --------------------------------------------------------------------------


def receivers_due(connection: Connection, now: datetime, ahead: timedelta) -> frozenset[str]:
    """Receivers for whom something can be claimed."""
    return frozenset(connection.scalars(_due(select(notification.c.receiver), now, ahead).distinct()))


def waiting(connection: Connection, receivers: Collection[str]) -> dict[str, int]:
    """How many notifications wait for each of these receivers, if any do, due or not."""
    query = select(notification.c.receiver, func.count().label("number"))
    mine = query.where(PENDING, notification.c.receiver.in_(sorted(receivers)))
    rows = connection.execute(mine.group_by(notification.c.receiver).order_by(notification.c.receiver))
    return {row.receiver: row.number for row in rows}


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
    """Lease due deliveries, longest waiting first, making new ones out of what waits together.

    What is damaged keeps nothing else from being claimed: see `storage.damage`.
    """
    due = receivers_due(connection, now, ahead)
    wanted = due if receivers is None else due.intersection(receivers)
    mine = [one for one in sorted(wanted) if has_turn(connection, dialect, one, worker, now)]
    while claims := _chosen(connection, dialect, mine, now, ahead, limit):
        names = sorted({row.alert_id for claim in claims for row in claim.batch})
        found = readable_alerts(connection, dialect, names)
        set_aside(connection, found.damaged, [row.id for claim in claims for row in claim.batch], now)
        if sound := [claim for claim in claims if claim.keep(found.sound)]:
            _write_claims(connection, sound, now + lease_for, worker)
            refused = _refused(connection, sound)
            return tuple(_claimed_delivery(claim, found.sound, refused) for claim in sound)
    return ()


def _chosen(
    connection: Connection, dialect: Dialect, mine: Sequence[str], now: datetime, ahead: timedelta, limit: int
) -> list["_Claim"]:
    """What is to be leased, after damaged notifications were mended if need be."""
    claims = attempt(connection, dialect, lambda: _next_claims(connection, mine, now, ahead, limit))
    if not isinstance(claims, Damage):
        return claims
    for receiver in mine:
        mend(connection, dialect, receiver, now)
    return _next_claims(connection, mine, now, ahead, limit)


def _next_claims(
    connection: Connection, mine: Sequence[str], now: datetime, ahead: timedelta, limit: int
) -> list["_Claim"]:
    steps = {receiver: next_step(connection, receiver, now, ahead) for receiver in mine}
    claims = [claim for step in steps.values() for claim in _special(connection, step, now)][:limit]
    ordinary = [receiver for receiver, step in steps.items() if step is None]
    return claims + _ordinary(connection, ordinary, now, ahead, limit - len(claims))


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

    def keep(self, alert_ids: Container[str]) -> bool:
        """Leave out what tells of other alerts; whether anything is left."""
        self.batch = [row for row in self.batch if row.alert_id in alert_ids]
        return bool(self.batch)

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


def _refused(connection: Connection, claims: Sequence[_Claim]) -> dict[str, str]:
    """Why deliveries were not taken in full before, by id."""
    tried = [claim.delivery_id for claim in claims if claim.attempts]
    query = select(delivery.c.delivery_id, delivery.c.detail).where(delivery.c.outcome == SHORTENED)
    rows = in_chunks(connection, query, delivery.c.delivery_id, tried)
    return {row.delivery_id: row.detail or "" for row in rows}


def _claimed_delivery(
    claim: _Claim, alerts: Mapping[str, AlertRecord], refused: Mapping[str, str]
) -> ClaimedDelivery:
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
        refused=refused.get(claim.delivery_id),
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
