"""How much one account may ask: so many requests, slowly at first, and less after every complaint.

Time is the event loop's: a demo's clock that jumps must not make us ask faster. What has to
outlive the process is told in the time of day.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from scrapers.telegram_session import Pause

_SLOWEST: Final = 0.1  # of the full pace, after a complaint
_SLOW: Final = 0.25  # of it, after connecting
_LONGEST: Final = timedelta(days=2)  # that an earlier process may make us wait: its clock may have been wrong
_ACCOUNT_WIDE: Final = 3  # complaints about as many channels, with no answer between them, are about us


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetOptions:
    """How many requests an account makes at most."""

    per_second: float = 1.5  # in the long run, at full pace
    burst: int = 20  # at once, after a rest
    slow_start: timedelta = timedelta(seconds=60)  # from a new connection or a complaint to the full pace
    lookups: int = 30  # of channels' names at once; few things get an account shut out for as long
    lookup_interval: timedelta = timedelta(seconds=20)  # between further ones
    changes_apart: timedelta = timedelta(seconds=5)  # between two polls for what changed in a channel

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1 or self.lookups < 1:
            raise ValueError("per_second, burst and lookups must be more than nothing")
        if min(self.slow_start, self.lookup_interval, self.changes_apart) < timedelta(0):
            raise ValueError("slow_start, lookup_interval and changes_apart must not be negative")


class Budget:
    """Hands out turns, first come first served: who asks for page after page waits behind all others.

    Only what is known to have news does not wait in line: after a new connection, a hundred channels do that
    may have some.
    """

    def __init__(self, options: BudgetOptions) -> None:
        self._options = options
        self._line = asyncio.Lock()
        self._head = asyncio.Lock()  # whoever is first in line, and those who have news
        self._tokens = float(options.burst)
        self._counted_at: float | None = None
        self._eased_at: float | None = None
        self._eased_to = 1.0

    async def turn(self) -> None:
        """Wait until one more request may be made."""
        async with self._line:
            await self._take()

    async def early_turn(self) -> None:
        """The same for what has news: it waits behind the first in line only, and others with news."""
        await self._take()

    async def _take(self) -> None:
        async with self._head:
            missing = 1.0 - self._left()
            while missing > 0:
                await asyncio.sleep(missing / (self._options.per_second * self._pace()) + 0.001)
                missing = 1.0 - self._left()
            self._tokens -= 1.0

    def connected(self) -> None:
        """Begin slowly: a new connection is when everything wants to be asked at once."""
        self._left()
        self._tokens = min(self._tokens, max(1.0, self._options.burst * _SLOW))
        self._ease(_SLOW)

    def complained(self) -> None:
        """Telegram asked for a pause: go on more slowly, and save nothing up."""
        self._left()
        self._tokens = min(self._tokens, 1.0)
        self._ease(_SLOWEST)

    def _ease(self, pace: float) -> None:
        self._eased_to = min(pace, self._pace())
        self._eased_at = _now()

    def _pace(self) -> float:
        """Between nothing and 1: how much of the full pace is allowed now."""
        span = self._options.slow_start.total_seconds()
        if self._eased_at is None or span == 0.0:
            return 1.0
        share = min((_now() - self._eased_at) / span, 1.0)
        return self._eased_to + (1.0 - self._eased_to) * share

    def _left(self) -> float:
        now = _now()
        since = 0.0 if self._counted_at is None else now - self._counted_at
        self._counted_at = now
        earned = since * self._options.per_second * self._pace()
        self._tokens = min(self._tokens + earned, float(self._options.burst))
        return self._tokens


class Lookups:
    """Spreads the look-ups of names: nobody waits in line, each is told when to come again."""

    def __init__(self, options: BudgetOptions) -> None:
        self._interval = options.lookup_interval.total_seconds()
        self._saved = options.lookups
        self._next: float | None = None  # when the next one that comes may be made
        self._promised: dict[str, float] = {}
        self._after_made: float | None = None  # as `_next`, had only those been promised that were made

    def wait(self, name: str) -> timedelta:
        """How long `name` has to wait for its turn; nothing: this is it, and is taken."""
        now = _now()
        if name not in self._promised:
            earliest = now - (self._saved - 1) * self._interval
            start = earliest if self._next is None else max(self._next, earliest)
            self._promised[name] = start
            self._next = start + self._interval
        if self._promised[name] <= now:
            del self._promised[name]
            self._count_made(now)
            return timedelta(0)
        return timedelta(seconds=self._promised[name] - now)

    def _count_made(self, now: float) -> None:
        earliest = now - (self._saved - 1) * self._interval
        start = earliest if self._after_made is None else max(self._after_made, earliest)
        self._after_made = start + self._interval

    def next_at(self, now: datetime) -> datetime | None:
        """When the next might be made, were none saved up; None: none was made yet.

        Names that only wait for their turn do not count: they will ask anew.
        """
        if self._after_made is None:
            return None
        return now + timedelta(seconds=self._after_made - _now())

    def restore(self, next_at: datetime | None, now: datetime) -> None:
        """Go on where an earlier process was."""
        if next_at is None:
            return
        left = min((next_at - now).total_seconds(), self._interval)
        restored = _now() + left
        self._after_made = restored if self._after_made is None else max(self._after_made, restored)
        self._next = restored if self._next is None else max(self._next, restored)


@dataclass(slots=True)
class _Method:
    """What Telegram said of one method."""

    channels: dict[int | None, float] = field(default_factory=dict)  # until when, in the event loop's time
    in_a_row: set[int | None] = field(default_factory=set)
    until: float = 0.0  # for all channels


class Floods:
    """Who may not ask for what until when. A complaint about one channel lets the others go on.

    Where several channels are complained of in a row, and none answers in between, the account is meant.
    """

    def __init__(self) -> None:
        self._methods: dict[str, _Method] = {}

    def wait(self, method: str, channel: int | None) -> timedelta:
        """How long `method` may not be asked for `channel`."""
        known = self._methods.get(method)
        if known is None:
            return timedelta(0)
        until = max(known.until, known.channels.get(channel, 0.0))
        return timedelta(seconds=max(until - _now(), 0.0))

    def complained(self, method: str, channel: int | None, wait: timedelta) -> None:
        """Telegram asked for a pause. What concerns no channel concerns the account."""
        known = self._methods.setdefault(method, _Method())
        until = _now() + wait.total_seconds()
        known.channels = {one: end for one, end in known.channels.items() if end > _now()} | {channel: until}
        known.in_a_row.add(channel)
        if channel is None or len(known.in_a_row) >= _ACCOUNT_WIDE:
            known.until = max(known.until, until)
            known.in_a_row.clear()

    def answered(self, method: str) -> None:
        """Telegram answered: what was complained of before concerned single channels."""
        if (known := self._methods.get(method)) is not None:
            known.in_a_row.clear()

    def pauses(self, now: datetime) -> tuple[Pause, ...]:
        """What has to be waited out still."""
        return tuple(
            Pause(method=method, channel_id=channel, until=now + timedelta(seconds=until - _now()))
            for method, known in self._methods.items()
            for channel, until in {**known.channels, None: known.until}.items()
            if until > _now()
        )

    def restore(self, pauses: Iterable[Pause], now: datetime) -> None:
        """Wait out what an earlier process was asked for, too."""
        for pause in pauses:
            until = _now() + min(pause.until - now, _LONGEST).total_seconds()
            known = self._methods.setdefault(pause.method, _Method())
            if pause.channel_id is None:
                known.until = max(known.until, until)
            else:
                known.channels[pause.channel_id] = max(known.channels.get(pause.channel_id, until), until)


def _now() -> float:
    return asyncio.get_running_loop().time()
