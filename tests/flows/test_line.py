"""The whole line in one process: real servers around it, a real database under it, a clock that is turned."""

import asyncio
import json
import random
import re
import sqlite3
import threading
from collections import deque
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from monitor.assembly import Station, station
from monitor.config import load
from monitor.demo.bot_api import Fault
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import token, write_configuration
from monitor.demo.web import SampleWeb
from monitor.poll_report import PollReport
from tests.fakes.small_web import Reply
from tests.fakes.webhook_sink import Reply as HookReply
from tests.flows.at_work import AtWork
from tests.flows.database import rows
from tests.flows.serving import PATIENCE, await_true

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COMPLAINT = "Мужьям не дают отпуск уже целый год (вымышленный пример)"
WEATHER = "Погода в Зареченске ясная, ветер слабый (вымышленный пример)"

RULES = """
[alerting]
max_age = "1d"
repeat_interval = "12h"

[[rule]]
id = "complaint"
title = "Complaints"
query = "отпуск OR ротация"

[route]
group_by = ["source"]
group_wait = "0s"
"""

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.no_cover)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database, once of each sort; tracing the same lines twice takes long."""
    address: str = request.getfixturevalue(f"{request.param}_store_url")
    return address


class Line(AtWork):
    """A desk at work between the servers around it."""

    def __init__(
        self, running: Station, clock: TurnedClock, reports: list[PollReport], outside, url: str
    ) -> None:
        super().__init__(running, clock, reports)
        self._outside = outside
        self._url = url

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self._url, query)

    def counts(self) -> dict[str, object]:
        """How many rows each table holds that a replay must not grow."""
        names = ("item", "revision", "reading", "match", "alert", "notification", "origin_key", "seen")
        return {name: self.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}

    def the_alert(self) -> str:
        """The id of the one alert that there is."""
        [[name]] = self.rows("SELECT id FROM alert")
        return str(name)

    def told(self) -> dict[str, int]:
        """How many messages named the one alert, by receiver."""
        told: dict[str, int] = self._outside.told(self.the_alert())
        return told


@asynccontextmanager
async def line(outside, url: str, rules: str = RULES, *, interval: str = "15m", start: datetime = START):
    clock = TurnedClock(start)
    config = load(outside.configure(url, rules, interval=interval))
    reports: list[PollReport] = []
    async with station(config, clock, polled=reports.append) as running:
        yield Line(running, clock, reports, outside, url)


# ---- from a source to a mail -----------------------------------------------------------


async def test_a_first_poll_is_silent_and_what_comes_after_reaches_everyone(outside, store_url):
    channel, paper = outside.web.channel("wives"), outside.web.feed("paper")
    channel.write(COMPLAINT, START - HOUR)
    paper.write("Ротации нет (вымышленный пример)", START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        assert desk.counts()["item"] == 2
        assert desk.counts()["alert"] == 0
        assert "first poll" in str(desk.rows("SELECT withheld FROM match"))
        paper.write("Снова об отпусках (вымышленный пример)", desk.now)
        await desk.pass_time(HOUR)
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}
        [[said]] = desk.rows("SELECT reason FROM alert")
        assert "отпусках" in str(said)
        assert "Complaints" in str(outside.mails.mails[0].read()["Subject"])


async def test_copies_in_ten_channels_are_ten_items_and_one_alert(outside, store_url):
    channels = [outside.web.channel(f"channel_{number:02}") for number in range(11)]
    async with line(outside, store_url) as desk:
        for channel in channels:
            channel.write(f"{WEATHER} {channel.name}", START - HOUR)
        await desk.pass_time(HOUR)
        for together in (channels[:1], channels[1:2], channels[2:]):
            for channel in together:
                dressed = f"❗️ {COMPLAINT.upper()} ❗️" if channel.name.endswith("3") else COMPLAINT
                channel.write(dressed, desk.now)
            await desk.pass_time(30 * MINUTE)
        copies = desk.rows("SELECT count(*) FROM item WHERE origin_id IS NOT NULL")
        assert copies == [(10,)]
        assert desk.rows("SELECT copies, told_copies FROM alert") == [(10, 10)]
        assert desk.told() == {"mail": 3, "chat": 3, "hook": 3}  # opened, the first copy, the tenth
        changes = [alert["change"] for posted in outside.hook.posted for alert in _alerts(posted)]
        assert changes == ["opened", "updated", "updated"]
        assert _alerts(outside.hook.posted[-1])[0]["copies"] == 10


async def test_copies_that_no_milestone_tells_of_are_told_after_a_while(outside, store_url):
    channels = [outside.web.channel(f"channel_{number:02}") for number in range(4)]
    async with line(outside, store_url, interval="45m") as desk:
        for channel in channels:
            channel.write(f"{WEATHER} {channel.name}", START - HOUR)
        await desk.pass_time(HOUR)
        for channel in channels:
            channel.write(COMPLAINT, desk.now)
            await desk.pass_time(HOUR)
        assert desk.told()["mail"] == 2
        await desk.pass_time(8 * HOUR)
        assert desk.told()["mail"] == 2
        await desk.pass_time(4 * HOUR)
        assert desk.told() == {"mail": 3, "chat": 3, "hook": 3}
        assert _alerts(outside.hook.posted[-1])[0]["copies"] == 3
        await desk.pass_time(13 * HOUR)
        assert desk.told()["mail"] == 3


async def test_an_edit_that_makes_a_rule_true_alerts_once(outside, store_url):
    channel = outside.web.channel("wives")
    post = channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        for words in (COMPLAINT, WEATHER, COMPLAINT):
            post.text, post.edited = words, True
            await desk.pass_time(HOUR)
        assert desk.rows("SELECT seq, text FROM revision ORDER BY seq") == [
            (1, WEATHER),
            (2, COMPLAINT),
            (3, WEATHER),
            (4, COMPLAINT),
        ]
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}


async def test_counters_that_rise_over_a_rule_alert_once(outside, store_url):
    channel = outside.web.channel("wives")
    rules = RULES.replace("отпуск OR ротация", "отпуск AND views:>=1000")
    async with line(outside, store_url, rules) as desk:
        channel.write(WEATHER, START - HOUR)
        await desk.pass_time(HOUR)
        post = channel.write(COMPLAINT, desk.now)
        for views in ("950", "1.2K", "1.3K"):
            post.views = views
            await desk.pass_time(HOUR)
        assert desk.counts()["reading"] == 4
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}


# ---- time ------------------------------------------------------------------------------


async def test_a_weekend_asleep_loses_no_alert(outside, store_url):
    """Older than max_age by now, but published since the last good poll: several pages of it."""
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        for number in range(50):
            channel.write(f"{COMPLAINT} {number}", desk.now + number * HOUR)
        desk.clock.move_to(desk.now + 3 * DAY)
        await desk.pass_time(HOUR)
        assert desk.counts()["alert"] == 50
        assert desk.rows("SELECT withheld FROM match WHERE withheld IS NOT NULL") == []
        assert desk.rows("SELECT count(*) FROM notification WHERE status = 'pending'") == [(0,)]


async def test_news_of_the_last_day_awake_that_a_page_dates_by_the_day_is_not_lost(outside, store_url):
    paper = outside.web.feed("paper")
    paper.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(12 * HOUR)
        paper.write(COMPLAINT, desk.now.replace(hour=0))
        desk.clock.move_to(desk.now + 3 * DAY)
        await desk.pass_time(HOUR)
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}


async def test_what_was_old_when_it_first_appeared_is_stored_without_an_alert(outside, store_url):
    paper = outside.web.feed("paper")
    paper.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        paper.write(COMPLAINT, START - 9 * DAY)
        await desk.pass_time(HOUR)
        assert desk.counts()["alert"] == 0
        assert "9 days" in str(desk.rows("SELECT withheld FROM match"))


# ---- sources in trouble ----------------------------------------------------------------


async def test_a_failing_source_is_one_incident_that_opens_and_closes_once(outside, store_url):
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url, interval="1h") as desk:
        await desk.pass_time(HOUR)
        outside.web.always["/s/wives"] = Reply(status=503)
        channel.write(COMPLAINT, desk.now)
        await desk.pass_time(DAY)
        assert desk.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == [("unavailable",)]
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}
        incident = desk.the_alert()
        del outside.web.always["/s/wives"]
        await desk.pass_time(DAY)
        assert desk.rows("SELECT count(*) FROM incident WHERE closed_at IS NULL") == [(0,)]
        assert outside.told(incident) == {"mail": 2, "chat": 2, "hook": 2}
        alerts = [alert for posted in outside.hook.posted for alert in _alerts(posted)]
        told = [alert["change"] for alert in alerts if alert["alert_id"] == incident]
        assert told == ["opened", "closed"]
        assert desk.rows("SELECT count(*) FROM alert WHERE rule_id = 'complaint'") == [(1,)]


async def test_a_server_that_asks_for_two_hours_of_peace_gets_them(outside, store_url):
    outside.web.channel("wives").write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        outside.web.instead["/s/wives"] = deque([Reply(status=429, headers={"Retry-After": "7200"})])
        await desk.pass_time(20 * MINUTE)
        assert desk.rows("SELECT outcome FROM source WHERE active") == [("blocked",)]
        asked = len(outside.web.asked)
        await desk.pass_time(90 * MINUTE)
        assert len(outside.web.asked) == asked
        await desk.pass_time(HOUR)
        assert len(outside.web.asked) > asked
        assert desk.rows("SELECT outcome, failures FROM source WHERE active") == [("items", 0)]


async def test_a_preview_that_is_switched_off_is_told_of_and_seldom_asked_for(outside, store_url):
    outside.web.channel("wives").write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        away = Reply(status=302, headers={"Location": f"{outside.web.url}/wives"})
        outside.web.always["/s/wives"] = away
        before = len(outside.web.asked)
        await desk.pass_time(DAY)
        assert desk.rows("SELECT kind FROM incident WHERE closed_at IS NULL") == [("preview_off",)]
        assert len(outside.web.asked) - before <= 5
        assert desk.told() == {"mail": 1, "chat": 1, "hook": 1}
        assert "preview" in outside.bot.messages[-1].text


async def test_a_feed_that_moved_on_too_far_says_so(outside, store_url):
    paper = outside.web.feed("paper", window=5)
    paper.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        for number in range(9):
            paper.write(f"{WEATHER} {number}", desk.now)
        await desk.pass_time(20 * MINUTE)
        assert desk.rows("SELECT kind FROM incident") == [("possible_gap",)]
        assert desk.counts()["item"] == 6
        assert "more than we saw" in outside.bot.messages[0].text
        await desk.pass_time(DAY)
        assert desk.counts()["alert"] == 1


async def test_a_server_that_hangs_delays_nobody_else_and_is_asked_once(outside, store_url):
    """Its poll outlasts its lease by far: the lease is renewed as long as the poll goes on."""
    released = threading.Event()
    for name in ("wives", "mothers"):
        outside.web.channel(name).write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        try:
            outside.web.always["/s/wives"] = Reply(wait_for=released)
            outside.web.channels["mothers"].write(COMPLAINT, desk.now)
            asked = _asked(outside, "/s/wives")
            for _ in range(12):
                desk.clock.move_to(desk.now + 2 * MINUTE - timedelta(seconds=1))
                await desk.running.daemon.tick(desk.now)
                await asyncio.sleep(0.02)
            await await_true(lambda: len(outside.bot.messages) == 1)
            assert _asked(outside, "/s/wives") == asked + 1
        finally:
            outside.web.always.clear()
            released.set()
        await desk.running.daemon.settled()


class Broken:
    """A scraper with a bug in it."""

    fetches = 0

    async def fetch(self, _source, _cursor):
        self.fetches += 1
        raise KeyError("a bug (fictional)")


async def test_a_bug_of_ours_is_recorded_and_not_met_again_at_once(outside, store_url):
    broken = Broken()
    outside.web.channel("wives").write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        desk.running.poller._scrapers = {"telegram_web": broken}
        for _ in range(5):
            await desk.tick()
        assert broken.fetches == 1
        assert [report.outcome for report in desk.reports] == ["internal_error"]
        await desk.pass_time(DAY)
        assert desk.rows("SELECT kind FROM incident") == [("internal_error",)]


async def test_one_pass_polls_every_source_that_is_due_though_few_places_are_free(outside, store_url):
    for number in range(13):
        outside.web.channel(f"channel_{number:02}").write(f"{WEATHER} {number}", START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.running.daemon.once(desk.now)
        assert len({report.source_id for report in desk.reports}) == 13


# ---- receivers in trouble --------------------------------------------------------------


async def test_a_receiver_that_is_down_gets_the_same_delivery_later_and_delays_no_other(outside, store_url):
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        outside.hook.replies.extend([HookReply(status=500), HookReply(hang_up=True), HookReply(status=503)])
        outside.bot.fail_next(Fault.TOO_MANY_REQUESTS, retry_after=600)
        channel.write(COMPLAINT, desk.now)
        await desk.pass_time(20 * MINUTE)
        assert len(outside.mails.mails) == 1
        assert desk.rows("SELECT DISTINCT status FROM notification") == [("sent",)]
        assert len({json.loads(posted.body)["delivery_id"] for posted in outside.hook.posted}) == 1
        assert len(outside.hook.posted) == 4
        attempts = desk.rows("SELECT receiver, attempts FROM notification ORDER BY receiver")
        assert attempts == [("chat", 2), ("hook", 4), ("mail", 1)]
        waited = desk.rows("SELECT min(settled_at), max(settled_at) FROM delivery WHERE receiver = 'chat'")
        first, last = (_moment(value) for value in waited[0])
        assert last - first >= 10 * MINUTE


async def test_a_receiver_that_hangs_delays_no_other(outside, store_url):
    released = threading.Event()
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        outside.hook.replies.append(HookReply(wait_for=released))
        try:
            for number in range(3):
                channel.write(f"{COMPLAINT} {number}", desk.now)
                desk.clock.move_to(desk.now + 17 * MINUTE)
                await desk.running.daemon.tick(desk.now)
                await await_true(lambda done=number: desk.counts()["alert"] == done + 1)
                await desk.running.daemon.tick(desk.now)
                await await_true(lambda done=number: len(outside.mails.mails) == done + 1)
            await await_true(lambda: len(outside.hook.posted) == 1)
        finally:
            released.set()
        await desk.running.daemon.settled()
        await desk.tick()
        assert desk.rows("SELECT count(*) FROM notification WHERE status = 'pending'") == [(0,)]


async def test_one_pass_waits_for_no_group_and_tries_a_failing_receiver_once(outside, store_url):
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    patient = RULES.replace('group_wait = "0s"', 'group_wait = "1h"')
    async with line(outside, store_url, patient) as desk:
        await desk.pass_time(HOUR)
        outside.hook.replies.extend([HookReply(status=500)] * 9)
        channel.write(COMPLAINT, desk.now)
        desk.clock.move_to(desk.now + HOUR)
        await desk.running.daemon.once(desk.now)
        assert len(outside.mails.mails) == 1
        assert parsedate_to_datetime(outside.mails.mails[0].read()["Date"]) == desk.now
        assert len(outside.hook.posted) == 1
        assert desk.rows("SELECT count(*) FROM notification WHERE status = 'pending'") == [(1,)]


# ---- the database in trouble -----------------------------------------------------------


@on_sqlite
async def test_a_database_that_is_locked_for_a_while_loses_nothing(outside, store_url):
    channel = outside.web.channel("wives")
    channel.write(WEATHER, START - HOUR)
    async with line(outside, store_url) as desk:
        await desk.pass_time(HOUR)
        for number in range(45):
            channel.write(f"{COMPLAINT} {number}", desk.now)
        desk.clock.move_to(desk.now + HOUR)
        locked = threading.Event()
        holder = threading.Thread(target=_hold_locked, args=(store_url, locked, 1.0))
        holder.start()
        locked.wait(PATIENCE)
        await desk.tick()
        await desk.tick()
        holder.join()
        assert desk.counts()["item"] == 46
        assert desk.counts()["alert"] == 45
        assert desk.rows("SELECT count(*) FROM notification WHERE status = 'pending'") == [(0,)]


def _hold_locked(url: str, locked: threading.Event, seconds: float) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    locked.set()
    threading.Event().wait(seconds)
    connection.execute("ROLLBACK")
    connection.close()


# ---- the same again --------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.no_cover) for seed in (1, 2))])
async def test_reading_the_sample_web_again_from_the_start_changes_nothing(
    outside, store_url, tmp_path, seed
):
    """At random moments of the ten days every source forgets how far it was."""
    chance = random.Random(seed)
    clock = TurnedClock(START)
    with SampleWeb(clock, START) as web:
        path = write_configuration(
            tmp_path, web_url=web.base_url, smtp_port=outside.mails.port, bot_url=outside.bot.url
        )
        path.write_text(re.sub(r'url = "sqlite:[^"]*"', f'url = "{store_url}"', path.read_text()))
        outside.bot._token = token()
        async with station(load(path), clock) as running:
            desk = Line(running, clock, [], outside, store_url)
            for hours in sorted(chance.sample(range(240), 4)):
                clock.move_to(START + hours * HOUR)
                await forget_and_tick(desk)
                before = desk.counts()
                await forget_and_tick(desk)
                assert desk.counts() == before
            assert before["item"]


async def forget_and_tick(desk: Line) -> None:
    desk.rows("UPDATE source SET cursor = '{}', next_due_at = '2026-01-01 00:00:00.000000'")
    await desk.tick()


# ---- words -----------------------------------------------------------------------------


def _alerts(posted) -> list[dict[str, object]]:
    alerts: list[dict[str, object]] = json.loads(posted.body)["alerts"]
    return alerts


def _asked(outside, path: str) -> int:
    return sum(asked.partition("?")[0] == path for asked in outside.web.asked)


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
