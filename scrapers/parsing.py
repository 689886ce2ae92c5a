"""Reading what strangers wrote where it can hold up nothing but its own source.

A short document goes to a thread, where its parser is quick whatever stands in it. Every other, and all of a
source whose documents took too long before, go to a worker process, which may take so much time and memory
and is killed where it takes more. Workers are started when there is work for them, and end by themselves when
there has been none for a while; none outlives its parent by more than the document in hand.

Parsers that are called here are pure functions at the top level of a module, which take the bytes and the
address first; what they take and return can be pickled.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Concatenate, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from scrapers.canonical import host_of
from scrapers.errors import TooCostly
from scrapers.worker import Bounds, within_bounds

_P = ParamSpec("_P")
_T = TypeVar("_T")

SHORT: Final = 256 * 1024
"""Bytes that the parsers called through `parsed` are done with in a second, whatever stands in them."""

_PATIENCE: Final = 0.2  # seconds that a document waits for the worker of all before a second one helps
_HELPS_FOR: Final = 5.0  # seconds without work after which that one ends
_REMEMBERED: Final = 1_000  # sources whose documents were not; one more worker is for these
_HARDLY_BEGUN: Final = 1.0  # seconds; a worker that broke sooner may have been about to end by itself


_source: ContextVar[str | None] = ContextVar("source", default=None)
_by_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, Parsing]" = WeakKeyDictionary()


@contextmanager
def on_behalf_of(source_id: str) -> Iterator[None]:
    """What is parsed in this block is a source's; elsewhere it is that of the host it came from."""
    before = _source.set(source_id)
    try:
        yield
    finally:
        _source.reset(before)


async def parsed(
    parse: Callable[Concatenate[bytes, str, _P], _T],
    body: bytes,
    url: str,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _T:
    """What `parse` makes of a document; a short one is read in a thread.

    Raises:
        TooCostly: reading it took more time or memory than one document may take.
        ScrapeError: as `parse` says.
    """
    return await _of_this_loop().parsed(partial(parse, body, url, *args, **kwargs), url, len(body))


async def parsed_apart(
    parse: Callable[Concatenate[bytes, str, _P], _T],
    body: bytes,
    url: str,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _T:
    """Like `parsed`, in a process however short the document is.

    For parsers that are hundreds of regular expressions: one of these that takes for ever stops all threads.
    """
    return await _of_this_loop().parsed_apart(partial(parse, body, url, *args, **kwargs), url)


class Parsing:
    """Hands documents to threads and workers, and remembers whose took too long. One for an event loop."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._lane = asyncio.Semaphore(1)
        self._second_lane = asyncio.Semaphore(1)
        self._slow_lane = asyncio.Semaphore(1)
        self._slow: OrderedDict[str | None, None] = OrderedDict()  # the latest last

    async def parsed(self, job: Callable[[], _T], url: str, size: int) -> _T:
        """What `job` makes of `size` bytes from `url`. Raises as the function of this name says."""
        if size > SHORT or self._is_slow(url):
            return await self.parsed_apart(job, url)
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await asyncio.to_thread(job)
        except TimeoutError as error:
            self._remember(url)
            raise _too_long(url, self._bounds.seconds) from error

    async def parsed_apart(self, job: Callable[[], _T], url: str) -> _T:
        """What `job` makes of a document from `url`. Raises as the function of this name says."""
        try:
            async with self._turn(url) as bounds:
                return await self._in_time(job, url, bounds)
        except TooCostly:
            self._remember(url)
            raise

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[Bounds]:
        """Wait for a worker. There is one for all, which is enough as long as nothing takes long."""
        if self._is_slow(url):
            async with self._slow_lane:
                yield self._bounds
        elif await _acquired(self._lane):
            try:
                yield self._bounds
            finally:
                self._lane.release()
        else:
            async with self._second_lane:
                yield replace(self._bounds, idle_seconds=min(_HELPS_FOR, self._bounds.idle_seconds))

    async def _in_time(self, job: Callable[[], _T], url: str, bounds: Bounds) -> _T:
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await self._in_worker(job, url, bounds)
        except TimeoutError as error:
            raise _too_long(url, self._bounds.seconds) from error

    async def _in_worker(self, job: Callable[[], _T], url: str, bounds: Bounds) -> _T:
        from anyio import BrokenWorkerProcess

        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            return await self._sent(job, bounds)
        except BrokenWorkerProcess as error:
            if (took := clock() - begun) > _HARDLY_BEGUN:
                raise self._broke(url, took) from error
        try:
            return await self._sent(job, bounds)
        except BrokenWorkerProcess as error:
            raise self._broke(url, clock() - begun) from error

    async def _sent(self, job: Callable[[], _T], bounds: Bounds) -> _T:
        from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

        os.environ.setdefault("PYTHONSAFEPATH", "1")  # workers import nothing from the folder they start in
        nobody_waits = CapacityLimiter(1)  # the lanes decide how many work at once
        try:
            return await to_process.run_sync(
                within_bounds, job, bounds, cancellable=True, limiter=nobody_waits
            )
        except (KeyboardInterrupt, SystemExit) as stopped:  # the worker was, by Ctrl-C before it was at work
            raise BrokenWorkerProcess from stopped
        except OSError as error:  # it ended while it began, or none could be begun; parsers do no I/O
            raise BrokenWorkerProcess from error

    def _broke(self, url: str, took: float) -> TooCostly:
        if took >= self._bounds.cpu_seconds:
            return _too_long(url, self._bounds.cpu_seconds)
        return TooCostly("reading it broke the process that did", url=url)

    def _is_slow(self, url: str) -> bool:
        return bool(self._slow) and _owner(url) in self._slow

    def _remember(self, url: str) -> None:
        self._slow[_owner(url)] = None
        if len(self._slow) > _REMEMBERED:
            self._slow.popitem(last=False)


async def _acquired(lane: asyncio.Semaphore) -> bool:
    """Whether it was free soon enough; it is to be released then."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await lane.acquire()
    except TimeoutError:
        return False


def _owner(url: str) -> str | None:
    return _source.get() or host_of(url)


def _too_long(url: str, seconds: float) -> TooCostly:
    return TooCostly(f"reading it took more than {seconds:g} s", url=url)


def _of_this_loop() -> Parsing:
    loop = asyncio.get_running_loop()
    found = _by_loop.get(loop)
    if found is None:
        found = _by_loop[loop] = Parsing()
    return found
