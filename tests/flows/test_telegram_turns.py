"""Several workers on a desk with an account: who reads the channels, and what the others do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import account
from scrapers.telegram_session import SavedSession, SessionFile
from tests.flows.database import rows
from tests.flows.serving import await_true, serving
from tests.flows.telegram_desk import PLAIN, configure

TICK = timedelta(milliseconds=50)
HEALTH = "SELECT outcome, failures, reason FROM source WHERE kind = 'telegram'"


pytestmark = pytest.mark.usefixtures("wives")


@pytest.fixture(autouse=True)
def quickly_asked(monkeypatch):
    monkeypatch.setattr(account, "ASK_EVERY", 0.05)


@pytest.fixture
def worker(around, hook, tmp_path, postgres_store_url):
    """Configure one more worker of a desk on Postgres, in a folder of its own."""

    def configured(name: str):
        (tmp_path / name).mkdir()
        return configure(tmp_path / name, around, database_url=postgres_store_url, hook=hook.url)

    return configured


@pytest.mark.parametrize("missing", ["telegram.session", "api-hash"])
async def test_a_worker_without_session_or_secrets_leaves_the_sources_to_the_one_that_has_them(
    wives, worker, tmp_path, postgres_store_url, caplog, missing
):
    able, unable = worker("able"), worker("unable")
    (tmp_path / "unable" / missing).unlink()
    async with serving(unable, TICK):
        await await_true(lambda: "left to other workers" in caplog.text)
        async with serving(able, TICK) as running:
            await await_true(lambda: running.store.totals().items == 1)
            for number in range(5):
                wives.post(f"{number} {PLAIN}")
                await await_true(lambda number=number: running.store.totals().items == number + 2)
    assert rows(postgres_store_url, HEALTH) == [("items", 0, None)]
    assert caplog.text.count("left to other workers") == 1


async def test_a_worker_takes_its_turn_when_somebody_has_signed_in(worker, tmp_path, caplog):
    unable = worker("unable")
    signed_in = SessionFile(tmp_path / "unable" / "telegram.session").read()
    (tmp_path / "unable" / "telegram.session").unlink()
    async with serving(unable, TICK) as running:
        await await_true(lambda: "left to other workers" in caplog.text)
        SessionFile(tmp_path / "unable" / "telegram.session").write(signed_in)
        await await_true(lambda: running.store.totals().items == 1)


async def test_a_worker_whose_session_ended_leaves_the_sources_to_whoever_has_the_next_one(
    around, wives, worker, caplog
):
    config = worker("first")
    async with serving(config, TICK) as running:
        await await_true(lambda: running.store.totals().items == 1)
        around.centre.keys.sign_out_all()
        around.centre.hang_up()
        await await_true(lambda: "does not know this session any more" in caplog.text)
        with SessionFile(config.telegram.session_file) as held:
            held.write(SavedSession(key=around.centre.authorised_session()))
            await await_true(lambda: "are left to it" in caplog.text)
            wives.post(f"2 {PLAIN}")
        await await_true(lambda: running.store.totals().items == 2)


async def test_a_desk_alone_fails_of_a_missing_session_as_nobody_else_could_have_it(
    around, hook, tmp_path, sqlite_store_url
):
    config = configure(tmp_path, around, database_url=sqlite_store_url, hook=hook.url)
    (tmp_path / "telegram.session").unlink()
    async with serving(config, TICK):
        await await_true(lambda: int(str(rows(sqlite_store_url, HEALTH)[0][1])) >= 1)
    ((_, _, reason),) = rows(sqlite_store_url, HEALTH)
    assert "groundswell telegram login" in str(reason)


async def test_the_account_is_given_back_when_no_source_needs_it_and_opened_anew_when_one_does(
    around, wives, hook, tmp_path, sqlite_store_url
):
    config = configure(tmp_path, around, database_url=sqlite_store_url, hook=hook.url)
    async with serving(config, TICK) as running:
        await await_true(lambda: running.store.totals().items == 1)
        await running.change_to(replace(config, sources=()))
        with SessionFile(tmp_path / "telegram.session"):
            wives.post(f"2 {PLAIN}")
        await running.change_to(config)
        await await_true(lambda: running.store.totals().items == 2)
