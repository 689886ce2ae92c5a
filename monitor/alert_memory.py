"""Alerts as storage would recall them, kept in memory by whoever decides again on what is past. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from storage.model import AlertUpdate, ItemRef, KnownAlert, NewAlert, NewNotification


class AlertMemory:
    """Opened alerts by what they are about, with every update that followed."""

    def __init__(self) -> None:
        self._alerts: dict[str, KnownAlert] = {}
        self._on: defaultdict[str, list[str]] = defaultdict(list)  # subject key -> ids

    def on(self, subject_key: str) -> tuple[KnownAlert, ...]:
        """The alerts about this, in the order in which they were opened."""
        return tuple(self._alerts[name] for name in self._on.get(subject_key, ()))

    def open(self, alert: NewAlert, opened_by: ItemRef | None = None) -> None:
        """Remember a new alert, and the item that opened it, if one did."""
        self._on[alert.subject_key].append(alert.id)
        self._alerts[alert.id] = KnownAlert(
            id=alert.id,
            rule_id=alert.rule_id,
            rule_version=alert.rule_version,
            severity=alert.severity,
            subject_kind=alert.subject_kind,
            subject_key=alert.subject_key,
            episode=alert.episode,
            labels=alert.labels,
            copies=alert.copies,
            told_copies=alert.told_copies,
            told_at=alert.opened_at,
            version=1,
            opened_by=opened_by,
            began_at=alert.began_at,
            lasted_until=alert.lasted_until,
        )

    def tell(self, notifications: Iterable[NewNotification]) -> None:
        """Remember who was told of the alerts that are remembered here."""
        for one in notifications:
            if alert := self._alerts.get(one.alert_id):
                self._alerts[alert.id] = replace(alert, told_to=alert.told_to | {one.receiver})

    def update(self, changes: Iterable[AlertUpdate]) -> None:
        """Take over what changed of the alerts that are remembered here."""
        for change in changes:
            if alert := self._alerts.get(change.alert_id):
                self._alerts[change.alert_id] = _changed(alert, change)


def _changed(alert: KnownAlert, change: AlertUpdate) -> KnownAlert:
    return replace(
        alert,
        status=change.status,
        copies=change.copies,
        told_copies=change.told_copies,
        told_at=change.told_at,
        version=change.version + 1,
        began_at=change.began_at or alert.began_at,
        lasted_until=change.lasted_until or alert.lasted_until,
        labels=alert.labels if change.labels is None else change.labels,
    )
