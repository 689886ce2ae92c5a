"""Making the configured sources and rules known to the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, insert, select, update

from scrapers.model import Source
from storage.chunks import in_chunks
from storage.desk import IS_DESK
from storage.model import AlertStatus, RuleDefinition
from storage.options_digest import options_digest
from storage.schema import alert, incident, rule, rule_version, source


def register_sources(connection: Connection, sources: Sequence[Source], now: datetime) -> None:
    """New sources get a row and are due now; absent ones rest, their trouble over; returning ones go on.

    One that returns, or whose kind or options its owner changed, is due now as if it had never failed: the
    pause was for what it was before.
    """
    known = _known_sources(connection)
    absent = known.keys() - {one.id for one in sources}
    rows = [
        {"key": one.id, "kind": one.kind, "name": one.name, "digest": options_digest(one)} for one in sources
    ]
    fresh = [row for row in rows if row["key"] not in known]
    stored = [row for row in rows if row["key"] in known]
    if absent:
        _rest(connection, sorted(absent), now)
    if stored:
        connection.execute(
            update(source)
            .values(
                kind=bindparam("kind"),
                name=bindparam("name"),
                options_digest=bindparam("digest"),
                active=True,
            )
            .where(source.c.config_id == bindparam("key")),
            stored,
        )
    _begin_anew(connection, [row["key"] for row in stored if _is_another(row, known[row["key"]])], now)
    if fresh:
        connection.execute(insert(source), [_new_source(row, now) for row in fresh])


def _known_sources(connection: Connection) -> Mapping[str, Row[Any]]:
    columns = (source.c[name] for name in ("config_id", "kind", "active", "options_digest"))
    query: Select[Any] = select(*columns).where(~IS_DESK)
    return {row.config_id: row for row in connection.execute(query)}


def _is_another(configured: Mapping[str, str], known: Row[Any]) -> bool:
    """Whether what made a source fail, or not, may have gone; one of an older version is told by its kind."""
    if not known.active or known.kind != configured["kind"]:
        return True
    return known.options_digest not in (None, configured["digest"])


def _begin_anew(connection: Connection, config_ids: Sequence[str], now: datetime) -> None:
    """Make sources due now. A poll of what they were before loses its lease, and writes nothing any more."""
    if config_ids:
        connection.execute(
            update(source)
            .values(next_due_at=now, failures=0, lease_token=None, lease_worker=None, lease_until=None)
            .where(source.c.config_id == bindparam("key")),
            [{"key": name} for name in config_ids],
        )


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
        "options_digest": row["digest"],
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
