"""Messages as an account gets them, read into the very items that previews show. All texts are invented."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser
from telethon.tl import types

from scrapers.errors import Gone, Refused
from scrapers.model import Counters, Forward, Item, ItemKind, Media, MediaKind, Precision, Refusal
from scrapers.telegram import parse as parse_saved
from scrapers.telegram_chat import facts, public_channel
from scrapers.telegram_entities import shown_text, web_links
from scrapers.telegram_item import FOREIGN, read_answer
from scrapers.telegram_text import plain_text
from scrapers.telegram_web import parse

PAGES = Path(__file__).resolve().parents[1] / "data" / "telegram_web"
NAME, CHANNEL = "river_garrison_wives", 2_000_000_017
AT = datetime(2026, 10, 5, 8, 15, 30, tzinfo=UTC)
PERSON = types.PeerUser(710_000_001)
TRACES = ("Signata", "Reactorina", "710000001", "+10005550100")


def chat(**said: Any) -> Any:
    given = {"broadcast": True, "username": NAME, "left": True} | said
    return types.Channel(
        id=given.pop("id", CHANNEL),
        title=given.pop("title", "Жёны речного гарнизона (вымышленный пример)"),
        photo=types.ChatPhotoEmpty(),
        date=AT,
        access_hash=5,
        **given,
    )


NEIGHBOUR = chat(id=2_000_000_099, username="Steppe_Mothers_Sample", title="Матери степи\n(пример)")


def message(number: int, text: str = "", *entities: Any, **said: Any) -> Any:
    """A post that carries everything of people that a post can carry."""
    reactions = said.pop("reactions", None)
    said.setdefault("forwards", 0 if "views" in said else None)  # on the wire they come together
    return types.Message(
        id=number,
        peer_id=said.pop("peer_id", types.PeerChannel(CHANNEL)),
        date=AT,
        message=text,
        entities=list(entities) or None,
        post=True,
        from_id=PERSON,
        post_author="Signata (fictional)",
        via_bot_id=710_000_001,
        reactions=types.MessageReactions(
            results=[types.ReactionCount(reaction, count) for reaction, count in reactions],
            recent_reactions=[
                types.MessagePeerReaction(peer_id=PERSON, date=AT, reaction=types.ReactionEmoji("😢"))
            ],
            top_reactors=[types.MessageReactor(count=1, peer_id=PERSON)],
        )
        if reactions
        else None,
        **said,
    )


def service(number: int, action: Any) -> Any:
    peer = types.PeerChannel(CHANNEL)
    return types.MessageService(id=number, peer_id=peer, date=AT, action=action, from_id=PERSON)


def answer(*messages: Any, chats: Sequence[Any] = ()) -> Any:
    """Newest first, as Telegram answers, with the users that are in it."""
    user = types.User(id=710_000_001, first_name="Reactorina", phone="+10005550100", access_hash=1)
    return types.messages.ChannelMessages(
        pts=1,
        count=len(messages),
        messages=sorted(messages, key=lambda one: -one.id),
        topics=[],
        chats=[*chats, NEIGHBOUR, chat()],
        users=[user],
    )


def read(*messages: Any, chats: Sequence[Any] = ()) -> list[Item]:
    return [post.item for post in read_answer(answer(*messages, chats=chats), CHANNEL).posts]


def entity(kind: Any, text: str, part: str, **said: Any) -> Any:
    """An entity over the first `part` of `text`, in UTF-16 units."""

    def units(words: str) -> int:
        return len(words.encode("utf-16-le")) // 2

    return kind(offset=units(text[: text.index(part)]), length=units(part), **said)


def document(number: int, *attributes: Any, size: int = 900) -> Any:
    return types.MessageMediaDocument(
        document=types.Document(
            id=number,
            access_hash=1,
            file_reference=b"",
            date=AT,
            mime_type="application/octet-stream",
            size=size,
            dc_id=2,
            attributes=list(attributes),
        )
    )


def photo(number: int = 5_172_795_381_250_999_001) -> Any:
    found = types.Photo(id=number, access_hash=1, file_reference=b"", date=AT, sizes=[], dc_id=2)
    return types.MessageMediaPhoto(photo=found)


def video(seconds: float, **said: Any) -> Any:
    return types.DocumentAttributeVideo(duration=seconds, w=1, h=1, **said)


def words(text: str) -> Any:
    return types.TextWithEntities(text=text, entities=[])


def poll(question: str, *options: str) -> Any:
    answers = [types.PollAnswer(text=words(one), option=one.encode()) for one in options]
    asked = types.Poll(id=1, question=words(question), answers=answers, hash=0)
    return types.MessageMediaPoll(poll=asked, results=types.PollResults())


def web_page(title: str) -> Any:
    page = types.WebPage(
        id=1, url="https://news.example.org/leave?id=7", display_url="x", hash=0, title=title
    )
    return types.MessageMediaWebPage(webpage=page)


def from_post(channel: int, number: int, **said: Any) -> Any:
    return types.MessageFwdHeader(date=AT, from_id=types.PeerChannel(channel), channel_post=number, **said)


LINKS = (
    "Подробности здесь, ещё раз тут и http://archive.example.org/ #ротация кто-то нет (вымышленный пример)"
)
BLOCKS = (
    "Из приказа:Отпуск не ранее\nпервого снегаПеречень:каска   1\nброня   0скрытое слово (вымышленный пример)"
)
CANDLE = "🕯 Отпуск снова перенесли.\n\n Никто не объясняет 😔 (вымышленный пример)"
LEAVE = "https://news.example.org/leave?id=7 (вымышленный пример)"

SAME_POST: dict[str, list[Any]] = {
    "text": [
        message(
            41,
            "Муж на позициях восьмой месяц.\nПро ротацию «ждите приказа».\n\n"
            "Сколько ещё ждать? 2 < 8 & 8 > 2 (вымышленный пример)",
            views=1234,
        )
    ],
    "text_todays_wrapping": [
        message(
            42,
            CANDLE,
            entity(types.MessageEntityCustomEmoji, CANDLE, "🕯", document_id=5240241223632954241),
            entity(types.MessageEntityBold, CANDLE, "перенесли"),
            views=84_812,
        )
    ],
    "text_blocks": [
        message(
            43,
            BLOCKS,
            entity(types.MessageEntityBlockquote, BLOCKS, "Отпуск не ранее\nпервого снега"),
            entity(types.MessageEntityPre, BLOCKS, "каска   1\nброня   0", language=""),
            entity(types.MessageEntitySpoiler, BLOCKS, "скрытое слово"),
            views=3,
        )
    ],
    "links": [
        message(
            44,
            LINKS,
            entity(types.MessageEntityTextUrl, LINKS, "здесь", url="https://news.example.org/leave?id=7"),
            entity(types.MessageEntityTextUrl, LINKS, "тут", url="https://news.example.org/leave?id=7"),
            entity(types.MessageEntityUrl, LINKS, "http://archive.example.org/"),
            entity(types.MessageEntityHashtag, LINKS, "#ротация"),
            entity(types.MessageEntityMentionName, LINKS, "кто-то", user_id=1),
            views=17,
        )
    ],
    "link_preview": [
        message(
            45,
            LEAVE,
            entity(types.MessageEntityUrl, LEAVE, "https://news.example.org/leave?id=7"),
            media=web_page("Отпуска  отложены!"),
            views=1_970_011,
        )
    ],
    "reply": [
        message(
            46,
            "Приказа так и нет (вымышленный пример)",
            reply_to=types.MessageReplyHeader(reply_to_msg_id=41, quote_text="Муж на позициях"),
            views=5012,
        )
    ],
    "reply_to_another_channel": [
        message(
            47,
            "Согласны с соседями (вымышленный пример)",
            reply_to=types.MessageReplyHeader(
                reply_to_msg_id=315, reply_to_peer_id=types.PeerChannel(NEIGHBOUR.id)
            ),
            views=8,
        )
    ],
    "forward_of_channel_post": [
        message(
            48,
            "Читайте соседей (вымышленный пример)",
            fwd_from=from_post(NEIGHBOUR.id, 315, post_author="Signata (fictional)"),
            views=640,
        )
    ],
    "forward_of_person": [
        message(
            49,
            "Из личной переписки (вымышленный пример)",
            fwd_from=types.MessageFwdHeader(date=AT, from_id=PERSON),
            views=641,
        )
    ],
    "forward_of_hidden_person": [
        message(
            50,
            "Имя скрыто (вымышленный пример)",
            fwd_from=types.MessageFwdHeader(date=AT, from_name="Signata (fictional)"),
            views=642,
        )
    ],
    "photo": [message(51, "Казарма (вымышленный пример)", media=photo(), views=2)],
    "album": [
        message(52, media=document(1, video(27.3)), grouped_id=9, views=436_612),
        message(
            53, "Фото и видео построения\n(вымышленный пример)", media=photo(1), grouped_id=9, views=436_610
        ),
        message(54, media=photo(2), grouped_id=9, views=436_610),
    ],
    "poll": [
        message(
            55,
            media=poll("Была ли ротация у ваших? (вымышленный пример)", "Да", "Нет, ни разу"),
            views=3_100_001,
        )
    ],
    "document": [
        message(
            58,
            "Бланк рапорта (вымышленный пример)",
            media=document(1, types.DocumentAttributeFilename(file_name="рапорт_пример.pdf"), size=1_572_864),
            views=19,
        )
    ],
    "audio": [
        message(
            59,
            media=document(
                1,
                types.DocumentAttributeAudio(
                    duration=200, title="Песня о реке (пример)", performer="Signata"
                ),
            ),
            views=20,
        )
    ],
    "voice": [
        message(60, media=document(1, types.DocumentAttributeAudio(duration=3723, voice=True)), views=21)
    ],
    "video": [
        message(61, "Обращение из части (вымышленный пример)", media=document(1, video(6.9)), views=8_100_000)
    ],
    "round_video": [message(63, media=document(1, video(5.0, round_message=True)), views=23)],
    "location": [
        message(64, media=types.MessageMediaGeo(geo=types.GeoPoint(77.25, 12.5, 1)), views=24),
        message(
            65,
            media=types.MessageMediaVenue(
                geo=types.GeoPoint(77.25, 12.5, 1),
                title="Площадь Пример",
                address="x",
                provider="x",
                venue_id="x",
                venue_type="x",
            ),
            views=25,
        ),
    ],
    "unreadable": [message(66, media=types.MessageMediaUnsupported(), views=26)],
    "contact_card": [
        message(
            67,
            media=types.MessageMediaContact(
                phone_number="+10005550100", first_name="Signata", last_name="", vcard="", user_id=710_000_001
            ),
            views=27,
        )
    ],
    "edited": [
        message(70, "Исправлено (вымышленный пример)", edit_date=AT + timedelta(hours=1), views=29),
        message(
            71, "Исправлено и подписано (вымышленный пример)", edit_date=AT + timedelta(hours=1), views=29
        ),
    ],
    "signed": [
        message(
            68, "Подписано (вымышленный пример)", edit_date=AT + timedelta(hours=1), edit_hide=True, views=28
        ),
        message(69, "Подписано словом edited (вымышленный пример)", views=28),
    ],
    "service": [
        service(1, types.MessageActionChannelCreate(title="x")),
        service(2, types.MessageActionChatEditTitle(title="Жёны речного гарнизона (вымышленный пример)")),
        service(3, types.MessageActionChatEditPhoto(photo=types.PhotoEmpty(1))),
        message(4, '+ "Channel created" (вымышленный пример)', views=1),
    ],
    "languages": [
        message(110, "První řádek\npříliš dlouhé čekání (smyšlený příklad)", views=41),
        message(111, "Де ротація? (вигаданий приклад)", views=41),
        message(112, "No leave since May (fictional sample)", views=41),
    ],
}


def comparable(item: Item) -> Item:
    """An item without what previews round or hide: counters, edit times, files' ids, lengths and sizes."""
    media = tuple(Media(kind=one.kind, title=one.title) for one in item.media)
    return replace(item, counters=None, modified_at=None, media=media)


