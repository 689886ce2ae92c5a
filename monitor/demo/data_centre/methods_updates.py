"""Methods about updates, and the pushes themselves (https://core.telegram.org/api/updates).

What was missed is known for each channel by its pts. An account has no private conversations here, so its own
pts stands still, and its difference only names the joined channels that changed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from telethon.tl import functions, types

from monitor.demo.data_centre import describe
from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.asked import channel_asked_for
from monitor.demo.data_centre.channel import Channel
from monitor.demo.data_centre.conduct import RpcRefused
from monitor.demo.data_centre.post import Change, ChangeKind
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import World

_ACCOUNT_PTS: Final = 1
_MOST_CHANGES: Final = 100  # in one difference


def get_users(world: World, account: Account, request: TL) -> TL:  # noqa: ARG001 - as all methods
    """users.getUsers, for the account itself only."""
    for wanted in request.id:
        if not isinstance(wanted, types.InputUserSelf):
            raise RpcRefused(400, "USER_ID_INVALID")
    return [describe.oneself(account) for _ in request.id]


def get_state(world: World, account: Account, request: TL) -> TL:  # noqa: ARG001 - as all methods
    """updates.getState."""
    return _state(world)


def get_difference(world: World, account: Account, request: TL) -> TL:
    """updates.getDifference: an "updateChannelTooLong" for each joined channel that changed since."""
    changed = [channel for channel in list(world.channels.values()) if _changed_since(channel, request.date)]
    if not changed:
        return types.updates.DifferenceEmpty(date=world.now(), seq=_state(world).seq)
    return types.updates.Difference(
        new_messages=[],
        new_encrypted_messages=[],
        other_updates=[types.UpdateChannelTooLong(channel_id=one.id, pts=one.pts) for one in changed],
        chats=[describe.chat(channel, account) for channel in changed],
        users=[],
        state=_state(world),
    )


def get_channel_difference(world: World, account: Account, request: TL) -> TL:
    """updates.getChannelDifference: new messages, and the edits and deletions among them, in slices."""
    channel = channel_asked_for(world, account, request.channel)
    if request.pts <= 0:
        raise RpcRefused(400, "PERSISTENT_TIMESTAMP_EMPTY")
    if request.pts > channel.pts:
        raise RpcRefused(400, "PERSISTENT_TIMESTAMP_INVALID")
    changes = channel.changes_since(request.pts)
    if changes is None:
        return _too_long(world, account, channel)
    if not changes:
        return types.updates.ChannelDifferenceEmpty(pts=channel.pts, final=True, timeout=None)
    return _slice(world, account, channel, changes)


def push(world: World, account: Account, change: Change) -> TL:
    """What the account's clients are told of a change in a channel that it has joined."""
    channel = world.channels[change.channel_id]
    users, chats = describe.surroundings(world, account, channel, change.posts)
    return types.Updates(updates=_updates(change), users=users, chats=chats, date=world.now(), seq=0)


def _state(world: World) -> TL:
    return types.updates.State(pts=_ACCOUNT_PTS, qts=0, date=world.now(), seq=1, unread_count=0)


def _changed_since(channel: Channel, moment: datetime) -> bool:
    return channel.profile.joined and channel.changed_at is not None and channel.changed_at >= moment


def _updates(change: Change) -> list[TL]:
    first_pts = change.pts - change.pts_count + 1
    peer = types.PeerChannel(change.channel_id)
    if change.kind is ChangeKind.DELETED:
        ids = [post.id for post in change.posts]
        return [types.UpdateDeleteChannelMessages(change.channel_id, ids, change.pts, change.pts_count)]
    if change.kind is ChangeKind.VIEWS:
        return [types.UpdateChannelMessageViews(change.channel_id, one.id, one.views) for one in change.posts]
    if change.kind is ChangeKind.FORWARDS:
        return [
            types.UpdateChannelMessageForwards(change.channel_id, one.id, one.forwards)
            for one in change.posts
        ]
    if change.kind is ChangeKind.REACTIONS:
        return [types.UpdateMessageReactions(peer, one.id, describe.reactions(one)) for one in change.posts]
    kind = _WITH_MESSAGE[change.kind]
    return [
        kind(message=describe.message(post, change.channel_id), pts=first_pts + index, pts_count=1)
        for index, post in enumerate(change.posts)
    ]


def _slice(world: World, account: Account, channel: Channel, changes: Sequence[Change]) -> TL:
    part = changes[:_MOST_CHANGES]
    new = {post.id for change in part if change.kind is ChangeKind.NEW for post in change.posts}
    standing = [post for number in sorted(new) if (post := channel.find(number))]
    others = [change for change in part if change.kind is not ChangeKind.NEW]
    users, chats = describe.surroundings(world, account, channel, standing)
    return types.updates.ChannelDifference(
        pts=part[-1].pts,
        final=len(part) == len(changes),
        new_messages=[describe.message(post, channel.id) for post in standing],
        other_updates=[update for change in others for update in _updates(change)],
        users=users,
        chats=chats,
    )


def _too_long(world: World, account: Account, channel: Channel) -> TL:
    newest = channel.history()[-1:]
    users, chats = describe.surroundings(world, account, channel, newest)
    dialog = types.Dialog(
        peer=types.PeerChannel(channel.id),
        top_message=newest[-1].id if newest else 0,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=channel.pts,
    )
    return types.updates.ChannelDifferenceTooLong(
        dialog=dialog,
        final=True,
        messages=[describe.message(post, channel.id) for post in newest],
        chats=chats,
        users=users,
    )


_WITH_MESSAGE: Final = {
    ChangeKind.NEW: types.UpdateNewChannelMessage,
    ChangeKind.EDITED: types.UpdateEditChannelMessage,
}

UPDATE_METHODS: Final = {
    functions.users.GetUsersRequest: get_users,
    functions.updates.GetStateRequest: get_state,
    functions.updates.GetDifferenceRequest: get_difference,
    functions.updates.GetChannelDifferenceRequest: get_channel_difference,
}
