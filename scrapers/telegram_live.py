"""What Telegram says by itself: which of the channels that we follow have news. Nothing of the news is kept.

Only polls bring data; what is heard makes them come at once. So it does no harm that updates may be lost or
come twice, that Telegram leaves out much after "too long", and that their order means nothing.
Whatever concerns other chats, private ones among them, is passed over unread.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from telethon.tl import types

from scrapers.model import Heard
from scrapers.telegram_tl import TL


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """Something heard of a channel."""

    heard: Heard
    unfinished: bool = False  # a part of an album: the others are just coming


def news_in(updates: TL, followed: Container[int]) -> Iterator[News | None]:
    """What `Updates` say of the channels with the ids `followed`; None: anything may have changed."""
    match updates:
        case types.UpdatesTooLong():
            yield None
        case types.UpdateShort():
            yield from _news((updates.update,), followed)
        case types.Updates() | types.UpdatesCombined():
            yield from _news(updates.updates, followed)
        case _:  # messages of people
            return


def _news(updates: tuple[TL, ...], followed: Container[int]) -> Iterator[News]:
    for update in updates:
        channel = _channel(update)
        if channel is not None and channel in followed:
            yield News(
                heard=Heard(channel_id=str(channel), changed=_changed(update)),
                unfinished=isinstance(update, types.UpdateNewChannelMessage)
                and getattr(update.message, "grouped_id", None) is not None,
            )


def _channel(update: TL) -> int | None:
    """The channel that an update is about, of those that a poll would see something of."""
    match update:
        case types.UpdateEditChannelMessage() if getattr(update.message, "edit_hide", False):
            return None  # somebody reacted
        case types.UpdateNewChannelMessage() | types.UpdateEditChannelMessage():
            peer = update.message.peer_id
            return peer.channel_id if isinstance(peer, types.PeerChannel) else None
        case types.UpdateDeleteChannelMessages() | types.UpdateChannelTooLong() | types.UpdateChannel():
            return int(update.channel_id)
        case _:  # views and reactions come with the readings, typing and read marks are nobody's business
            return None


def _changed(update: TL) -> frozenset[int]:
    match update:
        case types.UpdateEditChannelMessage():
            return frozenset({update.message.id})
        case types.UpdateDeleteChannelMessages():
            return frozenset(update.messages)
        case _:
            return frozenset()
