"""Opening alerts, telling of copies, and who is told: the part of deciding that people notice. Pure."""

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.message import Change
from monitor.routing import Destination, Route, destinations
from monitor.schedule import is_milestone
from monitor.settings import AlertingOptions
from storage.model import (
    AlertStatus,
    AlertUpdate,
    ItemRef,
    KnownAlert,
    NewAlert,
    NewNotification,
    SubjectKind,
    Timer,
)

Labels = Mapping[str, tuple[str, ...]]

REPEAT = "repeat"  # the kind of timer that tells of copies no milestone told of


def alert_id(rule_id: str, subject_kind: SubjectKind, subject_key: str, episode: int = 0) -> str:
    """A short name that the same alert always gets, e.g. "GS-3KQ7XW2MHT"."""
    digest = hashlib.sha256("\0".join((rule_id, subject_kind, subject_key, str(episode))).encode()).digest()
    return "GS-" + b32encode(digest).decode()[:10]


def origin_key(origin: ItemRef) -> str:
    """The subject key of alerts on an origin."""
    return f"{origin.source_id}/{origin.external_id}"


def repeat_timer_key(alert: KnownAlert) -> str:
    """The key of an alert's repeat timer; `split_timer_key` reads it back."""
    source_id, _, _ = alert.subject_key.partition("/")
    return f"{source_id}:{alert.id}"


def split_timer_key(key: str) -> tuple[int, str]:
    """Source row and alert id of a repeat timer."""
    source_id, _, alert = key.partition(":")
    return int(source_id), alert


