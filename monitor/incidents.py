"""When trouble with a source, or with the desk itself, becomes an incident, and when it is over. Pure.

Each is told when it opens and when it ends. One that comes back within a day of its end is told once more and
then ends only when it has stayed away for a day: what comes and goes does not flood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts import Alerting, alert_id
from monitor.duration import spoken
from monitor.message import Severity
from monitor.settings import AlertingOptions
from scrapers.errors import Blocked, Gone, LayoutChanged, PreviewOff, Refused, TooCostly, Unavailable
from scrapers.model import Source
from storage.model import (
    AlertStatus,
    ClosedIncident,
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
INTERNAL = "internal_error"
SILENT = "silent"
STUCK = "feed_stuck"
UNREAD = "articles_unread"
FAKE = "label_fake"
SCAM = "label_scam"
RESTRICTED = "label_restricted"
UNVERIFIED = "verified_lost"
NAME = "name_changed"
DESCRIPTION = "description_changed"
USERNAME = "username_changed"
SHRINKING = "subscribers_falling"
ACCOUNT = "telegram_account"
DISK = "disk_nearly_full"
DATABASE = "database_nearly_full"
RECEIVER = "receiver"  # of which there is one for each: "receiver:phone"

CALM = timedelta(days=1)  # how long what came back, or a change, has to be over until it is called over
NOTE_EVERY = timedelta(hours=1)  # how often it is written down that what came back is still there


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A kind of incident, as it is told."""

    headline: str  # after the name of the source
    severity: Severity = Severity.WARNING


KINDS: Mapping[str, Trouble] = {
    Unavailable.outcome: Trouble(headline="cannot be reached"),
    Blocked.outcome: Trouble(headline="turns us away"),
    TooCostly.outcome: Trouble(headline="takes too much to read"),
    INTERNAL: Trouble(headline="cannot be read for a fault of ours"),
    LayoutChanged.outcome: Trouble(headline="changed its markup"),
    Gone.outcome: Trouble(headline="is gone"),
    PreviewOff.outcome: Trouble(headline="switched its public preview off"),
    Refused.outcome: Trouble(headline="is not something we collect"),
    IDENTITY: Trouble(headline="is another channel now"),
    GAP: Trouble(headline="may have posted more than we saw"),
    SILENT: Trouble(headline="is silent"),
    STUCK: Trouble(headline="stands still while its site moves on"),
    UNREAD: Trouble(headline="links to articles of which none can be read"),
    FAKE: Trouble(headline="is marked as fake", severity=Severity.CRITICAL),
    SCAM: Trouble(headline="is marked as scam", severity=Severity.CRITICAL),
    RESTRICTED: Trouble(headline="is restricted by Telegram"),
    UNVERIFIED: Trouble(headline="is not verified any more"),
    NAME: Trouble(headline="has another name"),
    DESCRIPTION: Trouble(headline="describes itself in other words", severity=Severity.INFO),
    USERNAME: Trouble(headline="has another user name"),
    SHRINKING: Trouble(headline="is losing subscribers"),
    ACCOUNT: Trouble(headline="cannot use its Telegram account", severity=Severity.CRITICAL),
    DISK: Trouble(headline="has hardly any disk left", severity=Severity.CRITICAL),
    DATABASE: Trouble(headline="remembers more than it should"),
    RECEIVER: Trouble(headline="does not reach {}", severity=Severity.CRITICAL),
}
# That may pass as they came.
FAILURES = frozenset({Unavailable.outcome, Blocked.outcome, TooCostly.outcome, INTERNAL})
_TELL_AT = {Gone.outcome: 2, PreviewOff.outcome: 2, LayoutChanged.outcome: 2, Refused.outcome: 1, IDENTITY: 1}
ENDED_BY_A_POLL = FAILURES | _TELL_AT.keys()  # a source fails in one way at a time


def trouble(kind: str) -> Trouble:
    """How an incident is told; of a kind that is not known, that the source fails."""
    name, _, whom = kind.partition(":")
    told = KINDS.get(name, Trouble(headline="fails"))
    return replace(told, headline=told.headline.replace("{}", whom))


