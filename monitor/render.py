"""From stored alerts to what a notifier shows: masked, excerpted, in order. Pure."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.excerpt import excerpt, headline
from monitor.mask import mask
from monitor.message import AlertView, Change, EvidenceView, Fragment, Message, Severity
from scrapers.model import Precision
from storage.model import (
    AlertRecord,
    AlertStatus,
    ClaimedDelivery,
    ClaimedNotification,
    EvidenceRecord,
    ItemRecord,
)

_WEIGHT = {
    Change.UPDATED: 0,
    Change.OPENED: 1,
    Change.DELETED: 2,
    Change.CLOSED: 3,
}  # notifications of one moment have no order

_RANKS = tuple(Severity)
_SEVERITIES = {severity.value: severity for severity in Severity}
_CHANGES = {change.value: change for change in Change}
_SOURCES_NAMED = 3
SHORT = "the receiver did not take all of it; `groundswell alerts` has the rest"
DAMAGED = "not all of it is here: a part of what is stored can't be read, the service's log says why"
_FAR_AHEAD = datetime.max.replace(tzinfo=UTC)


def message(
    delivery: ClaimedDelivery,
    *,
    view: Callable[[ClaimedNotification], AlertView],
    timezone: ZoneInfo,
    now: datetime,
) -> Message:
    """One delivery as a notifier is to show it; `view` shows one notification of it."""
    plain = delivery.refused is not None
    told = [(notification.alert.opened_at, view(notification)) for notification in _latest(delivery)]
    if delivery.gathered_since is not None:
        told.sort(key=_gravest_and_newest_first)
    return Message(
        delivery_id=delivery.delivery_id,
        alerts=tuple(shown for _, shown in told),
        created_at=now,
        timezone=timezone,
        gathered_since=None if plain else delivery.gathered_since,
        plain=plain,
    )


def _gravest_and_newest_first(told: tuple[datetime, AlertView]) -> tuple[bool, int, timedelta]:
    opened_at, alert = told
    return alert.change is Change.CLOSED, -_RANKS.index(alert.severity), _FAR_AHEAD - opened_at


def _latest(delivery: ClaimedDelivery) -> tuple[ClaimedNotification, ...]:
    """One entry an alert: its opening says all that an update beside it would, its end is the last word."""
    entries: dict[str, ClaimedNotification] = {}
    for notification in delivery.notifications:
        known = entries.get(notification.alert.id)
        if known is None or _WEIGHT[_change(notification)] > _WEIGHT[_change(known)]:
            entries[notification.alert.id] = notification
    return tuple(entries.values())


def full_view(notification: ClaimedNotification, *, names: Collection[str], masked: bool) -> AlertView:
    """A notification with all that is known of its alert; `names` are user names that are never masked."""
    return alert_view(notification.alert, _change(notification), names=names, masked=masked)


def short_view(notification: ClaimedNotification, *, names: Collection[str], masked: bool) -> AlertView:
    """One that was refused in full: which one it is, how grave, its title and its link."""
    return replace(
        full_view(notification, names=names, masked=masked),
        excerpt=(),
        reason=SHORT,
        also_in=(),
        forwarded_from=None,
        evidence=(),
    )


def bare_view(notification: ClaimedNotification) -> AlertView:
    """One whose alert can't be shown otherwise: which one it is, and nothing that was collected."""
    alert = notification.alert
    return AlertView(
        alert_id=alert.id,
        change=_change(notification),
        rule_id=alert.rule_id,
        rule_title=alert.rule_title,
        severity=_SEVERITIES.get(alert.severity, Severity.WARNING),
        subject_kind=alert.subject_kind,
        source_name=alert.source_config_id,
        headline=f"{alert.id} can't be shown here",
        excerpt=(),
        reason="it could not be made readable: the service's log says why, `groundswell alerts` has it",
        published_at=alert.opened_at,
        first_seen_at=alert.opened_at,
    )


def alert_view(alert: AlertRecord, change: Change, *, names: Collection[str], masked: bool) -> AlertView:
    """One alert as a person is to read it."""
    item = alert.item
    title = (
        headline(item.title, item.text, names, masked=masked)
        if item
        else headline(alert.headline, "", names, masked=masked)
    )
    return AlertView(
        alert_id=alert.id,
        change=change,
        rule_id=alert.rule_id,
        rule_title=alert.rule_title,
        severity=Severity(alert.severity),
        subject_kind=alert.subject_kind,
        source_name=_source_name(alert),
        headline=title,
        excerpt=_excerpt(item, alert, names=names, masked=masked) if item else (),
        reason=_reason(alert, names, masked=masked),
        url=item.url if item else None,
        published_at=item.published_at if item else alert.opened_at,
        published_day_only=bool(item and item.published_precision is Precision.DAY),
        first_seen_at=item.first_seen_at if item else alert.opened_at,
        language=item.language if item else None,
        copies=alert.copies,
        also_in=alert.also_in,
        views=item.views if item else None,
        edited=bool(item and item.edited),
        deleted=bool(item and item.deleted),
        forwarded_from=_forwarded_from(item, names, masked=masked) if item else None,
        evidence=tuple(_evidence(one, names, masked=masked) for one in alert.evidence),
    )


def _reason(alert: AlertRecord, names: Collection[str], *, masked: bool) -> str:
    reason = mask(alert.reason, names) if masked else alert.reason
    return reason if alert.damage is None else f"{reason} ({DAMAGED})"


def _source_name(alert: AlertRecord) -> str:
    """Of an alert on a group the sources of what it rests on: that of the last item means nothing."""
    named = list(dict.fromkeys(one.item.source_name for one in alert.evidence))
    if not named:
        return alert.source_name
    return ", ".join(named[:_SOURCES_NAMED]) + (", …" if len(named) > _SOURCES_NAMED else "")


def _evidence(one: EvidenceRecord, names: Collection[str], *, masked: bool) -> EvidenceView:
    item = one.item
    return EvidenceView(
        source_name=item.source_name,
        headline=headline(item.title, item.text, names, masked=masked),
        rule_title=one.rule_title,
        url=item.url,
        published_at=item.published_at,
        published_day_only=item.published_precision is Precision.DAY,
        first_seen_at=item.first_seen_at,
        deleted=item.deleted,
    )


def _forwarded_from(item: ItemRecord, names: Collection[str], *, masked: bool) -> str | None:
    if item.forward is None:
        return None
    shown = item.forward.title or item.forward.channel
    return mask(shown, names) if masked else shown


def _change(notification: ClaimedNotification) -> Change:
    """What is told. An opening that failed before and arrives after the end must not look like a new one."""
    over = notification.alert.status is AlertStatus.CLOSED
    return Change.CLOSED if over else _CHANGES.get(notification.change, Change.UPDATED)


def _excerpt(
    item: ItemRecord, alert: AlertRecord, *, names: Collection[str], masked: bool
) -> tuple[Fragment, ...]:
    spans = [(span.start, span.end) for span in alert.spans if span.field == "text"]
    return excerpt(item.text, spans, names, masked=masked)
