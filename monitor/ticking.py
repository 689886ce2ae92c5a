"""The beat of a daemon: APScheduler, and a guard for what it trusts, the clock on the wall."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

_LOOK_EVERY = 1.0  # seconds between two looks whether the beat goes on
GRACE_S = 2.0  # for a step that is at work at the end
_SLACK = 3.0  # seconds by which a step may come late on a busy machine

Step = Callable[[], Coroutine[None, None, None]]


class _Regularly(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """So often, and once for all that was missed.

    The library's own interval counts what was missed one by one: after a leap of the clock from 1970 on,
    as machines without a battery make it, that takes an hour in which nothing else goes on.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """One interval after the last time, or from now where that is past."""
        due = (previous or now) + self._every
        return due if now < due <= now + self._every else now + self._every


class _Beat:
    """A step, and when it was last at work in the event loop's own time, which only goes forward."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._running: asyncio.Task[None] | None = None
        self._over = False
        self._ended_at = asyncio.get_running_loop().time()

    async def strike(self) -> None:
        """Take the step. To be cut off at the end is no fault, as APScheduler would have it."""
        if self._over:
            return
        self._running = asyncio.create_task(self._step())
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._over:
                raise
        finally:
            self._running = None
            self._ended_at = asyncio.get_running_loop().time()

    def rests_for(self) -> float:
        """Seconds since the last step ended; 0 while one runs."""
        return 0.0 if self._running else asyncio.get_running_loop().time() - self._ended_at

    async def end(self) -> None:
        """Let what runs end, but not for long; what was to begin does not.

        A step that is cut off leaves a thread at work with the database, which is about to be closed.
        """
        self._over = True
        if self._running is not None:
            await asyncio.wait((self._running,), timeout=GRACE_S)
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait((self._running,))
        await asyncio.sleep(0)  # then those who wait for it go on


@asynccontextmanager
async def ticking(step: Step, every: timedelta) -> AsyncIterator[None]:
    """Call `step` every so often while the block runs; a step that is still running is not started twice.

    An interval of APScheduler waits for a time of day: when the clock is set back an hour, nothing would be
    called for an hour. So a step that does not come is made due now.
    """
    beat = _Beat(step)

    async def strike() -> None:  # APScheduler takes only a plain function for a coroutine
        await beat.strike()

    scheduler = AsyncIOScheduler(timezone="UTC")
    job = scheduler.add_job(
        strike,
        _Regularly(every),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    guard = asyncio.create_task(
        _keep_up(beat, every, lambda: job.modify(next_run_time=datetime.now(UTC))), name="guard of the ticks"
    )
    try:
        yield
    finally:
        guard.cancel()
        job.remove()
        await beat.end()
        scheduler.shutdown(wait=False)


async def _keep_up(beat: _Beat, every: timedelta, strike_now: Callable[[], object]) -> None:
    longest = 2 * every.total_seconds() + _SLACK
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        if beat.rests_for() > longest:
            strike_now()
