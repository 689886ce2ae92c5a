"""Who is at work: a crew for a configuration, and another one when that has changed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.account import Turn
from monitor.building import build_notifiers, build_scrapers, presentation, worker_name
from monitor.chores import Chore
from monitor.config import Config
from monitor.config_telegram import KIND
from monitor.daemon import Crew, Daemon, Deliveries
from monitor.deliver import Deliverer
from monitor.desk import AccountState, Limits
from monitor.desk_health import DeskHealth
from monitor.draft import Policy
from monitor.hearing import Hearing
from monitor.poll import Poller
from monitor.ports import Notifier, Observer
from monitor.pruning import Pruner
from monitor.registration import longest, register
from monitor.rules import RuleSet
from monitor.settings import Retention
from scrapers.http import HttpClient
from scrapers.model import Clock
from storage.store import Store

if TYPE_CHECKING:
    from scrapers.telegram_budget import BudgetOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class _Equipment:
    """What a crew works with."""

    config: Config
    client: HttpClient
    receivers: Mapping[str, Notifier]


class Office:
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
        return await asyncio.to_thread(register, self._store, config, self._clock.now())

    def hire(self, config: Config, policy: Policy) -> Crew:
        """The crew for a configuration, which takes over what the one of before has that is the same."""
        mended = self._mended(config)
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
            longest=longest(config),
            chores=chores(self._store, config, account=turn.state if turn else lambda: None),
            in_line=frozenset({KIND}),
            left_to_others=turn.left_to_others if turn else tuple,
            mended=mended,
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

    def _mended(self, config: Config) -> frozenset[str]:
        """The receivers that are not as they were, or were not there; none at the start."""
        if self._equipment is None:
            return frozenset()
        before = self._equipment.config.receivers
        return frozenset(one.id for one in config.receivers if one not in before)

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
