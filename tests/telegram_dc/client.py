"""Real Telethon clients that talk to the loopback data centre."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from telethon import TelegramClient
from telethon.sessions import StringSession
from telethon.tl import functions, types

from monitor.demo.data_centre import API_HASH, API_ID, DC_ID, Channel, DataCentre
from monitor.demo.data_centre.describe import access_hash


def unsigned_session(centre: DataCentre) -> StringSession:
    """A session that points to the data centre and has no key yet."""
    session = StringSession()
    session.set_dc(DC_ID, centre.host, centre.port)
    return session


def client_of(centre: DataCentre, session: StringSession | None = None, **options: Any) -> TelegramClient:
    """A client, not connected yet: without a session of its own it is signed in to the first account."""
    given = {"retry_delay": 0.01, "request_retries": 1, "flood_sleep_threshold": 0} | options
    return TelegramClient(session or StringSession(centre.authorised_session()), API_ID, API_HASH, **given)


@asynccontextmanager
async def connected(
    centre: DataCentre, session: StringSession | None = None, **options: Any
) -> AsyncIterator[TelegramClient]:
    """The same, connected."""
    client = client_of(centre, session, **options)
    with centre.trusted():
        try:
            await client.connect()
            yield client
        finally:
            await client.disconnect()


async def until(condition: Callable[[], object], *, seconds: float = 5) -> None:
    """Wait until something is so, which nothing tells of.

    Raises:
        TimeoutError: it was not so within `seconds`.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the data centre counts, but signals nothing
            await asyncio.sleep(0.005)


def input_peer(centre: DataCentre, channel: Channel) -> Any:
    """What the first account asks for a channel with, as if it had been resolved."""
    number = access_hash(centre.world.accounts[0], channel.id)
    return types.InputPeerChannel(channel_id=channel.id, access_hash=number)


def input_channel(centre: DataCentre, channel: Channel) -> Any:
    """The same for the methods that take no peer."""
    peer = input_peer(centre, channel)
    return types.InputChannel(channel_id=peer.channel_id, access_hash=peer.access_hash)


def history_request(peer: Any, **asked: int) -> Any:
    """A messages.getHistory with what is asked for; the newest 100 otherwise."""
    numbers = {"offset_id": 0, "add_offset": 0, "limit": 100, "max_id": 0, "min_id": 0, "hash": 0}
    return functions.messages.GetHistoryRequest(peer=peer, offset_date=None, **numbers | asked)
