"""Putting the parts together: a running desk, from its database to the daemon above it, and its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from monitor.config import Config
from monitor.daemon import Daemon
from monitor.observe import UNOBSERVED
from monitor.office import Office
from monitor.poll import Poller
from monitor.poll_report import PollReport, ignore
from monitor.ports import Observer
from scrapers.model import Clock
from storage import migrate
from storage.store import Store, open_store

if TYPE_CHECKING:
    from scrapers.telegram_budget import BudgetOptions

# For every poll, every delivery and the daemon itself, so that nobody waits for a thread which some hostile
# page keeps busy. One more is begun only when all others are at work.
MOST_THREADS = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Station:
    """A running desk: its database, its loops and the daemon above them."""

    config: Config
    store: Store
    poller: Poller
    daemon: Daemon
    change_to: Callable[[Config], Awaitable[None]]  # makes the daemon work by another configuration
    left: Callable[[], str | None]  # which sources are left to another process, and why; None: none are


@asynccontextmanager
async def station(
    config: Config,
    clock: Clock,
    *,
    polled: Callable[[PollReport], None] = ignore,
    observer: Observer = UNOBSERVED,
    woken: asyncio.Event | None = None,
    budget: "BudgetOptions | None" = None,
) -> AsyncIterator[Station]:
    """A worker on this desk: what a daemon, or one pass of it, works with. It is closed afterwards.

    Args:
        config: The desk's configuration.
        clock: Tells the time.
        polled: Is told of every poll that ended.
        observer: Is told how the work goes.
        woken: Is set when the daemon should not wait for its next tick.
        budget: How much an account may ask in real time, where `clock` runs at another pace than real time;
            None: what the configuration allows.

    Raises:
        DeskTaken: another process works on this SQLite database.
        SchemaMismatch: the database is newer than this Groundswell.
        StorageUnavailable: the database cannot be reached.
    """
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="groundswell")
    )
    async with (
        _opened(config) as store,
        _working(store),
        _staffed(
            store, config, clock, polled=polled, observer=observer, woken=woken, budget=budget
        ) as staffed,
    ):
        yield staffed


@asynccontextmanager
async def side_station(config: Config, clock: Clock) -> AsyncIterator[Station]:
    """Like `station`, for what may be done beside a running daemon: nothing is leased.

    Raises:
        SchemaMismatch: the database is newer than this Groundswell.
        StorageUnavailable: the database cannot be reached.
    """
    async with _opened(config) as store, _staffed(store, config, clock) as staffed:
        yield staffed


@asynccontextmanager
async def listening(store: Store, woken: asyncio.Event) -> AsyncIterator[None]:
    """Be woken by what other workers of the desk commit, while the block runs."""
    task = asyncio.create_task(store.listen(woken.set), name="listen")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[Store]:
    await asyncio.to_thread(migrate.upgrade, config.database_url)
    store = await asyncio.to_thread(open_store, config.database_url)
    try:
        yield store
    finally:
        await asyncio.to_thread(store.close)


@asynccontextmanager
async def _working(store: Store) -> AsyncIterator[None]:
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, store.working())
        yield


@asynccontextmanager
async def _staffed(
    store: Store,
    config: Config,
    clock: Clock,
    *,
    polled: Callable[[PollReport], None] = ignore,
    observer: Observer = UNOBSERVED,
    woken: asyncio.Event | None = None,
    budget: "BudgetOptions | None" = None,
) -> AsyncIterator[Station]:
    woken = woken or asyncio.Event()
    office = Office(store, clock, observer, woken, budget)
    crew = office.hire(config, await office.register(config))
    daemon = Daemon(
        store=store,
        crew=crew,
        clock=clock,
        worker=office.worker,
        polled=polled,
        woken=woken,
        hearing=office.hearing,
    )
    try:
        yield Station(
            config=config,
            store=store,
            poller=crew.poller,
            daemon=daemon,
            change_to=partial(office.change, daemon),
            left=office.left,
        )
    finally:
        await daemon.stop()
        await office.close()
