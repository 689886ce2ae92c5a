"""A worker in this process that serves as `groundswell run` does, and rules that tell at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from monitor.assembly import Station, listening, station
from monitor.clock import SystemClock
from monitor.config import Config
from monitor.serving import serve

SELDOM = timedelta(minutes=10)  # between two ticks: none comes while a test runs
PATIENCE = 60  # real seconds until something that must happen counts as not happening

TOLD_AT_ONCE = """
[alerting]
first_poll = true
max_age = "3650d"

[[rule]]
id = "complaint"
query = "отпуск"

[route]
group_wait = "0s"
"""


async def await_true(condition) -> None:
    """Wait for what happens in threads, servers and other processes."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nobody signals it
            await asyncio.sleep(0.005)


class _Changes:
    """Other configurations, which a worker is given between two ticks as `groundswell run` gives them."""

    def __init__(self, running: Station) -> None:
        self._running = running
        self._asked: list[tuple[Config, asyncio.Future[None]]] = []

    async def ask(self, config: Config) -> None:
        """Wait until the worker has changed to `config`."""
        changed = asyncio.get_running_loop().create_future()
        self._asked.append((config, changed))
        self._running.daemon.woken.set()
        await changed

    async def make(self) -> None:
        """Change to what was asked for; never beside a tick."""
        asked, self._asked = self._asked, []
        for config, changed in asked:
            await self._running.change_to(config)
            changed.set_result(None)


@asynccontextmanager
async def serving(config: Config, every: timedelta = SELDOM) -> AsyncIterator[Station]:
    """A worker that ticks once, and then, unless `every` is short, only when it is woken."""
    clock, stopping, woken = SystemClock(), asyncio.Event(), asyncio.Event()
    async with station(config, clock, woken=woken) as running, listening(running.store, woken):
        changes = _Changes(running)
        work = serve(running.daemon, clock, stopping, every=every, before_tick=changes.make)
        task = asyncio.create_task(work)
        try:
            yield replace(running, change_to=changes.ask)
        finally:
            stopping.set()
            await task
