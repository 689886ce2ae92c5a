"""Each fault of the loopback data centre, as a real Telethon client meets it."""

import asyncio
from typing import Any

import pytest
from telethon import errors
from telethon.network import ConnectionTcpAbridged
from telethon.sessions import StringSession
from telethon.tl import functions

from monitor.demo.data_centre import Call, Channel, Conduct, DataCentre, World
from tests.telegram_dc.client import (
    client_of,
    connected,
    history_request,
    input_channel,
    input_peer,
    unsigned_session,
    until,
)
from tests.telegram_dc.faults import Faults

HISTORY = "messages.getHistory"


@pytest.fixture
def request_of(centre: DataCentre, channel: Channel) -> Any:
    channel.post("First (fictional sample)")
    return history_request(input_peer(centre, channel))


async def test_flood_wait_on_one_channel_leaves_the_others_alone(
    centre: DataCentre, channel: Channel, world: World, faults: Faults
) -> None:
    other = world.channel("not_flooded")
    faults.flood(30, HISTORY, channel=channel)
    async with connected(centre) as client:
        with pytest.raises(errors.FloodWaitError) as caught:
            await client(history_request(input_peer(centre, channel)))
        client._flood_waited_requests.clear()  # Telethon itself holds back the method, for all channels
        await client(history_request(input_peer(centre, other)))
        await client(history_request(input_peer(centre, channel)))
    assert caught.value.seconds == 30
    assert faults.met == ["FLOOD_WAIT_30"]


async def test_a_frozen_account(centre: DataCentre, request_of: Any, faults: Faults) -> None:
    faults.freeze()
    async with connected(centre) as client:
        for _ in range(2):
            with pytest.raises(errors.FrozenMethodInvalidError):
                await client(request_of)
        assert (await client.get_me()).is_self


async def test_channels_that_are_closed_private_unknown_or_badly_named(
    centre: DataCentre, channel: Channel, world: World, request_of: Any
) -> None:
    hidden = world.channel(None)
    async with connected(centre) as client:
        channel.describe(closed=True)
        with pytest.raises(errors.ChannelPrivateError):
            await client(request_of)
        with pytest.raises(errors.ChannelPrivateError):
            await client(history_request(input_peer(centre, hidden)))
        with pytest.raises(errors.UsernameNotOccupiedError):
            await client(functions.contacts.ResolveUsernameRequest("nobody_at_all"))
        with pytest.raises(errors.UsernameInvalidError):
            await client(functions.contacts.ResolveUsernameRequest("no"))
        wrong = input_channel(centre, channel)
        wrong.access_hash += 1
        with pytest.raises(errors.ChannelInvalidError):
            await client(functions.channels.GetFullChannelRequest(wrong))


async def test_requests_survive_a_lost_connection(
    centre: DataCentre, request_of: Any, faults: Faults
) -> None:
    faults.hang_up_on(HISTORY)
    async with connected(centre) as client:
        answer = await client(request_of)
    assert len(answer.messages) == 1
    assert faults.met == ["hang up"]
    assert centre.connections_made == 2


async def test_a_connection_that_nobody_answers(centre: DataCentre, faults: Faults) -> None:
    faults.mute = True
    client = client_of(centre)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.connect()
    await client.disconnect()
    assert faults.met == ["mute"]


async def test_a_data_centre_that_is_down_and_comes_back(centre: DataCentre, request_of: Any) -> None:
    async with connected(centre, connection_retries=1000) as client:
        await centre.stop()
        asking = asyncio.create_task(client(request_of))
        await asyncio.sleep(0.1)
        assert not asking.done()
        await centre.start()
        assert len((await asking).messages) == 1


async def test_a_data_centre_that_stays_away_uses_up_the_retries(centre: DataCentre, request_of: Any) -> None:
    async with connected(centre, connection_retries=2) as client:
        await centre.stop()
        with pytest.raises(ConnectionError):
            await client(request_of)
        assert not client.is_connected()
        with pytest.raises(ConnectionError):
            await client.connect()