def in_a_row(kind: str, known: KnownSource) -> int:
    """How many polls in a row have failed like this, the one in hand included.

    What passes as it came counts with all others. What is told at a second look wants two that agree.
    """
    if kind not in _TELL_AT or known.outcome == kind:
        return known.failures + 1
    return 1


def failures_to_tell(kind: str, options: AlertingOptions) -> int:
    """How many failed polls in a row make an incident of `kind`."""
    return _TELL_AT.get(kind, options.failures_before_incident)


@dataclass(frozen=True, slots=True)
class Incidents:
    """Opens and ends the incidents of one source, within one decision."""

    source: Source
    known: KnownSource
    alerting: Alerting
    now: datetime

    def fail(self, kind: str, reason: str) -> tuple[tuple[NewIncident, ...], tuple[ClosedIncident, ...]]:
        """A failed poll: what it opens, and what that ends. A source has one way of failing at a time."""
        others = [one for one in self.known.incidents if one in ENDED_BY_A_POLL and one != kind]
        enough = in_a_row(kind, self.known) >= failures_to_tell(kind, self.alerting.options)
        if not enough or (others and kind not in _TELL_AT):
            return (), ()
        opened = self.open(kind, reason)
        return opened, self.close(others, f"now it {trouble(kind).headline}") if opened else ()

    def open(self, kind: str, reason: str) -> tuple[NewIncident, ...]:
        """A new incident with its alert, unless one of this kind is open already."""
        if kind in self.known.incidents:
            self._note_its_return(self.known.incidents[kind], reason)
            return ()
        episode = self.known.incident_episodes.get(kind, 0)
        name = alert_id(RULE, SubjectKind.INCIDENT, self._subject(kind), episode)
        self.alerting.open(self._alert(name, kind, episode, reason))
        return (NewIncident(id=name, kind=kind, opened_at=self.now, reason=reason),)

    def note(self, kind: str, reason: str) -> None:
        """Write down what has become of an open incident; nobody is told."""
        alert = self.alerting.known.get(self.known.incidents[kind].id)
        if alert is not None:
            self.alerting.note(alert, reason)

    def close(self, kinds: Iterable[str], because: str = "") -> tuple[ClosedIncident, ...]:
        """End the open incidents of `kinds`, and say so; not those that came back and may do so again."""
        ended = [self.known.incidents[kind] for kind in kinds if kind in self.known.incidents]
        over = [one for one in ended if not self._returned(one) or self.is_calm(one)]
        for incident in over:
            if incident.id in self.alerting.known:
                told = f"over after {spoken(self.now - incident.opened_at)}"
                self.alerting.close(
                    self.alerting.known[incident.id], f"{told}: {because}" if because else told
                )
        return tuple(ClosedIncident(id=one.id, closed_at=self.now) for one in over)

    def is_calm(self, incident: OpenIncident) -> bool:
        """Whether nothing has been written down of it for a day."""
        return self.now - (incident.changed_at or incident.opened_at) >= CALM

    def _returned(self, incident: OpenIncident) -> bool:
        ended = self.known.incidents_ended.get(incident.kind)
        return ended is not None and incident.opened_at - ended < CALM

    def _note_its_return(self, incident: OpenIncident, reason: str) -> None:
        since = self.now - (incident.changed_at or incident.opened_at)
        if self._returned(incident) and since >= NOTE_EVERY:
            self.note(incident.kind, reason)

    def _subject(self, kind: str) -> str:
        return f"{self.known.id}/{kind}"

    def _alert(self, name: str, kind: str, episode: int, reason: str) -> NewAlert:
        told = trouble(kind)
        return NewAlert(
            id=name,
            rule_id=RULE,
            rule_version=1,
            severity=told.severity,
            subject_kind=SubjectKind.INCIDENT,
            subject_key=self._subject(kind),
            episode=episode,
            opened_at=self.now,
            external_id=None,
            seq=None,
            headline=f"{self.source.name} {told.headline}",
            reason=reason,
            labels={
                "rule": (RULE,),
                "severity": (told.severity,),
                "source": (self.source.id,),
                "kind": (self.source.kind,),
                "tag": self.source.tags,
                "subject": (SubjectKind.INCIDENT,),
            },
            status=AlertStatus.OPEN,
        )
