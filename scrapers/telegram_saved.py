"""A saved answer of Telegram, read without asking anybody. Pure."""

import struct
from typing import Final

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import types

from scrapers.errors import LayoutChanged
from scrapers.model import Parsed
from scrapers.telegram_item import channel_of_answer, read_answer
from scrapers.telegram_tl import TL

# What reading bytes that are no answer, or one whose parts are not where they belong, can end with.
_UNREADABLE: Final = (
    TypeNotFoundError,
    BufferError,
    struct.error,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
    LookupError,
    EOFError,
    OSError,
)
_ANSWERS: Final = (types.messages.ChannelMessages, types.messages.Messages, types.messages.MessagesSlice)


def parse_answer(body: bytes, url: str) -> Parsed:
    """What a `messages.ChannelMessages` shows, as it comes over the wire; oldest post first.

    Raises:
        LayoutChanged: it is nothing of the kind.
    """
    try:
        answer = _read(body)
        channel_id = channel_of_answer(answer)
        read = read_answer(answer, channel_id or _only_channel(answer))
    except _UNREADABLE as error:
        raise LayoutChanged("this is no answer of Telegram with a channel's messages", url=url) from error
    posts = read.posts
    return Parsed(
        items=tuple(post.item for post in posts),
        refusals=read.refusals,
        channel=read.channel,
        older=str(posts[0].ids[0]) if posts else None,
    )


def _read(body: bytes) -> TL:
    with BinaryReader(body) as reader:
        answer = reader.tgread_object()
    if not isinstance(answer, _ANSWERS):
        raise TypeError(f"it is a {type(answer).__name__}")
    return answer


def _only_channel(answer: TL) -> int:
    return next((chat.id for chat in answer.chats if isinstance(chat, types.Channel)), 0)
