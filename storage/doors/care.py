"""The door of those who care for what is stored: purging, retention, health."""

from collections.abc import Collection
from datetime import datetime

from storage import find, prune, purge
from storage.database import Database
from storage.desk import written_at
from storage.model import ItemRecord, ItemRef, PurgeReport
from storage.model.vitals import DiskSpace, OutboxVitals, Vitals
from storage.room import disk
from storage.version import check_schema
from storage.vitals import has_sent, vitals
from storage.vitals import outbox as outbox_vitals


class Care:
    """What owners, chores and watchers ask and do."""

    _database: Database

    # ---- purging: the owner ---------------------------------------------------------

    def purge(self, refs: Collection[ItemRef], now: datetime, reason: str | None = None) -> PurgeReport:
        """Remove items, and all that was said of them, and never collect or alert them again.

        Names of items that are not stored are remembered all the same. Call `scrub` afterwards.
        """
        with self._database.erasing() as connection:
            return purge.purge(connection, self._database.dialect, refs, now, reason)

    def find_item(self, ref: ItemRef) -> tuple[ItemRecord, ...]:
        """The item of that name, if it is stored."""
        with self._database.reading() as connection:
            return find.by_name(connection, ref)

    def find_url(self, url: str) -> tuple[ItemRecord, ...]:
        """The items with that address."""
        with self._database.reading() as connection:
            return find.by_url(connection, url)

    def find_alert(self, alert_id: str) -> tuple[ItemRecord, ...]:
        """The item that an alert shows, if any."""
        with self._database.reading() as connection:
            return find.by_alert(connection, alert_id)

    def with_copies(self, refs: Collection[ItemRef]) -> tuple[ItemRecord, ...]:
        """These items and all that share an origin with one of them."""
        with self._database.reading() as connection:
            return find.with_copies(connection, refs)

    def scrub(self) -> bool:
        """Remove the traces of a purge from the files of the database; takes as long as copying them.

        On Postgres this is the server's own work. False: a part is still being read elsewhere; try again.
        """
        return self._database.scrub()

    # ---- retention: once a day -----------------------------------------------------

    def prune(self, before: datetime, now: datetime) -> int:
        """Forget what was first seen before that moment, but not that it was seen. Returns the items gone."""
        if before > now:
            raise ValueError("retention cannot reach into the future")
        removed = 0
        while batch := self._prune_batch(before):
            removed += batch
        with self._database.writing() as connection:
            prune.prune_records(connection, before)
        return removed

    def prune_to_size(self, size: int, before: datetime) -> int:
        """Forget the oldest items until at most `size` bytes are in use, but none first seen since `before`.

        On SQLite that is the part of the file in use; on Postgres the rows, without their indexes. The place
        is used again, not given back to the file system. Returns the items gone.
        """
        removed = 0
        while wanted := self._excess_items(size):
            gone = 0
            while gone < wanted and (batch := self._prune_batch(before, wanted - gone)):
                gone += batch
            removed += gone
            if not gone:
                break
        return removed

    def _excess_items(self, size: int) -> int:
        with self._database.reading() as connection:
            return prune.excess_items(connection, self._database.dialect, size)

    def _prune_batch(self, before: datetime, most: int | None = None) -> int:
        with self._database.writing() as connection:
            return prune.prune_items(connection, self._database.dialect, before, most)

    # ---- health: who watches the service -------------------------------------------

    def check_schema(self) -> None:
        """Make sure that the database answers, at this version's schema. Raises `SchemaMismatch`."""
        check_schema(self._database)

    def vitals(self) -> Vitals:
        """How the sources and the outbox are at this moment."""
        with self._database.reading() as connection:
            return vitals(connection, self._database.dialect)

    def outbox(self) -> tuple[OutboxVitals, ...]:
        """How the receivers are for which anything waits or was given up."""
        with self._database.reading() as connection:
            return outbox_vitals(connection, self._database.dialect)

    def has_sent(self, receiver: str, since: datetime) -> bool:
        """Whether a delivery has arrived at a receiver since that moment."""
        with self._database.reading() as connection:
            return has_sent(connection, receiver, since)

    def desk_written_at(self) -> datetime | None:
        """When something was last written for the desk itself; None: never yet."""
        with self._database.reading() as connection:
            return written_at(connection)

    def disk(self) -> DiskSpace | None:
        """The room around the database; None: it is another machine's, which watches it itself."""
        return disk(self._database)

    def used_bytes(self) -> int:
        """The bytes in use, as `prune_to_size` measures them; on Postgres by reading all rows."""
        with self._database.reading() as connection:
            return self._database.dialect.used_bytes(connection)
