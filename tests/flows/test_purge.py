"""A purge beside a daemon at work: what still stands at its source is fetched again, and not kept again."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from monitor.assembly import station
from monitor.cli import cli
from monitor.config import load
from monitor.demo.clock import TurnedClock
from tests.fakes.webhook_sink import Reply
from tests.flows.serving import await_true

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = "Мужьям не дают отпуск, говорит фонарщик Никто (вымышленный пример)"
COMPLAINT = "Ротации нет уже целый год (вымышленный пример)"
RULES = """
[[rule]]
id = "complaint"
title = "Complaints"
query = "отпуск OR ротация"

[route]
receivers = ["hook"]
group_wait = "0s"
"""


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_it_stays_away_while_the_daemon_goes_on(outside, store_url):
    clock = TurnedClock(START)
    wives, mirror = outside.web.channel("wives"), outside.web.channel("mirror")
    config = outside.configure(store_url, RULES)
    async with station(load(config), clock) as running:

        def texts():
            return [item.text for item in running.store.items(20)]

        async def tick():
            for _ in ("collect", "deliver"):
                clock.move_to(clock.now() + MINUTE)
                await running.daemon.tick(clock.now())
                await running.daemon.settled()

        for channel in (wives, mirror):
            channel.write("Погода ясная (вымышленный пример)", clock.now())
        await tick()
        post = wives.write(SECRET, clock.now())
        await tick()
        assert SECRET in texts()
        assert len(outside.hook.posted) == 1

        purged = CliRunner().invoke(cli, ["-c", str(config), "purge", "wives", str(post.id), "--yes"])
        assert (purged.exit_code, purged.stderr) == (0, "")
        path = Path(make_url(store_url).database or "")
        for _ in range(3):
            await tick()
        post.text = f"{SECRET}!"
        mirror.write(SECRET, clock.now())
        await tick()
        assert SECRET not in "".join(texts())
        assert len(outside.hook.posted) == 1
        files = path.parent.glob(f"{path.name}*")
        assert [file for file in files if "фонарщик".encode() in file.read_bytes()] == []

        wives.write(COMPLAINT, clock.now())
        await tick()
        assert COMPLAINT in texts()
        assert len(outside.hook.posted) == 2


@pytest.mark.parametrize(
    ("answer", "fate", "attempt", "told"),
    [
        (200, "sent", "sent", "purged while it was on its way: 1 of 1 notification; it arrived"),
        (500, "purged", "retry", "purged while it was on its way: 1 of 1 notification; not tried again"),
    ],
)
async def test_of_a_message_that_is_on_its_way_the_truth_is_told(
    outside, sqlite_store_url, caplog, answer, fate, attempt, told
):
    clock, released = TurnedClock(START), Event()
    wives = outside.web.channel("wives")
    config = outside.configure(sqlite_store_url, RULES)
    async with station(load(config), clock) as running:

        async def collect():
            clock.move_to(clock.now() + MINUTE)
            await running.daemon.tick(clock.now())
            await running.daemon.settled()

        wives.write("Погода ясная (вымышленный пример)", clock.now())
        await collect()
        post = wives.write(SECRET, clock.now())
        await collect()
        outside.hook.replies.append(Reply(status=answer, wait_for=released))
        await running.daemon.tick(clock.now())
        await await_true(lambda: outside.hook.posted)
        arguments = ["-c", str(config), "purge", "wives", str(post.id), "--yes"]
        said = CliRunner().invoke(cli, arguments).stdout
        released.set()
        await running.daemon.settled()
    assert "0 messages will not be sent" in said
    assert "On its way at that moment: 1 message, which may have been sent" in said
    assert told in caplog.text
    assert "taken over" not in caplog.text
    with closing(sqlite3.connect(sqlite_store_url.removeprefix("sqlite:///"))) as database:
        notifications = database.execute("SELECT status, attempts, lease_token FROM notification").fetchall()
        attempts = database.execute("SELECT outcome FROM delivery").fetchall()
    assert (notifications, attempts) == ([(fate, 1, None)], [(attempt,)])
