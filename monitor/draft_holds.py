"""Why what a decision finds is not told: it is from the past, too old, or was purged. Pure."""

from datetime import datetime

from monitor.analyse import Analysed
from monitor.fingerprint import fingerprint
from monitor.gate import withheld_at_first, withheld_by_age
from monitor.settings import AlertingOptions
from storage.model import TEXT_KEY, Known, KnownItem

_HISTORY = "from the past: stored without alerts (backfill)"
_PURGED = "the same text was purged elsewhere: it alerts no more"


class Holds:
    """What holds the alerts of one decision back; `history` is whether it is on a backfilled page."""

    def __init__(self, known: Known, options: AlertingOptions, now: datetime, *, history: bool) -> None:
        self._known = known
        self._options = options
        self._now = now
        self._history = history

    def on_new(self, analysed: Analysed) -> str | None:
        """Why a newly seen item does not alert; None: it does."""
        by_age = withheld_by_age(analysed.item, self._known.source, self._options, self._now)
        return self._whatever_its_age() or by_age

    def on_change(self, analysed: Analysed) -> str | None:
        """Why an edit or a counter does not alert; None: it does."""
        return _PURGED if self.is_purged(analysed) else self._whatever_its_age()

    def on_deletion(self, stored: KnownItem) -> str | None:
        """Why a deletion does not alert; None: it does."""
        mark = fingerprint(stored.current.title, stored.current.text)
        if mark is not None and TEXT_KEY + mark in self._known.purged_keys:
            return _PURGED
        return self._whatever_its_age()

    def is_purged(self, analysed: Analysed) -> bool:
        """Whether the item, or one that it would be a copy of, was purged."""
        if analysed.item.external_id in self._known.purged:
            return True
        return not self._known.purged_keys.isdisjoint(analysed.origin_keys)

    def brings_back(self, analysed: Analysed) -> bool:
        """Whether an edit brings back a text that was purged."""
        mark = analysed.fingerprint
        return mark is not None and TEXT_KEY + mark in self._known.purged_keys

    def _whatever_its_age(self) -> str | None:
        return _HISTORY if self._history else withheld_at_first(self._known.source, self._options)