@pytest.mark.parametrize("name", SAME_POST)
def test_the_same_post_is_the_same_item_as_in_the_preview(name: str) -> None:
    page = parse((PAGES / f"{name}.html").read_bytes(), f"https://t.me/s/{NAME}")
    assert [comparable(item) for item in read(*SAME_POST[name])] == [comparable(item) for item in page.items]


@pytest.mark.parametrize("name", SAME_POST)
def test_it_is_the_same_when_it_comes_over_the_wire(name: str) -> None:
    parsed = parse_saved(bytes(answer(*SAME_POST[name])), "file:///answer")
    assert list(parsed.items) == read(*SAME_POST[name])
    assert parsed.channel is not None
    assert parsed.channel.native_id == str(CHANNEL)


def test_what_previews_round_or_hide_is_exact() -> None:
    views = [(42, 84_812), (45, 1_970_011), (55, 3_100_001)]
    posts = [message(number, "Text (fictional)", views=count) for number, count in views]
    assert [item.counters.views for item in read(*posts) if item.counters] == [count for _, count in views]
    (item,) = read(*SAME_POST["edited"][:1])
    assert (item.edited, item.modified_at) == (True, AT + timedelta(hours=1))
    assert item.published_precision is Precision.SECOND


def test_counters_are_read_and_who_stands_behind_them_is_not() -> None:
    post = message(
        1,
        "Сил нет (вымышленный пример)",
        views=9,
        forwards=4,
        replies=types.MessageReplies(replies=7, replies_pts=1, comments=True, recent_repliers=[PERSON]),
        reactions=[
            (types.ReactionPaid(), 6),
            (types.ReactionCustomEmoji(document_id=77), 5),
            (types.ReactionEmoji("😢"), 3),
            (types.ReactionEmpty(), 2),
        ],
    )
    (item,) = read(post)
    reactions = {"paid": 6, "custom:77": 5, "😢": 3}
    assert item.counters == Counters(views=9, forwards=4, replies=7, reactions=reactions)


