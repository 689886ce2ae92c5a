"""What storage knows of the groups of correlations: events in their windows, their alerts, their versions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from storage.chunks import among_keys, by_keys
from storage.model import (
    AlertStatus,
    CorrelationKeys,
    ItemRef,
    KnownAlert,
    KnownCorrelation,
    KnownEvent,
    SubjectKind,
)
from storage.recall import ALERTS, known_alert, origin_of
from storage.schema import alert, correlation_group, item, match, notification, rule, rule_version, source
from storage.store_items import ITEM_ROWS

MOST_EVENTS = 20_000
"""Events of one span that are recalled, the latest first: no condition counts further."""

its_origin = item.alias("its_origin")


def recall_correlation(connection: Connection, keys: CorrelationKeys) -> KnownCorrelation:
    """All that `keys` ask for."""
    groups = list(by_keys(connection, GROUPS, keys.subject_keys, correlation=keys.correlation_id))
    since, rules_changed = _in_force_since(connection, keys)
    return KnownCorrelation(
        events=_events(connection, keys),
        versions={row.subject_key: row.version for row in groups},
        first_judged={row.subject_key: row.first_at for row in groups},
        alerts=_alerts(connection, keys),
        since=since,
        rules_changed=rules_changed,
    )


# ---- events ----------------------------------------------------------------------------


def _events(connection: Connection, keys: CorrelationKeys) -> tuple[KnownEvent, ...]:
    """Oldest first; an event stands in one span only, for spans do not overlap."""
    versions = dict(keys.rules)
    sources = {row.id: (row.config_id, row.kind) for row in connection.execute(SOURCES)}
    found: list[KnownEvent] = []
    for since, until in keys.spans:
        asked = {"rules": sorted(versions), "since": since, "until": until}
        rows = _rows(connection, keys, sources, asked)
        in_force = (row for row in rows if versions.get(row.rule_id) == row.rule_version)
        found += [_event(row, sources) for row in in_force if since < row.happened_at <= until]
    return tuple(sorted(found, key=lambda one: (one.at, one.item, one.rule_id)))


Sources = Mapping[int, tuple[str, str]]  # row -> configured id, kind


def _rows(
    connection: Connection, keys: CorrelationKeys, sources: Sources, asked: dict[str, Any]
) -> Iterable[Row[Any]]:
    if keys.sources is not None:
        wanted = set(keys.sources)
        of_sources = sorted(row for row, (name, _) in sources.items() if name in wanted)
        return by_keys(connection, events_of_sources(ended=keys.ended), of_sources, **asked)
    if keys.origins is not None:
        carriers = _carriers(connection, keys.origins)
        return by_keys(connection, events_of_items(ended=keys.ended), carriers)
    return connection.execute(events(ended=keys.ended), asked)


def _carriers(connection: Connection, origins: Sequence[ItemRef]) -> list[int]:
    """The rows of these origins and of their copies."""
    found: list[int] = []
    for source_id in sorted({ref.source_id for ref in origins}):
        names = sorted({ref.external_id for ref in origins if ref.source_id == source_id})
        found += [row.id for row in by_keys(connection, ITEM_ROWS, names, source_id=source_id)]
    copies = [row.id for row in by_keys(connection, COPIES, sorted(found))]
    return sorted({*found, *copies})


def _event(row: Row[Any], sources: Sources) -> KnownEvent:
    name, kind = sources[row.source_id]
    return KnownEvent(
        at=row.happened_at,
        rule_id=row.rule_id,
        item=ItemRef(source_id=row.source_id, external_id=row.external_id),
        origin=origin_of(row),
        source_config_id=name,
        source_kind=kind,
        language=row.language,
    )


SOURCES = select(source.c.id, source.c.config_id, source.c.kind)
COPIES: Select[Any] = select(item.c.id).where(among_keys(item.c.origin_id))


@cache
def events_of_items(*, ended: bool) -> Select[Any]:
    """The statement for the latest matches of some items that count, of whatever rule; `ended` ones or not.

    To build one takes longer than to run it.
    """
    return _counting(ended=ended).where(among_keys(match.c.item_id))


@cache
def events(*, ended: bool) -> Select[Any]:
    """The same of all items, of some rules and a span of time."""
    return _counting(ended=ended).where(
        match.c.rule_id.in_(bindparam("rules", expanding=True)),
        match.c.happened_at > bindparam("since"),
        match.c.happened_at <= bindparam("until"),
    )


@cache
def events_of_sources(*, ended: bool) -> Select[Any]:
    """And of some sources."""
    return events(ended=ended).where(among_keys(item.c.source_id))


def _counting(*, ended: bool) -> Select[Any]:
    statement = (
        select(
            match.c.rule_id,
            match.c.rule_version,
            match.c.happened_at,
            match.c.language,
            item.c.source_id,
            item.c.external_id,
            its_origin.c.source_id.label("origin_source_id"),
            its_origin.c.external_id.label("origin_external_id"),
        )
        .join(item, item.c.id == match.c.item_id)
        .outerjoin(its_origin, its_origin.c.id == item.c.origin_id)
        .order_by(match.c.happened_at.desc())
        .limit(MOST_EVENTS)
    )
    return statement if ended else statement.where(match.c.ended_at.is_(None))


# ---- groups ----------------------------------------------------------------------------

GROUPS: Select[Any] = select(correlation_group).where(
    correlation_group.c.correlation_id == bindparam("correlation"),
    among_keys(correlation_group.c.subject_key),
)
JUDGED: Select[Any] = (
    select(correlation_group.c.correlation_id, correlation_group.c.subject_key)
    .where(correlation_group.c.correlation_id.in_(bindparam("correlations", expanding=True)))
    .order_by(correlation_group.c.correlation_id, correlation_group.c.subject_key)
)
ALERTED: Select[Any] = (
    select(alert.c.rule_id, alert.c.subject_key)
    .where(alert.c.subject_kind == SubjectKind.GROUP, alert.c.status == AlertStatus.OPEN)
    .distinct()
    .order_by(alert.c.rule_id, alert.c.subject_key)
)
ALERTS_ON_GROUPS: Select[Any] = ALERTS.where(
    alert.c.rule_id == bindparam("correlation"),
    alert.c.subject_kind == SubjectKind.GROUP,
    among_keys(alert.c.subject_key),
)
TOLD: Select[Any] = (
    select(notification.c.alert_id, notification.c.receiver)
    .where(among_keys(notification.c.alert_id))
    .distinct()
)
VERSIONS: Select[Any] = (
    select(rule.c.id, rule.c.version, rule_version.c.version.label("of"), rule_version.c.created_at)
    .join(rule_version, rule_version.c.rule_id == rule.c.id)
    .where(rule.c.id.in_(bindparam("rules", expanding=True)))
)


def judged_groups(connection: Connection, correlation_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The groups of these correlations that were judged, by correlation."""
    rows = connection.execute(JUDGED, {"correlations": sorted(correlation_ids)})
    return _by_correlation((row.correlation_id, row.subject_key) for row in rows)


