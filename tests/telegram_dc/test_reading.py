"""A real Telethon client reads the loopback data centre."""

from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions

from monitor.demo.data_centre import Channel, DataCentre
from tests.telegram_dc.client import connected, history_request, input_peer, unsigned_session


def write(channel: Channel, count: int) -> None:
    for number in range(1, count + 1):
        channel.post(f"Post {number} (fictional sample)")


def ids(answer: Any) -> list[int]:
    return [message.id for message in answer.messages]


async def test_makes_a_key_and_is_not_signed_in(centre: DataCentre) -> None:
    async with connected(centre, unsigned_session(centre)) as client:
        assert not await client.is_user_authorized()
        with pytest.raises(errors.AuthKeyUnregisteredError):
            await client(functions.contacts.ResolveUsernameRequest("frontline_wives"))


async def test_comes_with_a_session_and_is_signed_in(centre: DataCentre) -> None:
    async with connected(centre) as client:
        me = await client.get_me()
        assert (me.is_self, me.phone) == (True, centre.world.accounts[0].phone)


async def test_resolves_a_name_to_a_channel_with_what_it_says(centre: DataCentre, channel: Channel) -> None:
    channel.describe(fake=True)
    async with connected(centre) as client:
        answer = await client(functions.contacts.ResolveUsernameRequest("Frontline_WIVES"))
    (chat,) = answer.chats
    assert (chat.id, chat.username, chat.title) == (
        channel.id,
        "frontline_wives",
        "Frontline wives (fictional)",
    )
    assert (chat.broadcast, chat.megagroup, chat.left, chat.fake) == (True, False, False, True)


async def test_pages_a_history(centre: DataCentre, channel: Channel) -> None:
    write(channel, 250)
    channel.delete(7, 8)
    peer = input_peer(centre, channel)
    async with connected(centre) as client:
        newest = await client(history_request(peer, limit=3))
        older = await client(history_request(peer, offset_id=248, limit=3))
        newer = await client(history_request(peer, offset_id=5, add_offset=-6, limit=6))
        end = await client(history_request(peer, offset_id=249, add_offset=-100))
        bounded = await client(history_request(peer, min_id=240, max_id=243))
        upwards = client.iter_messages(peer, reverse=True, min_id=100, wait_time=0)
        every = [message.id async for message in upwards]
    assert (ids(newest), newest.count) == ([250, 249, 248], 248)
    assert ids(older) == [247, 246, 245]
    assert ids(newer) == [12, 11, 10, 9, 6, 5]
    assert ids(end) == [250, 249]
    assert ids(bounded) == [242, 241]
    assert every == list(range(101, 251))
