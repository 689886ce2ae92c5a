"""What is heard in what Telegram says by itself, and that the rest is passed over. All of it is invented."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.tl import types

from scrapers.model import Heard
from scrapers.telegram_live import News, news_in

AT = datetime(2026, 10, 5, 8, 15, 30, tzinfo=UTC)
OURS, OTHERS = 1_500_000_001, 1_500_000_002
PERSON = types.PeerUser(710_000_001)


def message(number: int, peer: Any, album: int | None = None) -> Any:
    return types.Message(id=number, peer_id=peer, date=AT, message="(fictional)", grouped_id=album)


def reacted_to(number: int) -> Any:
    peer = types.PeerChannel(OURS)
    return types.Message(
        id=number, peer_id=peer, date=AT, message="(fictional)", edit_date=AT, edit_hide=True
    )


def new(number: int, channel: int = OURS, album: int | None = None) -> Any:
    return types.UpdateNewChannelMessage(message(number, types.PeerChannel(channel), album), 5, 1)


def together(*updates: Any) -> Any:
    return types.Updates(updates=list(updates), users=[], chats=[], date=AT, seq=0)


def heard(updates: Any) -> list[News | None]:
    return list(news_in(updates, {OURS}))


def news(*changed: int, unfinished: bool = False) -> News:
    told = Heard(channel_id=str(OURS), changed=frozenset(changed))
    return News(heard=told, unfinished=unfinished)


@pytest.mark.parametrize(
    ("update", "told"),
    [
        (new(3), news()),
        (new(3, album=9), news(unfinished=True)),
        (types.UpdateEditChannelMessage(message(3, types.PeerChannel(OURS)), 5, 1), news(3)),
        (types.UpdateDeleteChannelMessages(OURS, [3, 4], 5, 2), news(3, 4)),
        (types.UpdateChannelTooLong(OURS), news()),
        (types.UpdateChannel(OURS), news()),
        (
            types.UpdateNewChannelMessage(
                types.MessageService(
                    id=3,
                    peer_id=types.PeerChannel(OURS),
                    date=AT,
                    action=types.MessageActionChannelCreate("x"),
                ),
                5,
                1,
            ),
            news(),
        ),
    ],
)
def test_news_of_a_followed_channel_are_heard_however_they_come(update: Any, told: News) -> None:
    assert heard(together(update)) == [told]
    assert heard(types.UpdateShort(update, AT)) == [told]
    combined = types.UpdatesCombined([update], users=[], chats=[], date=AT, seq_start=1, seq=2)
    assert heard(combined) == [told]


def test_too_much_to_tell_means_that_anything_may_have_changed() -> None:
    assert heard(types.UpdatesTooLong()) == [None]


@pytest.mark.parametrize(
    "update",
    [
        new(3, channel=OTHERS),
        types.UpdateChannelTooLong(OTHERS),
        types.UpdateDeleteChannelMessages(OTHERS, [3], 5, 1),
        types.UpdateNewMessage(message(3, PERSON), 5, 1),
        types.UpdateDeleteMessages([3], 5, 1),
        types.UpdateEditMessage(message(3, PERSON), 5, 1),
        types.UpdateUserTyping(710_000_001, types.SendMessageTypingAction()),
        types.UpdateChannelMessageViews(OURS, 3, 9),
        types.UpdateReadChannelInbox(OURS, 3, 0, 5),
        types.UpdateEditChannelMessage(message(3, PERSON), 5, 1),
        types.UpdateEditChannelMessage(reacted_to(3), 5, 1),
    ],
)
def test_what_concerns_others_is_passed_over(update: Any) -> None:
    assert heard(together(update)) == []


@pytest.mark.parametrize(
    "updates",
    [
        types.UpdateShortMessage(
            id=1, user_id=710_000_001, message="(fictional)", pts=1, pts_count=1, date=AT
        ),
        types.UpdateShortChatMessage(
            id=1, from_id=710_000_001, chat_id=5, message="(fictional)", pts=1, pts_count=1, date=AT
        ),
    ],
)
def test_messages_of_people_are_passed_over(updates: Any) -> None:
    assert heard(updates) == []


def test_several_news_come_in_their_order() -> None:
    deleted = types.UpdateDeleteChannelMessages(OURS, [1], 5, 1)
    assert heard(together(new(3), new(4, channel=OTHERS), deleted)) == [news(), news(1)]
