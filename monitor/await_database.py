"""Waiting, at the start, for a database that is not there yet: its server recovers, or the network is late.

Later, a daemon leaves ticks out while its database is away; here there is nothing to leave out yet.
"""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from threading import Thread
from time import monotonic

from monitor.ports import Supervisor
from storage.presence import absence

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=1)  # before asking once more; doubled each time
LONGEST_PAUSE = timedelta(seconds=30)
TELL_AGAIN = timedelta(minutes=5)  # of the same reason


async def database_there(url: str, stopping: asyncio.Event, supervisor: Supervisor) -> bool:
    """Come back when somebody answers at `url`. False: `stopping` was set before that.

    Raises:
        ValueError: the address is neither `sqlite:///path` nor `postgresql://...`.
    """
    waiting = asyncio.create_task(_wait(url, supervisor), name="wait for the database")
    stopped = asyncio.create_task(stopping.wait(), name="stop waiting")
    try:
        await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            supervisor.stopping()
            log.info("stopping: the database did not come")
            return False
        waiting.result()
        return True
    finally:
        waiting.cancel()
        stopped.cancel()
        await asyncio.gather(waiting, stopped, return_exceptions=True)


async def _wait(url: str, supervisor: Supervisor) -> None:
    telling, pause = _Telling(), FIRST_PAUSE
    while (reason := await _absence(url)) is not None:
        telling.absent(reason)
        supervisor.waiting()
        await asyncio.sleep(pause.total_seconds())
        pause = min(2 * pause, LONGEST_PAUSE)
    telling.there()


class _Telling:
    """Says in the log what is waited for, and why: when that is new, and then now and then."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._reason: str | None = None
        self._told_at = self._began

    def absent(self, reason: str) -> None:
        """Nobody answers, for that reason."""
        if reason == self._reason and monotonic() - self._told_at < TELL_AGAIN.total_seconds():
            return
        log.warning("the database is not there, and is waited for: %s", reason)
        self._reason, self._told_at = reason, monotonic()

    def there(self) -> None:
        """Somebody answers, perhaps from the first."""
        if self._reason is not None:
            log.info("the database is there, after %.0f seconds", monotonic() - self._began)


async def _absence(url: str) -> str | None:
    """What `absence` says, asked in a thread that a process which ends does not wait for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()
    Thread(target=_ask, args=(url, loop, answer), name="ask for the database", daemon=True).start()
    return await answer


def _ask(url: str, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[str | None]") -> None:
    try:
        settle = partial(answer.set_result, absence(url))
    except ValueError as fault:
        settle = partial(answer.set_exception, fault)
    try:
        loop.call_soon_threadsafe(lambda: answer.done() or settle())
    except RuntimeError:  # the loop has ended, and nobody asks any more
        log.debug("the database was asked for in vain")
