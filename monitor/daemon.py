"""The daemon: ticks of APScheduler become polls, timers and deliveries, each in a task of its own.

APScheduler is only the clock; what is due, and when, is data in the database. A tick starts work and
returns; a slow source or receiver keeps only its own place.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.deliver import Deliverer
from monitor.poll import LEASE, Poller, PollReport, ignore
from scrapers.model import Clock
from storage.errors import StorageError, StorageUnavailable
from storage.model import SourceLease, Timer
from storage.store import Store

log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=1)  # no group waits longer than this for company
GRACE = timedelta(seconds=20)  # how long a stopping daemon waits for what is in flight


class Daemon:
    """Polls due sources, fires due timers, delivers due notifications."""

    def __init__(
        self,
        *,
        store: Store,
        poller: Poller,
        deliverer: Deliverer,
        clock: Clock,
        worker: str,
        concurrency: int,
        retention: timedelta,
        polled: Callable[[PollReport], None] = ignore,
    ) -> None:
        self._store = store
        self._poller = poller
        self._deliverer = deliverer
        self._clock = clock
        self._worker = worker
        self._concurrency = concurrency
        self._retention = retention
        self._polled = polled
        self._polls: set[asyncio.Task[None]] = set()
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._pruned_at: datetime | None = None

    async def tick(self, now: datetime) -> None:
        """Start everything that is due at `now` and has a free place; does not wait for it."""
        try:
            await self._start_polls(now)
            await self._fire_timers(now)
            await self._start_deliveries(now)
            await self._prune(now)
        except StorageUnavailable as away:
            log.warning("the database is away, this tick is left out: %s", away)

    async def settled(self) -> None:
        """Wait until nothing is in flight."""
        while pending := [*self._polls, *self._deliveries.values()]:
            await asyncio.wait(pending)
            await asyncio.sleep(0)

    async def once(self, now: datetime) -> None:
        """One pass: poll everything due at `now`, then send at once what would wait for its group."""
        while True:
            await self.tick(now)
            if not self._polls:
                break
            await self.settled()
        await self.settled()
        await self._start_deliveries(now + LONGEST_WAIT)
        await self.settled()

    async def stop(self) -> None:
        """Let what is in flight end within `GRACE`, then cancel it: leases and cursors make that safe."""
        pending = [*self._polls, *self._deliveries.values()]
        if not pending:
            return
        _, late = await asyncio.wait(pending, timeout=GRACE.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _start_polls(self, now: datetime) -> None:
        free = self._concurrency - len(self._polls)
        if free <= 0:
            return
        leases = await asyncio.to_thread(
            self._store.due, now, worker=self._worker, lease_for=LEASE, limit=free
        )
        for lease in leases:
            task = asyncio.create_task(self._guard(self._poll(lease)), name=f"poll {lease.config_id}")
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)

    async def _poll(self, lease: SourceLease) -> None:
        report = await self._poller.poll(lease)
        self._polled(report)

    async def _fire_timers(self, now: datetime) -> None:
        timers: tuple[Timer, ...] = await asyncio.to_thread(self._store.due_timers, now, limit=100)
        for timer in timers:
            await self._poller.fire(timer)

    async def _start_deliveries(self, now: datetime) -> None:
        due = await asyncio.to_thread(self._store.receivers_due, now)
        for receiver in self._deliverer.receivers:
            if receiver in due and receiver not in self._deliveries:
                task = asyncio.create_task(
                    self._guard(self._deliver(receiver, now)), name=f"deliver {receiver}"
                )
                self._deliveries[receiver] = task
                task.add_done_callback(partial(self._delivered, receiver))

    async def _deliver(self, receiver: str, now: datetime) -> None:
        await self._deliverer.deliver(receiver, now)

    def _delivered(self, receiver: str, _: asyncio.Task[None]) -> None:
        del self._deliveries[receiver]

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except StorageError as trouble:
            log.warning("left for the next tick: %s", trouble)

    async def _prune(self, now: datetime) -> None:
        if self._pruned_at is not None and now - self._pruned_at < PRUNE_EVERY:
            return
        self._pruned_at = now
        removed = await asyncio.to_thread(self._store.prune, now - self._retention, now)
        if removed:
            log.info("retention removed %d items", removed)


@asynccontextmanager
async def ticking(step: Callable[[], Coroutine[None, None, None]], every: timedelta) -> AsyncIterator[None]:
    """Call `step` every so often while the block runs; a step that is still running is not started twice."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        step,
        "interval",
        seconds=every.total_seconds(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def serve(daemon: Daemon, clock: Clock, *, every: timedelta = timedelta(seconds=1)) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in flight."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)

    async def step() -> None:
        await daemon.tick(clock.now())

    await step()
    async with ticking(step, every):
        await stopping.wait()
        log.info("stopping: finishing what is in flight")
    await daemon.stop()
