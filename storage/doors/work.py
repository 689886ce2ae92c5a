"""The door of the daemon: what is due, what is known of it, and what was decided."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from scrapers.model import Cursor, Heard, Source, Wanted
from storage import due, leases, outbox
from storage.commit import commit
from storage.damage import Damage, attempt, give_up_unaddressed
from storage.database import Database
from storage.desk import make_desk
from storage.errors import LeaseLost
from storage.hasten import hasten, hasten_kind, hasten_sources
from storage.model import (
    DESK_ID,
    CorrelationKeys,
    Decision,
    Known,
    KnownCorrelation,
    KnownSource,
    LongestWaits,
    RecallKeys,
    RuleDefinition,
    SourceLease,
    Timer,
)
from storage.purged import NAMING_KEY, make_key, stored_key
from storage.recall import recall
from storage.recall_matches import alerted_groups, judged_groups, recall_correlation
from storage.recall_source import recall_source
from storage.refresh import refresh_due
from storage.register import register_rules, register_sources, rule_queries


class Work:
    """What daemons ask and write."""

    _database: Database

    # ---- setting up: the daemon, at its start --------------------------------------

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources known: absent ones rest, returning ones go on.

        New, returning and changed ones are due now, as if they had never failed.
        """
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
        dialect = self._database.dialect
        with self._database.reading() as connection:
            found = attempt(connection, dialect, lambda: leases.due_timers(connection, now, limit))
        if not isinstance(found, Damage):
            return found
        with self._database.writing() as connection:
            leases.mend_timers(connection, now)
            return leases.due_timers(connection, now, limit)

    def receivers_due(self, now: datetime, ahead: timedelta = timedelta(0)) -> frozenset[str]:
        """Receivers for whom `claim` has something."""
        dialect = self._database.dialect
        with self._database.reading() as connection:
            found = attempt(connection, dialect, lambda: outbox.receivers_due(connection, now, ahead))
        if not isinstance(found, Damage):
            return found
        with self._database.writing() as connection:
            give_up_unaddressed(connection, dialect, now)
            return outbox.receivers_due(connection, now, ahead)

    def bring_forward(self, now: datetime, longest: LongestWaits) -> int:
        """Make due what a clock that ran ahead, or a longer interval, has put off; returns how much that was.

        A daemon calls it at its start, and when it sees that the clock was set back.
        """
        with self._database.writing() as connection:
            return due.bring_forward(connection, self._database.dialect, now, longest)

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
