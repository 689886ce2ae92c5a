"""The line of an account: it lets go when it is told to, and of a session that nobody can work with."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.network import ConnectionTcpFull

from monitor.demo.data_centre import DataCentre, World
from scrapers.telegram_line import Line
from scrapers.telegram_session import SessionFile
from tests.telegram_dc.account import CREDENTIALS, QUICK, HandClock, session_at


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
