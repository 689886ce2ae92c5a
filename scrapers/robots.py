"""robots.txt, asked for once a day and obeyed (RFC 9309)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

from scrapers.address import Target
from scrapers.errors import Refused, ScrapeError, Unavailable
from scrapers.model import Clock
from scrapers.response import Response

AGENT = "Groundswell"  # the name by which a robots.txt may address us
LONGEST_DELAY = timedelta(seconds=60)  # a Crawl-delay of hours would only look like a hanging fetch

_FRESH = timedelta(hours=24)
_FRESH_FAILURE = timedelta(
    minutes=10
)  # long enough to spare a host in trouble, short beside a poll's interval
_MOST_BYTES = 500 * 1024  # RFC 9309 section 2.5: what must be read at least
_MOST_ORIGINS = 1_000

Ask = Callable[[str], Awaitable[Response]]
"""Fetch one address, redirects followed, and return the answer whatever its status. Raises ScrapeError."""


@dataclass(slots=True)
class _Entry:
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    stale_at: datetime | None = None  # None: never asked
    rules: Protego | None = None
    failure: str | None = None  # why there are no rules


class Robots:
    """Remembers each origin's rules."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def delay(self, target: Target) -> timedelta:
        """The pause this origin asks for between two requests.

        Raises:
            Refused: its robots.txt keeps this page from us.
            Unavailable: its robots.txt could not be read, which RFC 9309 section 2.3.1.4 takes for a no.
        """
        rules = await self._rules(target)
        if not rules.can_fetch(str(target.url), AGENT):
            raise Refused(f"robots.txt of {target.host} keeps this page from {AGENT}", url=target.shown)
        seconds = rules.crawl_delay(AGENT) or 0.0
        return timedelta(seconds=min(max(seconds, 0.0), LONGEST_DELAY.total_seconds()))

    async def _rules(self, target: Target) -> Protego:
        entry = self._entry(target.origin)
        async with entry.asking:
            if entry.stale_at is None or entry.stale_at <= self._clock.now():
                await self._refresh(entry, target)
        if entry.rules is None:
            raise Unavailable(f"{entry.failure}, so its robots.txt is not known", url=target.shown)
        return entry.rules

    def _entry(self, origin: str) -> _Entry:
        entry = self._entries.setdefault(origin, _Entry())
        self._entries.move_to_end(origin)
        if len(self._entries) > _MOST_ORIGINS:
            self._entries.popitem(last=False)
        return entry

    async def _refresh(self, entry: _Entry, target: Target) -> None:
        """Ask again. Where that fails, rules known from before stay in force."""
        try:
            answer = await self._ask(str(target.url.copy_with(path="/robots.txt", query=None)))
        except ScrapeError as error:
            entry.failure = error.reason
            entry.stale_at = self._clock.now() + _FRESH_FAILURE
            return
        if answer.status == 429 or answer.status >= 500:
            entry.failure = f"{target.host} answered with status {answer.status}"
            entry.stale_at = self._clock.now() + _FRESH_FAILURE
            return
        entry.rules = _parse(answer)
        entry.stale_at = self._clock.now() + _FRESH


def _parse(answer: Response) -> Protego:
    """The rules; any other 4xx means that there are none, so that all may be read."""
    body = answer.body[:_MOST_BYTES] if 200 <= answer.status < 300 else b""
    return Protego.parse(body.decode("utf-8", errors="replace"))
