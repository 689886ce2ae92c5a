"""A channel that stops and begins again, and one that fails meanwhile, through the whole line."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo.clock import TurnedClock
from tests.fakes.small_web import Reply
from tests.flows.at_work import at_work

START = datetime(2026, 3, 9, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = """
[[rule]]
id = "complaint"
query = "отпуск"

[route]
group_wait = "0s"
"""


def _write_a_week(channel) -> None:
    for day in range(7, 0, -1):
        for hour in range(0, 14, 2):
            at = START - day * DAY + hour * HOUR
            channel.write(f"Погода в {hour} часов, {at:%d.%m} (вымышленный пример)", at)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_channel_that_stops_is_told_once_and_one_that_fails_is_not_called_silent(outside, store_url):
    stopping, failing = outside.web.channel("stopping"), outside.web.channel("failing")
    _write_a_week(stopping)
    _write_a_week(failing)
    clock = TurnedClock(START)
    async with at_work(outside.configure(store_url, RULES, interval="3h"), clock) as desk:
        await desk.tick()
        outside.web.always["/s/failing"] = Reply(status=503)
        await desk.pass_time(4 * DAY)

        assert set(desk.running.store.source("stopping").incidents) == {"silent"}
        assert set(desk.running.store.source("failing").incidents) == {"unavailable"}
        told = [post for post in outside.hook.posted if b"is silent" in post.body]
        assert len(told) == 1
        assert b"nothing new for " in told[0].body

        stopping.write("Снова здесь (вымышленный пример)", clock.now())
        await desk.pass_time(6 * HOUR)
        assert desk.running.store.source("stopping").incidents == {}
        assert sum(b"is silent" in post.body for post in outside.hook.posted) == 2