@pytest.mark.parametrize("name", SAME_POST)
def test_nothing_of_people_is_read(name: str) -> None:
    told = repr(read_answer(answer(*SAME_POST[name]), CHANNEL).posts)
    assert not [trace for trace in TRACES if trace in told]


def test_an_album_is_one_post_under_its_smallest_number() -> None:
    first, *others = SAME_POST["album"]
    other = message(55, "Alone (fictional)")
    reply = types.MessageReplyHeader(reply_to_msg_id=41)
    first.reply_to, others[1].edit_date = reply, AT + timedelta(minutes=1)
    others[1].reactions = types.MessageReactions(results=[types.ReactionCount(types.ReactionEmoji("🕯"), 2)])
    album, alone = read_answer(answer(first, *others, other), CHANNEL).posts
    first.reply_to, others[1].edit_date, others[1].reactions = None, None, None
    assert (album.ids, alone.ids) == ((52, 53, 54), (55,))
    assert (album.album, alone.album) == (True, False)
    assert album.item.external_id == "52"
    assert (album.item.reply_to, album.item.edited) == ("41", True)
    assert album.item.counters == Counters(views=436_612, forwards=0, reactions={"🕯": 2})
    assert [one.kind for one in album.item.media] == [MediaKind.VIDEO, MediaKind.PHOTO, MediaKind.PHOTO]
    assert album.item.media[0].duration == timedelta(seconds=27)


