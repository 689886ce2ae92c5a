"""Making the configured sources and rules known to the database."""

from collections.abc import Mapping, Sequence
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
    """Give every rule its version, the next one where its query changed. Returns id -> version."""
    known = _known_rules(connection)
    versions = {one.id: _version(one, known) for one in rules}
    connection.execute(update(rule).values(active=False).where(rule.c.id.not_in(list(versions))))
    _write_rules(connection, rules, versions, known)
    changed = [one for one in rules if one.id not in known or known[one.id][0] != versions[one.id]]
    if changed:
        connection.execute(
            insert(rule_version),
            [
                {"rule_id": one.id, "version": versions[one.id], "query": one.query, "created_at": now}
                for one in changed
            ],
        )
    return versions


def _known_rules(connection: Connection) -> dict[str, tuple[int, str]]:
    latest = (rule_version.c.rule_id == rule.c.id) & (rule_version.c.version == rule.c.version)
    rows = connection.execute(
        select(rule.c.id, rule.c.version, rule_version.c.query).join(rule_version, latest)
    )
    return {row.id: (row.version, row.query) for row in rows}


def _version(one: RuleDefinition, known: Mapping[str, tuple[int, str]]) -> int:
    version, query = known.get(one.id, (0, None))
    return version if query == one.query else version + 1


def _write_rules(
    connection: Connection,
    rules: Sequence[RuleDefinition],
    versions: Mapping[str, int],
    known: Mapping[str, tuple[int, str]],
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
