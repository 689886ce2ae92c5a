"""Putting the parts together: from a configuration to a daemon that runs."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from monitor.account import Turn, open_account
from monitor.chores import Chore
from monitor.config import Config
from monitor.config_telegram import KIND
from monitor.correlation.absence import first_timers, last_timers
from monitor.correlation.kinds import CorrelationSet
from monitor.daemon import Crew, Daemon, Deliveries
from monitor.deliver import Deliverer, Presentation
from monitor.desk import AccountState, Limits
from monitor.desk_health import DeskHealth
from monitor.draft import Policy
from monitor.hearing import Hearing
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.incidents import TITLE as SOURCE_HEALTH_TITLE
from monitor.notifiers import registry
from monitor.observe import UNOBSERVED
from monitor.poll import Poller, PollReport, ignore
from monitor.ports import Notifier, Observer, Scraper
from monitor.pruning import Pruner
from monitor.query.sameness import ask_the_same
from monitor.routing import longest_group_wait
from monitor.rules import Rule, RuleSet
from monitor.schedule import longest_waits
from monitor.settings import Retention
from scrapers.http import HttpClient
from scrapers.model import Clock, Cursor, Fetched, Source
from scrapers.registry import KINDS
from storage import migrate
from storage.model import LongestWaits, RuleDefinition
from storage.store import Store, open_store

if TYPE_CHECKING:
    from scrapers.telegram_account import Account
    from scrapers.telegram_budget import BudgetOptions

log = logging.getLogger(__name__)

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
    office = _Office(store, clock, observer, woken, budget)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Equipment:
    """What a crew works with."""

    config: Config
    client: HttpClient
    receivers: Mapping[str, Notifier]


class _Office:
    """Has one crew at work at a time; a new one takes over what has not changed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        observer: Observer,
        woken: asyncio.Event,
        budget: "BudgetOptions | None" = None,
    ) -> None:
        self.worker = worker_name()
        self._budget = budget
        self._store = store
        self._clock = clock
        self._observer = observer
        self._woken = woken
        self._equipment: _Equipment | None = None
        self._turn: Turn | None = None  # kept while a source needs it: a changed [telegram] needs a restart
        self.hearing = Hearing(woken.set)
        self._closing: set[asyncio.Task[None]] = set()

    async def register(self, config: Config) -> Policy:
        """Make the database know what is configured. Raises `StorageUnavailable`."""
        return await asyncio.to_thread(_register, self._store, config, self._clock)

    def hire(self, config: Config, policy: Policy) -> Crew:
        """The crew for a configuration, which takes over what the one of before has that is the same."""
        equipment = self._equipment = _Equipment(
            config=config, client=self._client(config), receivers=self._receivers(config)
        )
        turn = self._turn = self._turn_for(config)
        poller = Poller(
            store=self._store,
            scrapers=build_scrapers(equipment.client, turn.account if turn else None),
            sources={source.id: source for source in config.sources},
            policy=policy,
            clock=self._clock,
            committed=self._woken.set,
            observer=self._observer,
        )
        deliverer = Deliverer(
            store=self._store,
            notifiers=equipment.receivers,
            presentation=presentation(config),
            clock=self._clock,
            worker=self.worker,
            observer=self._observer,
        )
        return Crew(
            poller=poller,
            deliverer=deliverer,
            concurrency=config.concurrency,
            longest=_longest(config),
            chores=chores(self._store, config, account=turn.state if turn else lambda: None),
            in_line=frozenset({KIND}),
            left_to_others=turn.left_to_others if turn else tuple,
        )

    def _turn_for(self, config: Config) -> Turn | None:
        """The account where a source needs it; Telethon takes a second to load."""
        if config.telegram is None or not any(source.kind == KIND for source in config.sources):
            return None
        if self._turn is not None and self._turn.account is not None:
            return self._turn
        return Turn(
            config.telegram,
            self._clock,
            self.hearing,
            alone=config.is_for_one_worker,
            budget=self._budget,
        )

    def left(self) -> str | None:
        """Which sources are left to another process, and why; None: none are."""
        return self._turn.obstacle if self._turn is not None else None

    async def change(self, daemon: Daemon, config: Config) -> None:
        """Make `daemon` work by `config`. Raises `StorageUnavailable`, and then nothing has changed."""
        policy, old, turn = await self.register(config), self._equipment, self._turn
        in_flight = await daemon.change_to(self.hire(config, policy))
        if turn is not None and turn is not self._turn:
            await turn.close()
        if old is not None:
            await self._put_away(old, in_flight)

    async def close(self) -> None:
        """Give back every connection; nothing is in flight any more."""
        await asyncio.gather(*self._closing)
        if self._equipment is not None:
            for receiver in self._equipment.receivers.values():
                await receiver.close()
            await self._equipment.client.aclose()
        if self._turn is not None:
            await self._turn.close()

    async def _put_away(self, old: _Equipment, in_flight: Deliveries) -> None:
        """Close what was not taken over: the client now, notifiers when they are done."""
        new = self._equipment
        if new is None:
            return
        if old.client is not new.client:
            new.client.pacing.take_over_from(old.client.pacing)
            await old.client.aclose()
        for name, receiver in old.receivers.items():
            if receiver is not new.receivers.get(name):
                task = asyncio.create_task(_close_after(in_flight.get(name), receiver), name=f"close {name}")
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    def _client(self, config: Config) -> HttpClient:
        """The same client where nothing is to be different: it knows its hosts."""
        if self._equipment is not None and self._equipment.config.http == config.http:
            return self._equipment.client
        return HttpClient(config.http, self._clock)

    def _receivers(self, config: Config) -> dict[str, Notifier]:
        """The same notifier where its receiver is the same: it knows when it may be called again."""
        if self._equipment is None:
            return build_notifiers(config)
        kept = {one.id for one in config.receivers if one in self._equipment.config.receivers}
        return build_notifiers(config, {name: self._equipment.receivers[name] for name in kept})


