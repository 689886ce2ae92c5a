"""What passes between deciding and remembering: what is known, what is to be written, what is to be sent.

Everything here is a frozen value without behaviour that reads or writes. Items are named by `ItemRef`
before they have a row of their own; the store finds or makes the row.
"""

from storage.model.care import DeadLetter, PurgeReport
from storage.model.decision import (
    AlertUpdate,
    ClosedIncident,
    Decision,
    ItemUpdate,
    NewAlert,
    NewIncident,
    NewItem,
    NewMatch,
    NewNotification,
    NewReading,
    NewRevision,
    RuleDefinition,
    SourceUpdate,
    Timer,
)
from storage.model.known import (
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    KnownSource,
    OpenIncident,
    RecallKeys,
)
from storage.model.records import (
    AlertRecord,
    ItemRecord,
    NotificationReport,
    SourceReport,
    Totals,
)
from storage.model.words import (
    TEXT_KEY,
    AlertStatus,
    ItemRef,
    MatchSpan,
    NotificationStatus,
    SubjectKind,
)
from storage.model.work import (
    ClaimedDelivery,
    ClaimedNotification,
    Dead,
    DeliveryResult,
    RetryAt,
    Sent,
    SourceLease,
)

__all__ = (
    "TEXT_KEY",
    "AlertRecord",
    "AlertStatus",
    "AlertUpdate",
    "ClaimedDelivery",
    "ClaimedNotification",
    "ClosedIncident",
    "Dead",
    "DeadLetter",
    "Decision",
    "DeliveryResult",
    "ItemRecord",
    "ItemRef",
    "ItemUpdate",
    "Known",
    "KnownAlert",
    "KnownItem",
    "KnownOrigin",
    "KnownRevision",
    "KnownSource",
    "MatchSpan",
    "NewAlert",
    "NewIncident",
    "NewItem",
    "NewMatch",
    "NewNotification",
    "NewReading",
    "NewRevision",
    "NotificationReport",
    "NotificationStatus",
    "OpenIncident",
    "PurgeReport",
    "RecallKeys",
    "RetryAt",
    "RuleDefinition",
    "Sent",
    "SourceLease",
    "SourceReport",
    "SourceUpdate",
    "SubjectKind",
    "Timer",
    "Totals",
)