@pytest.mark.parametrize(
    ("origin", "kept"),
    [
        (chat(id=7, username="Sample_Origin", title="Origin (sample)"), True),
        (
            chat(
                id=7,
                username=None,
                usernames=[types.Username("old_name"), types.Username("Sample_Origin", active=True)],
                title="Origin (sample)",
            ),
            True,
        ),
        (chat(id=7, username=None, title="Private (sample)"), False),
        (chat(id=7, username="sample_group", broadcast=False, megagroup=True), False),
        (types.ChannelForbidden(id=7, access_hash=1, title="Closed (sample)", broadcast=True), False),
    ],
)
def test_a_forward_keeps_its_origin_only_where_that_is_public(origin: Any, kept: bool) -> None:  # noqa: FBT001
    (item,) = read(message(1, "Words (fictional)", fwd_from=from_post(7, 12)), chats=[origin])
    expected = Forward(channel="sample_origin", title="Origin (sample)", message_id="12")
    assert item.forwarded
    assert item.forward == (expected if kept else None)


def test_what_an_answer_proves() -> None:
    found = read_answer(
        answer(
            message(1),
            message(3, peer_id=types.PeerChannel(8)),
            message(4, "Words (fictional)"),
            types.MessageEmpty(id=2, peer_id=types.PeerChannel(CHANNEL)),
        ),
        CHANNEL,
    )
    assert found.ids == {1, 3, 4}
    assert found.empty == {2}
    assert found.refusals == (Refusal(url=None, reason=FOREIGN),)
    assert [post.ids for post in found.posts] == [(1,), (4,)]
    assert found.posts[0].item.unreadable


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (types.MessageActionPinMessage(), "A post was pinned"),
        (types.MessageActionChatDeletePhoto(), "Channel photo removed"),
        (types.MessageActionGroupCall(call=types.InputGroupCallInviteMessage(1)), "Live stream started"),
        (types.MessageActionBoostApply(boosts=1), ""),
    ],
)
def test_service_messages_are_told_in_words_that_name_nobody(action: Any, text: str) -> None:
    (item,) = read(service(1, action))
    assert (item.kind, item.text, item.counters) == (ItemKind.SERVICE, text, None)


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        (types.MessageMediaDice(value=3, emoticon="🎲"), [MediaKind.STICKER]),
        (document(1, types.DocumentAttributeAnimated()), [MediaKind.VIDEO]),
        (
            document(
                1, types.DocumentAttributeSticker(alt="x", stickerset=types.InputStickerSetEmpty()), video(1)
            ),
            [MediaKind.STICKER],
        ),
        (types.MessageMediaDocument(document=None, voice=True), [MediaKind.VOICE]),
        (types.MessageMediaPhoto(), [MediaKind.PHOTO]),
        (types.MessageMediaWebPage(webpage=types.WebPageEmpty(1)), []),
        (
            types.MessageMediaPaidMedia(
                stars_amount=1,
                extended_media=[
                    types.MessageExtendedMediaPreview(),
                    types.MessageExtendedMediaPreview(video_duration=3),
                    types.MessageExtendedMedia(media=photo()),
                ],
            ),
            [MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.PHOTO],
        ),
    ],
)
def test_media_that_previews_seldom_show(media: Any, kinds: list[MediaKind]) -> None:
    (item,) = read(message(1, media=media))
    assert [one.kind for one in item.media] == kinds
    assert item.unreadable is not bool(kinds)


