"""Hands for pages: so many are analysed and written at once, the others wait as they came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

PAGES = 4  # at once; more would go no faster, for Python runs one thread at a time and SQLite has one writer
PATIENCE = 10.0  # seconds until a page is taken up all the same: those before it are enormous, or hang


class Hands:
    """Who is at work on a page. For one event loop.

    An analysed page takes several times the memory of one that was only fetched: its words, their dictionary
    forms and the rows to be written. Polls that last give up their places to others, so dozens of pages may
    come in at once, and what they take together never quite returns.
    """

    def __init__(self, pages: int = PAGES, patience: float = PATIENCE) -> None:
        self._free = asyncio.Semaphore(pages)
        self._patience = patience

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait in line for a free hand, but not for long: nothing may keep everyone else waiting."""
        had_one = await self._get_one()
        try:
            yield
        finally:
            if had_one:
                self._free.release()

    async def _get_one(self) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                return await self._free.acquire()
        except TimeoutError:
            return False


_by_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hands]" = WeakKeyDictionary()


def hands() -> Hands:
    """Those of this event loop, whoever polls in it: a configuration that was changed has the same."""
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Hands()
    return found
