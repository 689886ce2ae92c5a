"""At most so many requests at once to a host, and at most one start per interval."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True)
class _Lane:
    """The queue in front of one host."""

    slots: asyncio.Semaphore
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start: float = 0.0  # in the event loop's own time
    users: int = 0


class Pacing:
    """Hands out turns, first come first served, each host on its own.

    Time is the event loop's: a demo's clock that jumps must not make us impolite.
    """

    def __init__(self, interval: timedelta, concurrency: int) -> None:
        self._interval = interval.total_seconds()
        self._concurrency = concurrency
        self._lanes: dict[str, _Lane] = {}

    def take_over_from(self, other: "Pacing") -> None:
        """Begin where `other`, now idle, ended: no host is asked sooner for the change."""
        for host, next_start in other.next_starts().items():
            self._lanes[host] = _Lane(slots=asyncio.Semaphore(self._concurrency), next_start=next_start)

    def next_starts(self) -> dict[str, float]:
        """When every host met lately may be asked again, in the event loop's time."""
        return {host: lane.next_start for host, lane in self._lanes.items()}

    @asynccontextmanager
    async def turn(self, host: str, *, at_least: timedelta = timedelta(0)) -> AsyncIterator[None]:
        """Wait for this host's next turn and keep its place until the block ends.

        `at_least` widens the interval to the next start, as a robots.txt may ask.
        """
        lane = self._enter(host)
        try:
            async with lane.slots:
                await _start(lane, max(self._interval, at_least.total_seconds()))
                yield
        finally:
            lane.users -= 1

    def _enter(self, host: str) -> _Lane:
        self._forget_idle_lanes()
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = _Lane(slots=asyncio.Semaphore(self._concurrency))
        lane.users += 1
        return lane

    def _forget_idle_lanes(self) -> None:
        """Hosts met once, behind links and redirects, must not add up for ever."""
        if len(self._lanes) < 1_000:
            return
        now = asyncio.get_running_loop().time()
        self._lanes = {
            host: lane for host, lane in self._lanes.items() if lane.users or lane.next_start > now
        }


async def _start(lane: _Lane, interval: float) -> None:
    loop = asyncio.get_running_loop()
    async with lane.starting:
        await asyncio.sleep(max(0.0, lane.next_start - loop.time()))
        lane.next_start = loop.time() + interval
