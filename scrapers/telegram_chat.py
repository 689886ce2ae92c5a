"""What an account is told of a chat: what may be collected, and what a channel says about itself. Pure."""

from collections.abc import Iterable
from typing import Final

from telethon.tl import types

from scrapers.errors import Gone, Refused
from scrapers.model import ChannelFacts
from scrapers.telegram_entities import shown_line, shown_text
from scrapers.telegram_tl import TL

_LABELS: Final = ("verified", "scam", "fake", "restricted")
_ONLY: Final = "only public channels are collected"


def public_channel(answer: TL, name: str) -> TL:
    """The channel that a `contacts.ResolvedPeer` tells of.

    Raises:
        Refused: it is a person, a bot, a group, or nothing that everybody may read.
        Gone: the answer holds no such chat.
    """
    if isinstance(answer.peer, types.PeerUser):
        raise Refused(f"{name} is a person or a bot: {_ONLY}")
    if isinstance(answer.peer, types.PeerChat):
        raise Refused(f"{name} is a group: {_ONLY}")
    chat = chat_of(answer.chats, answer.peer.channel_id)
    if chat is None:
        raise Gone(f"Telegram names no channel behind {name}")
    require_public(chat, name)
    return chat


def require_public(chat: TL, name: str) -> None:
    """Raise Refused unless a chat is a channel that everybody may read under a user name."""
    if isinstance(chat, types.ChannelForbidden):
        raise Refused(f"{name} is private, or shuts this account out: {_ONLY}")
    if not isinstance(chat, types.Channel):
        raise Refused(f"{name} is a group: {_ONLY}")
    if chat.megagroup or chat.gigagroup or chat.monoforum or not chat.broadcast:
        raise Refused(f"{name} is a group, in which everybody writes: {_ONLY}")
    if username(chat) is None:
        raise Refused(f"{name} has no public user name any more: {_ONLY}")


def chat_of(chats: Iterable[TL], channel_id: int) -> TL | None:
    """The chat with this id among those that came with an answer; users are not even looked at."""
    kinds = (types.Channel, types.ChannelForbidden)
    return next((chat for chat in chats if isinstance(chat, kinds) and chat.id == channel_id), None)


def username(chat: TL) -> str | None:
    """The user name under which people see a channel, without @."""
    if chat.username:
        return str(chat.username)
    return next((str(one.username) for one in chat.usernames or () if one.active), None)


def facts(chat: TL) -> ChannelFacts:
    """What every answer says of a channel; description and subscribers have to be asked for."""
    return ChannelFacts(
        native_id=str(chat.id),
        username=username(chat),
        title=shown_line(chat.title),
        description=None,
        labels=frozenset(label for label in _LABELS if getattr(chat, label)),
        live=not chat.left,
    )


def description(answer: TL) -> tuple[str | None, int | None]:
    """The description and the number of subscribers in a `messages.ChatFull`."""
    full = answer.full_chat
    return shown_text(full.about or "", ()) or None, full.participants_count
