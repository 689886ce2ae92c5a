"""What happens in joined channels is pushed to a real Telethon client, and can be caught up with."""

import asyncio
from typing import Any

from telethon.tl import functions, types

from monitor.demo.data_centre import PASSERS_BY, Channel, DataCentre, World
from monitor.demo.data_centre.media import photo
from tests.telegram_dc.client import client_of, connected, input_channel, until
from tests.telegram_dc.faults import Faults
from tests.telegram_dc.hearing import hearing, of


async def test_new_edited_counted_and_deleted_posts(centre: DataCentre, channel: Channel) -> None:
    async with hearing(centre) as (_, heard):
        number = channel.post("When do they come home? (fictional sample)")
        channel.edit(number, "When will they come home? (fictional sample)")
        channel.count(number, reactions={"🔥": 2}, views=70, forwards=3)
        channel.delete(number)
        await heard.until(of("UpdateDeleteChannelMessages"))
    assert heard.names() == [
        "UpdateNewChannelMessage",
        "UpdateEditChannelMessage",
        "UpdateChannelMessageViews",
        "UpdateChannelMessageForwards",
        "UpdateMessageReactions",
        "UpdateDeleteChannelMessages",
    ]
    new, edited, views, forwards, reactions, deleted = heard.updates
    assert new.message.message == "When do they come home? (fictional sample)"
    assert (edited.message.id, edited.message.message) == (
        number,
        "When will they come home? (fictional sample)",
    )
    assert edited.message.edit_date is not None
    assert (views.views, forwards.forwards) == (70, 3)
    assert reactions.reactions.results[0].count == 2
    assert deleted.messages == [number]


async def test_reactions_that_were_taken_back(centre: DataCentre, channel: Channel) -> None:
    async with hearing(centre) as (_, heard):
        number = channel.post("Liked, and then not (fictional sample)", reactions={"🔥": 1})
        channel.count(number, reactions={})
        await heard.until(of("UpdateMessageReactions"))
    assert heard.updates[-1].reactions.results == []


async def test_albums_forwards_and_traces_of_people(
    centre: DataCentre, channel: Channel, world: World
) -> None:
    elsewhere = world.channel("elsewhere")
    original = elsewhere.post("Told elsewhere (fictional sample)")
    async with hearing(centre) as (_, heard):
        album = channel.album(["Three pictures (fictional sample)", "", ""], [photo(), photo(), photo()])
        channel.post("From a channel (fictional sample)", forward_of=(elsewhere, original))
        channel.post("From a person (fictional sample)", forward_of=PASSERS_BY[0])
        channel.post("From nobody (fictional sample)", forward_of="Hidden Name (fictional)")
        await heard.until(of("UpdateNewChannelMessage", 6))
    messages = [update.message for update in heard.updates]
    assert [message.id for message in messages[:3]] == list(album)
    assert len({message.grouped_id for message in messages[:3]}) == 1
    by_channel, by_person, hidden = (message.fwd_from for message in messages[3:])
    assert (by_channel.from_id, by_channel.channel_post) == (types.PeerChannel(elsewhere.id), original)
    assert by_person.from_id == types.PeerUser(PASSERS_BY[0].user_id)
    assert (hidden.from_id, hidden.from_name) == (None, "Hidden Name (fictional)")
    known = heard.updates[3]._entities
    assert known[-1_000_000_000_000 - elsewhere.id].username == "elsewhere"


