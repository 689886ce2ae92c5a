"""A real daemon, killed again and again: nothing is lost, nothing is stored twice, everyone is told.

Killed from outside, when its servers were reached; `test_survive_kills_*` kill it from inside.
"""

import signal
import subprocess
import sys
import time
from threading import Event

import pytest

from tests.fakes.small_web import Reply
from tests.flows.daemons import (
    CHECKOUT,
    PATIENCE,
    RULES,
    Trigger,
    check,
    daemons,
    let_time_pass,
    publish_burst,
    run_until_idle,
    sources,
    totals,
)
from tests.flows.database import rows

pytestmark = pytest.mark.timeout(400)  # half a minute where the machine has nothing else to do

TRIGGERS: list[Trigger] = [("seconds", 0.7), ("requests", 4), ("mails", 1), ("hooks", 2), ("chats", 1)]


def test_a_killed_daemon_loses_nothing_and_stores_nothing_twice(outside, sqlite_url):
    written = sources(outside)
    with daemons(outside, outside.configure(sqlite_url, RULES)) as running:
        for number, trigger in enumerate(TRIGGERS[:4]):
            publish_burst(outside, written, number)
            running.start()
            running.await_trigger(trigger)
            running.kill()
        running.start()
        run_until_idle(running, sqlite_url, written)
        assert running.stop() == [0]
    assert rows(sqlite_url, "PRAGMA integrity_check") == [("ok",)]
    check(outside, sqlite_url, written)


def test_workers_killed_in_turns_on_one_postgres_lose_nothing(outside, postgres_url):
    written = sources(outside)
    with daemons(outside, outside.configure(postgres_url, RULES)) as running:
        for number, trigger in enumerate(TRIGGERS[1:]):
            publish_burst(outside, written, number)
            running.start(at_least=2)
            running.await_trigger(trigger)
            pid = running.kill()
            if totals(postgres_url) is not None:
                let_time_pass(postgres_url, pid)
        running.start(at_least=2)
        run_until_idle(running, postgres_url, written)
        assert running.stop() == [0, 0]
    check(outside, postgres_url, written)


def test_a_second_daemon_on_one_sqlite_file_is_refused(outside, sqlite_url):
    sources(outside)
    config = outside.configure(sqlite_url, RULES)
    with daemons(outside, config) as running:
        running.start()
        running.await_trigger(("requests", 1))
        second = subprocess.run(
            [sys.executable, "-m", "monitor", "-c", str(config), "run", "--once"],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert second.returncode == 2
        assert "one at a time" in second.stderr
        looking = subprocess.run(
            [sys.executable, "-m", "monitor", "-c", str(config), "sources", "--json"],
            cwd=CHECKOUT,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        assert looking.returncode == 0
        assert running.stop() == [0]


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_ends_soon_after_a_signal_whatever_it_is_at(outside, sqlite_url, name):
    written = sources(outside)
    publish_burst(outside, written, 1)
    released = Event()
    outside.web.always["/s/quiet_channel"] = Reply(wait_for=released)
    try:
        with daemons(outside, outside.configure(sqlite_url, RULES)) as running:
            running.start()
            running.await_trigger(("mails", 1))
            asked = time.monotonic()
            assert running.stop(name) == [0]
            assert time.monotonic() - asked < 8
    finally:
        released.set()
