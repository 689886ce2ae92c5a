"""The daemon: ticks of APScheduler become polls, timers and deliveries, each in a task of its own.

APScheduler is only the clock; what is due, and when, is data in the database. A tick starts work and
returns; a slow source or receiver keeps only its own place.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.chores import Chore, Chores
from monitor.deliver import Deliverer
from monitor.observe import UNOBSERVED
from monitor.poll import LEASE, Poller, PollReport, ignore
from monitor.ports import Observer, Supervisor
from monitor.schedule import GIVE_UP_AFTER
from monitor.supervise import UNSUPERVISED
from scrapers.model import Clock
from storage.errors import StorageError
from storage.model import SourceLease, Timer
from storage.store import Store

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)  # no group waits longer than this for company
RENEW_EVERY = LEASE / 4
GRACE_TO_POLL = timedelta(seconds=2)  # how long a stopping daemon waits for pages; they can be had again
GRACE_TO_DELIVER = timedelta(seconds=10)  # and for messages, which would be sent again


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
        chores: tuple[Chore, ...] = (),
        polled: Callable[[PollReport], None] = ignore,
    ) -> None:
        self._store = store
        self._poller = poller
        self._deliverer = deliverer
        self._clock = clock
        self._worker = worker
        self._concurrency = concurrency
        self._chores = Chores(chores)
        self._polled = polled
        self._polls: dict[asyncio.Task[None], SourceLease] = {}
        self._deliveries: dict[str, asyncio.Task[None]] = {}
        self._renewed_at: datetime | None = None
        self._missing: frozenset[str] = frozenset()  # receivers that notifications wait for in vain

    async def tick(self, now: datetime) -> None:
        """Start everything that is due at `now` and has a free place; does not wait for it."""
        try:
            await self._renew(now)
            await self._start_polls(now)
            await self._fire_timers(now)
            await self._start_deliveries(now)
        except StorageError as away:
            log.warning("the database is away, this tick is left out: %s", away)
        self._chores.start(now)

    async def settled(self) -> None:
        """Wait until nothing is in flight."""
        while pending := self._in_flight():
            await asyncio.wait(pending)
            await asyncio.sleep(0)

    async def once(self, now: datetime) -> None:
        """One pass: poll everything due at `now`, then send at once what would wait for its group.

        Raises:
            StorageUnavailable: the database is away.
        """
        while await self._start_polls(now):
            await self.settled()
        self._chores.start(now)
        await self.settled()
        await self._fire_timers(now)
        await self._start_deliveries(now, ahead=LONGEST_WAIT)
        await self.settled()

    async def stop(self) -> None:
        """Let what is in flight end, but not for long, then cancel it: leases and cursors make that safe."""
        self._poller.stop()
        self._deliverer.stop()
        await _end(tuple(self._polls), GRACE_TO_POLL)
        await _end(self._in_flight(), GRACE_TO_DELIVER)

    def _in_flight(self) -> list[asyncio.Task[None]]:
        return [*self._polls, *self._deliveries.values(), *self._chores.in_flight]

    async def _renew(self, now: datetime) -> None:
        """Hold the leases of polls that last."""
        if self._renewed_at is not None and now - self._renewed_at < RENEW_EVERY:
            return
        await asyncio.to_thread(self._store.renew, tuple(self._polls.values()), now + LEASE)
        self._renewed_at = now

    async def _start_polls(self, now: datetime) -> int:
        """Begin to poll what is due, as far as there are free places; returns how many polls were begun."""
        free = self._concurrency - len(self._polls)
        if free <= 0:
            return 0
        leases = await asyncio.to_thread(
            self._store.due, now, worker=self._worker, lease_for=LEASE, limit=free
        )
        for lease in leases:
            task = asyncio.create_task(self._poll(lease), name=f"poll {lease.config_id}")
            self._polls[task] = lease
            task.add_done_callback(self._polls.pop)
        return len(leases)

    async def _poll(self, lease: SourceLease) -> None:
        report = await self._poller.poll(lease)
        self._polled(report)

    async def _fire_timers(self, now: datetime) -> None:
        timers: tuple[Timer, ...] = await asyncio.to_thread(self._store.due_timers, now, limit=100)
        for timer in timers:
            await _guard(self._poller.fire(timer))

    async def _start_deliveries(self, now: datetime, ahead: timedelta = timedelta(0)) -> None:
        due = await asyncio.to_thread(self._store.receivers_due, now, ahead)
        self._warn_of(due - frozenset(self._deliverer.receivers))
        for receiver in self._deliverer.receivers:
            if receiver in due and receiver not in self._deliveries:
                task = asyncio.create_task(
                    _guard(self._deliverer.deliver(receiver, ahead)), name=f"deliver {receiver}"
                )
                self._deliveries[receiver] = task
                task.add_done_callback(partial(self._delivered, receiver))

    def _warn_of(self, missing: frozenset[str]) -> None:
        for receiver in sorted(missing - self._missing):
            log.warning(
                "notifications wait for receiver %s, which is not configured; given up after %d days",
                receiver,
                GIVE_UP_AFTER.days,
            )
        self._missing = missing

    def _delivered(self, receiver: str, _: asyncio.Task[None]) -> None:
        del self._deliveries[receiver]


async def _end(tasks: Collection[asyncio.Task[None]], grace: timedelta) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def _guard(work: Coroutine[None, None, object]) -> None:
    try:
        await work
    except StorageError as trouble:
        log.warning("left for the next tick: %s", trouble)


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


def stop_signals() -> asyncio.Event:
    """What SIGTERM and SIGINT set from now on, instead of ending the process."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    return stopping


async def serve(
    daemon: Daemon,
    clock: Clock,
    stopping: asyncio.Event,
    *,
    every: timedelta = timedelta(seconds=1),
    supervisor: Supervisor = UNSUPERVISED,
    observer: Observer = UNOBSERVED,
) -> None:
    """Tick until `stopping` is set, then finish what is in flight."""

    async def step() -> None:
        began = perf_counter()
        await daemon.tick(clock.now())
        observer.ticked(perf_counter() - began)
        supervisor.alive()

    await step()
    async with ticking(step, every):
        await stopping.wait()
        supervisor.stopping()
        log.info("stopping: finishing what is in flight")
    await daemon.stop()
