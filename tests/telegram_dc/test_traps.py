"""What Telethon does not do, which is why polling by cursor is the truth. A new version may change it."""

from telethon.tl import types

from monitor.demo.data_centre import Channel, DataCentre, World
from tests.telegram_dc.client import connected, until
from tests.telegram_dc.faults import Faults
from tests.telegram_dc.harmless import count_of
from tests.telegram_dc.hearing import hearing, of


async def test_an_edit_and_a_deletion_in_a_difference_are_not_told(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with hearing(centre) as (_, heard):
        channel.post("First (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
        faults.lose_pushes(2)
        channel.edit(1, "Edited (fictional sample)")
        channel.delete(1)
        channel.post("Second (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage", 2))
    assert heard.new_ids() == [1, 2]
    assert heard.names().count("UpdateEditChannelMessage") == 0
    assert heard.names().count("UpdateDeleteChannelMessages") == 0


async def test_a_first_message_that_is_lost_leaves_no_gap(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with hearing(centre) as (_, heard):
        faults.lose_pushes()
        channel.post("Lost (fictional sample)")
        channel.post("Second (fictional sample)")
        channel.post("Third (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage", 2))
    assert heard.new_ids() == [2, 3]
    assert count_of(centre, "updates.getChannelDifference") == 0


async def test_a_name_is_resolved_again_each_time(centre: DataCentre, channel: Channel) -> None:
    async with connected(centre) as client:
        for _ in range(2):
            entity = await client.get_entity("frontline_wives")
            assert isinstance(entity, types.Channel)
            assert entity.id == channel.id
    assert count_of(centre, "contacts.resolveUsername") == 2


async def test_a_key_that_is_signed_out_while_catching_up_ends_the_client(
    centre: DataCentre, world: World
) -> None:
    world.channel("other", joined=True)
    async with connected(centre) as client:
        centre.keys.sign_out_all()
        await client.catch_up()
        await until(lambda: not client.is_connected())
