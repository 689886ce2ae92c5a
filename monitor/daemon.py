"""The daemon: ticks become polls, timers and deliveries, each in a task of its own.

What is due, and when, is data in the database. A tick starts work and returns; a slow source or receiver
keeps only its own place.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime, timedelta
from functools import partial

from monitor.chores import Chore, Chores
from monitor.deliver import Deliverer
from monitor.poll import LEASE, Poller, PollReport, ignore
from monitor.schedule import GIVE_UP_AFTER
from scrapers.model import Clock
from storage.errors import StorageError
from storage.model import SourceLease, Timer
from storage.store import Store

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)  # no group waits longer than this for company
RENEW_EVERY = LEASE / 4
GRACE_TO_POLL = timedelta(seconds=2)  # how long a stopping daemon waits for pages; they can be had again
GRACE_TO_DELIVER = timedelta(seconds=10)  # and for messages, which would be sent again

Deliveries = dict[str, asyncio.Task[None]]
"""What is being delivered, by receiver."""


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
        self._deliveries: Deliveries = {}
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
        await self._end_polls()
        await _end(self._in_flight(), GRACE_TO_DELIVER)

    async def change_to(
        self, *, poller: Poller, deliverer: Deliverer, concurrency: int, chores: tuple[Chore, ...]
    ) -> Deliveries:
        """Work with these from now on; never while a tick is at work.

        Polls end as at a stop, and go on where they were. Deliveries end in their own time, because one that
        is cut off would be sent again; a receiver gets nothing new before. Those are returned.
        """
        self._poller.stop()
        self._deliverer.stop()
        await self._end_polls()
        self._poller, self._deliverer, self._concurrency = poller, deliverer, concurrency
        self._chores.change_to(chores)
        return dict(self._deliveries)

    async def _end_polls(self) -> None:
        """Let polls end, but not for long; what the others had leased is free at once."""
        polls = dict(self._polls)
        await _end(tuple(polls), GRACE_TO_POLL)
        for task, lease in polls.items():
            if task.cancelled():
                await _guard(asyncio.to_thread(self._store.release, lease))

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
