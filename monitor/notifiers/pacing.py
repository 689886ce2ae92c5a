"""How often a receiver may be called: a token bucket as pure values, and what waits by it.

Times are seconds on any clock that never goes back, such as `time.monotonic`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """`count` calls in `per`, evenly spread; up to `burst` of them at once after a pause.

    Any stretch of `per` sees at most `count + burst - 1` calls, so a burst of 1 never exceeds `count`.
    """

    count: float
    per: timedelta
    burst: int = 1

    @property
    def spacing(self) -> float:
        """Seconds between two calls at full pace."""
        return self.per.total_seconds() / self.count


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A token bucket, kept as the one moment at which it is full again (the generic cell rate algorithm)."""

    rate: Rate
    full_at: float = float("-inf")

    def delay(self, now: float) -> float:
        """Seconds until the next call is allowed; 0 if it is allowed now."""
        slack = (self.rate.burst - 1) * self.rate.spacing
        return max(0.0, self.full_at - slack - now)

    def take(self, now: float) -> "Bucket":
        """The bucket after a call at `now`, or as soon afterwards as one is allowed."""
        return replace(self, full_at=max(self.full_at, now) + self.rate.spacing)


class Pacer:
    """Lets callers through one by one, each no sooner than every one of its rates allows."""

    def __init__(
        self,
        *rates: Rate,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._buckets = tuple(Bucket(rate=rate) for rate in rates)
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Return when the next call may be made; that call is counted."""
        async with self._turn:
            delay = max((bucket.delay(self._clock()) for bucket in self._buckets), default=0.0)
            if delay:
                await self._sleep(delay)
            now = self._clock()
            self._buckets = tuple(bucket.take(now) for bucket in self._buckets)