def alerted_groups(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The groups with open alerts, by correlation."""
    rows = connection.execute(ALERTED)
    return _by_correlation((row.rule_id, row.subject_key) for row in rows)


def _by_correlation(groups: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for correlation_id, subject_key in groups:
        found.setdefault(correlation_id, []).append(subject_key)
    return {name: tuple(groups) for name, groups in found.items()}


def _alerts(connection: Connection, keys: CorrelationKeys) -> tuple[KnownAlert, ...]:
    rows = list(by_keys(connection, ALERTS_ON_GROUPS, keys.subject_keys, correlation=keys.correlation_id))
    told: dict[str, set[str]] = {}
    for row in by_keys(connection, TOLD, [row.id for row in rows]):
        told.setdefault(row.alert_id, set()).add(row.receiver)
    known = (known_alert(row, frozenset(told.get(row.id, ()))) for row in rows)
    return tuple(sorted(known, key=lambda one: (one.subject_key, one.episode)))


def _in_force_since(connection: Connection, keys: CorrelationKeys) -> tuple[datetime | None, datetime | None]:
    """Since when a correlation and its rules are what they are, and those of its rules that were others."""
    names = {keys.correlation_id, *dict(keys.rules)}
    rows = list(connection.execute(VERSIONS, {"rules": sorted(names)}))
    changed = {row.id for row in rows if row.of > 1} - {keys.correlation_id}
    moments = {row.id: row.created_at for row in rows if row.of == row.version}
    return max(moments.values(), default=None), max((moments[name] for name in changed), default=None)
