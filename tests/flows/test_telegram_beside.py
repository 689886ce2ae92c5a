"""Commands beside a process that works with the account's session, and where something is missing."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load
from scrapers.telegram_session import SessionFile
from tests.fakes.small_web import SmallWeb
from tests.flows.serving import await_true, serving
from tests.flows.telegram_desk import PLAIN, configure

pytestmark = pytest.mark.usefixtures("wives")


@pytest.fixture
def desk(around, hook, tmp_path, sqlite_store_url):
    """A desk with one channel, which is read through the account."""
    configure(tmp_path, around, database_url=sqlite_store_url, hook=hook.url)
    return tmp_path


async def run(folder: Path, *arguments: str) -> Result:
    return await asyncio.to_thread(
        CliRunner().invoke, cli, ["-c", str(folder / "config.toml"), *arguments], catch_exceptions=False
    )


async def test_a_pass_says_what_it_left_to_the_process_that_has_the_session(desk):
    with SessionFile(desk / "telegram.session"):
        left = await run(desk, "run", "--once")
    done = await run(desk, "run", "--once")
    assert left.exit_code == 1
    assert "0 sources polled" in left.output
    assert "Not polled: process" in left.output
    assert "Nothing is due" not in left.output
    assert (done.exit_code, "1 source polled, 0 failed" in done.output) == (0, True)


async def test_a_daemon_whose_session_ended_goes_on_with_the_next_one_that_is_signed_in_beside_it(
    around, wives, desk, caplog
):
    async with serving(load(desk / "config.toml")) as running:
        await await_true(lambda: running.store.totals().items == 1)
        await running.daemon.settled()
        around.centre.keys.sign_out_all()
        around.centre.hang_up()
        await await_true(lambda: "does not know this session any more" in caplog.text)
        (desk / "string").write_text(around.centre.authorised_session())
        signed_in = await run(desk, "telegram", "login", "--session-string-file", str(desk / "string"))
        assert signed_in.exit_code == 0, signed_in.output
        wives.post(f"2 {PLAIN}")
        await await_true(lambda: running.store.totals().items == 2)


async def test_preview_says_which_secret_is_missing(desk):
    (desk / "api-hash").unlink()
    result = await run(desk, "preview", "wives")
    assert result.exit_code == 2
    assert "api-hash can't be read" in " ".join(result.output.split())


async def test_preview_says_when_the_fallback_stands_in(desk):
    with SmallWeb() as web, SessionFile(desk / "telegram.session"):
        web.channel("wives").write(PLAIN, datetime.now(UTC))
        text = (desk / "config.toml").read_text()
        told = f'channel = "wives"\nbase_url = "{web.url}"\nfallback = "telegram_web"'
        (desk / "config.toml").write_text(text.replace('channel = "wives"', told))
        result = await run(desk, "preview", "wives")
    assert "wives: its fallback stands in: process" in result.output
    assert result.exit_code == 0
