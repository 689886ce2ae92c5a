"""Whether stored items are still there, and when each is to be read again: what one page says of it. Pure."""

from datetime import datetime

from monitor import refresh
from scrapers.model import Fetched, Source
from storage.model import ItemUpdate, KnownItem, KnownSource


def last_seen(stored: KnownItem) -> datetime:
    """When what is known of an item was shown; a page from before that says nothing new."""
    shown = stored.current.observed_at
    return shown if stored.read_at is None else max(shown, stored.read_at)


def postponed(stored: KnownItem, now: datetime, source: Source) -> ItemUpdate:
    """An item whose turn has been and that could not be read: nothing is known of it but its next turn."""
    return ItemUpdate(
        external_id=stored.ref.external_id,
        missing_since=stored.missing_since,
        refresh_at=refresh.turn_after_failure(stored, now, source.refresh),
    )


class Presence:
    """Collects what one fetched page says of the presence of stored items; each is asked about once."""

    def __init__(self, fetched: Fetched, source: Source, known: KnownSource) -> None:
        self._fetched = fetched
        self._at = fetched.fetched_at
        self._ages = source.refresh
        # Once a later poll has come through, a page proves nothing missing any more.
        self._outdated = known.last_success_at is not None and self._at < known.last_success_at
        self.updates: dict[str, ItemUpdate] = {}

    def sight(self, stored: KnownItem) -> None:
        """The source shows the item: it is not missing, and its next turn is later."""
        if self._at < last_seen(stored):
            return
        due = refresh.refresh_of(stored, self._at, self._ages)
        if stored.missing_since is None:
            changes = refresh.is_later(due, stored.refresh_at)
        else:
            changes = self._at > stored.missing_since
        if changes:
            self._update(stored, missing_since=None, refresh_at=due)

    def is_deleted(self, stored: KnownItem, *, asked: bool) -> bool:
        """Whether an item that the page did not bring has now been missed twice, and so was deleted.

        `asked`: the page was asked for it by name; its turn has been, whatever came of it.
        """
        if self._outdated:
            return False
        if refresh.is_missing(stored, self._fetched):
            return self._miss(stored)
        if refresh.shows_number(stored, self._fetched):
            self.sight(stored)
        elif asked:
            self._postpone(stored)
        return False

    def _miss(self, stored: KnownItem) -> bool:
        if self._at <= last_seen(stored):
            return False
        if stored.current.deleted:
            self._postpone(stored)
            return False
        if stored.missing_since is None:
            again = self._at + refresh.CONFIRM_AFTER if self._ages else None
            self._update(stored, missing_since=self._at, refresh_at=again)
            return False
        confirmed = refresh.is_confirmed(stored.missing_since, self._at)
        if confirmed:
            due = refresh.refresh_of(stored, self._at, self._ages)
            self._update(stored, missing_since=None, refresh_at=due)
        return confirmed

    def _postpone(self, stored: KnownItem) -> None:
        due = refresh.turn_after_failure(stored, self._at, self._ages)
        if refresh.is_later(due, stored.refresh_at):
            self._update(stored, missing_since=stored.missing_since, refresh_at=due)

    def _update(
        self, stored: KnownItem, *, missing_since: datetime | None, refresh_at: datetime | None
    ) -> None:
        name = stored.ref.external_id
        self.updates[name] = ItemUpdate(external_id=name, missing_since=missing_since, refresh_at=refresh_at)
