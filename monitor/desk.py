"""What is wrong with the desk itself: its disk, its database, its receivers. Pure.

Incidents of the desk hang on its own row among the sources and alert like those of sources. That a receiver
fails is told to the others, and to itself only where there is no other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor import incidents as kinds
from monitor.draft import Policy, new_alerting, written
from monitor.duration import spoken
from monitor.incidents import Incidents
from monitor.routing import Route
from scrapers.counted import counted
from scrapers.model import Outcome, Source
from storage.model import ClosedIncident, Decision, Known, KnownSource, NewIncident, SourceUpdate
from storage.model.vitals import DiskSpace, OutboxVitals
from storage.model.words import DESK_ID, DESK_KIND, DESK_NAME

LEAST_SHARE_FREE = 0.02  # of the disk
RELIEF = 1.2  # of the room wanted: then there is enough again
TOO_MUCH = 1.05  # of the size wanted
OVERFULL_FOR = timedelta(hours=25)  # longer than from one pruning to the next
FAILING_FOR = timedelta(minutes=30)
FAILED_ATTEMPTS = 4
ACCOUNT_FAILING_FOR = timedelta(minutes=10)
DEAD_LATELY = timedelta(hours=1)

_DESK = Source(id=DESK_ID, kind=DESK_KIND, name=DESK_NAME, options=None)
_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (1, "bytes"))

Changes = tuple[tuple[NewIncident, ...], tuple[ClosedIncident, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What the owner wants kept."""

    disk_free: int  # bytes
    size: int | None  # bytes in use; None: any number


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState:
    """How this worker's Telegram account is: failing, at work, or not known yet."""

    failing_since: datetime | None = None  # None: it is not known to fail
    reason: str | None = None
    elsewhere: bool = False  # another worker may have what this one lacks
    connected: bool = False  # it was, once at least, since this worker began: only then is a trouble over


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """How the desk is."""

    disk: DiskSpace | None  # None: not to be known
    used: int | None  # bytes; None: not measured this time
    overfull_since: datetime | None  # since when too much is in use
    outbox: Mapping[str, OutboxVitals]  # by receiver; of configured ones
    refusing: Collection[str] = ()  # receivers that refused a delivery for good and have taken none since
    account: AccountState | None = None  # None: this worker has none at work, and can say nothing of it
    needs_account: bool = True  # whether any source is read through one


def decide_desk(
    conditions: Conditions,
    known: Known,
    *,
    limits: Limits,
    receivers: Collection[str],
    policy: Policy,
    now: datetime,
) -> Decision:
    """What the state of the desk means; the decision also writes down that there was one.

    Args:
        conditions: How it is.
        known: What is recalled of the desk's own row.
        limits: What the owner wants kept.
        receivers: The ids of all receivers.
        policy: Settings and routes.
        now: The moment of the decision.
    """
    own = _incidents(known, policy, now)
    room, account = _room(conditions, limits, own), _account(conditions, own)
    parts = [_part(own, known, room[0] + account[0], room[1] + account[1])]
    for receiver in sorted({*receivers, *_told_of(known.source)}):
        apart = replace(policy, route=_besides(policy.route, receiver, receivers))
        told = _incidents(known, apart, now)
        opened, closed = _receiver(receiver, conditions, told, configured=receiver in receivers)
        parts.append(_part(told, known, opened, closed))
    return replace(_joined(parts), source=_update(known.source, now))


def _incidents(known: Known, policy: Policy, now: datetime) -> Incidents:
    return Incidents(_DESK, known.source, new_alerting(known, policy, now), now)


def _part(
    incidents: Incidents,
    known: Known,
    opened: tuple[NewIncident, ...],
    closed: tuple[ClosedIncident, ...],
) -> Decision:
    decision = written(incidents.alerting, known, incidents.now, lease=None, update=None)
    return replace(decision, incidents_opened=opened, incidents_closed=closed)


def _joined(parts: list[Decision]) -> Decision:
    return replace(
        parts[0],
        alerts=tuple(one for part in parts for one in part.alerts),
        alert_updates=tuple(one for part in parts for one in part.alert_updates),
        notifications=tuple(one for part in parts for one in part.notifications),
        incidents_opened=tuple(one for part in parts for one in part.incidents_opened),
        incidents_closed=tuple(one for part in parts for one in part.incidents_closed),
    )