def test_a_list_is_read_like_a_poll() -> None:
    tasks = [types.TodoItem(id=1, title=words("Milk (fictional)"))]
    todo = types.MessageMediaToDo(todo=types.TodoList(title=words("To bring (fictional)"), list=tasks))
    (item,) = read(message(1, media=todo))
    assert item.text == "To bring (fictional)\nMilk (fictional)"


def rich(*blocks: Any) -> Any:
    picture = photo().photo
    return types.RichMessage(blocks=list(blocks), photos=[picture], documents=[])


def plain(text: str) -> Any:
    return types.TextPlain(text)


def test_a_message_in_blocks_is_read_block_by_block_and_names_no_author() -> None:
    blocks = [
        types.PageBlockTitle(text=plain("Title (fictional)")),
        types.PageBlockAuthorDate(author=plain("Signata"), published_date=AT),
        types.PageBlockParagraph(
            text=types.TextConcat(
                [
                    plain("See "),
                    types.TextBold(
                        types.TextUrl(plain("here"), url="https://news.example.org/a", webpage_id=0)
                    ),
                    plain(" and "),
                    types.TextAutoUrl(plain("https://news.example.org/b")),
                    types.TextMention(plain("@Some_Channel")),
                    types.TextMentionName(plain(" someone"), user_id=710_000_001),
                    types.TextEmpty(),
                    types.TextCustomEmoji(document_id=1, alt="🕯"),
                ]
            )
        ),
        types.PageBlockList(
            items=[
                types.PageListItemText(text=plain("one")),
                types.PageListItemBlocks(blocks=[types.PageBlockParagraph(text=plain("two"))]),
            ]
        ),
        types.PageBlockTable(
            title=types.TextEmpty(),
            rows=[types.PageTableRow([types.PageTableCell(text=plain(word)) for word in ("a", "b")])],
        ),
        types.PageBlockPhoto(
            photo_id=1, caption=types.PageCaption(text=plain("Caption"), credit=plain("Signata"))
        ),
    ]
    (item,) = read(message(1, rich_message=rich(*blocks)))
    assert item.text == (
        "Title (fictional)\nSee here and https://news.example.org/b@Some_Channel someone🕯\n"
        "one\ntwo\na b\nCaption"
    )
    assert item.links == (
        "https://news.example.org/a",
        "https://news.example.org/b",
        "https://t.me/Some_Channel",
    )
    assert [one.kind for one in item.media] == [MediaKind.PHOTO]


