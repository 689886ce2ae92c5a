"""What a poll came to: counted while it goes on, reported when it has ended."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from monitor.secrets import hide_secrets
from scrapers.model import Fetched
from storage.model import Decision, KnownSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class PollReport:
    """What one poll of a source came to."""

    source_id: str
    outcome: str
    reason: str | None
    pages: int
    new_items: int
    alerts: int
    revisions: int = 0  # edits and reappearances
    deletions: int = 0
    retry_after: timedelta | None = None  # how long the server asked us to stay away


@dataclass(slots=True)
class Tally:
    """Counts what one poll came to."""

    source_id: str
    pages: int = 0
    new_items: int = 0
    alerts: int = 0
    revisions: int = 0
    deletions: int = 0
    outcome: str = "nothing_new"
    in_hand: tuple[str, ...] = ()  # the item that is being read again just now
    began_with: KnownSource | None = None  # the source as the poll found it

    def add(self, decision: Decision) -> None:
        """Count in what was committed."""
        self.outcome = decision.source.outcome if decision.source else self.outcome
        new = {item.external_id for item in decision.items}
        changed = [one for one in decision.revisions if one.external_id not in new]
        self.new_items += len(new)
        self.alerts += len(decision.alerts)
        self.deletions += sum(one.deleted for one in changed)
        self.revisions += sum(not one.deleted for one in changed)

    def report(self, outcome: str, reason: str | None, retry_after: timedelta | None = None) -> PollReport:
        """All of it."""
        return PollReport(
            source_id=self.source_id,
            outcome=outcome,
            reason=reason,
            pages=self.pages,
            new_items=self.new_items,
            alerts=self.alerts,
            revisions=self.revisions,
            deletions=self.deletions,
            retry_after=retry_after,
        )


def tell_refused(fetched: Fetched) -> None:
    """Tell the log of the articles that were refused for good, of each but once."""
    for refusal in fetched.refusals:
        if refusal.for_good:
            about = {"source": fetched.source_id, "url": refusal.url}
            reason = hide_secrets(refusal.reason)
            log.info("%s: refused %s: %s", fetched.source_id, refusal.url, reason, extra=about)


def ignore(report: PollReport) -> None:
    """Take a report and do nothing with it."""
