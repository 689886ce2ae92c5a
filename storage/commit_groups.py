"""Writing what a decision says of correlations: groups judged, matches that ended, evidence of alerts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update

from storage.chunks import among_keys, by_keys
from storage.errors import Stale
from storage.model import Decision, JudgedGroup
from storage.schema import correlation_group, evidence, match
from storage.store_items import RowIds

STORED_GROUPS: Select[Any] = (
    select(correlation_group)
    .where(
        correlation_group.c.correlation_id == bindparam("correlation"),
        among_keys(correlation_group.c.subject_key),
    )
    .order_by(correlation_group.c.subject_key)
    .with_for_update()
)
RAISE_GROUP = (
    update(correlation_group)
    .values(version=bindparam("newer"), changed_at=bindparam("moment"))
    .where(
        correlation_group.c.correlation_id == bindparam("correlation"),
        correlation_group.c.subject_key == bindparam("group"),
    )
)
INSERT_GROUPS = insert(correlation_group)
END_MATCH = (
    update(match)
    .values(ended_at=bindparam("ended"))
    .where(
        match.c.item_id == bindparam("item"),
        match.c.seq == bindparam("of_seq"),
        match.c.rule_id == bindparam("of_rule"),
        match.c.rule_version == bindparam("of_version"),
    )
)
FORGET_EVIDENCE = delete(evidence).where(evidence.c.alert_id == bindparam("alert"))
INSERT_EVIDENCE = insert(evidence)


def check_groups(connection: Connection, decision: Decision) -> None:
    """Raise the versions of the groups that were judged, in one order, so that nobody waits in a ring.

    Two polls may each bring an event that together make a condition true, and neither has seen the other's:
    the later one finds another version than it recalled, and decides again.

    Raises:
        Stale: another decision has judged one of these groups since.
    """
    by_correlation: dict[str, list[JudgedGroup]] = {}
    for group in decision.groups:
        by_correlation.setdefault(group.correlation_id, []).append(group)
    for correlation_id in sorted(by_correlation):
        _check(connection, correlation_id, by_correlation[correlation_id], decision)


def _check(
    connection: Connection, correlation_id: str, groups: Sequence[JudgedGroup], decision: Decision
) -> None:
    keys = sorted(group.subject_key for group in groups)
    rows = by_keys(connection, STORED_GROUPS, keys, correlation=correlation_id)
    stored = {row.subject_key: row.version for row in rows}
    for group in groups:
        if stored.get(group.subject_key, 0) != group.version:
            raise Stale(
                f"group {group.subject_key!r} of {correlation_id} has been judged by another decision"
            )
    raised = [
        {
            "correlation": correlation_id,
            "group": group.subject_key,
            "newer": group.version + 1,
            "moment": decision.decided_at,
        }
        for group in groups
    ]
    known = [row for row in raised if row["group"] in stored]
    if known:
        connection.execute(RAISE_GROUP, known)
    _insert(connection, [row for row in raised if row["group"] not in stored])


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """A group that another transaction inserts at the same time is a conflict, and so `Stale`."""
    if rows:
        new = [
            {
                "correlation_id": row["correlation"],
                "subject_key": row["group"],
                "version": row["newer"],
                "first_at": row["moment"],
                "changed_at": row["moment"],
            }
            for row in sorted(rows, key=lambda row: str(row["group"]))
        ]
        connection.execute(INSERT_GROUPS, new)


def end_matches(connection: Connection, decision: Decision, ids: RowIds) -> None:
    """Mark the matches that an edit made untrue."""
    if decision.matches_ended:
        rows = [
            {
                "item": ids.own(one.external_id),
                "of_seq": one.seq,
                "of_rule": one.rule_id,
                "of_version": one.rule_version,
                "ended": one.ended_at,
            }
            for one in decision.matches_ended
        ]
        connection.execute(END_MATCH, rows)


def write_evidence(connection: Connection, decision: Decision, ids: RowIds) -> None:
    """Write what alerts on groups rest on. Raises `Stale` where an item has gone."""
    told = {one.id: one.evidence for one in decision.alerts}
    changed = {one.alert_id: one.evidence for one in decision.alert_updates if one.evidence is not None}
    if changed:
        connection.execute(FORGET_EVIDENCE, [{"alert": name} for name in sorted(changed)])
    everything = told | changed
    ids.look_up(connection, [one.item for listed in everything.values() for one in listed])
    rows = [
        {"alert_id": name, "position": position, "item_id": ids.of(one.item), "rule_id": one.rule_id}
        for name in sorted(everything)
        for position, one in enumerate(everything[name])
    ]
    if rows:
        connection.execute(INSERT_EVIDENCE, rows)
