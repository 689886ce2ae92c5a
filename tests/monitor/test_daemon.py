"""The daemon over a real store, without sources to poll."""

import asyncio
import logging
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.correlation.absence import first_timers
from monitor.correlation.kinds import Condition, Correlation, CorrelationSet, Kind
from monitor.daemon import Crew, Daemon
from monitor.deliver import Deliverer, Presentation
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import Poller
from monitor.pruning import Pruner
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.schedule import longest_waits
from monitor.serving import serve
from monitor.settings import AlertingOptions, Retention
from storage.model import NotificationStatus, RuleDefinition

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock:
    def __init__(self, desk) -> None:
        self._desk = desk

    def now(self):
        return self._desk.now


def without_receivers(
    desk,
    retention: Retention | None = None,
    store=None,
    notifiers=None,
    hearing=None,
    left_to_others=(),
    correlations=(),
) -> Daemon:
    clock = Clock(desk)
    store = store or desk.store
    policy = Policy(
        rules=RuleSet(()),
        alerting=AlertingOptions(),
        route=Route(receivers=()),
        correlations=CorrelationSet(correlations),
    )
    pruner = Pruner(store=store, retention=retention or Retention(longest=30 * DAY), receivers=())
    crew = Crew(
        poller=Poller(store=store, scrapers={}, sources={}, policy=policy, clock=clock),
        deliverer=Deliverer(
            store=store,
            notifiers=notifiers or {},
            presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
            clock=clock,
            worker="w",
        ),
        concurrency=1,
        longest=longest_waits((), HOUR),
        chores=(pruner.chore(),),
        left_to_others=lambda: left_to_others,
    )
    return Daemon(store=store, crew=crew, clock=clock, worker="w", hearing=hearing)


async def test_what_waits_for_a_receiver_that_is_not_configured_is_warned_of_and_then_given_up(desk, caplog):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("a"),))
    desk.register()
    daemon = without_receivers(desk)

    for _ in range(3):
        await daemon.tick(desk.now)
        await daemon.settled()
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    desk.now += 4 * DAY
    await daemon.tick(desk.now)
    await daemon.settled()

    (told,) = warned
    assert told.startswith(
        '1 notification waits for receiver "mail", which is not configured; given up after 3'
    )
    (report,) = desk.store.notifications("GS-1")
    assert report.status is NotificationStatus.DEAD
    desk.now += 30 * DAY
    await daemon.tick(desk.now)
    await daemon.settled()
    assert desk.store.totals().items == 0


@pytest.mark.parametrize(
    ("size", "left"), [(None, {"old", "young"}), (1, {"young"}), (10**9, {"old", "young"})]
)
async def test_what_is_too_much_goes_before_its_time_but_not_on_its_first_day(desk, size, left):
    desk.post("old")
    desk.now += 2 * DAY
    desk.post("young")
    desk.register()
    daemon = without_receivers(desk, Retention(longest=30 * DAY, size=size))

    await daemon.tick(desk.now)
    await daemon.settled()

    assert {item.ref.external_id for item in desk.store.items(5)} == left


async def test_nothing_is_called_too_little_within_an_hour_of_a_start_or_a_pause(desk):
    silence = Correlation(
        id="silence",
        title="Silence",
        severity=Severity.INFO,
        kind=Kind.FLATLINE,
        rules=("leave",),
        timespan=DAY,
        condition=Condition(lt=1),
    )
    known = RuleDefinition(id="silence", title="Silence", severity="info", query=silence.stated())
    desk.register()
    desk.store.register_rules([known], desk.now)
    desk.store.start_timers(first_timers([silence], desk.now, {}))
    daemon = without_receivers(desk, correlations=[silence])

    async def opened_after(minutes: int) -> int:
        for _ in range(minutes // 4):
            desk.now += timedelta(minutes=4)
            await daemon.tick(desk.now)
            await daemon.settled()
        return len(desk.store.alerts(5))

    desk.now += DAY + timedelta(minutes=10)
    assert await opened_after(40) == 0
    desk.now += timedelta(minutes=20)
    assert await opened_after(60) == 0
    assert await opened_after(8) == 1


class SlowStore:
    """The real store, as far away as one over a network; counts the claims."""

    def __init__(self, store) -> None:
        self._store = store
        self.claims = 0

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def receivers_due(self, *details):
        time.sleep(0.01)
        return self._store.receivers_due(*details)

    def claim(self, *details, **more):
        self.claims += 1
        time.sleep(0.02 + 0.01 * (self.claims % 3))
        return self._store.claim(*details, **more)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_what_another_worker_delivers_is_not_asked_for_again_and_again(desk):
    receivers = ("chat", "mail", "phone")
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=tuple(
            desk.notification(f"{receiver}{number}", receiver=receiver, group_key=f"{receiver}{number}")
            for receiver in receivers
            for number in range(2)
        ),
    )
    for receiver in receivers:
        desk.store.claim(desk.now, worker="another", lease_for=HOUR, limit=1, receivers=(receiver,))
    store, stopping = SlowStore(desk.store), asyncio.Event()
    daemon = without_receivers(desk, store=store, notifiers=dict.fromkeys(receivers))
    serving = asyncio.create_task(serve(daemon, Clock(desk), stopping, every=HOUR))
    for _ in range(20):
        daemon.woken.set()
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.5)
    asked = store.claims
    await asyncio.sleep(0.5)
    stopping.set()
    await serving
    assert asked > 0
    assert store.claims == asked