async def test_a_connection_that_is_closed_in_the_handshake(centre: DataCentre, faults: Faults) -> None:
    faults.down = True
    client = client_of(centre, unsigned_session(centre))
    with pytest.raises(EOFError):  # which is no OSError
        await client.connect()
    await client.disconnect()
    assert faults.met == ["down"]


async def test_one_hung_method_leaves_the_others_alone(
    centre: DataCentre, request_of: Any, faults: Faults
) -> None:
    faults.hang(HISTORY)
    async with connected(centre) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client(request_of)
        assert len((await client(request_of)).messages) == 1


async def test_a_changed_salt_costs_one_repeat(centre: DataCentre, request_of: Any) -> None:
    async with connected(centre) as client:
        centre.change_salt()
        assert len((await client(request_of)).messages) == 1
    assert [call.method for call in centre.calls].count(HISTORY) == 1


@pytest.mark.parametrize("skew", [-7200.0, 7200.0])
async def test_a_clock_that_is_hours_off(
    centre: DataCentre, request_of: Any, faults: Faults, skew: float
) -> None:
    faults.skew = skew
    async with connected(centre) as client:  # with a key from before: told by a bad_msg_notification
        assert len((await client(request_of)).messages) == 1
    async with connected(centre, unsigned_session(centre)) as client:  # told in the handshake
        assert not await client.is_user_authorized()


async def test_a_key_that_is_signed_out(centre: DataCentre, request_of: Any) -> None:
    async with connected(centre) as client:
        centre.keys.sign_out_all()
        with pytest.raises(errors.AuthKeyUnregisteredError):
            await client(request_of)


async def test_a_key_that_is_forgotten_ends_the_client(centre: DataCentre, request_of: Any) -> None:
    async with connected(centre) as client:
        centre.keys.forget_all()
        with pytest.raises(errors.AuthKeyNotFound):
            await client(request_of)
        assert not client.is_connected()


async def test_answers_of_a_newer_layer(centre: DataCentre, request_of: Any, faults: Faults) -> None:
    faults.garble(HISTORY)
    async with connected(centre) as client:
        with pytest.raises(errors.TypeNotFoundError):
            await client(request_of)
        assert len((await client(request_of)).messages) == 1


async def test_updates_of_a_newer_layer_are_skipped(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    heard: list[Any] = []

    async def take(update: Any) -> None:
        heard.append(update)

    async with connected(centre) as client:
        client.add_event_handler(take)
        faults.garble_pushes()
        channel.post("Not understood (fictional sample)")
        channel.post("Understood (fictional sample)")
        await until(lambda: heard)
    assert heard[0].message.message == "Understood (fictional sample)"


async def test_broken_servers_of_telegrams(centre: DataCentre, request_of: Any, faults: Faults) -> None:
    faults.ail(HISTORY)
    async with connected(centre) as client:
        with pytest.raises(errors.InterdcCallErrorError):
            await client._sender.send(request_of)  # Telethon itself would sleep and ask again
        assert len((await client(request_of)).messages) == 1


async def test_a_fault_of_its_own_is_noted_and_answered_as_telegram_does() -> None:
    class Clumsy(Conduct):
        def answer(self, call: Call, result: bytes) -> bytes:
            if call.method == "account.getPassword":
                raise ZeroDivisionError
            return result

    async with DataCentre(World(), conduct=Clumsy()) as centre, connected(centre) as client:
        with pytest.raises(errors.ServerError):
            await client._sender.send(functions.account.GetPasswordRequest())
    assert [type(error) for error in centre.errors] == [ZeroDivisionError]


async def test_another_transport_is_noted_as_a_fault() -> None:
    async with DataCentre(World()) as centre:
        client = client_of(centre, connection=ConnectionTcpAbridged, timeout=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await client.connect()
        await client.disconnect()
    assert "transport" in str(centre.errors[0])


async def test_a_client_that_was_killed_comes_back_with_its_key(centre: DataCentre, request_of: Any) -> None:
    text = centre.authorised_session()
    for _ in range(2):
        async with connected(centre, StringSession(text)) as client:
            assert len((await client(request_of)).messages) == 1
    assert {call.known.account for call in centre.calls} == {centre.world.accounts[0]}
