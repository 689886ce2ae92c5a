"""That an account fails is told once and for as long as it is true, whatever is restarted meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor import account, desk_health
from monitor import desk as desk_conditions
from monitor.config import load
from scrapers.telegram_session import SessionFile
from tests.flows.database import rows
from tests.flows.serving import await_true, serving
from tests.flows.telegram_desk import configure

TICK = timedelta(milliseconds=50)
FEED = """
[[source]]
id = "feed"
kind = "feed"
url = "https://feed.invalid/"
"""
INCIDENTS = "SELECT closed_at IS NOT NULL FROM incident WHERE kind = 'telegram_account'"


pytestmark = pytest.mark.usefixtures("wives")


@pytest.fixture
def desk(around, hook, tmp_path, sqlite_store_url):
    """A desk on SQLite."""
    return configure(tmp_path, around, database_url=sqlite_store_url, hook=hook.url)


@pytest.fixture(autouse=True)
def watchful(monkeypatch):
    """Desks look after themselves many times a second, and a failing account is told at once."""
    monkeypatch.setattr(desk_health, "LOOK_EVERY", timedelta(milliseconds=100))
    monkeypatch.setattr(desk_conditions, "ACCOUNT_FAILING_FOR", timedelta(0))


def looks(running) -> "Looks":
    return Looks(running.store)


class Looks:
    """Counts how often the desk was looked after from now on."""

    def __init__(self, store) -> None:
        self._store = store
        self._last = store.desk_written_at()
        self._seen = 0

    def are(self, number: int) -> bool:
        written = self._store.desk_written_at()
        if written != self._last:
            self._last, self._seen = written, self._seen + 1
        return self._seen >= number


async def test_a_restart_does_not_call_an_account_well_that_still_fails(around, desk, sqlite_store_url):
    around.faults.down = True
    for _ in range(2):
        async with serving(desk, TICK) as running:
            seen = looks(running)
            await await_true(lambda seen=seen: seen.are(3))
            await await_true(lambda: rows(sqlite_store_url, INCIDENTS))
        assert rows(sqlite_store_url, INCIDENTS) == [(0,)]
    around.faults.down = False
    async with serving(desk, TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(1,)])


async def test_an_account_that_no_source_needs_any_more_is_not_called_failing(
    around, desk, sqlite_store_url, tmp_path
):
    around.faults.down = True
    async with serving(desk, TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(0,)])
    without_account(tmp_path / "config.toml")
    async with serving(load(tmp_path / "config.toml"), TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(1,)])


async def test_missing_secrets_are_told_until_they_are_there(desk, sqlite_store_url, tmp_path):
    (tmp_path / "api-hash").unlink()
    async with serving(desk, TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(0,)])
    (tmp_path / "api-hash").write_text("0" * 32)
    async with serving(desk, TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(1,)])


async def test_a_session_that_another_desk_works_with_is_told_until_it_is_free(
    desk, sqlite_store_url, tmp_path, monkeypatch
):
    monkeypatch.setattr(account, "ASK_EVERY", 0.05)
    async with serving(desk, TICK) as running:
        await await_true(lambda: running.store.totals().items == 1)
    with SessionFile(tmp_path / "telegram.session"):
        async with serving(desk, TICK):
            await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(0,)])
    async with serving(desk, TICK):
        await await_true(lambda: rows(sqlite_store_url, INCIDENTS) == [(1,)])


def without_account(path: Path) -> None:
    """Take `[telegram]` and its sources out; a feed is watched instead."""
    text = path.read_text()
    account, alerting, sources = (text.index(f"{name}]") for name in ("[telegram", "[alerting", "[[source]"))
    path.write_text(text[:account] + text[alerting:sources] + FEED)
