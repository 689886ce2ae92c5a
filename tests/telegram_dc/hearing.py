"""A real Telethon client that listens, and what it hears."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from telethon import TelegramClient, events
from telethon.tl import types

from monitor.demo.data_centre import DataCentre
from tests.telegram_dc.client import connected


class Heard:
    """Every update that a client was told of; `until` waits for one."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self._came = asyncio.Event()

    async def take(self, update: Any) -> None:
        self.updates.append(update)
        self._came.set()

    def names(self) -> list[str]:
        return [type(update).__name__ for update in self.updates]

    def new_ids(self) -> list[int]:
        """The new messages; beside those of a difference Telethon hands out its empty frame."""
        return [one.message.id for one in self.updates if isinstance(one, types.UpdateNewChannelMessage)]

    async def until(self, enough: Callable[["Heard"], bool]) -> None:
        async with asyncio.timeout(5):
            while not enough(self):
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def hearing(centre: DataCentre) -> AsyncIterator[tuple[TelegramClient, Heard]]:
    """A connected client that hears, and what it hears."""
    heard = Heard()
    async with connected(centre, sequential_updates=True) as client:
        client.add_event_handler(heard.take, events.Raw)
        yield client, heard


def of(kind: str, count: int = 1) -> Callable[[Heard], bool]:
    """A condition: that many updates of a kind came."""
    return lambda heard: heard.names().count(kind) >= count
