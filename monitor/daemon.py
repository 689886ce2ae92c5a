"""The daemon: ticks become polls, timers and deliveries, each in a task of its own.

What is due, and when, is data in the database. A tick starts work and returns; a slow source or receiver
keeps only its own place.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from monitor.changeover import Changeover
from monitor.chores import Chore, Chores
from monitor.deliver import Deliverer
from monitor.hearing import Hearing
from monitor.places import Places
from monitor.poll import LEASE, Poller
from monitor.poll_report import PollReport, ignore
from scrapers.counted import counted
from scrapers.model import Clock
from storage.errors import StorageError
from storage.model import LongestWaits, SourceLease, Timer
from storage.store import Store

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=1)  # no group waits longer than this for company
RENEW_EVERY = LEASE / 4
WARN_AGAIN = timedelta(minutes=5)  # of the same trouble
PAUSE = timedelta(minutes=5)  # between two ticks: then the machine slept, and much may wait to be polled
UNNOTICED = timedelta(seconds=2)  # by which a clock may be corrected without a word
GRACE_TO_POLL = timedelta(seconds=2)  # how long a stopping daemon waits for pages; they can be had again
GRACE_TO_DELIVER = timedelta(seconds=10)  # and for messages, which would be sent again

Deliveries = dict[str, asyncio.Task[None]]
"""What is being delivered, by receiver."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crew:
    """What does the work, by one configuration."""

    poller: Poller
    deliverer: Deliverer
    concurrency: int  # sources polled at the same time
    longest: LongestWaits
    chores: tuple[Chore, ...] = ()
    left_to_others: Callable[[], Collection[str]] = tuple  # kinds of sources that this worker cannot poll
    in_line: frozenset[str] = frozenset()  # kinds whose sources wait for each other, as for one account
    mended: frozenset[str] = frozenset()  # receivers that are not as they were with the crew of before