async def test_pushes_nothing_of_a_channel_that_is_not_joined(
    centre: DataCentre, channel: Channel, world: World
) -> None:
    other = world.channel("not_joined")
    async with hearing(centre) as (_, heard):
        other.post("Not heard (fictional sample)")
        channel.post("Heard (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
    assert [update.message.message for update in heard.updates] == ["Heard (fictional sample)"]


async def test_pushes_nothing_before_the_first_high_level_request(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    faults.hang("users.getUsers")  # Telethon's first one
    client = client_of(centre)
    connecting = asyncio.create_task(client.connect())
    await until(lambda: "hang" in faults.met)
    channel.post("Pushed to nobody (fictional sample)")
    await asyncio.sleep(0)
    assert faults.pushed == 0
    connecting.cancel()
    await client.disconnect()


async def test_pushes_nothing_to_who_wants_no_updates(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with connected(centre, receive_updates=False) as client:
        await client.get_me()
        channel.post("Pushed to nobody (fictional sample)")
        await client.get_me()
    assert faults.pushed == 0


async def test_a_lost_push_is_a_gap_that_the_channel_difference_fills(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with hearing(centre) as (_, heard):
        channel.post("First (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
        faults.lose_pushes()
        channel.post("Lost (fictional sample)")
        channel.post("Third (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage", 3))
    assert heard.new_ids() == [1, 2, 3]
    assert "updates.getChannelDifference" in [call.method for call in centre.calls]


async def test_after_a_reconnect_only_catching_up_brings_what_was_missed(
    centre: DataCentre, channel: Channel
) -> None:
    async with hearing(centre) as (client, heard):
        channel.post("First (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
        await asyncio.sleep(1.1)  # the account's difference is asked for by the second
        made = centre.connections_made
        centre.hang_up()
        await asyncio.sleep(0)
        channel.post("Missed (fictional sample)")
        await until(lambda: centre.connections_made > made)
        await client.get_me()
        assert len(heard.updates) == 1
        await client.catch_up()
        await heard.until(of("UpdateNewChannelMessage", 2))


async def test_a_push_that_is_too_long_makes_telethon_ask_for_the_difference(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with hearing(centre) as (_, heard):
        channel.post("First (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
        faults.shorten_pushes()
        channel.post("Second (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage", 2))
    assert faults.met == ["shortened push"]
    assert [call.channel_id for call in centre.calls if call.method == "updates.getChannelDifference"] == [
        channel.id
    ]


async def test_a_difference_that_is_too_long_loses_what_was_missed(
    centre: DataCentre, channel: Channel, faults: Faults
) -> None:
    async with hearing(centre) as (_, heard):
        channel.post("First (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage"))
        faults.lose_pushes(2)
        channel.post("Lost (fictional sample)")
        channel.forget_changes()
        channel.post("Lost, too (fictional sample)")
        channel.post("Makes the gap known (fictional sample)")
        await until(lambda: "updates.getChannelDifference" in [call.method for call in centre.calls])
        channel.post("Heard again (fictional sample)")
        await heard.until(of("UpdateNewChannelMessage", 2))
    assert heard.new_ids() == [1, 5]


async def test_differences_come_in_slices_or_not_at_all(centre: DataCentre, channel: Channel) -> None:
    async with connected(centre) as client:
        for number in range(1, 152):
            channel.post(f"Post {number} (fictional sample)")
        channel.edit(3, "Edited (fictional sample)")
        channel.delete(4)

        async def difference(pts: int) -> Any:
            return await client(
                functions.updates.GetChannelDifferenceRequest(
                    channel=input_channel(centre, channel),
                    filter=types.ChannelMessagesFilterEmpty(),
                    pts=pts,
                    limit=100,
                )
            )

        first = await difference(1)
        second = await difference(first.pts)
        nothing = await difference(second.pts)
        channel.forget_changes()
        too_long = await difference(1)
    assert (first.final, len(first.new_messages)) == (False, 99)  # one of its 100 is deleted since
    assert second.final
    assert [type(update).__name__ for update in second.other_updates] == [
        "UpdateEditChannelMessage",
        "UpdateDeleteChannelMessages",
    ]
    assert isinstance(nothing, types.updates.ChannelDifferenceEmpty)
    assert isinstance(too_long, types.updates.ChannelDifferenceTooLong)
    assert (too_long.dialog.pts, too_long.dialog.top_message) == (channel.pts, 151)