def _update(known: KnownSource, now: datetime) -> SourceUpdate:
    """A sign of life: that something could be written at this moment."""
    return SourceUpdate(
        cursor=None,
        next_due_at=now,
        polled_at=now,
        outcome=Outcome.NOTHING_NEW,
        reason=None,
        failures=0,
        last_success_at=now,
        first_polled_at=known.first_polled_at or now,
        last_new_at=None,
        native_id=None,
    )


# ---- disk and database -----------------------------------------------------------------


def _room(conditions: Conditions, limits: Limits, incidents: Incidents) -> Changes:
    opened: list[NewIncident] = []
    over: list[str] = []
    disk = conditions.disk
    if disk is not None:
        wanted = max(limits.disk_free, LEAST_SHARE_FREE * disk.size)
        if disk.free < wanted:
            reason = f"{_bytes(disk.free)} are free on the disk of the database, less than {_bytes(wanted)}"
            opened += incidents.open(kinds.DISK, reason)
        elif disk.free >= RELIEF * wanted:
            over.append(kinds.DISK)
    if _is_overfull(conditions, incidents.now):
        reason = (
            f"{_bytes(conditions.used or 0)} are in use, retention_size is {_bytes(limits.size or 0)}, "
            "and what may go has gone"
        )
        opened += incidents.open(kinds.DATABASE, reason)
    elif limits.size is None or (conditions.used is not None and conditions.used <= limits.size):
        over.append(kinds.DATABASE)
    return tuple(opened), incidents.close(over)


def _is_overfull(conditions: Conditions, now: datetime) -> bool:
    since = conditions.overfull_since
    return conditions.used is not None and since is not None and now - since >= OVERFULL_FOR


def _bytes(number: float) -> str:
    size, name = next(unit for unit in _UNITS if number >= unit[0] or unit[0] == 1)
    return f"{number / size:.3g} {name}" if size > 1 else f"{number:.0f} {name}"


# ---- the Telegram account --------------------------------------------------------------


def _account(conditions: Conditions, incidents: Incidents) -> Changes:
    state = conditions.account
    if not conditions.needs_account:
        return (), incidents.close([kinds.ACCOUNT], "no source needs it any more")
    if state is None:
        return (), ()
    if state.failing_since is None:
        return (), incidents.close([kinds.ACCOUNT] if state.connected else [])
    if incidents.now - state.failing_since < ACCOUNT_FAILING_FOR:
        return (), ()
    return incidents.open(kinds.ACCOUNT, state.reason or "it does not answer"), ()


# ---- receivers -------------------------------------------------------------------------


def _receiver(receiver: str, conditions: Conditions, incidents: Incidents, *, configured: bool) -> Changes:
    kind = f"{kinds.RECEIVER}:{receiver}"
    if not configured:
        return (), incidents.close([kind], "it is not configured any more")
    state = conditions.outbox.get(receiver)
    reason = None if state is None else _failing(state, incidents.now)
    if reason is not None:
        return incidents.open(kind, reason), ()
    if state is None or not (state.most_attempts or receiver in conditions.refusing):
        return (), incidents.close([kind])
    return (), ()


def _failing(state: OutboxVitals, now: datetime) -> str | None:
    """Why a receiver is to be called failing, if it is."""
    if state.last_dead_at is not None and now - state.last_dead_at < DEAD_LATELY:
        return "a message to it was given up; `groundswell alerts --dead` tells why"
    since = state.first_tried_at
    if since is None or now - since < FAILING_FOR or state.most_attempts < FAILED_ATTEMPTS:
        return None
    return (
        f"{counted(state.pending, 'notification')} waiting, tried for {spoken(now - since)}, "
        f"{counted(state.most_attempts, 'time')}; "
        "`groundswell alerts` tells why"
    )


def _told_of(known: KnownSource) -> Iterable[str]:
    """The receivers of which an incident is open."""
    begins = f"{kinds.RECEIVER}:"
    return (kind.removeprefix(begins) for kind in known.incidents if kind.startswith(begins))


def _besides(route: Route, receiver: str, receivers: Collection[str]) -> Route:
    """Routes that spare one receiver; where it was the only one, all others are told, if there are any."""
    others = tuple(one for one in receivers if one != receiver)
    return _spared(route, receiver, others) if others else route


def _spared(route: Route, receiver: str, others: tuple[str, ...]) -> Route:
    left = tuple(one for one in route.receivers if one != receiver)
    return replace(
        route,
        receivers=left or (others if route.receivers else ()),
        routes=tuple(_spared(child, receiver, others) for child in route.routes),
    )
