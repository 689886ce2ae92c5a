"""What is asked about one channel. There is nothing else that an account ever asks, but for names.

https://core.telegram.org/api/offsets tells how a page of history is chosen. `min_id` is left alone: with it
Telegram answers nothing at all where many messages lie above (as Telethon's `iter_messages` notes).
"""

from collections.abc import Iterable
from typing import Final

from telethon.tl import types
from telethon.tl.functions.channels import GetFullChannelRequest, GetMessagesRequest
from telethon.tl.functions.messages import GetHistoryRequest

from scrapers.telegram_session import Peer
from scrapers.telegram_tl import TL

MOST: Final = 100
"""Messages that Telegram gives at once."""

_HIGHEST: Final = 2**31 - 2


def newest(peer: Peer, *, skip: int, limit: int) -> TL:
    """The newest `limit` messages but for the very newest `skip`."""
    return _history(peer, offset=0, add_offset=skip, limit=limit)


def after(peer: Peer, number: int, limit: int) -> TL:
    """The `limit` messages right above `number`; below it others may come along."""
    return _history(peer, offset=min(number, _HIGHEST) + 1, add_offset=-limit, limit=limit)


def before(peer: Peer, number: int, limit: int) -> TL:
    """The `limit` messages right below `number`."""
    return _history(peer, offset=min(number, _HIGHEST), add_offset=0, limit=limit)


def single(peer: Peer, numbers: Iterable[int]) -> TL:
    """The messages with these numbers, at most `MOST`."""
    return GetMessagesRequest(
        types.InputChannel(peer.channel_id, peer.access_hash), [types.InputMessageID(one) for one in numbers]
    )


def full(peer: Peer) -> TL:
    """The description and the number of subscribers."""
    return GetFullChannelRequest(types.InputChannel(peer.channel_id, peer.access_hash))


def _history(peer: Peer, *, offset: int, add_offset: int, limit: int) -> TL:
    return GetHistoryRequest(
        peer=types.InputPeerChannel(peer.channel_id, peer.access_hash),
        offset_id=offset,
        offset_date=None,
        add_offset=add_offset,
        limit=limit,
        max_id=0,
        min_id=0,
        hash=0,
    )
