"""What is committed is delivered at once: by the worker that committed it, and by others on one Postgres."""

import asyncio
import gc
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, make_url, text

from monitor.assembly import station
from monitor.clock import SystemClock
from monitor.config import load
from storage.store import open_store
from storage.wake import channel_of
from tests.flows.serving import TOLD_AT_ONCE, await_true, serving


def complain(outside, name: str = "wives") -> None:
    now = SystemClock().now() - timedelta(minutes=1)
    outside.web.channels[name].write("Не дают отпуск (вымышленный пример)", now)


async def test_what_the_first_tick_finds_is_delivered_without_a_second_one(outside, store_url):
    outside.web.channel("wives")
    complain(outside)
    async with serving(load(outside.configure(store_url, TOLD_AT_ONCE, interval="1h"))):
        await await_true(lambda: len(outside.hook.posted) == 1 and len(outside.bot.messages) == 1)


async def test_more_sources_than_places_are_polled_without_a_second_tick(outside, store_url):
    for number in range(20):
        outside.web.channel(f"channel{number}")
        complain(outside, f"channel{number}")
    config = load(outside.configure(store_url, TOLD_AT_ONCE, interval="1h"))
    async with serving(config) as running:
        await await_true(lambda: running.store.totals().items == 20)


async def test_another_worker_is_woken_by_a_commit(outside, postgres_store_url):
    outside.web.channel("wives")
    config = load(outside.configure(postgres_store_url, TOLD_AT_ONCE, interval="1h"))
    silent = replace(config, receivers=())
    async with serving(config) as deliverer:
        polled = SystemClock().now() + timedelta(minutes=30)
        await await_true(lambda: (deliverer.store.next_due(SystemClock().now()) or polled) > polled)
        async with station(silent, SystemClock()) as collector:
            complain(outside)
            await collector.daemon.tick(SystemClock().now() + timedelta(hours=2))
            await collector.daemon.settled()
        await await_true(lambda: len(outside.hook.posted) == 1)


async def test_a_lost_connection_is_made_anew_and_wakes_for_what_was_missed(postgres_store_url, monkeypatch):
    monkeypatch.setattr("storage.wake.FIRST_PAUSE_S", 0.05)
    store = open_store(postgres_store_url)
    calls = 0

    def woken() -> None:
        nonlocal calls
        calls += 1

    task = asyncio.create_task(store.listen(woken))
    try:
        for made in (1, 2, 3):
            await await_true(lambda made=made: calls == made)
            await asyncio.to_thread(end_listeners, postgres_store_url)
        await await_true(lambda: calls == 4)
        await asyncio.to_thread(announce, postgres_store_url)
        await await_true(lambda: calls == 5)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        store.close()


async def test_whoever_stops_listening_at_any_moment_leaves_no_connection(postgres_store_url):
    """An open one that is thrown away warns, and warnings fail tests."""
    store = open_store(postgres_store_url)
    for moment in (0, 1, 2, 3, 5, 8, 13, 21, 34):
        task = asyncio.create_task(store.listen(lambda: None))
        for _ in range(moment):
            await asyncio.sleep(0.0005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gc.collect()
    store.close()


def execute(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def announce(url: str) -> None:
    execute(url, f"SELECT pg_notify('{channel_of(None)}', '')")


def end_listeners(url: str) -> None:
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'",
    )


async def test_a_database_that_is_away_is_asked_again_and_no_password_is_told(caplog, monkeypatch):
    monkeypatch.setattr("storage.wake.FIRST_PAUSE_S", 0.01)
    caplog.set_level("INFO")
    store = open_store_lazily("postgresql://desk:hunter2-sample@127.0.0.1:9/desk")
    task = asyncio.create_task(store.listen(lambda: None))
    await await_true(lambda: caplog.text.count("nobody wakes us") >= 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "hunter2" not in caplog.text


def open_store_lazily(url: str):
    from storage.database import connect
    from storage.store import Store

    return Store(connect(url))


def test_desks_that_share_a_database_do_not_wake_each_other():
    assert len({channel_of(None), channel_of("one"), channel_of("two")}) == 3
    assert all(len(channel_of(name)) < 64 for name in (None, "x" * 63))


async def test_on_sqlite_there_is_nobody_to_listen_to(sqlite_store_url):
    store = open_store(sqlite_store_url)
    await store.listen(lambda: pytest.fail("woken by nobody"))
    store.close()
