"""A timer that cannot be decided keeps the daemon from nothing else. Texts are fictional."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from monitor.alerts import REPEAT
from monitor.daemon import Crew, Daemon
from monitor.deliver import Deliverer, Presentation
from monitor.demo.clock import TurnedClock
from monitor.draft import Policy
from monitor.message import Message, Receipt
from monitor.poll import TIMER_REST, Poller
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.schedule import longest_waits
from monitor.settings import AlertingOptions
from storage.model import Timer

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


class Screen:
    """A receiver that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def send(self, message: Message) -> Receipt:
        self.taken.append(message)
        return Receipt(reference=None)

    async def close(self) -> None:
        pass


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def daemon(desk, screen) -> Daemon:
    """A daemon without sources; something waits for its receiver."""
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("n", receiver="screen"),))
    desk.store.register([], desk.now)
    clock = TurnedClock(desk.now)
    policy = Policy(rules=RuleSet(()), alerting=AlertingOptions(), route=Route(receivers=()))
    deliverer = Deliverer(
        store=desk.store,
        notifiers={"screen": screen},
        presentation=Presentation(timezone=ZoneInfo("UTC"), names=(), masked=True),
        clock=clock,
        worker="here:1",
    )
    poller = Poller(store=desk.store, scrapers={}, sources={}, policy=policy, clock=clock)
    crew = Crew(
        poller=poller, deliverer=deliverer, concurrency=2, longest=longest_waits((), timedelta(hours=1))
    )
    return Daemon(store=desk.store, crew=crew, clock=clock, worker="here:1")


def damage(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()


async def test_a_timer_that_fails_holds_up_no_delivery_and_rests(desk, daemon, screen, caplog):
    desk.store.start_timers([Timer(kind=REPEAT, key="no number at all", due_at=desk.now)])
    for _ in range(3):
        await daemon.tick(desk.now)
        await daemon.settled()
    assert len(screen.taken) == 1
    assert caplog.text.count("timer repeat of no number at all failed inside Groundswell") == 1
    daemon._clock.move_to(desk.now + TIMER_REST)
    await daemon.tick(desk.now + TIMER_REST)
    assert caplog.text.count("failed inside Groundswell") == 2


async def test_a_timer_of_an_alert_that_cannot_be_read_holds_up_no_delivery(
    desk, daemon, screen, sqlite_store_url
):
    desk.commit(alerts=(desk.alert("1", "GS-2", rule_id="another"),))
    desk.store.start_timers([Timer(kind=REPEAT, key=f"{desk.way_home}:GS-2", due_at=desk.now)])
    damage(sqlite_store_url, "UPDATE alert SET told_at = 'noon or so' WHERE id = 'GS-2'")
    await daemon.tick(desk.now)
    await daemon.settled()
    assert len(screen.taken) == 1


async def test_a_timer_whose_time_cannot_be_read_holds_up_no_delivery(desk, daemon, screen, sqlite_store_url):
    desk.store.start_timers([Timer(kind=REPEAT, key=f"{desk.way_home}:GS-1", due_at=desk.now)])
    damage(sqlite_store_url, "UPDATE timer SET due_at = '-'")
    await daemon.tick(desk.now)
    await daemon.settled()
    assert len(screen.taken) == 1
