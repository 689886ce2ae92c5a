"""Writing one decision, whole or not at all: the source, alerts, timers, incidents. Items: `store_items`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Executable, Row, Select, bindparam, delete, insert, select, update

from storage.adopt import adopt
from storage.chunks import among_keys, by_keys
from storage.commit_groups import check_groups, end_matches, write_evidence
from storage.database import Dialect
from storage.errors import LeaseLost, Stale, UnknownSource
from storage.forget import cursor_to_store
from storage.model import (
    AlertUpdate,
    Decision,
    NewAlert,
    NewNotification,
    NotificationStatus,
    SourceUpdate,
    Timer,
)
from storage.schema import alert, audience, incident, match, notification, source, timer
from storage.store_items import RowIds, store_items


def commit(connection: Connection, dialect: Dialect, decision: Decision) -> bool:
    """Write `decision` in the running transaction. False: the source was adopted, nothing else written.

    Raises:
        Stale: what was recalled no longer holds.
        LeaseLost: the poll's lease has passed on, or the timer has.
        UnknownSource: the source has gone.
    """
    row = _check_source(connection, decision)
    if decision.source is not None and adopt(connection, row, decision.source.native_id, decision.decided_at):
        return False
    _fire(connection, decision.timer_fired)
    _write_source(connection, row, decision)
    _write_audience(connection, dialect, decision)
    check_groups(connection, decision)
    ids = store_items(connection, dialect, decision)
    _open_alerts(connection, decision, ids)
    _update_alerts(connection, decision.alert_updates)
    end_matches(connection, decision, ids)
    _store_matches(connection, dialect, decision, ids)
    write_evidence(connection, decision, ids)
    _queue(connection, decision.notifications)
    _write_incidents(connection, decision)
    _write_timers(connection, dialect, decision)
    return True


# ---- the source ------------------------------------------------------------------------

_CHECKED = (
    "id",
    "config_id",
    "kind",
    "name",
    "options_digest",
    "version",
    "lease_token",
    "native_id",
    "cursor",
)
CHECK_SOURCE: Select[Any] = (
    select(*(source.c[name] for name in _CHECKED))
    .where(source.c.id == bindparam("row"))
    .with_for_update(key_share=True)
)
UPDATE_SOURCE = update(source).where(source.c.id == bindparam("row"))


def _check_source(connection: Connection, decision: Decision) -> Row[Any]:
    row = connection.execute(CHECK_SOURCE, {"row": decision.source_id}).one_or_none()
    if row is None:
        raise UnknownSource(f"source {decision.source_id} has gone")
    if decision.lease is not None and row.lease_token != decision.lease:
        raise LeaseLost(f"the lease on {row.config_id} has passed to another worker")
    judged = decision.source is not None or decision.incidents_opened  # what the source is like
    if judged and row.version != decision.source_version:
        raise Stale(f"{row.config_id} is at version {row.version}, not {decision.source_version}")
    return row


def _write_source(connection: Connection, row: Row[Any], decision: Decision) -> None:
    changes: dict[str, object] = {}
    if decision.source is not None:
        changes = {"version": row.version + 1, **_changes(decision.source)}
        if _may_take(connection, row, decision.source.native_id):
            changes["native_id"] = decision.source.native_id
        if decision.source.cursor is not None:
            changes["cursor"] = dict(cursor_to_store(row, decision.source.cursor))
    if decision.backfill_cursor is not None:
        changes["backfill_cursor"] = dict(decision.backfill_cursor.values)
    if changes:
        connection.execute(UPDATE_SOURCE, {"row": row.id, **changes})


def _changes(change: SourceUpdate) -> dict[str, object]:
    changes: dict[str, object] = {
        "next_due_at": change.next_due_at,
        "last_attempt_at": change.polled_at,
        "outcome": change.outcome,
        "reason": change.reason,
        "failures": change.failures,
        "last_success_at": change.last_success_at,
        "first_polled_at": change.first_polled_at,
    }
    if change.last_new_at is not None:
        changes["last_new_at"] = change.last_new_at
    if change.pace is not None:
        changes["pace"] = change.pace
    return changes | _channel(change)


def _channel(change: SourceUpdate) -> dict[str, object]:
    facts = change.channel
    if facts is None:
        return {}
    return {
        "username": facts.username,
        "title": facts.title,
        "description": facts.description,
        "labels": sorted(facts.labels),
        "subscribers": facts.subscribers,
        "subscribers_raw": facts.subscribers_raw,
        "live": facts.live,
    }


def _write_audience(connection: Connection, dialect: Dialect, decision: Decision) -> None:
    change = decision.source
    if change is None or change.subscribers is None:
        return
    row = {
        "source_id": decision.source_id,
        "observed_at": change.polled_at,
        "subscribers": change.subscribers,
    }
    connection.execute(dialect.insert_new(audience), row)


def _may_take(connection: Connection, row: Row[Any], native_id: str | None) -> bool:
    """Whether the source may hold this channel id: two configured sources of one channel cannot both."""
    if native_id is None or native_id == row.native_id:
        return False
    return connection.scalar(select(source.c.id).where(source.c.native_id == native_id)) is None


# ---- alerts and matches ----------------------------------------------------------------

INSERT_ALERTS = insert(alert)
INSERT_NOTIFICATIONS = insert(notification)
_KEPT = ("reason", "headline", "began_at", "lasted_until", "labels")  # where an update does not say otherwise
CHECK_ALERTS: Select[Any] = (
    select(*(alert.c[name] for name in ("id", "version", *_KEPT)))
    .where(among_keys(alert.c.id))
    .order_by(alert.c.id)
    .with_for_update()
)
_CHANGED = ("updated_at", "copies", "told_copies", "told_at", "status", "version", *_KEPT)
UPDATE_ALERT = (
    update(alert)
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
    .where(alert.c.id == bindparam("key"))
)


def _open_alerts(connection: Connection, decision: Decision, ids: RowIds) -> None:
    if decision.alerts:
        rows = [_alert_row(one, decision.source_id, ids) for one in decision.alerts]
        connection.execute(INSERT_ALERTS, sorted(rows, key=lambda row: str(row["id"])))


def _alert_row(one: NewAlert, source_id: int, ids: RowIds) -> dict[str, object]:
    return {
        "id": one.id,
        "rule_id": one.rule_id,
        "rule_version": one.rule_version,
        "severity": one.severity,
        "subject_kind": one.subject_kind,
        "subject_key": one.subject_key,
        "episode": one.episode,
        "source_id": source_id,
        "item_id": None if one.external_id is None else ids.own(one.external_id),
        "seq": one.seq,
        "status": one.status,
        "opened_at": one.opened_at,
        "updated_at": one.opened_at,
        "headline": one.headline,
        "reason": one.reason,
        "labels": _listed(one.labels),
        "copies": one.copies,
        "told_copies": one.told_copies,
        "told_at": one.opened_at,
        "version": 1,
        "began_at": one.began_at,
        "lasted_until": one.lasted_until,
    }


def _listed(labels: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Labels of an alert, for JSON."""
    return {name: list(values) for name, values in labels.items()}


