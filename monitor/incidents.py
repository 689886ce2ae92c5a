"""When trouble with a source becomes an incident, and when it is over. Pure."""

from collections.abc import Iterable
from datetime import datetime

from monitor.alerts import Alerting, alert_id
from monitor.message import Severity
from monitor.settings import AlertingOptions
from scrapers.errors import Gone, LayoutChanged, PreviewOff, Refused
from scrapers.model import Source
from storage.model import (
    AlertStatus,
    ClosedIncident,
    KnownAlert,
    KnownSource,
    NewAlert,
    NewIncident,
    OpenIncident,
    SubjectKind,
)

RULE = "source-health"  # the rule id that incidents carry, so that routes can match on it
TITLE = "Source health"
GAP = "possible_gap"
IDENTITY = "identity_changed"

_TITLES = {
    "unavailable": "cannot be reached",
    "blocked": "turns us away",
    "layout_changed": "changed its markup",
    "gone": "is gone",
    "preview_off": "switched its public preview off",
    "refused": "is not something we collect",
    GAP: "may have posted more than we saw",
    IDENTITY: "is another channel now",
}
_TELL_AT = {Gone.outcome: 2, PreviewOff.outcome: 2, LayoutChanged.outcome: 2, Refused.outcome: 1, IDENTITY: 1}


def failures_to_tell(kind: str, options: AlertingOptions) -> int:
    """How many failed polls in a row make an incident of `kind`."""
    return _TELL_AT.get(kind, options.failures_before_incident)


def open_incident(
    kind: str, reason: str, *, source: Source, known: KnownSource, alerting: Alerting, now: datetime
) -> tuple[NewIncident, ...]:
    """A new incident with its alert, unless one of this kind is open already."""
    if kind in known.incidents:
        return ()
    episode = known.incident_episodes.get(kind, 0)
    subject_key = f"{known.id}/{kind}"
    name = alert_id(RULE, SubjectKind.INCIDENT, subject_key, episode)
    alerting.open(
        NewAlert(
            id=name,
            rule_id=RULE,
            rule_version=1,
            severity=Severity.WARNING,
            subject_kind=SubjectKind.INCIDENT,
            subject_key=subject_key,
            episode=episode,
            opened_at=now,
            external_id=None,
            seq=None,
            headline=f"{source.name} {_TITLES.get(kind, 'fails')}",
            reason=reason,
            labels={
                "rule": (RULE,),
                "severity": (Severity.WARNING,),
                "source": (source.id,),
                "kind": (source.kind,),
                "tag": source.tags,
                "subject": (SubjectKind.INCIDENT,),
            },
            status=AlertStatus.OPEN,
        )
    )
    return (NewIncident(id=name, kind=kind, opened_at=now, reason=reason),)


def close_incidents(
    kinds: Iterable[str],
    *,
    known: KnownSource,
    alerts: dict[str, KnownAlert],
    alerting: Alerting,
    now: datetime,
) -> tuple[ClosedIncident, ...]:
    """End the open incidents of `kinds`, and say so to those who were told."""
    ended = [known.incidents[kind] for kind in kinds if kind in known.incidents]
    for incident in ended:
        if incident.id in alerts:
            alerting.close(alerts[incident.id], f"over after {_lasted(incident, now)}")
    return tuple(ClosedIncident(id=incident.id, closed_at=now) for incident in ended)


def _lasted(incident: OpenIncident, now: datetime) -> str:
    hours = (now - incident.opened_at).total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
