"""Our own line goes away and comes back: everything is read soon, and a source that is ill alone rests."""

from datetime import UTC, datetime, timedelta

from monitor.demo.clock import TurnedClock
from tests.fakes.small_web import Reply
from tests.flows.at_work import at_work

START = datetime(2026, 3, 9, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=25)
NAMES = ("first", "second", "third")
RULES = """
[[rule]]
id = "complaint"
query = "отпуск"

[route]
group_wait = "0s"
"""


async def test_all_sources_are_read_soon_after_an_outage_of_the_line(outside, store_url):
    for name in NAMES:
        outside.web.channel(name).write("Погода (вымышленный пример)", START - HOUR)
    clock = TurnedClock(START)
    async with at_work(outside.configure(store_url, RULES, interval="10m"), clock) as desk:
        await desk.tick()
        for name in NAMES:
            outside.web.always[f"/s/{name}"] = Reply(status=503)
        await desk.pass_time(10 * HOUR)
        assert all(desk.running.store.source(name).failures > 8 for name in NAMES)

        outside.web.always.clear()
        await desk.pass_time(SOON)
        assert [desk.running.store.source(name).failures for name in NAMES] == [0, 0, 0]


async def test_a_source_that_fails_alone_is_asked_more_and_more_seldom(outside, store_url):
    for name in NAMES:
        outside.web.channel(name).write("Погода (вымышленный пример)", START - HOUR)
    clock = TurnedClock(START)
    async with at_work(outside.configure(store_url, RULES, interval="10m"), clock) as desk:
        await desk.tick()
        outside.web.always["/s/first"] = Reply(status=503)
        await desk.pass_time(10 * HOUR)

        assert desk.running.store.source("first").failures < 8
        assert desk.running.store.source("second").failures == 0
