"""Making the configured sources and rules known to the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, update

from scrapers.model import Source
from storage.chunks import in_chunks
from storage.desk import IS_DESK
from storage.model import AlertStatus, RuleDefinition
from storage.schema import alert, incident, rule, rule_version, source


def register_sources(connection: Connection, sources: Sequence[Source], now: datetime) -> None:
    """New sources get a row and are due now; absent ones rest, their trouble over; returning ones go on."""
    known = set(connection.scalars(select(source.c.config_id).where(~IS_DESK)))
    absent = known - {one.id for one in sources}
    rows = [{"key": one.id, "kind": one.kind, "name": one.name} for one in sources]
    fresh = [row for row in rows if row["key"] not in known]
    stored = [row for row in rows if row["key"] in known]
    if absent:
        _rest(connection, sorted(absent), now)
    if stored:
        connection.execute(
            update(source)
            .values(kind=bindparam("kind"), name=bindparam("name"), active=True)
            .where(source.c.config_id == bindparam("key")),
            stored,
        )
    if fresh:
        connection.execute(insert(source), [_new_source(row, now) for row in fresh])


def _rest(connection: Connection, config_ids: Sequence[str], now: datetime) -> None:
    resting = update(source).values(active=False).where(source.c.config_id == bindparam("key"))
    connection.execute(resting, [{"key": name} for name in config_ids])
    for row in in_chunks(connection, select(source.c.id), source.c.config_id, config_ids):
        end_incidents(connection, row.id, now)


def end_incidents(connection: Connection, source_id: int, now: datetime) -> None:
    """End what is wrong with a source that rests: the owner has taken it out, and need not be told."""
    still_open = select(incident.c.id).where(
        incident.c.source_id == source_id, incident.c.closed_at.is_(None)
    )
    connection.execute(
        update(alert)
        .values(status=AlertStatus.CLOSED, updated_at=now, version=alert.c.version + 1)
        .where(alert.c.id.in_(still_open))
    )
    connection.execute(update(incident).values(closed_at=now).where(incident.c.id.in_(still_open)))


def _new_source(row: Mapping[str, str], now: datetime) -> dict[str, object]:
    return {
        "config_id": row["key"],
        "kind": row["kind"],
        "name": row["name"],
        "active": True,
        "cursor": {},
        "version": 0,
        "failures": 0,
        "next_due_at": now,
    }


def register_rules(connection: Connection, rules: Sequence[RuleDefinition], now: datetime) -> dict[str, int]:
    """Give every rule its version: a new one where its query is new. Returns id -> version.

    A version is written down with the moment from which on it is in force. That moves where another was
    between, or none: what came meanwhile was not matched.
    """
    known = _known_rules(connection)
    versions = {one.id: _version(one, known) for one in rules}
    _put_in_force(connection, versions, known, now)
    connection.execute(update(rule).values(active=False).where(rule.c.id.not_in(list(versions))))
    _write_rules(connection, rules, versions, known)
    fresh = [one for one in rules if one.id not in known or versions[one.id] not in known[one.id].queries]
    if fresh:
        connection.execute(
            insert(rule_version),
            [
                {"rule_id": one.id, "version": versions[one.id], "query": one.query, "created_at": now}
                for one in fresh
            ],
        )
    return versions


def rule_queries(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The queries that rules have had: the one in force first, then the others, latest first."""
    return {name: tuple(one.queries.values()) for name, one in _known_rules(connection).items()}


@dataclass(slots=True)
class _KnownRule:
    """A rule that was registered before."""

    version: int  # in force
    active: bool
    queries: dict[int, str] = field(default_factory=dict)  # by version: in force, then latest first


def _known_rules(connection: Connection) -> dict[str, _KnownRule]:
    in_force = rule_version.c.version == rule.c.version
    rows = connection.execute(
        select(
            rule.c.id, rule.c.version, rule.c.active, rule_version.c.version.label("of"), rule_version.c.query
        )
        .join(rule_version, rule_version.c.rule_id == rule.c.id)
        .order_by(rule.c.id, in_force.desc(), rule_version.c.version.desc())
    )
    known: dict[str, _KnownRule] = {}
    for row in rows:
        one = known.setdefault(row.id, _KnownRule(version=row.version, active=row.active))
        one.queries[row.of] = row.query
    return known


def _version(one: RuleDefinition, known: Mapping[str, _KnownRule]) -> int:
    """The version that had this query, or the next one."""
    before = known[one.id].queries if one.id in known else {}
    same = (version for version, query in before.items() if query == one.query)
    return next(same, max(before, default=0) + 1)


def _put_in_force(
    connection: Connection, versions: Mapping[str, int], known: Mapping[str, _KnownRule], now: datetime
) -> None:
    back = [
        {"key": name, "of": versions[name], "moment": now}
        for name, one in known.items()
        if versions.get(name) in one.queries and not (one.active and one.version == versions[name])
    ]
    if back:
        which = (rule_version.c.rule_id == bindparam("key")) & (rule_version.c.version == bindparam("of"))
        connection.execute(update(rule_version).values(created_at=bindparam("moment")).where(which), back)


def _write_rules(
    connection: Connection,
    rules: Sequence[RuleDefinition],
    versions: Mapping[str, int],
    known: Mapping[str, _KnownRule],
) -> None:
    rows = [
        {
            "key": one.id,
            "title": one.title,
            "severity": one.severity,
            "version": versions[one.id],
            "active": True,
        }
        for one in rules
    ]
    stored = [row for row in rows if row["key"] in known]
    if stored:
        changes: dict[str, BindParameter[object]] = {
            name: bindparam(name) for name in ("title", "severity", "version", "active")
        }
        connection.execute(update(rule).values(changes).where(rule.c.id == bindparam("key")), stored)
    fresh = [{"id": row.pop("key"), **row} for row in rows if row["key"] not in known]
    if fresh:
        connection.execute(insert(rule), fresh)
