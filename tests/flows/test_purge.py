"""A purge beside a daemon at work: what still stands at its source is fetched again, and not kept again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from monitor.assembly import station
from monitor.cli import cli
from monitor.config import load
from monitor.demo.clock import TurnedClock

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
