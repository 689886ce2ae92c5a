"""Putting the parts together: from a configuration to a daemon that runs."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from monitor.chores import Chore
from monitor.config import Config
from monitor.daemon import Daemon
from monitor.deliver import Deliverer, Presentation
from monitor.draft import Policy
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.incidents import TITLE as SOURCE_HEALTH_TITLE
from monitor.notifiers import registry
from monitor.observe import UNOBSERVED
from monitor.poll import Poller, PollReport, ignore
from monitor.ports import Notifier, Observer, Scraper
from monitor.pruning import Pruner
from monitor.rules import Rule, RuleSet
from monitor.settings import Retention
from scrapers.http import HttpClient
from scrapers.model import Clock, Cursor, Fetched, Source
from scrapers.registry import KINDS
from storage import migrate
from storage.model import RuleDefinition
from storage.store import Store, open_store


@dataclass(frozen=True, kw_only=True, slots=True)
class Station:
    """A running desk: its database, its loops and the daemon above them."""

    config: Config
    store: Store
    poller: Poller
    daemon: Daemon


@asynccontextmanager
async def station(
    config: Config,
    clock: Clock,
    *,
    polled: Callable[[PollReport], None] = ignore,
    observer: Observer = UNOBSERVED,
) -> AsyncIterator[Station]:
    """A worker on this desk: what a daemon, or one pass of it, works with. It is closed afterwards.

    Raises:
        DeskTaken: another process works on this SQLite database.
        SchemaMismatch: the database is newer than this Groundswell.
        StorageUnavailable: the database cannot be reached.
    """
    async with (
        _opened(config) as store,
        _working(store),
        _staffed(store, config, clock, polled, observer) as staffed,
    ):
        yield staffed


@asynccontextmanager
async def side_station(config: Config, clock: Clock) -> AsyncIterator[Station]:
    """Like `station`, for what may be done beside a running daemon: nothing is leased.

    Raises:
        SchemaMismatch: the database is newer than this Groundswell.
        StorageUnavailable: the database cannot be reached.
    """
    async with _opened(config) as store, _staffed(store, config, clock, ignore, UNOBSERVED) as staffed:
        yield staffed


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
    store: Store, config: Config, clock: Clock, polled: Callable[[PollReport], None], observer: Observer
) -> AsyncIterator[Station]:
    policy = await asyncio.to_thread(_register, store, config, clock)
    receivers = build_notifiers(config)
    client = HttpClient(config.http, clock)
    daemon, poller = _crew(store, config, clock, policy, client, receivers, polled, observer)
    try:
        yield Station(config=config, store=store, poller=poller, daemon=daemon)
    finally:
        await daemon.stop()
        for receiver in receivers.values():
            await receiver.close()
        await client.aclose()


def _crew(
    store: Store,
    config: Config,
    clock: Clock,
    policy: Policy,
    client: HttpClient,
    receivers: Mapping[str, Notifier],
    polled: Callable[[PollReport], None],
    observer: Observer,
) -> tuple[Daemon, Poller]:
    worker = worker_name()
    poller = Poller(
        store=store,
        scrapers=build_scrapers(client),
        sources={source.id: source for source in config.sources},
        policy=policy,
        clock=clock,
        observer=observer,
    )
    deliverer = Deliverer(
        store=store,
        notifiers=receivers,
        presentation=presentation(config),
        clock=clock,
        worker=worker,
        observer=observer,
    )
    daemon = Daemon(
        store=store,
        poller=poller,
        deliverer=deliverer,
        clock=clock,
        worker=worker,
        concurrency=config.concurrency,
        chores=chores(store, config),
        polled=polled,
    )
    return daemon, poller


def chores(store: Store, config: Config) -> tuple[Chore, ...]:
    """What the daemon does beside its polls and deliveries."""
    retention = Retention(longest=config.retention, size=config.retention_size)
    receivers = [receiver.id for receiver in config.receivers]
    return (Pruner(store=store, retention=retention, receivers=receivers).chore(),)


def _register(store: Store, config: Config, clock: Clock) -> Policy:
    now = clock.now()
    store.register(config.sources, now)
    health = RuleDefinition(id=SOURCE_HEALTH, title=SOURCE_HEALTH_TITLE, severity="warning", query="")
    definitions = [
        RuleDefinition(id=rule.id, title=rule.title, severity=rule.severity, query=rule.query_text)
        for rule in config.rules
    ]
    versions = store.register_rules((health, *definitions), now)
    return Policy(
        rules=rule_set(config, versions),
        alerting=config.alerting,
        route=config.route,
        timezone=config.timezone,
    )


def rule_set(config: Config, versions: Mapping[str, int]) -> RuleSet:
    """The configured rules in their registered versions."""
    return RuleSet(
        Rule(
            id=rule.id, title=rule.title, severity=rule.severity, query=rule.query, version=versions[rule.id]
        )
        for rule in config.rules
    )


def build_scrapers(client: HttpClient) -> dict[str, Scraper]:
    """One scraper of every kind, all behind one client."""
    return {kind: known.scraper(client) for kind, known in KINDS.items()}


def build_notifiers(config: Config) -> dict[str, Notifier]:
    """One notifier for every configured receiver, by its id."""
    return {
        receiver.id: registry.KINDS[receiver.kind].build(receiver.options) for receiver in config.receivers
    }


def presentation(config: Config) -> Presentation:
    """How this desk shows alerts."""
    return Presentation(
        timezone=config.timezone, names=channel_names(config.sources), masked=config.alerting.mask
    )


def channel_names(sources: tuple[Source, ...]) -> frozenset[str]:
    """User names of configured channels, lower case: public by the owner's own choice."""
    names = (getattr(source.options, "channel", None) for source in sources)
    return frozenset(name.lower() for name in names if name)


def worker_name() -> str:
    """A name for this process in leases: unique among living processes."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"


async def preview(config: Config, source: Source) -> Fetched:
    """Fetch a source once, as if for the first time, and store nothing.

    Raises:
        ScrapeError: the source could not be read.
    """
    from monitor.clock import SystemClock

    async with HttpClient(config.http, SystemClock()) as client:
        return await KINDS[source.kind].scraper(client).fetch(source, Cursor())
