"""A database that is locked or gone for a while: the daemon goes on, and nothing is lost."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url

from monitor import writing
from monitor.demo.clock import TurnedClock
from storage import sqlite
from tests.fakes.flaky_proxy import FlakyProxy, Trouble
from tests.fakes.webhook_sink import Reply as HookReply
from tests.flows.at_work import AtWork, at_work
from tests.flows.daemons import RULES, check, publish_burst, sources
from tests.flows.database import rows

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Shaky:
    """A database that can be taken away."""

    url: str  # for who watches
    worker_url: str  # for the one it is taken from
    away: Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["sqlite", "postgres"])
def shaky(request: pytest.FixtureRequest, monkeypatch) -> Iterator[Shaky]:
    """Both sorts of databases, and little patience with them: half a minute takes a tenth of a second."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr(writing, "STORAGE_PATIENCE", (0.01, 0.02, 0.03))
    url = request.getfixturevalue(f"{request.param}_store_url")
    if request.param == "sqlite":
        yield Shaky(url=url, worker_url=url, away=lambda: locked(url))
        return
    address = make_url(url)
    with FlakyProxy(server_of(url)) as proxy:
        by_proxy = address.set(host="127.0.0.1", port=proxy.port).difference_update_query(["host", "port"])
        worker_url = by_proxy.render_as_string(hide_password=False)
        yield Shaky(url=url, worker_url=worker_url, away=lambda: gone(proxy))


def server_of(url: str) -> int | str:
    """Where a Postgres listens: a port, or the path of its socket."""
    address = make_url(url)
    folder = address.query.get("host", address.host or "127.0.0.1")
    port = address.port or 5432
    return f"{folder}/.s.PGSQL.{port}" if str(folder).startswith("/") else port


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program writes into the SQLite file, and takes its time."""
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextmanager
def gone(proxy: FlakyProxy) -> Iterator[None]:
    """The server ends every connection and takes no new one."""
    proxy.trouble = Trouble.REFUSED
    proxy.hang_up()
    try:
        yield
    finally:
        proxy.trouble = None


async def take_away(
    desk: AtWork, shaky: Shaky, reached: Callable[[], int], released: threading.Event
) -> None:
    """Take the database away while a server is being asked, which answers only then."""
    before = reached()
    passing = asyncio.create_task(desk.pass_time(3 * MINUTE, step=MINUTE / 2))
    while reached() == before:
        assert not passing.done()
        await asyncio.sleep(0.002)
    with shaky.away():
        released.set()
        await passing
    await desk.pass_time(10 * MINUTE, step=MINUTE)


async def test_a_database_that_is_away_costs_time_and_nothing_else(outside, shaky):
    written = sources(outside)
    clock = TurnedClock(datetime.now(UTC))
    config = outside.configure(shaky.worker_url, RULES, interval="1m")
    async with at_work(config, clock) as desk:
        publish_burst(outside, written, 0, posts=10)
        with shaky.away():  # before anything is leased
            await desk.pass_time(5 * MINUTE, step=MINUTE)
        assert rows(shaky.url, "SELECT count(*) FROM item") == [(0,)]
        await desk.pass_time(10 * MINUTE, step=MINUTE)
        assert rows(shaky.url, "SELECT count(*) FROM item") == [(len(written.texts),)]

        publish_burst(outside, written, 1, posts=10)
        fetched = threading.Event()
        page = outside.web.answer("/feed/paper")
        outside.web.instead["/feed/paper"] = deque([replace(page, wait_for=fetched)])
        await take_away(desk, shaky, lambda: outside.web.asked.count("/feed/paper"), fetched)

        publish_burst(outside, written, 2, posts=10)
        taken = threading.Event()
        outside.hook.replies.append(HookReply(wait_for=taken))
        await take_away(desk, shaky, lambda: len(outside.hook.posted), taken)
        assert {"storage_unavailable"} <= {report.outcome for report in desk.reports}
    repeats = check(outside, shaky.url, written)
    assert repeats["hook"] == 0  # what was taken and could not be written down was remembered until it could