@dataclass(slots=True)
class Alerting:
    """Collects what one decision wants done about alerts; lives only inside that decision."""

    options: AlertingOptions
    route: Route
    now: datetime
    known: dict[str, KnownAlert]  # open alerts by id
    opened: dict[str, NewAlert] = field(default_factory=dict)
    updates: dict[str, AlertUpdate] = field(default_factory=dict)
    notifications: list[NewNotification] = field(default_factory=list)
    timers_set: dict[str, Timer] = field(default_factory=dict)
    timers_cleared: list[tuple[str, str]] = field(default_factory=list)
    fresh_copies: dict[str, int] = field(default_factory=dict)  # alert id -> copies seen in this decision
    loud: set[str] = field(default_factory=set)  # alerts with a copy that may be told of
    bereft: set[str] = field(default_factory=set)  # alerts whose very item was taken away

    def exists(self, alert: str) -> bool:
        """Whether the alert is open already or opened in this decision."""
        return alert in self.known or alert in self.opened

    def open(self, alert: NewAlert) -> None:
        """Open an alert; its receivers are told once the decision is whole."""
        self.opened[alert.id] = alert

    def add_copy(self, origin: ItemRef, *, told: bool, besides: frozenset[str]) -> None:
        """Count one more item of `origin` on its alerts, but not on those it opened itself (`besides`)."""
        for alert in sorted(self._alerts_on(origin_key(origin)) - besides):
            self.fresh_copies[alert] = self.fresh_copies.get(alert, 0) + 1
            if told:
                self.loud.add(alert)

    def tell_deleted(self, item: ItemRef) -> None:
        """Tell of alerts that `item` itself opened that its source took it away; once for good."""
        self.bereft |= {
            alert.id
            for alert in self.known.values()
            if alert.subject_kind is SubjectKind.ORIGIN
            and alert.opened_by == item
            and not alert.deletion_told
        }

    def close(self, alert: KnownAlert, reason: str) -> None:
        """End an alert and say so."""
        self.end(alert, reason)
        self._notify(alert.id, alert.labels, Change.CLOSED, "closed", alert.told_to)

    def end(self, alert: KnownAlert, reason: str) -> None:
        """End an alert; nobody is told."""
        self.updates[alert.id] = AlertUpdate(
            alert_id=alert.id,
            version=alert.version,
            updated_at=self.now,
            copies=alert.copies,
            told_copies=alert.told_copies,
            told_at=self.now,
            status=AlertStatus.CLOSED,
            reason=reason,
        )

    def note(self, alert: KnownAlert, reason: str) -> None:
        """Write down what has become of an alert's subject; nobody is told."""
        self.updates[alert.id] = replace(self._updated(alert, copies=alert.copies, told=False), reason=reason)

    def follow(self, alert: KnownAlert, update: AlertUpdate, *, told: bool) -> None:
        """Write how an alert on a group went on, and tell of it; whom only new labels name, always."""
        self.updates[alert.id] = update
        labels = alert.labels if update.labels is None else update.labels
        informed = alert.told_to | {one.receiver for one in destinations(self.route, alert.labels)}
        for one in destinations(self.route, labels, alert.told_to):
            if one.receiver not in informed:
                self._queue(alert.id, one, Change.OPENED, f"joined={alert.version}")
            elif told:
                self._queue(alert.id, one, Change.UPDATED, f"copies={update.copies}")

    def tell_untold(self, alert: KnownAlert) -> None:
        """Tell of copies that no milestone has told of; the repeat interval is over."""
        if alert.copies > alert.told_copies:
            self.updates[alert.id] = self._updated(alert, copies=alert.copies, told=True)
            self._notify(alert.id, alert.labels, Change.UPDATED, f"copies={alert.copies}")

    def set_timer(self, timer: Timer | None) -> None:
        """Have something decided without a fetch, if at all."""
        if timer is not None:
            self.timers_set[timer.key] = timer

    def finish(self) -> None:
        """Turn what was collected into notifications, updates and timers."""
        for alert in self.opened.values():
            copies = alert.copies + self.fresh_copies.pop(alert.id, 0)
            self.opened[alert.id] = replace(alert, copies=copies, told_copies=copies)
            self._notify(alert.id, alert.labels, Change.OPENED, "opened")
        for alert_name, fresh in self.fresh_copies.items():
            self._count(self.known[alert_name], fresh, may_tell=alert_name in self.loud)
        for alert_name in sorted(self.bereft):
            self._tell_deletion(self.known[alert_name])

    def _tell_deletion(self, alert: KnownAlert) -> None:
        counted = self.updates.get(alert.id)
        copies = alert.copies if counted is None else counted.copies
        self.updates[alert.id] = self._updated(alert, copies=copies, told=True)
        self._notify(alert.id, alert.labels, Change.DELETED, "deleted")

    def _alerts_on(self, key: str) -> frozenset[str]:
        everything: tuple[KnownAlert | NewAlert, ...] = (*self.known.values(), *self.opened.values())
        return frozenset(
            alert.id
            for alert in everything
            if alert.subject_kind is SubjectKind.ORIGIN and alert.subject_key == key
        )

    def _count(self, alert: KnownAlert, fresh: int, *, may_tell: bool) -> None:
        copies = alert.copies + fresh
        waited_long = self.now - alert.told_at >= self.options.repeat_interval
        milestone = any(is_milestone(count) for count in range(alert.copies + 1, copies + 1))
        told = may_tell and (milestone or waited_long)
        self.updates[alert.id] = self._updated(alert, copies=copies, told=told)
        timer = repeat_timer_key(alert)
        if told:
            self.timers_cleared.append((REPEAT, timer))
            self._notify(alert.id, alert.labels, Change.UPDATED, f"copies={copies}")
        elif may_tell:
            due = max(alert.told_at + self.options.repeat_interval, self.now + timedelta(seconds=1))
            self.timers_set[timer] = Timer(kind=REPEAT, key=timer, due_at=due)

    def _updated(self, alert: KnownAlert, *, copies: int, told: bool) -> AlertUpdate:
        return AlertUpdate(
            alert_id=alert.id,
            version=alert.version,
            updated_at=self.now,
            copies=copies,
            told_copies=copies if told else alert.told_copies,
            told_at=self.now if told else alert.told_at,
        )

    def _notify(
        self,
        alert: str,
        labels: Labels,
        change: Change,
        occasion: str,
        told_to: frozenset[str] = frozenset(),
    ) -> None:
        for one in destinations(self.route, labels, told_to):
            self._queue(alert, one, change, occasion)

    def _queue(self, alert: str, destination: Destination, change: Change, occasion: str) -> None:
        told = f"{alert}\0{destination.receiver}\0{occasion}"
        self.notifications.append(
            NewNotification(
                id=hashlib.sha256(told.encode()).hexdigest()[:24],
                alert_id=alert,
                receiver=destination.receiver,
                change=change,
                group_key=destination.group_key,
                created_at=self.now,
                send_after=self.now + destination.group_wait,
                reason=destination.reason,
            )
        )
