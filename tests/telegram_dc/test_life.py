"""Life in the invented channels, seen by a real client: the history it reads is the one that was written."""

import pytest
from telethon import errors

from monitor.demo.data_centre import DataCentre, World
from tests.telegram_dc.client import connected, input_peer
from tests.telegram_dc.harmless import assert_harmless, count_of
from tests.telegram_dc.life import Life


async def test_a_client_reads_what_was_written(centre: DataCentre, world: World) -> None:
    channels = [world.channel(f"invented_{number}") for number in range(3)]
    life = Life(channels, seed=1)
    for _ in range(600):
        life.step()
    async with connected(centre) as client:
        for channel in channels:
            messages = client.iter_messages(input_peer(centre, channel), reverse=True, wait_time=0)
            read = {message.id: message.message async for message in messages}
            assert read == {post.id: post.text for post in channel.history()}
            assert len(read) > 100
    assert_harmless(centre)
    assert count_of(centre, "contacts.resolveUsername") == 0


def test_the_same_seed_makes_the_same_life() -> None:
    def lived(seed: int) -> list[str]:
        channels = [World().channel(f"invented_{number}") for number in range(3)]
        life = Life(channels, seed=seed)
        for _ in range(50):
            life.step()
        return [post.text for channel in channels for post in channel.history()]

    assert lived(7) == lived(7) != lived(8)


async def test_harm_is_noticed(centre: DataCentre) -> None:
    async with connected(centre) as client:
        await client.get_me()
        assert_harmless(centre)
        with pytest.raises(errors.InputMethodInvalidError):
            await client.get_dialogs()
    with pytest.raises(AssertionError, match="getDialogs"):
        assert_harmless(centre)


async def test_asking_for_somebody_is_noticed(centre: DataCentre) -> None:
    async with connected(centre) as client:
        with pytest.raises(errors.UserIdInvalidError):
            await client.get_input_entity(12345)
    with pytest.raises(AssertionError, match="getUsers"):
        assert_harmless(centre)