async def _close_after(delivery: asyncio.Task[None] | None, receiver: Notifier) -> None:
    if delivery is not None:
        await asyncio.wait((delivery,))
    await receiver.close()


def chores(
    store: Store, config: Config, account: Callable[[], AccountState | None] = lambda: None
) -> tuple[Chore, ...]:
    """What the daemon does beside its polls and deliveries."""
    retention = Retention(longest=config.retention, size=config.retention_size)
    receivers = [receiver.id for receiver in config.receivers]
    desk = DeskHealth(
        store=store,
        limits=Limits(disk_free=config.health.least_disk, size=config.retention_size),
        receivers=receivers,
        policy=Policy(rules=RuleSet(()), alerting=config.alerting, route=config.route),
        account=account,
    )
    return (Pruner(store=store, retention=retention, receivers=receivers).chore(), desk.chore())


def _register(store: Store, config: Config, clock: Clock) -> Policy:
    now = clock.now()
    store.register(config.sources, now)
    store.bring_forward(now, _longest(config))
    health = RuleDefinition(id=SOURCE_HEALTH, title=SOURCE_HEALTH_TITLE, severity="warning", query="")
    definitions = rule_definitions(config, store.rule_queries())
    versions = store.register_rules((health, *definitions), now)
    judged_before = store.judged_groups([one.id for one in config.correlations if one.watches_absence])
    first = first_timers(config.correlations, now, judged_before)
    store.start_timers((*first, *last_timers(config.correlations, now, store.alerted_groups())))
    return Policy(
        rules=rule_set(config, versions),
        alerting=config.alerting,
        route=config.route,
        timezone=config.timezone,
        correlations=correlation_set(config, versions, store.naming_key()),
    )


def rule_definitions(config: Config, had: Mapping[str, Sequence[str]]) -> list[RuleDefinition]:
    """The configured rules and correlations; where a rule asks what it has asked before, in those words."""
    rules = [
        RuleDefinition(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            query=_known_wording(rule.query_text, had.get(rule.id, ())),
        )
        for rule in config.rules
    ]
    return rules + [
        RuleDefinition(id=one.id, title=one.title, severity=one.severity, query=one.stated())
        for one in config.correlations
    ]


def _known_wording(query: str, had: Sequence[str]) -> str:
    if query in had:
        return query
    return next((before for before in had if ask_the_same(before, query)), query)


def _longest(config: Config) -> LongestWaits:
    return longest_waits(config.sources, longest_group_wait(config.route))


def rule_set(config: Config, versions: Mapping[str, int]) -> RuleSet:
    """The configured rules in their registered versions."""
    return RuleSet(
        Rule(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            query=rule.query,
            version=versions[rule.id],
            alerts=rule.alert,
        )
        for rule in config.rules
    )


def correlation_set(config: Config, versions: Mapping[str, int], naming_key: bytes) -> CorrelationSet:
    """The configured correlations in their registered versions, as a desk with this key judges them."""
    return CorrelationSet(
        (replace(one, version=versions[one.id], key=naming_key) for one in config.correlations),
        tags={source.id: source.tags for source in config.sources},
    )


def build_scrapers(client: HttpClient, account: "Account | None" = None) -> dict[str, Scraper]:
    """One scraper of every kind, all behind one client and one account."""
    return {kind: known.scraper(client, account) for kind, known in KINDS.items()}


def build_notifiers(config: Config, kept: Mapping[str, Notifier] | None = None) -> dict[str, Notifier]:
    """One notifier for every configured receiver, by its id: the one that is `kept`, or a new one."""
    built = dict(kept or {})
    for receiver in config.receivers:
        if receiver.id not in built:
            built[receiver.id] = registry.KINDS[receiver.kind].build(receiver.options)
    return built


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

    clock = SystemClock()
    account = open_account(config.telegram, clock) if config.telegram and source.kind == KIND else None
    try:
        async with HttpClient(config.http, clock) as client:
            return await KINDS[source.kind].scraper(client, account).fetch(source, Cursor())
    finally:
        if account is not None:
            await account.close()
