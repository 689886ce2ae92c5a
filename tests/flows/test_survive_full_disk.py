"""A disk that is full for a while: the daemon goes on, says that it can't write, and loses nothing."""

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.clock import TurnedClock
from tests.flows.at_work import at_work
from tests.flows.daemons import (
    RULES,
    await_true,
    check,
    daemons,
    publish_burst,
    run_until_idle,
    sources,
)
from tests.flows.database import rows

HEALTH = """
[health]
listen = "127.0.0.1:{port}"
disk_free = "1MB"
"""
LONGEST_FILE = 64 * 1024  # bytes that a limited process may write into any file

pytestmark = [
    pytest.mark.timeout(200),
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits processes that run"),
]


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A folder for the database, and what fills the disk it lies on for one process."""

    folder: Path
    full: Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 16 megabytes where one can be made; else a process that may write no larger files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        yield Disk(folder=folder, full=limited)
        return
    try:
        yield Disk(folder=folder, full=lambda _: filled(folder))
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def limited(pid: int, longest: int = LONGEST_FILE) -> Iterator[None]:
    """Let a process write no longer files: like on a full disk, it fails in the middle of a write."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (longest, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        assert shutil.disk_usage(folder).free == 0
        yield
    finally:
        filler.unlink()


@pytest.fixture
def health_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def readiness(port: int) -> tuple[int, list[str]]:
    """What /readyz answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)["reasons"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)["reasons"]


def test_a_full_disk_is_told_and_lived_through(outside, disk, health_port):
    url = f"sqlite:///{disk.folder / 'groundswell.db'}"
    written = sources(outside)
    publish_burst(outside, written, 0, posts=10)
    with daemons(outside, outside.configure(url, HEALTH.format(port=health_port) + RULES)) as running:
        running.start()
        run_until_idle(running, url, written)
        assert readiness(health_port) == (200, [])
        (pid,) = running.pids
        with disk.full(pid):
            publish_burst(outside, written, 1)
            await_true(lambda: running.all_live() and readiness(health_port)[0] == 503, running.log)
            assert re.search(r"disk I/O error|disk is full", " ".join(readiness(health_port)[1]))
            assert re.search(r"disk I/O error|disk is full", running.log())
        run_until_idle(running, url, written)
        await_true(lambda: readiness(health_port) == (200, []), running.log)
        assert running.stop() == [0]
    assert rows(url, "PRAGMA integrity_check") == [("ok",)]
    check(outside, url, written)


async def test_a_disk_that_stays_full_does_not_fill_the_log(outside, sqlite_store_url, caplog):
    written = sources(outside)
    publish_burst(outside, written, 0, posts=10)
    rules = RULES.replace('group_wait = "0s"', 'group_wait = "1m"')
    clock = TurnedClock(datetime.now(UTC))
    async with at_work(outside.configure(sqlite_store_url, rules, interval="1h"), clock) as desk:
        await desk.tick()
        with limited(os.getpid(), 4096):
            await desk.pass_time(timedelta(minutes=9), step=timedelta(seconds=10))
        said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert not outside.hook.posted
        assert 1 <= len([text for text in said if text.startswith("left for the next tick")]) <= 4
        await desk.pass_time(timedelta(minutes=9), step=timedelta(minutes=1))
    check(outside, sqlite_store_url, written)