def _update_alerts(connection: Connection, updates: tuple[AlertUpdate, ...]) -> None:
    if not updates:
        return
    stored = _stored_alerts(connection, updates)
    for one in updates:
        if one.alert_id not in stored or stored[one.alert_id].version != one.version:
            raise Stale(f"alert {one.alert_id} has been updated or removed")
    connection.execute(UPDATE_ALERT, [_update_row(one, stored[one.alert_id]) for one in updates])


def _stored_alerts(connection: Connection, updates: tuple[AlertUpdate, ...]) -> dict[str, Row[Any]]:
    names = sorted(one.alert_id for one in updates)
    return {row.id: row for row in by_keys(connection, CHECK_ALERTS, names)}


def _update_row(one: AlertUpdate, stored: Row[Any]) -> dict[str, object]:
    kept = {name: getattr(stored, name) for name in _KEPT if getattr(one, name) is None}
    changed = {name: getattr(one, name) for name in _KEPT if name not in kept}
    if one.labels is not None:
        changed["labels"] = _listed(one.labels)
    return {
        "key": one.alert_id,
        "new_updated_at": one.updated_at,
        "new_copies": one.copies,
        "new_told_copies": one.told_copies,
        "new_told_at": one.told_at,
        "new_status": one.status,
        "new_version": one.version + 1,
        **{f"new_{name}": value for name, value in (kept | changed).items()},
    }


