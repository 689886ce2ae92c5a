"""The daemon over a real store, without sources to poll."""

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.daemon import Crew, Daemon
from monitor.deliver import Deliverer, Presentation
from monitor.draft import Policy
from monitor.poll import Poller
from monitor.pruning import Pruner
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.schedule import longest_waits
from monitor.settings import AlertingOptions, Retention
from storage.model import NotificationStatus

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock:
    def __init__(self, desk) -> None:
        self._desk = desk

    def now(self):
        return self._desk.now


def without_receivers(desk, retention: Retention | None = None) -> Daemon:
    clock = Clock(desk)
    policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=()))
    pruner = Pruner(store=desk.store, retention=retention or Retention(longest=30 * DAY), receivers=())
    crew = Crew(
        poller=Poller(store=desk.store, scrapers={}, sources={}, policy=policy, clock=clock),
        deliverer=Deliverer(
            store=desk.store,
            notifiers={},
            presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
            clock=clock,
            worker="w",
        ),
        concurrency=1,
        longest=longest_waits((), HOUR),
        chores=(pruner.chore(),),
    )
    return Daemon(store=desk.store, crew=crew, clock=clock, worker="w")


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

    assert warned == ["notifications wait for receiver mail, which is not configured; given up after 3 days"]
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