class Daemon:
    """Polls due sources, fires due timers, delivers due notifications.

    Args:
        store: Where what is due is found.
        crew: Does the work.
        clock: Tells when leases end.
        worker: A name for this process in leases.
        polled: Is told of every poll that ended.
        woken: Is set when something should be looked at before the next tick.
        hearing: Knows which channels said that they have news.
    """

    def __init__(
        self,
        *,
        store: Store,
        crew: Crew,
        clock: Clock,
        worker: str,
        polled: Callable[[PollReport], None] = ignore,
        woken: asyncio.Event | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        self.woken = woken or asyncio.Event()
        self._hearing = hearing or Hearing()
        self._store = store
        self._crew = crew
        self._clock = clock
        self._worker = worker
        self._chores = Chores(crew.chores)
        self._polled = polled
        self._places = Places(crew.concurrency)
        self._polls: dict[asyncio.Task[None], SourceLease] = {}
        self._deliveries: Deliveries = {}
        self._due_again: set[str] = set()  # receivers for whom more came while they were served
        self._crowded = False  # whether sources may be due for which there was no place
        self._ticked_at: datetime | None = None
        self._at_work_since: datetime | None = None  # without a pause; None: not ticking, but one pass
        self._renewed_at: datetime | None = None
        self._warned_at: dict[str, datetime] = {}  # by what was said
        self.trouble: str | None = None  # why the latest tick was left out, if it was
        self._changeover = Changeover(store)

    async def tick(self, now: datetime) -> None:
        """Start everything that is due at `now` and has a free place; does not wait for it."""
        try:
            await self._renew(now)
            await self._notice_the_clock(now)
            await self._heed(now)
            await self._start_polls(now)
            await self._fire_timers(now)
            await self._start_deliveries(now)
        except StorageError as away:
            self._tell_of(str(away))
        else:
            self._tell_of(None)
        self._chores.start(now)

    async def hurry(self, now: datetime) -> None:
        """Between two ticks: deliver what was just committed, poll what found no place or was heard of."""
        try:
            if await self._heed(now) or self._crowded:
                await self._start_polls(now)
            await self._start_deliveries(now)
        except StorageError as away:
            log.debug("left for the next tick: %s", away)

    def _tell_of(self, trouble: str | None) -> None:
        """Say when the database goes and when it comes back, not every second in between."""
        if trouble != self.trouble and trouble is not None:
            log.warning("the database is away, ticks are left out: %s", trouble)
        elif trouble is None and self.trouble is not None:
            log.info("the database is back")
        self.trouble = trouble

    async def _guarded(self, work: Coroutine[None, None, object]) -> None:
        try:
            await work
        except StorageError as trouble:
            self._leave(str(trouble))

    def _leave(self, trouble: str) -> None:
        """Warn now and then only: what the database does not take is tried again with every tick."""
        now = self._clock.now()
        lately = {text: at for text, at in self._warned_at.items() if abs(now - at) < WARN_AGAIN}
        log.log(
            logging.DEBUG if trouble in lately else logging.WARNING, "left for the next tick: %s", trouble
        )
        self._warned_at = {trouble: now} | lately

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
        self._crew.poller.stop()
        self._crew.deliverer.stop()
        await self._end_polls()
        await _end(self._in_flight(), GRACE_TO_DELIVER)

    async def change_to(self, crew: Crew) -> Deliveries:
        """Work with these from now on; never while a tick is at work.

        Polls end as at a stop, and go on where they were. Deliveries end in their own time, because one that
        is cut off would be sent again; a receiver gets nothing new before. Those are returned.
        """
        self._crew.poller.stop()
        self._crew.deliverer.stop()
        await self._end_polls()
        self._changeover.change(self._crew.deliverer.receivers, crew.deliverer.receivers, crew.mended)
        self._crew = crew
        self._places.change_to(crew.concurrency)
        self._chores.change_to(crew.chores)
        self.woken.set()
        return dict(self._deliveries)

    async def _end_polls(self) -> None:
        """Let polls end, but not for long; what the others had leased is free at once."""
        polls = dict(self._polls)
        await _end(tuple(polls), GRACE_TO_POLL)
        for task, lease in polls.items():
            if task.cancelled():
                await self._guarded(asyncio.to_thread(self._store.release, lease))

    def _in_flight(self) -> list[asyncio.Task[None]]:
        return [*self._polls, *self._deliveries.values(), *self._chores.in_flight]

    async def _renew(self, now: datetime) -> None:
        """Hold the leases of polls that last."""
        if self._renewed_at is not None and timedelta(0) <= now - self._renewed_at < RENEW_EVERY:
            return
        await asyncio.to_thread(self._store.renew, tuple(self._polls.values()), now + LEASE)
        self._renewed_at = now

    async def _notice_the_clock(self, now: datetime) -> None:
        """Due times of a clock that was set back would come too late."""
        if self._ticked_at is not None and now < self._ticked_at - UNNOTICED:
            log.warning("the clock was set back by %s", self._ticked_at - now)
            forward = await asyncio.to_thread(self._store.bring_forward, now, self._crew.longest)
            log.info("due now, as it lay too far ahead: %s", counted(forward, "due time"))
        if self._ticked_at is None or abs(now - self._ticked_at) > PAUSE:
            self._at_work_since = now
        self._ticked_at = now

    async def _heed(self, now: datetime) -> bool:
        """Make due what was heard of and is not being polled just now; whether there was anything."""
        busy = self._busy_channels()
        if not self._hearing.pending(busy, now):
            return False
        taken = self._hearing.take(busy, [lease.config_id for lease in self._polls.values()], now)
        try:
            known = await asyncio.to_thread(
                self._store.hasten, now, taken.heard, kinds=taken.kinds, sources=taken.sources
            )
        except StorageError:
            self._hearing.put_back(taken)
            raise
        if None in busy:  # a first poll is about to tell which channel its source is
            self._hearing.keep(one for one in taken.heard if one.channel_id not in known)
        return True

    def _busy_channels(self) -> set[str | None]:
        return {lease.native_id for lease in self._polls.values()}

    async def _start_polls(self, now: datetime) -> int:
        """Begin to poll what is due, as far as there are free places; returns how many polls were begun."""
        free = self._places.free()
        self._crowded = free <= 0
        if self._crowded:
            return 0
        full = self._full_lines()
        leases = await asyncio.to_thread(
            self._store.due,
            now,
            worker=self._worker,
            lease_for=LEASE,
            limit=free,
            without=full.union(self._crew.left_to_others()),
        )
        self._crowded = len(leases) == free or bool(full)
        for lease in leases:
            task = asyncio.create_task(self._poll(lease), name=f"poll {lease.config_id}")
            self._polls[task] = lease
            self._places.take(task)
            task.add_done_callback(self._poll_ended)
        return len(leases)

    def _full_lines(self) -> set[str]:
        """The kinds of which enough sources wait for each other already; more would only take places."""
        waiting = Counter(lease.kind for lease in self._polls.values())
        most = max(1, self._crew.concurrency // 2)
        return {kind for kind in self._crew.in_line if waiting[kind] >= most}

    async def _poll(self, lease: SourceLease) -> None:
        report = await self._crew.poller.poll(lease)
        self._hearing.polled(
            lease.config_id,
            lease.native_id,
            failed=None if report.reason is None else report.outcome,
            retry_after=report.retry_after,
            now=self._clock.now(),
        )
        self._polled(report)

    def _poll_ended(self, task: asyncio.Task[None]) -> None:
        """Where sources wait for places, fill these again soon, several with one question."""
        del self._polls[task]
        self._places.leave(task)
        waited = self._crowded and self._places.many_free()
        if waited or self._hearing.pending(self._busy_channels(), self._clock.now()):
            self.woken.set()

    async def _fire_timers(self, now: datetime) -> None:
        timers: tuple[Timer, ...] = await asyncio.to_thread(self._store.due_timers, now, limit=100)
        for timer in timers:
            await self._guarded(self._crew.poller.fire(timer, self._at_work_since))

    async def _start_deliveries(self, now: datetime, ahead: timedelta = timedelta(0)) -> None:
        await self._changeover.end_pauses(now, busy=self._deliveries)
        due = await asyncio.to_thread(self._store.receivers_due, now, ahead)
        reached = due & frozenset(self._crew.deliverer.receivers)
        unreached = due - reached
        reached |= self._crew.deliverer.unsettled
        self._due_again = set(reached & self._deliveries.keys())
        for receiver in sorted(reached - self._deliveries.keys()):
            work = self._guarded(self._deliver(receiver, ahead))
            task = asyncio.create_task(work, name=f"deliver {receiver}")
            self._deliveries[receiver] = task
            task.add_done_callback(partial(self._delivered, receiver))
        await self._changeover.tell(unreached)

    async def _deliver(self, receiver: str, ahead: timedelta) -> None:
        settled = await self._crew.deliverer.deliver(receiver, ahead)
        if not settled:  # another worker's turn, or a rest: to ask again before the next tick would never end
            self._due_again.discard(receiver)

    def _delivered(self, receiver: str, _: asyncio.Task[None]) -> None:
        """What came in the last moment was perhaps not seen any more."""
        del self._deliveries[receiver]
        if receiver in self._due_again:
            self._due_again.discard(receiver)
            self.woken.set()


async def _end(tasks: Collection[asyncio.Task[None]], grace: timedelta) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
