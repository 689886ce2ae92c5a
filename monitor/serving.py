"""Running a daemon until it is told to stop: ticks, what comes between them, signals."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Timer
from time import perf_counter

from monitor.daemon import Daemon
from monitor.observe import UNOBSERVED
from monitor.ports import Observer, Supervisor
from monitor.supervise import UNSUPERVISED
from monitor.ticking import GRACE_S, ticking
from scrapers.model import Clock

log = logging.getLogger(__name__)


END_AFTER = timedelta(seconds=20)  # more than what is in flight is given, and less than systemd's patience


def stop_signals(end_after: timedelta = END_AFTER) -> asyncio.Event:
    """What SIGTERM and SIGINT set from now on, instead of ending the process.

    The process ends `end_after` later at the latest, with 1: a thread that hangs, in a database that does not
    answer, can't be cancelled and would be waited for. Leases and cursors make that safe.
    """
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():
            last_resort = Timer(end_after.total_seconds(), _leave)
            last_resort.daemon = True
            last_resort.start()
        stopping.set()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    return stopping


def _leave() -> None:
    log.error("something hangs and is left alone")
    logging.shutdown()
    os._exit(1)


def hang_up_signal(reload: Callable[[], None], stop: Callable[[], None]) -> None:
    """From now on SIGHUP asks for a reload; a terminal that was closed still ends what runs in it."""
    in_terminal = _has_terminal()

    def hung_up() -> None:
        if in_terminal and not _has_terminal():
            stop()
        else:
            reload()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)


def _has_terminal() -> bool:
    try:
        os.close(os.open(Path("/dev/tty"), os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


async def _nothing() -> None:
    """What comes before a tick where nothing does."""


async def serve(
    daemon: Daemon,
    clock: Clock,
    stopping: asyncio.Event,
    *,
    every: timedelta = timedelta(seconds=1),
    before_tick: Callable[[], Awaitable[None]] = _nothing,
    supervisor: Supervisor = UNSUPERVISED,
    observer: Observer = UNOBSERVED,
) -> None:
    """Tick until `stopping` is set, then finish what is in flight.

    Args:
        daemon: Ticks, and hurries when it is woken in between.
        clock: Tells the time.
        stopping: Ends it.
        every: Between two ticks.
        before_tick: Is done before every tick and every hurry, and never beside one.
        supervisor: Is told of every tick, and of the end.
        observer: Is told how long ticks take.
    """
    turn = asyncio.Lock()

    async def tick() -> None:
        async with turn:
            await before_tick()
            began = perf_counter()
            await daemon.tick(clock.now())
            observer.ticked(perf_counter() - began, daemon.trouble)
            supervisor.alive()

    async def hurry() -> None:
        async with turn:
            await before_tick()
            await daemon.hurry(clock.now())

    await tick()
    async with ticking(tick, every), _woken(daemon.woken, hurry):
        await stopping.wait()
        supervisor.stopping()
        log.info("stopping: finishing what is in flight")
    await daemon.stop()


@asynccontextmanager
async def _woken(event: asyncio.Event, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do `work` whenever `event` is set, while the block runs; once for what comes while it is at work."""
    working = asyncio.Lock()

    async def wake() -> None:
        while True:
            await event.wait()
            event.clear()
            async with working:
                await work()

    task = asyncio.create_task(wake(), name="wake")
    task.add_done_callback(_tell_end)
    try:
        yield
    finally:
        with suppress(TimeoutError):  # what is cut off leaves a thread at work with the database
            async with asyncio.timeout(GRACE_S):
                await working.acquire()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _tell_end(task: asyncio.Task[None]) -> None:
    """Ticks go on without it."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("hurrying failed inside Groundswell", exc_info=error)
