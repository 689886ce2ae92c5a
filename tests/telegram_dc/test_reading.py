"""A real Telethon client reads the loopback data centre."""

from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types

from monitor.demo.data_centre import PASSERS_BY, Channel, DataCentre, World, media, tl
from tests.telegram_dc.client import connected, history_request, input_channel, input_peer, unsigned_session
from tests.telegram_dc.harmless import assert_traceless


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


async def test_single_messages_and_what_is_deleted(centre: DataCentre, channel: Channel) -> None:
    write(channel, 4)
    channel.delete(2)
    wanted = [types.InputMessageID(number) for number in (4, 2, 1, 99)]
    async with connected(centre) as client:
        answer = await client(functions.channels.GetMessagesRequest(input_channel(centre, channel), wanted))
        by_telethon = await client.get_messages(input_peer(centre, channel), ids=[4, 2])
    assert ids(answer) == [4, 2, 1, 99]
    assert [isinstance(message, types.MessageEmpty) for message in answer.messages] == [
        False,
        True,
        False,
        True,
    ]
    assert [message and message.id for message in by_telethon] == [4, None]


async def test_what_a_channel_says_in_full(centre: DataCentre, channel: Channel) -> None:
    channel.describe(about="About nothing (fictional)", subscribers=4321)
    write(channel, 3)
    async with connected(centre) as client:
        answer = await client(functions.channels.GetFullChannelRequest(input_channel(centre, channel)))
    full = answer.full_chat
    assert (full.about, full.participants_count, full.pts) == ("About nothing (fictional)", 4321, 4)


async def test_a_post_with_everything(centre: DataCentre, channel: Channel) -> None:
    first = channel.post("First (fictional sample)")
    channel.post(
        "Everything (fictional sample)",
        views=1234,
        forwards=5,
        replies=6,
        reactions={"👍": 3, "paid": 2, "custom:5368": 1},
        reply_to=first,
        signature=PASSERS_BY[2],
        forward_of=PASSERS_BY[0],
        entities=[types.MessageEntityTextUrl(0, 10, "https://example.org/everything")],
    )
    async with connected(centre) as client:
        answer = await client(history_request(input_peer(centre, channel), limit=1))
    (message,) = answer.messages
    assert (message.views, message.forwards, message.replies.replies) == (1234, 5, 6)
    assert [result.count for result in message.reactions.results] == [3, 2, 1]
    assert message.reply_to.reply_to_msg_id == first
    assert message.entities[0].url == "https://example.org/everything"
    # Telegram tells of people; nobody may keep it.
    assert message.post_author == PASSERS_BY[2].name
    assert message.from_id == types.PeerUser(PASSERS_BY[2].user_id)
    assert message.reactions.recent_reactions
    assert message.replies.recent_repliers
    assert {user.id for user in answer.users} == {person.user_id for person in PASSERS_BY}
    with pytest.raises(AssertionError, match=r"Reactorina.*Signata"):
        assert_traceless(str(answer))


async def test_media_and_service_messages(centre: DataCentre, channel: Channel) -> None:
    made = [
        media.photo(),
        media.video(),
        media.video(is_round=True),
        media.voice(),
        media.music("Song (fictional)", "Nobody"),
        media.document("list.pdf"),
        media.sticker(),
        media.poll("Why? (fictional)", "Because", "No idea"),
        media.place(50.1, 14.4),
        media.place(50.1, 14.4, venue="Square (fictional)"),
        media.link_preview("https://example.org/", "Page (fictional)"),
        media.contact("Somebody", "420000000000"),
    ]
    for one in made:
        channel.post(media=one)
    channel.post(action=types.MessageActionPinMessage(), reply_to=1)
    async with connected(centre) as client:
        answer = await client(history_request(input_peer(centre, channel)))
    service, *posts = answer.messages
    assert isinstance(service, types.MessageService)
    sent = [message.media.to_dict() for message in reversed(posts)]
    assert sent == [tl.read(tl.write(one)).to_dict() for one in made]


async def test_groups_people_and_bots_are_told_apart(centre: DataCentre, world: World) -> None:
    world.megagroup("big_group")
    world.gigagroup("huge_group")
    world.user("some_person")
    world.bot("some_bot")

    async def resolved(name: str) -> Any:
        answer = await client(functions.contacts.ResolveUsernameRequest(name))
        return (answer.chats + answer.users)[0]

    async with connected(centre) as client:
        group, crowd = await resolved("big_group"), await resolved("huge_group")
        person, bot = await resolved("some_person"), await resolved("some_bot")
    assert (group.broadcast, group.megagroup, group.gigagroup) == (False, True, False)
    assert (crowd.broadcast, crowd.megagroup, crowd.gigagroup) == (False, True, True)
    assert (person.bot, bot.bot) == (False, True)


async def test_records_every_call(centre: DataCentre, channel: Channel) -> None:
    async with connected(centre) as client:
        await client(history_request(input_peer(centre, channel)))
    assert [call.method for call in centre.calls] == [
        "help.getConfig",
        "users.getUsers",
        "updates.getState",
        "updates.getDifference",
        "messages.getHistory",
    ]
    assert centre.calls[-1].channel_id == channel.id
    assert centre.calls[-1].request.limit == 100


async def test_refuses_what_it_does_not_know(centre: DataCentre) -> None:
    async with connected(centre) as client:
        with pytest.raises(errors.InputMethodInvalidError):
            await client(functions.messages.GetDialogFiltersRequest())
