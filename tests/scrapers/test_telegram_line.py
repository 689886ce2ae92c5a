"""The line of an account: it lets go when it is told to, and of a session that nobody can work with."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telethon.network import ConnectionTcpFull

from monitor.demo.data_centre import DataCentre, World
from scrapers import telegram_line
from scrapers.errors import AccountUnusable, Unavailable
from scrapers.telegram_line import Line
from scrapers.telegram_session import SavedSession, SessionFile, SessionTaken
from tests.fakes.hand_clock import HandClock
from tests.telegram_dc.account import CREDENTIALS, QUICK, session_at
from tests.telegram_dc.client import until


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_line, "_LOOK_AT_FILE", 0.02)
    monkeypatch.setattr(telegram_line, "_ASK_FOR_LOCK", timedelta(seconds=0.1))


@pytest.fixture
async def centre() -> AsyncIterator[DataCentre]:
    async with DataCentre(World()) as centre:
        yield centre
    assert centre.errors == []


def line_of(file: SessionFile) -> Line:
    return Line(file, CREDENTIALS, QUICK, HandClock(), connected=lambda: None, updated=lambda _: None)


async def test_it_ends_where_the_library_swallows_that_it_shall(
    centre: DataCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As asyncio.wait_for does before Python 3.12 when the connection comes about just then."""
    connecting = asyncio.Event()
    connect = ConnectionTcpFull.connect

    async def swallow(connection: ConnectionTcpFull, timeout: float) -> None:  # noqa: ASYNC109 - the library's
        connecting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await connect(connection, timeout=timeout)

    monkeypatch.setattr(ConnectionTcpFull, "connect", swallow)
    file = session_at(centre, tmp_path)
    line = line_of(file)
    asking = asyncio.create_task(line.ready())
    await connecting.wait()
    async with asyncio.timeout(5):
        await line.close()
    assert not file.held
    asking.cancel()
    await asyncio.wait({asking})


async def test_a_session_that_is_no_good_is_free_for_who_signs_in_anew(
    centre: DataCentre, tmp_path: Path
) -> None:
    file = session_at(centre, tmp_path)
    line = line_of(file)
    await line.ready()
    centre.keys.sign_out_all()
    centre.hang_up()
    await until(lambda: line.failing_since is not None)
    with SessionFile(file.path) as owner:
        owner.write(SavedSession(key=centre.authorised_session()))
    await until(lambda: line.failing_since is None, seconds=10)
    assert file.held
    await line.close()


async def test_a_session_is_kept_through_troubles_that_pass(centre: DataCentre, tmp_path: Path) -> None:
    file = session_at(centre, tmp_path)
    line = line_of(file)
    await line.ready()
    await centre.stop()
    await until(lambda: line.failing_since is not None)
    with pytest.raises(Unavailable):
        await line.ready()
    assert file.held
    await line.close()
    assert not file.held


async def test_a_session_that_another_took_meanwhile_is_left_to_it(
    centre: DataCentre, tmp_path: Path
) -> None:
    file = session_at(centre, tmp_path)
    key = file.read().key
    file.write(SavedSession(key="nonsense"))
    line = line_of(file)
    with pytest.raises(AccountUnusable):
        await line.ready()
    assert not line.taken_elsewhere
    with SessionFile(file.path) as other:
        other.write(SavedSession(key=key))
        await until(lambda: line.taken_elsewhere)
        with pytest.raises(SessionTaken):
            line.take()
    await until(lambda: line.failing_since is None, seconds=10)
    assert not line.taken_elsewhere
    await line.close()


async def test_a_new_session_is_worked_with_though_the_old_one_lives(
    centre: DataCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = session_at(centre, tmp_path)
    line = line_of(file)
    looked: list[SavedSession] = []
    read = file.read
    old = await line.ready()

    def look() -> SavedSession:
        looked.append(read())
        return looked[-1]

    monkeypatch.setattr(file, "read", look)
    SessionFile(file.path).write(read())
    await until(lambda: looked)
    assert old.alive  # what is written without signing in is no new session
    anew = centre.authorised_session()
    SessionFile(file.path).write(SavedSession(key=anew))
    await until(lambda: not old.alive, seconds=10)
    await line.ready()
    assert line.session == SavedSession(key=anew)
    await line.close()
