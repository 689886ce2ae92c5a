"""The door of the command line: reports, exports, labels, backtests."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from storage import export, labels, reports
from storage.database import Database
from storage.history import history
from storage.model import AlertRecord, ItemHistory, ItemRecord, NotificationReport, SourceReport, Totals
from storage.model.labels import AlertLabel, LabelledAlert, RulePrecision
from storage.past import Past


class Reports:
    """What people ask."""

    _database: Database

    # ---- reports: the command line -------------------------------------------------

    def sources(self) -> tuple[SourceReport, ...]:
        """The health of all sources, those still configured first, by name."""
        with self._database.reading() as connection:
            return reports.source_reports(connection)

    def alerts(
        self, limit: int, since: datetime | None = None, rule: str | None = None
    ) -> tuple[AlertRecord, ...]:
        """The latest alerts, newest first: those opened since a moment, those of one rule."""
        with self._database.reading() as connection:
            return reports.recent_alerts(connection, self._database.dialect, limit, since, rule)

    def notifications(self, alert_id: str) -> tuple[NotificationReport, ...]:
        """The fate of an alert's notifications, oldest first."""
        with self._database.reading() as connection:
            return reports.notification_reports(connection, alert_id)

    def totals(self) -> Totals:
        """How much is remembered."""
        with self._database.reading() as connection:
            return reports.totals(connection)

    def items(
        self, limit: int, source: str | None = None, since: datetime | None = None
    ) -> tuple[ItemRecord, ...]:
        """Items, last seen first: of one source by its configured id, those first seen since a moment."""
        with self._database.reading() as connection:
            return reports.recent_items(connection, limit, source, since)

    def history(self, source: str, external_id: str) -> ItemHistory | None:
        """What an item of a source, by its configured id, went through; None: no such item is stored."""
        with self._database.reading() as connection:
            return history(connection, source, external_id)

    def all_items(self, since: datetime | None = None, source: str | None = None) -> Iterator[ItemRecord]:
        """Items in the order they came, read page by page: those first seen since then, of one source."""
        last = 0
        while page := self._items_after(last, since, source):
            yield from page.records
            last = page.keys[-1]

    def _items_after(
        self, last: int, since: datetime | None, source: str | None
    ) -> export.Page[int, ItemRecord] | None:
        with self._database.reading() as connection:
            return export.items_after(connection, self._database.dialect, last, since, source)

    def all_alerts(self, since: datetime | None = None, source: str | None = None) -> Iterator[AlertRecord]:
        """Alerts, newest first, read page by page: those opened since then, about one source."""
        shown: Sequence[str] = ()
        while page := self._alerts_before(shown, since, source):
            yield from page.records
            shown = page.keys

    def _alerts_before(
        self, shown: Sequence[str], since: datetime | None, source: str | None
    ) -> export.Page[str, AlertRecord] | None:
        with self._database.reading() as connection:
            return export.alerts_before(connection, self._database.dialect, shown, since, source)

    def search(
        self, words: Sequence[Sequence[str]], limit: int, since: datetime | None = None
    ) -> tuple[ItemRecord, ...]:
        """Items whose latest revision holds every word in one of its alternatives, best first."""
        with self._database.reading() as connection:
            return reports.search(connection, self._database.dialect, words, limit, since)

    # ---- labels: what people say of alerts ------------------------------------------

    def alerts_named(self, beginning: str) -> tuple[str, ...]:
        """The ids of alerts that begin like that, with "GS-" or without; a few of them, if many do."""
        with self._database.reading() as connection:
            return labels.named(connection, beginning)

    def label(self, label: AlertLabel) -> None:
        """Say something of an alert, which is stored; the latest counts."""
        with self._database.writing() as connection:
            labels.add_label(connection, label)

    def labels(self, alert_ids: Sequence[str]) -> Mapping[str, AlertLabel]:
        """What was last said of these alerts, by id; those of which nothing was said are absent."""
        with self._database.reading() as connection:
            return labels.latest_labels(connection, alert_ids)

    def labelled(self, since: datetime | None = None) -> tuple[LabelledAlert, ...]:
        """Labelled alerts that were opened since then and still show an item, newest first."""
        with self._database.reading() as connection:
            return labels.labelled_alerts(connection, since)

    def precision(self, since: datetime | None = None) -> tuple[RulePrecision, ...]:
        """For every rule that alerted since then how many of its alerts were worth it."""
        with self._database.reading() as connection:
            return labels.precision(connection, since)

    # ---- backtests -----------------------------------------------------------------

    def past(self, until: datetime, analysis_version: int) -> Past:
        """What is stored up to a moment, to be gone through once more by an analysis of this version."""
        return Past(self._database, until, analysis_version)
