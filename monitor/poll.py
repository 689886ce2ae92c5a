"""The polling loop: fetch a page, analyse, recall, decide, commit; again while more waits.

All I/O of collecting is here and in the scrapers. A cursor moves only in the commit that stores its page.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import cast

from monitor.alerts import split_timer_key
from monitor.analyse import Analysed, analyse
from monitor.correlation.absence import ABSENCE, decide_absence, timer_questions
from monitor.decide import decide, decide_backfill, decide_failure, decide_refresh, decide_timer
from monitor.draft import Policy
from monitor.hands import hands
from monitor.observe import UNOBSERVED, timed
from monitor.poll_report import PollReport, Tally, tell_refused
from monitor.ports import HistoryScraper, Observer, RefreshScraper, Scraper, Stage
from monitor.refresh import MAX_REFRESHED, answered
from monitor.rhythm import LEARNT_FROM
from monitor.secrets import hide_secrets
from monitor.silence import SILENCE, decide_silence
from monitor.writing import Writer
from scrapers.errors import ScrapeError
from scrapers.model import Clock, Cursor, Fetched, Source, Wanted
from scrapers.parsing import on_behalf_of
from storage.errors import LeaseLost, StorageError, StorageUnavailable
from storage.model import Decision, Known, RecallKeys, SourceLease, SourceUpdate, Timer
from storage.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # renewed while the poll goes on; a killed worker's source waits that long
MAX_PAGES = (
    50  # of one poll; a longer burst goes on at the next tick, so that no source holds a place for ever
)
TIMER_REST = timedelta(minutes=15)  # after a fault of ours
MAX_REFRESH_PAGES = 3  # of one poll; what is left comes with the next


class InternalError(ScrapeError):
    """A bug of ours met while polling: recorded like any other failure, with its traceback in the log."""

    outcome = "internal_error"


class Poller:
    """Polls leased sources. One `Poller` serves all sources of a daemon."""

    def __init__(
        self,
        *,
        store: Store,
        scrapers: Mapping[str, Scraper],
        sources: Mapping[str, Source],
        policy: Policy,
        clock: Clock,
        committed: Callable[[], None] = lambda: None,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._store = store
        self._scrapers = scrapers
        self._sources = sources
        self._policy = policy
        self._clock = clock
        self._observer = observer
        self._writer = Writer(
            store=store,
            sources=sources,
            policy=policy,
            clock=clock,
            committed=committed,
            observer=observer,
        )
        self._stopping = False
        self._resting: dict[tuple[str, str], datetime] = {}  # timers that failed inside Groundswell: when

    def stop(self) -> None:
        """End every poll with the page it is at: the cursor knows where to go on."""
        self._stopping = True

    async def poll(self, lease: SourceLease) -> PollReport:
        """Poll one source to the end of what waits there. Failures are recorded with the source, not raised.

        While the database is away nothing moves and nothing can be recorded; the lease is not given back then
        and keeps the next try off until it runs out.
        """
        source = self._sources.get(lease.config_id)
        if source is None:
            absent = "another worker's configuration has this source"
            return Tally(lease.config_id).report("not_configured", absent)
        try:
            report = await self._poll(lease, source)
            await asyncio.to_thread(self._store.release, lease)
        except LeaseLost as lost:
            log.warning("poll of %s dropped: %s", source.id, lost)
            return Tally(source.id).report("lease_lost", str(lost))
        except StorageError as trouble:
            log.warning("poll of %s broken off: %s", source.id, trouble)
            return Tally(source.id).report("storage_unavailable", str(trouble))
        return report

    async def _poll(self, lease: SourceLease, source: Source) -> PollReport:
        tally = Tally(source.id)
        try:
            await self._collect(lease, source, tally)
        except ScrapeError as error:
            error.reason = hide_secrets(error.reason)  # a proxy's own words may repeat its password
            await self._commit_failure(lease, source, error, tally)
            return tally.report(error.outcome, error.reason, error.retry_after)
        return tally.report(tally.outcome, None)

    async def _collect(self, lease: SourceLease, source: Source, tally: Tally) -> None:
        """All pages of one poll. Bugs of ours count as failures: the next try is later."""
        try:
            last = await self._poll_forward(lease, source, tally)
            if last is not None:
                await self._refresh(lease, source, last, tally)
        except (ScrapeError, LeaseLost, StorageUnavailable):
            raise
        except Exception as error:
            log.exception("polling %s failed inside Groundswell", source.id)
            raise InternalError(f"internal error: {type(error).__name__}; see the log") from error

    async def _poll_forward(self, lease: SourceLease, source: Source, tally: Tally) -> SourceUpdate | None:
        """Take page after page. What was written of the source, if its end was reached and all was well."""
        known = await asyncio.to_thread(self._store.source, source.id)
        tally.began_with = known
        cursor = known.cursor
        while tally.pages < MAX_PAGES and not self._stopping:
            fetched = await self._timed(source, self._scrapers[source.kind].fetch(source, cursor))
            async with hands().turn():
                decision = await self._settle(lease, source, fetched)
            tally.pages += 1
            tally.add(decision)
            tell_refused(fetched)
            if tally.outcome != fetched.outcome:
                return None
            if not fetched.more:
                return decision.source
            cursor = fetched.cursor
            del fetched, decision  # megabytes, which nobody needs while the next page is on its way
        return None

    async def _refresh(self, lease: SourceLease, source: Source, after: SourceUpdate, tally: Tally) -> None:
        """Read again the items whose turn it is, earliest first; those not reached wait for the next poll."""
        scraper = self._scrapers[source.kind]
        if not source.refresh or not hasattr(scraper, "refetch"):
            return
        now, outcome = self._clock.now(), after.outcome
        left = await asyncio.to_thread(self._store.refresh_due, lease.source_id, now, MAX_REFRESHED)
        for _ in range(MAX_REFRESH_PAGES):
            if not left or self._stopping or tally.outcome != outcome:
                return
            tally.in_hand = (left[0].external_id,)
            fetched = await self._timed(source, cast("RefreshScraper", scraper).refetch(source, left))
            done = answered(left, fetched)
            async with hands().turn():
                decision = await self._settle_refresh(lease, source, fetched, done, after)
            tally.add(decision)
            after = decision.source or after
            left = tuple(one for one in left if one not in done)

    async def _timed(self, source: Source, fetching: Awaitable[Fetched]) -> Fetched:
        with timed(self._observer, Stage.FETCH), on_behalf_of(source.id):
            return await fetching

    async def _settle(self, lease: SourceLease, source: Source, fetched: Fetched) -> Decision:
        analysed = await self._analysed(source, fetched)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide(
                fetched, analysed, known, source=source, policy=self._policy, now=now, lease=lease.token
            )

        return await self._writer.write(lease.source_id, recall_keys(fetched, analysed), decide_now)

    async def _settle_refresh(
        self,
        lease: SourceLease,
        source: Source,
        fetched: Fetched,
        done: tuple[Wanted, ...],
        after: SourceUpdate,
    ) -> Decision:
        analysed = await self._analysed(source, fetched)
        asked = tuple(one.external_id for one in done)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide_refresh(
                fetched,
                analysed,
                known,
                asked=asked,
                after=after,
                source=source,
                policy=self._policy,
                now=now,
                lease=lease.token,
            )

        return await self._writer.write(lease.source_id, recall_keys(fetched, analysed, asked), decide_now)

    async def _analysed(self, source: Source, fetched: Fetched) -> tuple[Analysed, ...]:
        if not fetched.items:
            return ()
        with timed(self._observer, Stage.ANALYSE):
            return await asyncio.to_thread(_analyse_all, source, fetched)

    async def _commit_failure(
        self, lease: SourceLease, source: Source, error: ScrapeError, tally: Tally
    ) -> None:
        about = {"source": source.id, "outcome": error.outcome}
        log.debug("source %s: %s: %s", source.id, error.outcome, error.reason, extra=about)
        if error.retry_after is not None:
            self._observer.source_waits(source.id, error.retry_after)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide_failure(
                error,
                known,
                source=source,
                policy=self._policy,
                now=now,
                lease=lease.token,
                unread=tally.in_hand,
                before=tally.began_with if tally.in_hand else None,
            )

        await self._writer.write(
            lease.source_id, RecallKeys(external_ids=tally.in_hand, others=True), decide_now
        )

    async def backfill(self, source: Source, cursor: Cursor) -> Fetched:
        """Fetch one page older than `cursor` and store it without alerts.

        Raises:
            ScrapeError: the page could not be had; nothing moved.
            TypeError: this kind of source cannot go back in time.
        """
        scraper = self._scrapers[source.kind]
        if not hasattr(scraper, "fetch_older"):
            raise TypeError(f"sources of kind {source.kind} show no past to go back to")
        fetched = await cast("HistoryScraper", scraper).fetch_older(source, cursor)
        analysed = await asyncio.to_thread(_analyse_all, source, fetched)
        known = await asyncio.to_thread(self._store.source, source.id)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide_backfill(fetched, analysed, known, source=source, policy=self._policy, now=now)

        await self._writer.write(known.id, recall_keys(fetched, analysed), decide_now)
        return fetched

    async def fire(self, timer: Timer, at_work_since: datetime | None = None) -> None:
        """Decide on a due timer. One that fails inside Groundswell rests for a while and holds up no other.

        Args:
            timer: The due timer.
            at_work_since: Since when sources are polled without a pause; None: all that were due have been.

        Raises:
            StorageError: nothing moved; it is still due.
        """
        name, now = (timer.kind, timer.key), self._clock.now()
        if name in self._resting and abs(now - self._resting[name]) < TIMER_REST:
            return
        self._resting.pop(name, None)
        try:
            await self._fire(timer, at_work_since)
        except StorageError:
            raise
        except Exception:
            log.exception("timer %s of %s failed inside Groundswell", *name)
            self._resting[name] = now

    async def _fire(self, timer: Timer, at_work_since: datetime | None) -> None:
        if timer.kind == ABSENCE:
            await self._look_for_absence(timer, at_work_since)
            return
        source_id, alert = split_timer_key(timer.key)
        keys = RecallKeys(alert_ids=(alert,))
        if timer.kind == SILENCE:
            keys = RecallKeys(times_since=self._clock.now() - LEARNT_FROM)

        def decide_now(known: Known, now: datetime) -> Decision:
            source = self._sources.get(known.source.config_id)
            if timer.kind == SILENCE:
                return decide_silence(timer, known, source=source, policy=self._policy, now=now)
            return decide_timer(timer, known, policy=self._policy, now=now)

        try:
            await self._writer.write(source_id, keys, decide_now)
        except LeaseLost as lost:
            log.debug("left to another worker: %s", lost)

    async def _look_for_absence(self, timer: Timer, at_work_since: datetime | None) -> None:
        """Decide on a timer of a correlation, which belongs to no source but to the desk."""

        def decide_now(known: Known, now: datetime) -> Decision:
            answers = self._store.recall_correlations(timer_questions(timer, self._policy, now))
            return decide_absence(
                timer, known, answers, policy=self._policy, now=now, at_work_since=at_work_since
            )

        desk = await asyncio.to_thread(self._store.desk)
        try:
            await self._writer.write(desk.id, RecallKeys(), decide_now)
        except LeaseLost as lost:
            log.debug("left to another worker: %s", lost)


def _analyse_all(source: Source, fetched: Fetched) -> tuple[Analysed, ...]:
    return tuple(analyse(item, source) for item in fetched.items)


def recall_keys(fetched: Fetched, analysed: tuple[Analysed, ...], asked: Collection[str] = ()) -> RecallKeys:
    """What deciding on a page needs to be reminded of; `asked` are items that it was asked for by name."""
    shown = fetched.shown
    names = (*(one.item.external_id for one in analysed), *sorted(fetched.absent), *asked)
    return RecallKeys(
        external_ids=tuple(dict.fromkeys(names)),
        origin_keys=tuple(dict.fromkeys(key for one in analysed for key in one.origin_keys)),
        shown=None if shown is None else (shown.lowest, shown.highest),
    )
