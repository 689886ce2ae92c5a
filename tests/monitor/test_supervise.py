"""What systemd is told: on a real datagram socket, by the real process too."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.supervise import UNSUPERVISED, Systemd, supervisor

CHECKOUT = Path(__file__).parents[2]


class Manager:
    """Stands where systemd listens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(30)

    def heard(self) -> str:
        """The next thing it is told."""
        return self._socket.recv(4096).decode()

    def heard_within(self, seconds: float, past: int = 0) -> str:
        """The next thing, `past` further ones left out, that it is told in so many seconds."""
        self._socket.settimeout(seconds)
        for _ in range(past):
            self.heard()
        return self.heard()

    def all_heard(self) -> list[str]:
        """Everything it was told so far."""
        self._socket.settimeout(0)
        told = []
        try:
            while True:
                told.append(self.heard())
        except BlockingIOError:
            return told

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(str(tmp_path / "notify"))
    yield listening
    listening.close()


class Seconds:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_says_ready_once_and_then_gives_a_sign_of_life_twice_an_interval(manager):
    seconds = Seconds()
    told = Systemd(manager.address, timedelta(seconds=60), seconds)
    for _ in range(100):
        told.alive()
        seconds.now += 1
    assert manager.all_heard() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]


def test_without_a_watchdog_it_says_ready_and_stopping(manager):
    told = Systemd(manager.address, None)
    told.alive()
    told.alive()
    told.stopping()
    assert manager.all_heard() == ["READY=1", "STOPPING=1"]


def test_a_reload_is_told_with_its_moment_and_its_end(manager):
    told = Systemd(manager.address, None)
    before = time.monotonic_ns() // 1000
    told.reloading()
    told.reloaded()
    begun, ended = manager.all_heard()
    state, moment = begun.split("\n")
    assert (state, ended) == ("RELOADING=1", "READY=1")
    assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's own")
def test_an_abstract_address_begins_with_an_at_sign():
    listening = Manager(f"\0groundswell-{os.getpid()}")
    try:
        Systemd(f"@groundswell-{os.getpid()}", None).alive()
        assert listening.all_heard() == ["READY=1"]
    finally:
        listening.close()


def test_a_manager_that_has_gone_does_no_harm(tmp_path, caplog):
    Systemd(str(tmp_path / "nobody"), None).alive()
    assert "READY=1" in caplog.text


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_who_is_not_watched_says_nothing(environ):
    assert supervisor(environ) is UNSUPERVISED
    UNSUPERVISED.alive()
    UNSUPERVISED.stopping()


@pytest.mark.parametrize(
    ("environ", "signs"),
    [
        ({"WATCHDOG_USEC": "2"}, 1),
        ({"WATCHDOG_USEC": "2", "WATCHDOG_PID": str(os.getpid())}, 1),
        ({"WATCHDOG_USEC": "2", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "0"}, 0),
        ({}, 0),
    ],
)
def test_a_watchdog_meant_for_another_process_is_left_alone(manager, environ, signs):
    told = supervisor({"NOTIFY_SOCKET": manager.address} | environ)
    told.alive()
    told.alive()
    assert manager.all_heard() == ["READY=1"] + ["WATCHDOG=1"] * signs


@pytest.fixture
def daemon(manager, tmp_path) -> Iterator[subprocess.Popen[bytes]]:
    """The real process, with a watchdog that waits half a second."""
    config = tmp_path / "config.toml"
    config.write_text('[http]\ncontact = "https://desk.example.org/"\n')
    environ = os.environ | {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "500000"}
    command = [sys.executable, "-m", "monitor", "-c", str(config), "run"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environ, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_real_daemon_is_ready_after_its_first_tick_lives_and_stops(daemon, manager, tmp_path):
    assert manager.heard() == "READY=1"
    assert (tmp_path / "groundswell.db").exists()
    assert manager.heard() == "WATCHDOG=1"
    assert manager.heard() == "WATCHDOG=1"
    daemon.send_signal(signal.SIGTERM)
    while (said := manager.heard()) == "WATCHDOG=1":
        pass
    assert said == "STOPPING=1"
    assert daemon.wait(30) == 0
    assert manager.all_heard() == []


@pytest.mark.usefixtures("daemon")
def test_a_daemon_whose_tick_hangs_gives_no_sign_of_life_until_it_goes_on(manager, tmp_path):
    assert manager.heard() == "READY=1"
    with closing(sqlite3.connect(tmp_path / "groundswell.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError):
            manager.heard_within(2.5, past=1)
        other.execute("ROLLBACK")
    assert manager.heard_within(30) == "WATCHDOG=1"
