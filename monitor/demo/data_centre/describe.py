"""The world in Telegram's words: chats, users and messages as Telethon's TL objects.

Messages carry traces of people on purpose, as Telegram's do: who signed, reacted, commented, was forwarded.
"""

import hashlib
import struct
from collections.abc import Sequence
from itertools import chain
from typing import Final

from telethon.tl import types

from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.channel import Channel, ChatKind
from monitor.demo.data_centre.post import ForwardOrigin, Person, Post
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import PASSERS_BY, World

_REACTING, _COMMENTING = PASSERS_BY[0], PASSERS_BY[1]
_DISCUSSION: Final = 10**8  # between the ids of a channel and of its discussion group


def access_hash(account: Account, subject_id: int) -> int:
    """What lets one account, and no other, ask for a channel or a user."""
    digest = hashlib.sha256(f"{account.user_id}:{subject_id}".encode()).digest()
    number: int = struct.unpack("<q", digest[:8])[0]
    return number


def chat(channel: Channel, account: Account) -> TL:
    """A channel or group as an account sees it."""
    profile = channel.profile
    restriction = types.RestrictionReason(platform="all", reason="terms", text="Restricted (fictional)")
    return types.Channel(
        id=channel.id,
        title=profile.title,
        photo=types.ChatPhotoEmpty(),
        date=channel.created_at,
        left=not profile.joined,
        broadcast=channel.kind is ChatKind.BROADCAST,
        megagroup=channel.kind is not ChatKind.BROADCAST,
        gigagroup=channel.kind is ChatKind.GIGAGROUP,
        verified=profile.verified,
        scam=profile.scam,
        fake=profile.fake,
        restricted=profile.restricted,
        restriction_reason=[restriction] if profile.restricted else None,
        access_hash=access_hash(account, channel.id),
        username=profile.username,
    )


def person(who: Person, account: Account, *, is_bot: bool = False) -> TL:
    """Somebody as an account sees them."""
    return types.User(
        id=who.user_id,
        bot=is_bot,
        bot_info_version=1 if is_bot else None,
        access_hash=access_hash(account, who.user_id),
        first_name=who.first_name,
        last_name=who.last_name,
        username=who.username,
    )


def oneself(account: Account) -> TL:
    """The account's own user."""
    return types.User(
        id=account.user_id,
        is_self=True,
        access_hash=access_hash(account, account.user_id),
        first_name=account.name,
        phone=account.phone,
    )


def message(post: Post, channel_id: int) -> TL:
    """A post as Telegram sends it."""
    peer = types.PeerChannel(channel_id)
    reply = None if post.reply_to is None else types.MessageReplyHeader(reply_to_msg_id=post.reply_to)
    if post.action is not None:
        return types.MessageService(
            id=post.id, peer_id=peer, date=post.at, action=post.action, post=True, reply_to=reply
        )
    signed = post.signature
    return types.Message(
        id=post.id,
        peer_id=peer,
        date=post.at,
        message=post.text,
        post=True,
        from_id=types.PeerUser(signed.user_id) if signed else None,
        post_author=signed.name if signed else None,
        fwd_from=_forward_header(post.forward) if post.forward else None,
        reply_to=reply,
        media=post.media,
        entities=list(post.entities) or None,
        views=post.views,
        forwards=post.forwards,
        replies=None if post.replies is None else _replies(post.replies, channel_id),
        edit_date=post.edited_at,
        grouped_id=post.album,
        reactions=reactions(post) if post.reactions else None,
    )


def reactions(post: Post) -> TL:
    """A post's reactions, with one of the people who reacted, if any did."""
    counts = [types.ReactionCount(reaction=_reaction(name), count=n) for name, n in post.reactions.items()]
    recent = [
        types.MessagePeerReaction(
            peer_id=types.PeerUser(_REACTING.user_id), date=post.at, reaction=first.reaction
        )
        for first in counts[:1]
    ]
    return types.MessageReactions(results=counts, can_see_list=True, recent_reactions=recent)


def surroundings(
    world: World, account: Account, channel: Channel, posts: Sequence[Post]
) -> tuple[list[TL], list[TL]]:
    """The users and chats that Telegram sends beside some posts of a channel.

    Chats come in no order to rely on: here the channel itself is the last one.
    """
    discussion = [_discussion(channel, account)] if any(post.replies is not None for post in posts) else []
    ids = {post.forward.channel_id for post in posts if post.forward} - {None, channel.id}
    origins = [chat(found, account) for found in world.channels.values() if found.id in ids]
    people = {who.user_id: who for who in chain.from_iterable(map(_traces, posts))}
    users = [person(who, account) for who in people.values()]
    return users, [*discussion, *origins, chat(channel, account)]


def _discussion(channel: Channel, account: Account) -> TL:
    """The group in which a channel's posts are commented on."""
    number = channel.id + _DISCUSSION
    return types.Channel(
        id=number,
        title=f"Discussion of {channel.profile.title}",
        photo=types.ChatPhotoEmpty(),
        date=channel.created_at,
        left=True,
        megagroup=True,
        has_link=True,
        access_hash=access_hash(account, number),
    )


def _traces(post: Post) -> list[Person]:
    forwarding = post.forward.person if post.forward else None
    reacting = _REACTING if post.reactions else None
    commenting = _COMMENTING if post.replies else None
    return [who for who in (post.signature, forwarding, reacting, commenting) if who]


def _replies(count: int, channel_id: int) -> TL:
    return types.MessageReplies(
        replies=count,
        replies_pts=count,
        comments=True,
        recent_repliers=[types.PeerUser(_COMMENTING.user_id)] if count else None,
        channel_id=channel_id + _DISCUSSION,
    )


def _forward_header(origin: ForwardOrigin) -> TL:
    if origin.channel_id is not None:
        peer = types.PeerChannel(origin.channel_id)
        return types.MessageFwdHeader(date=origin.at, from_id=peer, channel_post=origin.message_id)
    if origin.person is not None:
        return types.MessageFwdHeader(date=origin.at, from_id=types.PeerUser(origin.person.user_id))
    return types.MessageFwdHeader(date=origin.at, from_name=origin.hidden_name)


def _reaction(name: str) -> TL:
    if name == "paid":
        return types.ReactionPaid()
    if name.startswith("custom:"):
        return types.ReactionCustomEmoji(document_id=int(name.removeprefix("custom:")))
    return types.ReactionEmoji(emoticon=name)
