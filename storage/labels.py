"""Labels: what people say of alerts. Each is a row of its own; the latest of an alert counts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from storage.chunks import among_keys, by_keys
from storage.model import SubjectKind
from storage.model.labels import AlertLabel, LabelledAlert, RulePrecision, Verdict
from storage.schema import alert, alert_label, source

MOST_NAMED = 20  # alerts that a beginning of an id may mean and that are told

_later = alert_label.alias("later")
_is_latest = alert_label.c.id == (
    select(func.max(_later.c.id)).where(_later.c.alert_id == alert_label.c.alert_id).scalar_subquery()
)
LATEST: Select[Any] = select(alert_label).where(_is_latest, among_keys(alert_label.c.alert_id))
LABELLED: Select[Any] = (
    select(alert, alert_label.c.value, alert_label.c.note, source.c.config_id)
    .join(alert_label, alert_label.c.alert_id == alert.c.id)
    .join(source, source.c.id == alert.c.source_id)
    .where(_is_latest)
)


def named(connection: Connection, beginning: str) -> tuple[str, ...]:
    """The ids of alerts that begin like that, "GS-" or not, whatever the case; a few of them, if many do."""
    begins = beginning.upper()
    ids = connection.scalars(
        select(alert.c.id)
        .where(
            alert.c.id.startswith(begins, autoescape=True)
            | alert.c.id.startswith(f"GS-{begins}", autoescape=True)
        )
        .order_by(alert.c.id)
        .limit(MOST_NAMED)
    )
    found = tuple(ids)
    return (begins,) if begins in found else found


def add_label(connection: Connection, label: AlertLabel) -> None:
    """Say something of an alert, which is stored."""
    row = {
        "alert_id": label.alert_id,
        "value": label.verdict,
        "note": label.note,
        "labelled_at": label.labelled_at,
    }
    connection.execute(insert(alert_label), row)


def latest_labels(connection: Connection, alert_ids: Sequence[str]) -> dict[str, AlertLabel]:
    """What was last said of these alerts, by id; those of which nothing was said are absent."""
    return {
        row.alert_id: AlertLabel(
            alert_id=row.alert_id,
            verdict=Verdict(row.value),
            note=row.note,
            labelled_at=row.labelled_at,
        )
        for row in by_keys(connection, LATEST, alert_ids)
    }


def labelled_alerts(connection: Connection, since: datetime | None) -> tuple[LabelledAlert, ...]:
    """Labelled alerts that were opened since then and still show an item, newest first."""
    query = LABELLED.where(alert.c.item_id.is_not(None)).order_by(alert.c.opened_at.desc(), alert.c.id)
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    return tuple(_labelled(row) for row in connection.execute(query))


def _labelled(row: Row[Any]) -> LabelledAlert:
    return LabelledAlert(
        id=row.id,
        rule_id=row.rule_id,
        subject_kind=SubjectKind(row.subject_kind),
        subject_key=row.subject_key,
        opened_at=row.opened_at,
        headline=row.headline,
        source=row.config_id,
        verdict=Verdict(row.value),
        note=row.note,
    )


def precision(connection: Connection, since: datetime | None) -> tuple[RulePrecision, ...]:
    """For every rule that alerted since then how many of its alerts were worth it, by the rule's id."""
    query = (
        select(alert.c.rule_id, alert_label.c.value, func.count().label("number"))
        .select_from(alert)
        .outerjoin(alert_label, and_(alert_label.c.alert_id == alert.c.id, _is_latest))
        .where(alert.c.subject_kind != SubjectKind.INCIDENT)
        .group_by(alert.c.rule_id, alert_label.c.value)
    )
    if since is not None:
        query = query.where(alert.c.opened_at >= since)
    counts: dict[str, dict[str | None, int]] = defaultdict(dict)
    for row in connection.execute(query):
        counts[row.rule_id][row.value] = row.number
    return tuple(
        RulePrecision(
            rule_id=rule_id,
            useful=counted.get(Verdict.USEFUL, 0),
            noise=counted.get(Verdict.NOISE, 0),
            unlabelled=counted.get(None, 0),
        )
        for rule_id, counted in sorted(counts.items())
    )
