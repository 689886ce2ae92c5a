"""Receivers that a reload mends, brings back or takes out, and what waits for them. Texts are fictional."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

from prometheus_client import CollectorRegistry, generate_latest

from monitor.assembly import station
from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.gauges import Gauges
from monitor.metrics import Metrics
from tests.fakes.webhook_sink import Reply
from tests.flows.serving import TOLD_AT_ONCE, await_true

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIL_TOO = TOLD_AT_ONCE + 'receivers = ["hook", "mail"]\n'
HOOK_ONLY = TOLD_AT_ONCE + 'receivers = ["hook"]\n'
NO_HOOK = TOLD_AT_ONCE + 'receivers = ["mail"]\n'


class Desk:
    """A worker whose clock is turned, and its configuration."""

    def __init__(self, running, clock, configure) -> None:
        self.running = running
        self.clock = clock
        self._configure = configure

    async def tick(self) -> None:
        await self.running.daemon.tick(self.clock.now())
        await self.running.daemon.settled()

    async def fail(self, times: int) -> None:
        """Collect, then let so many attempts go by that the pauses are long."""
        for _ in range(times):
            await self.tick()
            self.clock.move_to(self.clock.now() + 2 * HOUR)
        await self.tick()

    async def reload(self, rest, *changed) -> None:
        await self.running.change_to(load(self._configure(rest, *changed)))

    @property
    def status(self) -> dict[str, tuple[str, int]]:
        (alert,) = self.running.store.alerts(limit=2, rule="complaint")
        told = self.running.store.notifications(alert.id)
        return {one.receiver: (str(one.status), one.attempts) for one in told}


@asynccontextmanager
async def desk(outside, url, rest, *changed):
    """A desk with one alert to tell of; `changed` are edits of its configuration."""

    def configure(rest, *changed):
        path = outside.configure(url, rest, interval="1d")
        text = path.read_text()
        for old, new in changed:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    clock = TurnedClock(START)
    outside.web.channel("wives").write("Им не дают отпуск (вымышленный пример)", clock.now())
    async with station(load(configure(rest, *changed)), clock) as running:
        yield Desk(running, clock, configure)


def wrong_address(outside) -> tuple[str, str]:
    return outside.hook.url, "http://127.0.0.1:9/nobody"


def without_hook(outside) -> tuple[str, str]:
    return f'[[receiver]]\nid = "hook"\nkind = "webhook"\nurl = "{outside.hook.url}/(sample)"\n', ""


async def test_what_waits_for_a_receiver_that_was_mended_goes_out_at_once(outside, sqlite_store_url):
    async with desk(outside, sqlite_store_url, HOOK_ONLY, wrong_address(outside)) as running:
        await running.fail(6)
        assert running.status == {"hook": ("pending", 6)}
        await running.reload(HOOK_ONLY)
        await running.tick()
        assert running.status == {"hook": ("sent", 7)}
    assert len(outside.hook.posted) == 1


async def test_a_receiver_that_a_reload_leaves_as_it_was_keeps_its_pause(outside, sqlite_store_url):
    async with desk(outside, sqlite_store_url, HOOK_ONLY, wrong_address(outside)) as running:
        await running.fail(6)
        await running.reload(MAIL_TOO, wrong_address(outside))
        await running.tick()
        assert running.status == {"hook": ("pending", 6)}


async def test_an_attempt_that_was_under_way_then_and_fails_sets_no_new_pause(outside, sqlite_store_url):
    released = Event()
    async with desk(outside, sqlite_store_url, HOOK_ONLY) as running:
        outside.hook.replies.extend([Reply(status=500) for _ in range(6)])
        await running.fail(6)
        outside.hook.replies.append(Reply(status=500, wait_for=released))
        running.clock.move_to(running.clock.now() + 2 * HOUR)
        await running.running.daemon.tick(running.clock.now())
        await await_true(lambda: len(outside.hook.posted) == 7)
        await running.reload(HOOK_ONLY, ('kind = "webhook"', 'kind = "webhook"\ntimeout = "25s"'))
        await running.running.daemon.tick(running.clock.now())
        released.set()
        await running.running.daemon.settled()
        assert running.status == {"hook": ("pending", 7)}
        await running.tick()
        assert running.status == {"hook": ("sent", 8)}


async def test_what_waits_for_one_that_was_taken_out_is_told_and_measured_and_goes_out_when_it_is_back(
    outside, sqlite_store_url, caplog
):
    async with desk(outside, sqlite_store_url, MAIL_TOO, wrong_address(outside)) as running:
        await running.fail(6)
        caplog.clear()
        await running.reload(NO_HOOK, without_hook(outside))
        for _ in range(2):
            await running.tick()
        told = [record.getMessage() for record in caplog.records if "taken out" in record.getMessage()]
        assert len(told) == 1
        assert told[0].startswith('1 notification waits for receiver "hook", which was taken out')
        numbers = measured(running.running.store, running.clock, ["mail"])
        assert 'groundswell_outbox_pending{receiver="hook"} 1.0' in numbers
        assert 'groundswell_outbox_pending{receiver="mail"} 0.0' in numbers
        await running.reload(MAIL_TOO)
        await running.tick()
        assert running.status == {"hook": ("sent", 7), "mail": ("sent", 1)}
        assert 'receiver="hook"' not in measured(running.running.store, running.clock, ["mail"])


def measured(store, clock, receivers) -> str:
    registry = CollectorRegistry()
    registry.register(Gauges(store.vitals, clock, Metrics(sources=(), receivers=receivers)))
    return generate_latest(registry).decode()
