"""A real station whose clock is turned, so that days pass in seconds; everything around it is real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from monitor.assembly import Station, station
from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.poll_report import PollReport
from storage.errors import StorageError

SECOND = timedelta(seconds=1)


class AtWork:
    """A desk at work, and the hands of its clock."""

    def __init__(self, running: Station, clock: TurnedClock, reports: list[PollReport]) -> None:
        self.running = running
        self.clock = clock
        self.reports = reports

    async def tick(self) -> None:
        """One tick, to the end of what it began."""
        await self.running.daemon.tick(self.clock.now())
        await self.running.daemon.settled()

    async def pass_time(self, span: timedelta, step: timedelta = SECOND) -> None:
        """Let `span` go by, with a tick at every due moment; those closer together than `step` share one."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            await self.tick()
            due = self._next_due()
            if due is None or due > end:
                break
            self.clock.move_to(min(max(due, self.clock.now() + step), end))
        self.clock.move_to(end)
        await self.tick()

    def _next_due(self):
        try:
            return self.running.store.next_due(self.clock.now())
        except StorageError:
            return self.clock.now()  # nobody knows: look again after a step


@asynccontextmanager
async def at_work(config: Path, clock: TurnedClock) -> AsyncIterator[AtWork]:
    """The station of a configuration, from its start to its end."""
    reports: list[PollReport] = []
    async with station(load(config), clock, polled=reports.append) as running:
        yield AtWork(running, clock, reports)
