"""The polling loop: fetch a page, analyse, recall, decide, commit; again while more waits.

All I/O of collecting is here and in the scrapers. A cursor moves only in the commit that stores its page.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from monitor.alerts import split_timer_key
from monitor.analyse import Analysed, analyse
from monitor.decide import decide, decide_backfill, decide_failure, decide_timer
from monitor.draft import Policy
from monitor.observe import UNOBSERVED, timed
from monitor.ports import HistoryScraper, Observer, Scraper, Stage
from monitor.secrets import hide_secrets
from monitor.silence import LEARNT_FROM, SILENCE, decide_silence
from scrapers.errors import ScrapeError
from scrapers.model import Clock, Cursor, Fetched, Source
from storage.errors import LeaseLost, Stale, StorageError, StorageUnavailable
from storage.model import Decision, Known, RecallKeys, SourceLease, Timer
from storage.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # renewed while the poll goes on; a killed worker's source waits that long
MAX_PAGES = (
    50  # of one poll; a longer burst goes on at the next tick, so that no source holds a place for ever
)
MAX_DECISIONS = 20  # how often a decision is made anew when other polls come between
STORAGE_PATIENCE = (0.2, 1.0, 3.0, 10.0)  # seconds between tries while the database is away


class InternalError(ScrapeError):
    """A bug of ours met while polling: recorded like any other failure, with its traceback in the log."""

    outcome = "internal_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class PollReport:
    """What one poll of a source came to."""

    source_id: str
    outcome: str
    reason: str | None
    pages: int
    new_items: int
    alerts: int


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
        self._committed = committed
        self._observer = observer
        self._stopping = False

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
            return _report(
                lease.config_id, "not_configured", "another worker's configuration has this source"
            )
        try:
            report = await self._poll(lease, source)
            await asyncio.to_thread(self._store.release, lease)
        except LeaseLost as lost:
            log.warning("poll of %s dropped: %s", source.id, lost)
            return _report(source.id, "lease_lost", str(lost))
        except StorageError as trouble:
            log.warning("poll of %s broken off: %s", source.id, trouble)
            return _report(source.id, "storage_unavailable", str(trouble))
        return report

    async def _poll(self, lease: SourceLease, source: Source) -> PollReport:
        known = await asyncio.to_thread(self._store.source, source.id)
        cursor = known.cursor
        new_items = alerts = pages = 0
        outcome = "nothing_new"
        while pages < MAX_PAGES and not self._stopping:
            try:
                fetched, decision = await self._page(lease, source, cursor)
            except ScrapeError as error:
                error.reason = hide_secrets(error.reason)  # a proxy's own words may repeat its password
                await self._commit_failure(lease, source, error)
                return _report(source.id, error.outcome, error.reason, pages, new_items, alerts)
            pages += 1
            new_items += len(decision.items)
            alerts += len(decision.alerts)
            outcome = decision.source.outcome if decision.source else outcome
            cursor = fetched.cursor
            if not fetched.more or outcome != fetched.outcome:
                break
        return _report(source.id, outcome, None, pages, new_items, alerts)

    async def _page(self, lease: SourceLease, source: Source, cursor: Cursor) -> tuple[Fetched, Decision]:
        """Fetch a page and store it. Bugs of ours count as failures: the next try is later."""
        try:
            with timed(self._observer, Stage.FETCH):
                fetched = await self._scrapers[source.kind].fetch(source, cursor)
            return fetched, await self._settle(lease, source, fetched)
        except (ScrapeError, LeaseLost, StorageUnavailable):
            raise
        except Exception as error:
            log.exception("polling %s failed inside Groundswell", source.id)
            raise InternalError(f"internal error: {type(error).__name__}; see the log") from error

    async def _settle(self, lease: SourceLease, source: Source, fetched: Fetched) -> Decision:
        with timed(self._observer, Stage.ANALYSE):
            analysed = await asyncio.to_thread(_analyse_all, source, fetched)
        keys = _keys(analysed)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide(
                fetched, analysed, known, source=source, policy=self._policy, now=now, lease=lease.token
            )

        return await self._write(lease.source_id, keys, decide_now)

    async def _commit_failure(self, lease: SourceLease, source: Source, error: ScrapeError) -> None:
        about = {"source": source.id, "outcome": error.outcome}
        log.debug("source %s: %s: %s", source.id, error.outcome, error.reason, extra=about)
        if error.retry_after is not None:
            self._observer.source_waits(source.id, error.retry_after)

        def decide_now(known: Known, now: datetime) -> Decision:
            return decide_failure(
                error, known, source=source, policy=self._policy, now=now, lease=lease.token
            )

        await self._write(lease.source_id, RecallKeys(), decide_now)

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

        await self._write(known.id, _keys(analysed), decide_now)
        return fetched

    async def fire(self, timer: Timer) -> None:
        """Decide on a due timer.

        Raises:
            StorageError: nothing moved; it is still due.
        """
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
            await self._write(source_id, keys, decide_now)
        except LeaseLost as lost:
            log.debug("left to another worker: %s", lost)

    async def _write(
        self, source_id: int, keys: RecallKeys, decide_now: Callable[[Known, datetime], Decision]
    ) -> Decision:
        """Recall, decide and commit in one thread; again when another poll came between.

        Raises:
            StorageUnavailable: the database stayed away.
            Stale: what was recalled never held. No crowd of polls does that: it is a fault, to be recorded.
        """
        for pause in (*STORAGE_PATIENCE, None):
            try:
                decision = await asyncio.to_thread(self._write_once, source_id, keys, decide_now)
            except (StorageUnavailable, Stale) as trouble:
                if pause is None:
                    raise
                log.warning("nothing could be written, trying again: %s", trouble)
                await asyncio.sleep(pause)
            else:
                self._committed()
                return decision
        raise StorageUnavailable("the database stayed away")

    def _write_once(
        self, source_id: int, keys: RecallKeys, decide_now: Callable[[Known, datetime], Decision]
    ) -> Decision:
        for _ in range(MAX_DECISIONS):
            with timed(self._observer, Stage.RECALL):
                known = self._store.recall(source_id, keys)
            with timed(self._observer, Stage.DECIDE):
                decision = decide_now(known, self._clock.now())
            try:
                with timed(self._observer, Stage.COMMIT):
                    self._store.commit(decision)
            except Stale as stale:
                log.debug("deciding again: %s", stale)
            else:
                return decision
        raise Stale(f"source {source_id}: what was recalled did not hold, {MAX_DECISIONS} times")


def _analyse_all(source: Source, fetched: Fetched) -> tuple[Analysed, ...]:
    return tuple(analyse(item, source) for item in fetched.items)


def _keys(analysed: tuple[Analysed, ...]) -> RecallKeys:
    return RecallKeys(
        external_ids=tuple(dict.fromkeys(one.item.external_id for one in analysed)),
        origin_keys=tuple(dict.fromkeys(key for one in analysed for key in one.origin_keys)),
    )


def _report(
    source_id: str, outcome: str, reason: str | None, pages: int = 0, new_items: int = 0, alerts: int = 0
) -> PollReport:
    return PollReport(
        source_id=source_id, outcome=outcome, reason=reason, pages=pages, new_items=new_items, alerts=alerts
    )


def ignore(report: PollReport) -> None:
    """Take a report and do nothing with it."""
