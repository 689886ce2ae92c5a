"""A database that is not there when the daemon starts: it waits, says so, and ends when it is told to."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import make_url

from monitor import await_database
from monitor.await_database import database_there
from monitor.supervise import UNSUPERVISED, Unsupervised
from tests.fakes.flaky_proxy import FlakyProxy, Trouble
from tests.fakes.unready_postgres import WRONG_PASSWORD, UnreadyPostgres

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60  # seconds until something that must happen counts as not happening
NOBODY = "postgresql://desk@127.0.0.1:9/desk"
MORE_TIME = "EXTEND_TIMEOUT_USEC=1800000000"


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(await_database, "FIRST_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(await_database, "LONGEST_PAUSE", timedelta(milliseconds=4))


class Told(Unsupervised):
    """Stands where systemd listens; does something when it was told to wait so many times."""

    def __init__(self, then: dict[int, Callable[[], object]]) -> None:
        self._times = 0
        self._then = then

    def waiting(self) -> None:
        self._times += 1
        self._then.get(self._times, int)()


def reasons(caplog) -> list[str]:
    prefix = "the database is not there, and is waited for: "
    assert all(record.getMessage().startswith(prefix) for record in caplog.records)
    return [record.getMessage().removeprefix(prefix) for record in caplog.records]


@pytest.mark.usefixtures("impatient")
async def test_the_same_reason_is_told_once_and_another_one_when_it_comes(caplog, tmp_path):
    stopping = asyncio.Event()
    ends = [socket.socket(socket.AF_UNIX)]
    told = Told({5: lambda: ends[0].bind(str(tmp_path / ".s.PGSQL.5432")), 10: stopping.set})
    assert not await database_there(f"postgresql:///desk?host={tmp_path}", stopping, told)
    ends[0].close()
    missing, refused = reasons(caplog)
    assert ("No such file" in missing, "refused" in refused) == (True, True)


@pytest.mark.usefixtures("impatient")
async def test_the_same_reason_is_told_again_now_and_then(caplog, monkeypatch):
    monkeypatch.setattr(await_database, "TELL_AGAIN", timedelta(0))
    stopping = asyncio.Event()
    assert not await database_there(NOBODY, stopping, Told({4: stopping.set}))
    assert len(reasons(caplog)) == 4
    assert len(set(reasons(caplog))) == 1


async def test_a_database_that_is_there_is_not_spoken_of(caplog, store_url):
    with caplog.at_level(logging.INFO):
        assert await database_there(store_url, asyncio.Event(), UNSUPERVISED)
    assert caplog.records == []


async def test_a_pause_ends_with_the_wish_to_stop(monkeypatch):
    monkeypatch.setattr(await_database, "FIRST_PAUSE", timedelta(hours=1))
    stopping = asyncio.Event()
    waiting = asyncio.create_task(database_there(NOBODY, stopping, UNSUPERVISED))
    await asyncio.sleep(0)
    stopping.set()
    assert await asyncio.wait_for(waiting, PATIENCE) is False


# ---- the real process ------------------------------------------------------------------


class Process:
    """A daemon, what it says to systemd, and its log."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "database-url").write_text(url)
        config = folder / "config.toml"
        config.write_text('[database]\nurl_file = "database-url"\n')
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(folder / "notify"))
        self._manager.settimeout(PATIENCE)
        self._log = folder / "daemon.log"
        command = [sys.executable, "-m", "monitor", "--log-format", "human", "-c", str(config), "run"]
        environ = os.environ | {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "100000"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=CHECKOUT, env=environ, stdout=log, stderr=log)

    def heard(self) -> str:
        return self._manager.recv(4096).decode()

    def log(self) -> str:
        return self._log.read_text()

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._manager.close()


@contextmanager
def started(folder: Path, url: str) -> Iterator[Process]:
    process = Process(folder, url)
    try:
        yield process
    finally:
        process.close()


def server_of(url: str) -> int | str:
    """Where a Postgres listens: a port, or the path of its socket."""
    address = make_url(url)
    folder = address.query.get("host", address.host or "127.0.0.1")
    port = address.port or 5432
    return f"{folder}/.s.PGSQL.{port}" if str(folder).startswith("/") else port


def test_a_daemon_waits_for_its_database_and_is_ready_when_it_came(tmp_path, postgres_store_url):
    with FlakyProxy(server_of(postgres_store_url)) as proxy:
        proxy.trouble = Trouble.REFUSED
        address = make_url(postgres_store_url).set(host="127.0.0.1", port=proxy.port)
        url = address.difference_update_query(["host", "port"]).render_as_string(hide_password=False)
        with started(tmp_path, url) as daemon:
            assert daemon.heard() == MORE_TIME
            assert "the database is not there, and is waited for: " in daemon.log()
            proxy.trouble = None
            while (said := daemon.heard()) == MORE_TIME:
                pass
            assert said == "READY=1"  # no sign of life before: the watchdog does not run yet
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.ended() == 0
    assert daemon.log().count("waited for") == 1
    assert daemon.log().count("the database is there, after") == 1


def test_a_daemon_that_waits_ends_at_once_even_in_the_middle_of_a_question(tmp_path):
    with UnreadyPostgres(None) as silent, started(tmp_path, silent.url) as daemon:
        silent.await_asked()
        asked_to_stop_at = monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.ended() == 0
        assert monotonic() - asked_to_stop_at < 5  # of the ten that a connection may take
        assert daemon.heard() == "STOPPING=1"
    assert "the database did not come" in daemon.log()
    assert "Traceback" not in daemon.log()


def test_a_database_that_does_not_let_a_daemon_in_ends_it_at_once_with_the_reason(tmp_path):
    with UnreadyPostgres(WRONG_PASSWORD) as server, started(tmp_path, server.url) as daemon:
        assert daemon.ended() == 1
    assert WRONG_PASSWORD.text in daemon.log()
    assert "waited for" not in daemon.log()
    assert "sample-password" not in daemon.log()


def test_one_pass_waits_for_nothing(tmp_path):
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{NOBODY}"\n')
    command = [sys.executable, "-m", "monitor", "-c", str(tmp_path / "config.toml"), "run", "--once"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the database does not answer as it should" in done.stderr
