"""`groundswell telegram` against a data centre on loopback: a real sign-in, a real session, no user in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from telethon.client import telegrambaseclient

from monitor.cli import cli
from monitor.demo.data_centre import DC_ID, DataCentre, World
from scrapers.telegram_session import Peer, SessionFile
from tests.telegram_dc.faults import Faults

PHONE, CODE, PASSWORD = "+99 966 20042", "22222", "correct horse (fictional)"

pytestmark = pytest.mark.usefixtures("centre")

CONFIG = """
[telegram]
session_file = "telegram.session"
api_id_env = "API_ID"
api_hash_env = "API_HASH"
request_timeout = "5s"
"""


@pytest.fixture
async def centre(monkeypatch) -> AsyncIterator[DataCentre]:
    """A data centre that is where Telegram would be."""
    world = World()
    world.account(phone="9996620042", code=CODE, password=PASSWORD)
    async with DataCentre(world) as centre:
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_DC_ID", DC_ID)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_IPV4_IP", centre.host)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_PORT", centre.port)
        with centre.trusted():
            yield centre
    assert centre.errors == []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch) -> SimpleNamespace:
    monkeypatch.setenv("API_ID", "1")
    monkeypatch.setenv("API_HASH", "0" * 32)
    (tmp_path / "config.toml").write_text(CONFIG)
    return SimpleNamespace(folder=tmp_path, session=tmp_path / "telegram.session")


async def run(desk, *arguments: str, typed: tuple[str, ...] = ()) -> Result:
    called = ["--config", str(desk.folder / "config.toml"), "telegram", *arguments]
    return await asyncio.to_thread(CliRunner().invoke, cli, called, "\n".join(typed) + "\n")


async def test_signs_in_with_number_code_and_password(desk):
    result = await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    assert result.exit_code == 0, result.output
    assert str(desk.session) in result.output
    assert desk.session.stat().st_mode & 0o777 == 0o600
    for secret in (PASSWORD, "9996620042", CODE):
        assert secret not in desk.session.read_text()
    assert PASSWORD not in result.output
    assert (await run(desk, "status")).exit_code == 0


async def test_asks_for_nothing_but_what_signing_in_takes(centre, desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    of_the_account = {"users.getUsers"}  # Telethon's client looks who it is, which is nobody yet
    signing_in = {"auth.sendCode", "auth.signIn", "account.getPassword", "auth.checkPassword"}
    trying_it = {"help.getConfig", "updates.getState"}
    assert {call.method for call in centre.calls} <= of_the_account | signing_in | trying_it


async def test_a_wrong_code_and_a_wrong_password_can_be_typed_again(desk):
    result = await run(desk, "login", typed=(PHONE, "1", CODE, "(wrong)", PASSWORD))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("123",), "Telegram takes no such phone number"),
        ((PHONE, "1", "2", "3"), "that was not the code, three times"),
        ((PHONE, CODE, "a", "b", "c"), "that was not the password, three times"),
    ],
)
async def test_what_went_wrong_is_said_and_no_session_is_left(desk, typed, says):
    result = await run(desk, "login", typed=typed)
    assert result.exit_code == 1
    assert says in result.output
    assert not desk.session.exists()


async def test_takes_over_a_session_string(centre, desk):
    (desk.folder / "string").write_text(centre.authorised_session() + "\n")
    result = await run(desk, "login", "--session-string-file", str(desk.folder / "string"))
    assert result.exit_code == 0, result.output
    assert (await run(desk, "status")).exit_code == 0


async def test_refuses_a_text_that_is_no_session_string(desk):
    (desk.folder / "string").write_text("1(fictional)")
    result = await run(desk, "login", "--session-string-file", str(desk.folder / "string"))
    assert result.exit_code == 1
    assert "no session string" in result.output


async def test_signs_out_and_removes_the_file(desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    key = SessionFile(desk.session).read().key
    assert (await run(desk, "logout")).exit_code == 0
    assert not desk.session.exists()
    (desk.folder / "string").write_text(key)
    result = await run(desk, "login", "--session-string-file", str(desk.folder / "string"))
    assert "does not" in result.output
    assert result.exit_code == 1


async def test_signs_out_of_what_others_may_have_read(desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    desk.session.chmod(0o644)
    assert (await run(desk, "logout")).exit_code == 0
    assert not desk.session.exists()


@pytest.mark.parametrize("ended", ["sign_out_all", "forget_all"])
async def test_a_session_that_telegram_has_ended_is_removed(centre, desk, ended):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    getattr(centre.keys, ended)()
    result = await run(desk, "logout")
    assert result.exit_code == 0, result.output
    assert not desk.session.exists()


async def test_a_session_that_may_live_on_stays(centre, desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    centre.conduct = Faults(down=True)
    result = await run(desk, "logout")
    assert result.exit_code == 1
    assert desk.session.exists()


async def test_signs_in_while_a_daemon_holds_the_session(desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    old = SessionFile(desk.session).read()
    with SessionFile(desk.session):
        result = await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
        assert result.exit_code == 0, result.output
        refused = await run(desk, "logout")
    assert SessionFile(desk.session).read().key != old.key
    assert refused.exit_code == 1
    assert "stop that one first" in refused.output


async def test_a_new_session_goes_on_with_the_known_channels_also_of_one_that_others_may_read(desk):
    await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    file = SessionFile(desk.session)
    known = Peer(channel_id=1, access_hash=2, resolved_at=datetime(2026, 3, 2, tzinfo=UTC))
    file.write(replace(file.read(), channels={"wives": known}))
    desk.session.chmod(0o644)
    result = await run(desk, "login", typed=(PHONE, CODE, PASSWORD))
    assert result.exit_code == 0, result.output
    assert file.read().channels["wives"].access_hash == known.access_hash
    assert desk.session.stat().st_mode & 0o777 == 0o600


async def test_says_so_while_another_process_works_with_the_session(desk):
    with SessionFile(desk.session):
        result = await run(desk, "status")
    assert result.exit_code == 1
    assert "works with the session" in result.output


async def test_what_is_missing_is_said(desk, monkeypatch):
    result = await run(desk, "status")
    assert result.exit_code == 1
    assert "groundswell telegram login" in result.output
    monkeypatch.delenv("API_ID")
    result = await run(desk, "login")
    assert "API_ID is not set" in result.output
    (desk.folder / "config.toml").write_text("")
    result = await run(desk, "status")
    assert result.exit_code == 2
    assert "has no [telegram]" in result.output
