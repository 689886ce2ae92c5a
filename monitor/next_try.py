"""What is tried next with a delivery that was not taken. Pure.

One alert must not take its neighbours with it: several alerts that are not taken together are parted, down to
one by one; one that is not taken as it is told goes out once more with its title and link only; and what is
not taken even so is dead. Whatever happens in between, the outbox holds what is left to be tried.
"""

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from storage.model import Apart, ClaimedDelivery, Dead, DeliveryResult, RetryAt, Shortened

PART = 20  # alerts in each part of a catch-up; fewer are parted one by one
DOUBTFUL = 8  # attempts that fail while others arrive, before the fault is looked for in what is sent
FAULTS = 2  # attempts that fail inside Groundswell, before it is looked for there


def after_refusal(delivery: ClaimedDelivery, reason: str, taken: Collection[str] = ()) -> DeliveryResult:
    """After a receiver refused what the delivery says.

    Args:
        delivery: What was tried.
        reason: What the receiver says.
        taken: The ids of alerts that it has taken nevertheless.
    """
    alerts = _by_alert(delivery)
    left = [ids for alert_id, ids in alerts.items() if alert_id not in taken]
    if len(alerts) > 1:
        arrived = [one.id for one in delivery.notifications if one.alert.id in taken]
        return Apart(parts=_parts(left), reason=reason, taken=tuple(arrived))
    if delivery.refused is None:
        return Shortened(reason=reason)
    return Dead(reason=_refused_twice(delivery.refused, reason))


def after_failure(
    delivery: ClaimedDelivery, reason: str, again_at: datetime | None, *, others_arrive: bool
) -> DeliveryResult:
    """After a failure that may pass.

    Args:
        delivery: What was tried.
        reason: What went wrong.
        again_at: When it can be tried once more as it is; None: it was tried for long enough.
        others_arrive: Whether the receiver has taken anything since the delivery was tried first.
    """
    over = again_at is None
    if others_arrive and is_doubtful(delivery, over=over) and (over or len(_by_alert(delivery)) > 1):
        tried = after_refusal(delivery, reason)
        if not isinstance(tried, Dead):
            return tried
    if again_at is None:
        return Dead(reason=f"given up after {delivery.attempts + 1} attempts: {reason}")
    return RetryAt(at=again_at, reason=reason)


def after_fault(
    delivery: ClaimedDelivery, reason: str, again_at: datetime | None, *, faults: int
) -> DeliveryResult:
    """After a fault of our own, the `faults`-th with this delivery."""
    if faults >= FAULTS and len(_by_alert(delivery)) > 1:
        return after_refusal(delivery, reason)
    return after_failure(delivery, reason, again_at, others_arrive=False)


def is_doubtful(delivery: ClaimedDelivery, *, over: bool) -> bool:
    """Whether an attempt that just failed makes it worth asking if others arrive."""
    return over or delivery.attempts + 1 >= DOUBTFUL


def _by_alert(delivery: ClaimedDelivery) -> dict[str, tuple[str, ...]]:
    """The ids of the notifications that tell of each alert, which stay together."""
    found: dict[str, tuple[str, ...]] = {}
    for one in delivery.notifications:
        found[one.alert.id] = (*found.get(one.alert.id, ()), one.id)
    return found


def _parts(alerts: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    size = PART if len(alerts) > PART else 1
    starts = range(0, len(alerts), size)
    return tuple(tuple(chain.from_iterable(alerts[start : start + size])) for start in starts)


def _refused_twice(first: str, then: str) -> str:
    return (
        f"refused in full and short: {then}" if first == then else f"refused in full: {first}; short: {then}"
    )