# ---- text ------------------------------------------------------------------------------


@given(st.text(alphabet=st.sampled_from("a  \t\n😀\u00a0*<&"), max_size=60))
def test_plain_text_shows_as_in_a_browser(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br/>")
    (body,) = LexborHTMLParser(f"<div>{escaped}</div>").css("div")
    assert shown_text(text, ()) == plain_text(body)


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50), st.booleans()), max_size=4),
)
def test_hostile_offsets_break_nothing(text: str, spans: list[tuple[int, int, bool]]) -> None:
    entities = [
        types.MessageEntityBlockquote(start, length) if quote else types.MessageEntityUrl(start, length)
        for start, length, quote in spans
    ]
    assert isinstance(shown_text(text, entities), str)
    assert isinstance(web_links(text, entities), tuple)


def test_links_are_those_of_the_preview_in_the_order_of_the_text() -> None:
    text = "😀 see example.org/a, @Some_Channel, HTTPS://example.org/b and mail@example.org (fictional)"
    entities = [
        entity(types.MessageEntityEmail, text, "mail@example.org"),
        entity(types.MessageEntityUrl, text, "HTTPS://example.org/b"),
        entity(types.MessageEntityMention, text, "@Some_Channel"),
        entity(types.MessageEntityUrl, text, "example.org/a"),
    ]
    assert web_links(text, entities) == ("http://example.org/a", "https://t.me/Some_Channel")


# ---- chats -----------------------------------------------------------------------------


def test_what_a_channel_says_of_itself() -> None:
    told = facts(chat(title="A\n title  (sample)", verified=True, fake=True, restricted=True, left=False))
    assert (told.native_id, told.username, told.title) == (str(CHANNEL), NAME, "A title (sample)")
    assert told.labels == {"verified", "fake", "restricted"}
    assert told.live
    assert facts(chat()).live is False


def resolved(peer: Any, *chats: Any) -> Any:
    return types.contacts.ResolvedPeer(peer=peer, chats=list(chats), users=[])


def test_a_public_channel_is_taken() -> None:
    found = public_channel(resolved(types.PeerChannel(CHANNEL), NEIGHBOUR, chat()), NAME)
    assert found.id == CHANNEL


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (resolved(PERSON), "a person or a bot"),
        (resolved(types.PeerChat(5)), "a group"),
        (resolved(types.PeerChannel(CHANNEL), chat(broadcast=False, megagroup=True)), "a group"),
        (resolved(types.PeerChannel(CHANNEL), chat(megagroup=True, gigagroup=True)), "a group"),
        (resolved(types.PeerChannel(CHANNEL), chat(monoforum=True)), "a group"),
        (resolved(types.PeerChannel(CHANNEL), chat(username=None)), "no public user name"),
        (
            resolved(
                types.PeerChannel(CHANNEL), types.ChannelForbidden(id=CHANNEL, access_hash=1, title="x")
            ),
            "private",
        ),
    ],
)
def test_what_is_no_public_channel_is_refused(answered: Any, said: str) -> None:
    with pytest.raises(Refused, match=said):
        public_channel(answered, NAME)


def test_an_answer_without_the_channel_is_no_channel() -> None:
    with pytest.raises(Gone):
        public_channel(resolved(types.PeerChannel(CHANNEL)), NAME)
