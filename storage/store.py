"""The door to what is remembered. All is synchronous and may be called from several threads at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from scrapers.model import Cursor, Heard, Source, Wanted
from storage import dead, due, export, find, labels, leases, outbox, prune, purge, reports
from storage.commit import commit
from storage.database import Database, connect
from storage.desk import make_desk, written_at
from storage.errors import LeaseLost, SchemaMismatch
from storage.hasten import hasten, hasten_kind, hasten_sources
from storage.history import history
from storage.model import (
    DESK_ID,
    AlertRecord,
    ClaimedDelivery,
    CorrelationKeys,
    DeadLetter,
    Decision,
    DeliveryResult,
    ItemHistory,
    ItemRecord,
    ItemRef,
    Known,
    KnownCorrelation,
    KnownSource,
    LongestWaits,
    NotificationReport,
    PurgeReport,
    RecallKeys,
    RuleDefinition,
    SourceLease,
    SourceReport,
    Timer,
    Totals,
)
from storage.model.labels import AlertLabel, LabelledAlert, RulePrecision
from storage.model.vitals import DiskSpace, OutboxVitals, Vitals
from storage.past import Past
from storage.purged import NAMING_KEY, make_key, stored_key
from storage.recall import recall
from storage.recall_matches import alerted_groups, judged_groups, recall_correlation
from storage.recall_source import recall_source
from storage.refresh import refresh_due
from storage.register import register_rules, register_sources, rule_queries
from storage.room import disk
from storage.schema import REVISION
from storage.version import stored_revision
from storage.vitals import has_sent, vitals
from storage.vitals import outbox as outbox_vitals


def open_store(url: str) -> "Store":
    """The store at `sqlite:///path` or `postgresql://...`, which `storage.migrate.upgrade` has made ready.

    A Postgres address may name the desk's own schema: `?schema=name`.

    Raises:
        ValueError: the address is of neither kind.
        SchemaMismatch: the database is not at the schema of this version.
        StorageUnavailable: it cannot be reached.
    """
    database = connect(url)
    try:
        _check_schema(database)
    except BaseException:
        database.close()
        raise
    return Store(database)


def _check_schema(database: Database) -> None:
    revision = None
    if database.dialect.exists():
        with database.reading() as connection:
            revision = stored_revision(connection)
    if revision is None:
        raise SchemaMismatch('the database is empty: run "groundswell migrate" first')
    if revision != REVISION:
        raise SchemaMismatch(
            f"the database's schema is {revision}, this Groundswell works with {REVISION}: "
            'run "groundswell migrate", or upgrade Groundswell if the database is newer'
        )


class Store:
    """What is remembered. Every method raises `StorageUnavailable` while the database is away or full."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()

    # ---- setting up: the daemon, at its start --------------------------------------

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources known: new ones are due now, absent ones rest, returning ones go on."""
        with self._database.writing() as connection:
            self._database.dialect.lock_setup(connection)
            register_sources(connection, sources, now)
            make_desk(connection, self._database.dialect)
            make_key(connection, self._database.dialect, now, NAMING_KEY)

    def naming_key(self) -> bytes:
        """What the origins that correlations group by are named with; empty before the first `register`."""
        with self._database.reading() as connection:
            return stored_key(connection, NAMING_KEY)

    def register_rules(self, rules: Sequence[RuleDefinition], now: datetime) -> Mapping[str, int]:
        """Make the rules known; returns the version of each by its id. A new query is a new version."""
        with self._database.writing() as connection:
            self._database.dialect.lock_setup(connection)
            return register_rules(connection, rules, now)

    def rule_queries(self) -> Mapping[str, tuple[str, ...]]:
        """The queries that each rule has had, the present one first: in these words they are known."""
        with self._database.reading() as connection:
            return rule_queries(connection)

    def judged_groups(self, correlation_ids: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The subject keys of the groups that these correlations have had, by correlation."""
        with self._database.reading() as connection:
            return judged_groups(connection, correlation_ids)

    def alerted_groups(self) -> Mapping[str, tuple[str, ...]]:
        """The subject keys of the groups with open alerts, by the correlation that they are of."""
        with self._database.reading() as connection:
            return alerted_groups(connection)

    def start_timers(self, timers: Sequence[Timer]) -> None:
        """Set timers; where one of their name stands, the sooner of the two is left."""
        if timers:
            with self._database.writing() as connection:
                leases.start_timers(connection, self._database.dialect, timers)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Be a worker on this desk while the block runs: the daemon, or one pass of it.

        On SQLite there is one worker at a time, so that what a killed one had leased is free at once. On
        Postgres there may be many, and the leases of a killed one run out.

        Raises:
            DeskTaken: another process works on this SQLite file.
        """
        with self._database.dialect.working() as alone:
            if alone:
                with self._database.writing() as connection:
                    leases.free_all(connection)
            yield

    # ---- what is due: the ticks ----------------------------------------------------

    def due(
        self,
        now: datetime,
        *,
        worker: str,
        lease_for: timedelta,
        limit: int,
        without: Collection[str] = (),
    ) -> tuple[SourceLease, ...]:
        """Lease sources that are due, at most `limit`; nobody else gets them until the lease ends.

        Those of the kinds `without` are left to other workers.
        """
        with self._database.writing() as connection:
            return leases.claim_sources(
                connection, now, worker=worker, lease_for=lease_for, limit=limit, without=without
            )

    def hasten(
        self,
        now: datetime,
        heard: Iterable[Heard],
        *,
        kinds: Iterable[str] = (),
        sources: Collection[str] = (),
    ) -> frozenset[str]:
        """Make due now the channels of which something was heard, and their posts that changed.

        So are the sources of `kinds`, of which anything may have been missed, and `sources` by their
        configured ids, as far as they may be asked. Returns which of the channels are known here.
        """
        with self._database.writing() as connection:
            known = hasten(connection, now, heard)
            for kind in kinds:
                hasten_kind(connection, now, kind)
            if sources:
                hasten_sources(connection, now, sources)
        return known

    def due_times(self, kind: str) -> tuple[datetime, ...]:
        """When each configured source of a kind is due."""
        with self._database.reading() as connection:
            return leases.due_times(connection, kind)

    def renew(self, held: Sequence[SourceLease], until: datetime) -> None:
        """Hold these leases until then, those that nobody else has got since."""
        if not held:
            return
        with self._database.writing() as connection:
            leases.renew(connection, held, until)

    def release(self, lease: SourceLease) -> None:
        """Give a lease back, whatever came of the poll."""
        with self._database.writing() as connection:
            leases.release(connection, lease)

    def due_timers(self, now: datetime, limit: int) -> tuple[Timer, ...]:
        """Timers whose moment has come. `commit` with `timer_fired` decides which worker has it."""
        with self._database.reading() as connection:
            return leases.due_timers(connection, now, limit)

    def receivers_due(self, now: datetime, ahead: timedelta = timedelta(0)) -> frozenset[str]:
        """Receivers for whom `claim` has something."""
        with self._database.reading() as connection:
            return outbox.receivers_due(connection, now, ahead)

    def bring_forward(self, now: datetime, longest: LongestWaits) -> int:
        """Make due what a clock that ran ahead, or a longer interval, has put off; returns how much that was.

        A daemon calls it at its start, and when it sees that the clock was set back.
        """
        with self._database.writing() as connection:
            return due.bring_forward(connection, now, longest)

    async def listen(self, woken: Callable[[], None]) -> None:
        """Call `woken` whenever a worker has committed notifications; until cancelled, raising nothing.

        It returns at once where there can be no other worker. Some calls may be for nothing, and some missed.
        """
        await self._database.dialect.listen(woken)

    def next_due(self, now: datetime) -> datetime | None:
        """When a source, timer or notification wants work next; None: never."""
        with self._database.reading() as connection:
            return leases.next_due(connection, now)

    # ---- recalling and committing: the polls ---------------------------------------

    def source(self, config_id: str) -> KnownSource:
        """The state of a source by its configured id. Raises `UnknownSource`."""
        with self._database.reading() as connection:
            return recall_source(connection, config_id)

    def desk(self) -> KnownSource:
        """The state of the desk's own row, on which incidents hang that are of no source; made if need be."""
        with self._database.writing() as connection:
            make_desk(connection, self._database.dialect)
            return recall_source(connection, DESK_ID)

    def backfill_cursor(self, config_id: str) -> Cursor:
        """How far back a source's history was fetched. Raises `UnknownSource`."""
        return self.source(config_id).backfill_cursor

    def recall(self, source_id: int, keys: RecallKeys) -> Known:
        """What is known of one poll's items, texts and alerts. Raises `UnknownSource`."""
        with self._database.reading() as connection:
            return recall(connection, source_id, keys)

    def recall_correlations(self, asked: Sequence[CorrelationKeys]) -> Mapping[str, KnownCorrelation]:
        """What is known of groups of correlations, by correlation."""
        with self._database.reading() as connection:
            return {keys.correlation_id: recall_correlation(connection, keys) for keys in asked}

    def refresh_due(self, source_id: int, now: datetime, limit: int) -> tuple[Wanted, ...]:
        """A source's items that are to be read again by now, those first that have waited longest."""
        with self._database.reading() as connection:
            return refresh_due(connection, source_id, now, limit)

    def commit(self, decision: Decision) -> None:
        """Write a decision in one transaction. A poll's lease stays in its hands.

        Raises:
            Stale: what was recalled no longer holds; nothing was written. Recall and decide again.
            LeaseLost: the source or timer is in other hands, or the source turned out to be a channel known
                from before, which is due now and goes on where it stopped; nothing of the decision was
                written. Drop the work.
            UnknownSource: the source has gone.
        """
        with self._database.writing() as connection:
            written = commit(connection, self._database.dialect, decision)
            if decision.notifications:
                self._database.dialect.announce(connection)
        if not written:
            raise LeaseLost("this channel is known from before: it goes on where it stopped, and is due now")

    # ---- the outbox: the deliveries ------------------------------------------------

    def claim(
        self,
        now: datetime,
        *,
        worker: str,
        lease_for: timedelta,
        limit: int,
        receivers: Collection[str] | None = None,
        ahead: timedelta = timedelta(0),
    ) -> tuple[ClaimedDelivery, ...]:
        """Lease due deliveries, at most `limit`, to all or some receivers.

        A new delivery takes along what waits for the same receiver and group; one that failed or whose worker
        died comes again as it was. What was never tried is due already when it would be within `ahead`.
        """
        with self._database.writing() as connection:
            return outbox.claim(
                connection,
                self._database.dialect,
                now,
                worker=worker,
                lease_for=lease_for,
                limit=limit,
                receivers=receivers,
                ahead=ahead,
            )

    def settle(self, delivery: ClaimedDelivery, result: DeliveryResult, now: datetime) -> None:
        """Record how an attempt went. Raises `LeaseLost` when the delivery has passed on."""
        with self._database.writing() as connection:
            outbox.settle(connection, delivery, result, now)

    def give_up(self, receivers: Collection[str], before: datetime, now: datetime) -> int:
        """End notifications due since `before` to others than `receivers`, the configured ones.

        They end as dead, which reports show; waiting for ever they would keep their items from retention.
        Returns how many.
        """
        with self._database.writing() as connection:
            return outbox.give_up(connection, receivers, before, now)

    def dead_letters(
        self, limit: int, since: datetime | None = None, rule: str | None = None
    ) -> tuple[DeadLetter, ...]:
        """The notifications that were given up, latest first: since a moment, of one rule."""
        with self._database.reading() as connection:
            return dead.dead_letters(connection, limit, since, rule)

    def resend(self, now: datetime, *, alert_id: str | None = None, receiver: str | None = None) -> int:
        """Put dead notifications back, as new: all, or those of one alert or receiver. Returns how many."""
        with self._database.writing() as connection:
            return dead.resend(connection, now, alert_id=alert_id, receiver=receiver)

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
        _check_schema(self._database)

    def vitals(self) -> Vitals:
        """How the sources and the outbox are at this moment."""
        with self._database.reading() as connection:
            return vitals(connection)

    def outbox(self) -> tuple[OutboxVitals, ...]:
        """How the receivers are for which anything waits or was given up."""
        with self._database.reading() as connection:
            return outbox_vitals(connection)

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
            return reports.recent_alerts(connection, limit, since, rule)

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
            yield from (record for _, record in page)
            last = page[-1][0]

    def _items_after(
        self, last: int, since: datetime | None, source: str | None
    ) -> list[tuple[int, ItemRecord]]:
        with self._database.reading() as connection:
            return export.items_after(connection, last, since, source)

    def all_alerts(self, since: datetime | None = None, source: str | None = None) -> Iterator[AlertRecord]:
        """Alerts, newest first, read page by page: those opened since then, about one source."""
        last: AlertRecord | None = None
        while page := self._alerts_before(last, since, source):
            yield from page
            last = page[-1]

    def _alerts_before(
        self, last: AlertRecord | None, since: datetime | None, source: str | None
    ) -> list[AlertRecord]:
        with self._database.reading() as connection:
            return export.alerts_before(connection, last, since, source)

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
