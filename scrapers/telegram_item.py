"""Messages as an account is told them, read into items equal to those of the web preview. Pure.

What names people is never touched: senders, signatures, forwarding persons, those who react or comment, and
the users that come with every answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from telethon.tl import types

from scrapers.model import ChannelFacts, Counters, Forward, Item, ItemKind, Precision, Refusal
from scrapers.telegram_chat import chat_of, facts, username
from scrapers.telegram_entities import WEB, shown_line, shown_text, web_links
from scrapers.telegram_media import media_of
from scrapers.telegram_rich import rich_links, rich_text
from scrapers.telegram_tl import TL

FOREIGN: Final = "a message of another channel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A post as read, with every message id it covers."""

    item: Item
    ids: tuple[int, ...]  # ascending: an album has several
    album: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an answer with messages of one channel says."""

    posts: tuple[Post, ...]  # oldest first
    ids: frozenset[int]  # of every message that is there, whether it was taken or refused
    refusals: tuple[Refusal, ...]
    empty: frozenset[int]  # of messages that are not there, where they were asked for by number
    total: int  # messages that the channel has, as Telegram counts them
    newer: int  # messages above these, where Telegram tells
    chat: TL | None  # the channel itself, as Telethon has it
    channel: ChannelFacts | None


def read_answer(answer: TL, channel_id: int) -> Answer:
    """Read a `messages.ChannelMessages`, or any other answer that has `messages` and `chats`."""
    chat = chat_of(answer.chats, channel_id)
    own: list[TL] = []
    foreign: list[TL] = []
    for message in answer.messages:
        if isinstance(message, types.Message | types.MessageService):
            (own if _channel_of(message) == channel_id else foreign).append(message)
    own.sort(key=lambda message: message.id)
    name = username(chat) if isinstance(chat, types.Channel) else None
    return Answer(
        posts=tuple(_post(group, name, answer.chats) for group in _albums(own)),
        ids=frozenset(message.id for message in (*own, *foreign)),
        refusals=tuple(Refusal(url=None, reason=FOREIGN) for _ in foreign),
        empty=frozenset(message.id for message in answer.messages if isinstance(message, types.MessageEmpty)),
        total=getattr(answer, "count", len(own)),
        newer=getattr(answer, "offset_id_offset", None) or 0,
        chat=chat,
        channel=facts(chat) if isinstance(chat, types.Channel) else None,
    )


def channel_of_answer(answer: TL) -> int | None:
    """The channel whose messages an answer holds, as they say themselves."""
    return next((found for message in answer.messages if (found := _channel_of(message)) is not None), None)


def _channel_of(message: TL) -> int | None:
    peer = message.peer_id
    return peer.channel_id if isinstance(peer, types.PeerChannel) else None


def _albums(messages: Iterable[TL]) -> Iterable[list[TL]]:
    """Messages in their order, those of one album together."""
    groups: dict[int, list[TL]] = {}
    for message in messages:
        groups.setdefault(_album_of(message) or -message.id, []).append(message)
    return groups.values()


def _album_of(message: TL) -> int | None:
    return message.grouped_id if isinstance(message, types.Message) else None


def _post(group: Sequence[TL], name: str | None, chats: Sequence[TL]) -> Post:
    first = group[0]
    service = isinstance(first, types.MessageService)
    text = _service_text(first.action) if service else "\n".join(filter(None, map(_text, group)))
    media = tuple(found for message in group for found in media_of(message))
    sent = min((_utc(message.date) for message in group if message.date), default=None)
    changed = [] if service else [message.edit_date for message in group if _is_edited(message)]
    item = Item(
        external_id=str(first.id),
        kind=ItemKind.SERVICE if service else ItemKind.POST,
        url=f"https://t.me/{name}/{first.id}" if name else None,
        title=None,
        text=text,
        published_at=sent,
        published_raw=sent.isoformat() if sent else None,
        published_precision=Precision.SECOND if sent else None,
        published_basis="message" if sent else None,
        modified_at=_utc(max(changed)) if changed else None,
        edited=bool(changed),
        counters=None if service else _counters(group),
        forward=None if service else _forward(first.fwd_from, chats),
        forwarded=not service and first.fwd_from is not None,
        reply_to=None if service else _reply_to(first.reply_to),
        media=media,
        links=() if service else _links(group),
        unreadable=not text and not media,
    )
    ids = tuple(message.id for message in group)
    return Post(item=item, ids=ids, album=_album_of(first) is not None)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _text(message: TL) -> str:
    """Text or caption, then what a poll or a list asks, a line each."""
    lines = [shown_text(message.message or "", message.entities)]
    if not lines[0] and message.rich_message is not None:
        lines = [shown_text(rich_text(message.rich_message), ())]
    match message.media:
        case types.MessageMediaPoll(poll=poll):
            lines += [shown_text(one.text, ()) for one in (poll.question, *(a.text for a in poll.answers))]
        case types.MessageMediaToDo(todo=todo):
            lines += [shown_text(one.text, ()) for one in (todo.title, *(task.title for task in todo.list))]
        case _:
            pass
    return "\n".join(line for line in lines if line)


def _links(group: Sequence[TL]) -> tuple[str, ...]:
    found = [link for one in group for link in web_links(one.message or "", one.entities)]
    found += [link for one in group if one.rich_message for link in rich_links(one.rich_message)]
    return tuple(dict.fromkeys(link for link in found if link.startswith(WEB)))


def _is_edited(message: TL) -> bool:
    """Whether readers are shown it as edited: a new reaction or button changes the date too, but hidden."""
    return message.edit_date is not None and not message.edit_hide


def _counters(group: Sequence[TL]) -> Counters | None:
    """Of an album those of its first message; reactions stand on whichever has them."""
    first = group[0]
    replies = first.replies.replies if first.replies and first.replies.comments else None
    reactions = next(filter(None, (_reactions(message.reactions) for message in group)), {})
    if first.views is None and first.forwards is None and replies is None and not reactions:
        return None
    return Counters(views=first.views, forwards=first.forwards, replies=replies, reactions=reactions)


def _reactions(reactions: TL | None) -> dict[str, int]:
    """How often each was given; by whom stands beside it and is not read."""
    results = reactions.results if reactions else ()
    named = ((_reaction(one.reaction), one.count) for one in results)
    return {name: count for name, count in named if name}


def _reaction(reaction: TL) -> str:
    match reaction:
        case types.ReactionEmoji():
            return str(reaction.emoticon)
        case types.ReactionCustomEmoji():
            return f"custom:{reaction.document_id}"
        case types.ReactionPaid():
            return "paid"
        case _:
            return ""


def _forward(header: TL | None, chats: Sequence[TL]) -> Forward | None:
    """The origin if it is a post of a public channel; a person's, a group's or a hidden one is not kept."""
    if header is None or not header.channel_post or not isinstance(header.from_id, types.PeerChannel):
        return None
    chat = chat_of(chats, header.from_id.channel_id)
    if not isinstance(chat, types.Channel) or not chat.broadcast or (name := username(chat)) is None:
        return None
    return Forward(channel=name.lower(), title=shown_line(chat.title), message_id=str(header.channel_post))


def _reply_to(header: TL | None) -> str | None:
    """The post of the same channel that is answered; what is quoted of it is not read."""
    if not isinstance(header, types.MessageReplyHeader) or header.reply_to_peer_id is not None:
        return None
    return str(header.reply_to_msg_id) if header.reply_to_msg_id else None


_ACTIONS: Final = {
    types.MessageActionChannelCreate: "Channel created",
    types.MessageActionChatEditPhoto: "Channel photo updated",
    types.MessageActionChatDeletePhoto: "Channel photo removed",
    types.MessageActionPinMessage: "A post was pinned",
    types.MessageActionGroupCallScheduled: "Live stream scheduled",
}


def _service_text(action: TL) -> str:
    """What previews say of it, in English; nothing of what would name a person."""
    match action:
        case types.MessageActionChatEditTitle():
            return f"Channel name was changed to «{shown_line(action.title) or ''}»"
        case types.MessageActionGroupCall():
            return "Live stream started" if action.duration is None else "Live stream finished"
        case _:
            return _ACTIONS.get(type(action), "")
