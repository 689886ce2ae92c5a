"""Methods about channels: resolving a name, reading a history, single messages, what a channel says."""

import re
from collections.abc import Sequence
from typing import Final

from telethon.tl import functions, types

from monitor.demo.data_centre import describe
from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.asked import channel_asked_for
from monitor.demo.data_centre.channel import Channel
from monitor.demo.data_centre.conduct import RpcRefused
from monitor.demo.data_centre.history import history_page
from monitor.demo.data_centre.post import Post
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import World

_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_MOST_MESSAGES: Final = 100  # in one channels.getMessages


def resolve_username(world: World, account: Account, request: TL) -> TL:
    """contacts.resolveUsername."""
    if not _USERNAME.fullmatch(request.username):
        raise RpcRefused(400, "USERNAME_INVALID")
    found = world.by_username(request.username)
    if found is None:
        raise RpcRefused(400, "USERNAME_NOT_OCCUPIED")
    if isinstance(found, Channel):
        peer, chats = types.PeerChannel(found.id), [describe.chat(found, account)]
        return types.contacts.ResolvedPeer(peer=peer, chats=chats, users=[])
    user = describe.person(found, account, is_bot=found.user_id in world.bots)
    return types.contacts.ResolvedPeer(peer=types.PeerUser(found.user_id), chats=[], users=[user])


def get_history(world: World, account: Account, request: TL) -> TL:
    """messages.getHistory."""
    channel = channel_asked_for(world, account, request.peer)
    page = history_page(
        channel.history(),
        offset_id=request.offset_id,
        add_offset=request.add_offset,
        limit=request.limit,
        min_id=request.min_id,
        max_id=request.max_id,
    )
    messages = [describe.message(post, channel.id) for post in page.posts]
    return _channel_messages(
        world, account, channel, page.posts, messages, count=page.total, offset_id_offset=page.newer
    )


def get_messages(world: World, account: Account, request: TL) -> TL:
    """channels.getMessages; what is deleted, or never was, comes as a MessageEmpty."""
    channel = channel_asked_for(world, account, request.channel)
    if len(request.id) > _MOST_MESSAGES:
        raise RpcRefused(400, "LIMIT_INVALID")
    found = {wanted.id: channel.find(wanted.id) for wanted in request.id}
    messages = [
        describe.message(post, channel.id) if post else types.MessageEmpty(id=number, peer_id=None)
        for number, post in found.items()
    ]
    posts = [post for post in found.values() if post]
    return _channel_messages(world, account, channel, posts, messages, count=len(messages))


def get_full_channel(world: World, account: Account, request: TL) -> TL:
    """channels.getFullChannel."""
    channel = channel_asked_for(world, account, request.channel)
    full = types.ChannelFull(
        id=channel.id,
        about=channel.profile.about,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        chat_photo=types.PhotoEmpty(id=0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[],
        pts=channel.pts,
        participants_count=channel.profile.subscribers,
    )
    return types.messages.ChatFull(full_chat=full, chats=[describe.chat(channel, account)], users=[])


def _channel_messages(
    world: World,
    account: Account,
    channel: Channel,
    posts: Sequence[Post],
    messages: list[TL],
    *,
    count: int,
    offset_id_offset: int | None = None,
) -> TL:
    users, chats = describe.surroundings(world, account, channel, posts)
    return types.messages.ChannelMessages(
        pts=channel.pts,
        count=count,
        offset_id_offset=offset_id_offset,
        messages=messages,
        topics=[],
        chats=chats,
        users=users,
    )


CHANNEL_METHODS: Final = {
    functions.contacts.ResolveUsernameRequest: resolve_username,
    functions.messages.GetHistoryRequest: get_history,
    functions.channels.GetMessagesRequest: get_messages,
    functions.channels.GetFullChannelRequest: get_full_channel,
}
