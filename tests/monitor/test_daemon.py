"""The daemon over a real store, without sources to poll."""

import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.daemon import Daemon
from monitor.deliver import Deliverer, Presentation
from monitor.draft import Policy
from monitor.poll import Poller
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.settings import AlertingOptions
from storage.model import NotificationStatus

DAY = timedelta(days=1)


class Clock:
    def __init__(self, desk) -> None:
        self._desk = desk

    def now(self):
        return self._desk.now


def without_receivers(desk) -> Daemon:
    clock = Clock(desk)
    policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=()))
    return Daemon(
        store=desk.store,
        poller=Poller(store=desk.store, scrapers={}, sources={}, policy=policy, clock=clock),
        deliverer=Deliverer(
            store=desk.store,
            notifiers={},
            presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
            clock=clock,
            worker="w",
        ),
        clock=clock,
        worker="w",
        concurrency=1,
        retention=30 * DAY,
    )


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