def _store_matches(connection: Connection, dialect: Dialect, decision: Decision, ids: RowIds) -> None:
    """A rule version fires once on a revision: a counter that falls and rises again adds nothing."""
    if not decision.matches:
        return
    read_at = {one.external_id: one.observed_at for one in decision.readings}
    rows = [
        {
            "item_id": ids.own(one.external_id),
            "seq": one.seq,
            "rule_id": one.rule_id,
            "rule_version": one.rule_version,
            "matched_at": one.matched_at,
            "spans": [[span.field, span.start, span.end] for span in one.spans],
            "reading_at": read_at.get(one.external_id) if one.by_reading else None,
            "alert_id": one.alert_id,
            "withheld": one.withheld,
            "happened_at": one.happened_at or one.matched_at,
            "ended_at": None,
            "language": one.language,
        }
        for one in decision.matches
    ]
    connection.execute(dialect.insert_new(match), rows)


# ---- the outbox, incidents, timers -----------------------------------------------------


def _queue(connection: Connection, notifications: tuple[NewNotification, ...]) -> None:
    if notifications:
        rows = [_notification_row(one) for one in notifications]
        connection.execute(INSERT_NOTIFICATIONS, sorted(rows, key=lambda row: str(row["id"])))


def _notification_row(one: NewNotification) -> Mapping[str, object]:
    return {
        "id": one.id,
        "alert_id": one.alert_id,
        "receiver": one.receiver,
        "change": one.change,
        "group_key": one.group_key,
        "created_at": one.created_at,
        "send_after": one.send_after,
        "reason": one.reason,
        "status": NotificationStatus.PENDING,
        "attempts": 0,
    }


def _write_incidents(connection: Connection, decision: Decision) -> None:
    if decision.incidents_closed:
        ending = (
            update(incident).values(closed_at=bindparam("ended")).where(incident.c.id == bindparam("key"))
        )
        rows = [{"key": one.id, "ended": one.closed_at} for one in decision.incidents_closed]
        connection.execute(ending, rows)
    if decision.incidents_opened:
        connection.execute(
            insert(incident),
            [
                {
                    "id": one.id,
                    "source_id": decision.source_id,
                    "kind": one.kind,
                    "opened_at": one.opened_at,
                    "reason": one.reason,
                }
                for one in decision.incidents_opened
            ],
        )


def _fire(connection: Connection, fired: Timer | None) -> None:
    if fired is None:
        return
    taken = connection.execute(
        delete(timer).where(
            timer.c.kind == fired.kind, timer.c.key == fired.key, timer.c.due_at == fired.due_at
        )
    )
    if taken.rowcount != 1:
        raise LeaseLost(f"timer {fired.kind} {fired.key} has been moved or decided on already")


def _write_timers(connection: Connection, dialect: Dialect, decision: Decision) -> None:
    if decision.timers_cleared:
        which = (timer.c.kind == bindparam("a_kind")) & (timer.c.key == bindparam("a_key"))
        rows = [{"a_kind": kind, "a_key": key} for kind, key in sorted(decision.timers_cleared)]
        connection.execute(delete(timer).where(which), rows)
    if decision.timers_set:
        due = [{"kind": one.kind, "key": one.key, "due_at": one.due_at} for one in decision.timers_set]
        connection.execute(_set_timers(dialect), due)


_SET_TIMERS: dict[type[Dialect], Executable] = {}  # to build one takes longer than to run it


def _set_timers(dialect: Dialect) -> Executable:
    kind = type(dialect)
    if kind not in _SET_TIMERS:
        statement = dialect.insert(timer)
        _SET_TIMERS[kind] = statement.on_conflict_do_update(
            index_elements=["kind", "key"], set_={"due_at": statement.excluded.due_at}
        )
    return _SET_TIMERS[kind]
