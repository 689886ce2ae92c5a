"""What people said of alerts: whether each was worth it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.model.words import SubjectKind


class Verdict(StrEnum):
    """Whether an alert was worth telling."""

    USEFUL = "useful"
    NOISE = "noise"


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertLabel:
    """The latest that was said of an alert."""

    alert_id: str
    verdict: Verdict
    note: str | None
    labelled_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledAlert:
    """An alert of which something was said, and what it is about."""

    id: str
    rule_id: str
    subject_kind: SubjectKind
    subject_key: str
    opened_at: datetime
    headline: str
    source: str  # by its configured id
    verdict: Verdict
    note: str | None

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about, whichever rule found it."""
        return self.subject_kind, self.subject_key


@dataclass(frozen=True, kw_only=True, slots=True)
class RulePrecision:
    """How many of a rule's alerts were worth it, as far as anybody said."""

    rule_id: str
    useful: int
    noise: int
    unlabelled: int

    @property
    def precision(self) -> float | None:
        """The useful ones' share of those that were labelled; None: none were."""
        labelled = self.useful + self.noise
        return self.useful / labelled if labelled else None
