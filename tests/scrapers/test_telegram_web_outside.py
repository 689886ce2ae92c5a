"""Real captures of Telegram's preview, which are no part of the project.

What kind they are stands in their file names; their words are compared with what another parser finds.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from scrapers.errors import LayoutChanged, PreviewOff
from scrapers.model import Item, ItemKind, MediaKind
from scrapers.telegram_markup import read_page
from scrapers.telegram_web import parse

_BESIDE = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
CAPTURES = Path(os.environ.get("GROUNDSWELL_SHARED_DATA", _BESIDE)) / "telegram_pages"
URL = "https://t.me/s/somewhere"

pytestmark = [
    pytest.mark.outside_data,
    pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no outside data at {CAPTURES}"),
]

PHOTO, VIDEO = MediaKind.PHOTO, MediaKind.VIDEO
# capture -> what it must show; `media` is the kinds in order
MESSAGES: Mapping[str, Mapping[str, object]] = {
    "01_service_message_channel_created": {
        "kind": ItemKind.SERVICE,
    },
    "02_service_message_pinned": {
        "kind": ItemKind.SERVICE,
    },
    "03_multimedia_message": {
        "external_id": "84",
        "media": [VIDEO, PHOTO, VIDEO, PHOTO],
        "views": 436_600,
    },
    "04_service_message_channel_video_changed": {"views": 3_100_000},
    "05_service_message_channel_name_changed": {
        "kind": ItemKind.SERVICE,
    },
    "06_service_message_channel_photo_updated": {
        "kind": ItemKind.SERVICE,
        "media": [PHOTO],
    },
    "07_text_message_multiline": {},
    "08_forwarded_text_message": {"forwarded": True, "forward": None},
    "09_text_message_signed_not_edited": {},
    "10_text_message_link_no_preview": {
        "edited": True,
    },
    "11_text_message_link_with_regular_preview": {"media": [MediaKind.LINK_PREVIEW], "views": 1},
    "12_text_message_link_with_right_preview": {
        "media": [MediaKind.LINK_PREVIEW],
    },
    "13_unsigned_text_message": {},
    "14_emoji_message": {},
    "15_sticker_message": {"media": [MediaKind.STICKER]},
    "16_audio_document": {"media": [MediaKind.AUDIO]},
    "17_text_reply_to_video": {"reply_to": "19"},
    "18_poll": {"media": [MediaKind.POLL]},
    "19_photo_single": {"media": [PHOTO]},
    "20_message_weird_preview": {"edited": True, "media": [MediaKind.LINK_PREVIEW], "views": 1_200},
    "21_video_big": {"media": [VIDEO], "seconds": 52},
    "22_video_single": {"media": [VIDEO], "seconds": 6},
    "23_video_single_2": {"media": [VIDEO], "seconds": 27},
    "24_round_video_single": {"media": [MediaKind.ROUND_VIDEO], "seconds": 5},
    "25_photo_multiple": {"external_id": "14", "media": [PHOTO, PHOTO]},
    "26_location_message": {"media": [MediaKind.LOCATION]},
    "27_location_message_2": {"media": [MediaKind.LOCATION]},
    "28_location_message_3": {"media": [MediaKind.LOCATION]},
    "29_audio_message": {"media": [MediaKind.VOICE], "seconds": 1},
    "30_signed_edited_text_message": {"edited": True},
}
USUAL: Mapping[str, object] = {
    "kind": ItemKind.POST,
    "media": [],
    "edited": False,
    "forwarded": False,
    "reply_to": None,
    "unreadable": False,
}


def capture(name: str) -> bytes:
    return (CAPTURES / f"{name}.html").read_bytes()


def shown(item: Item, name: str) -> object:
    if name == "media":
        return [media.kind for media in item.media]
    if name == "views":
        return item.counters.views if item.counters else None
    if name == "seconds":
        return item.media[0].duration.total_seconds() if item.media[0].duration else None
    return getattr(item, name)


@pytest.mark.parametrize(("name", "expected"), MESSAGES.items())
def test_a_message_is_read_as_its_file_says(name: str, expected: Mapping[str, object]) -> None:
    (item,) = parse(capture(f"messages_2023/{name}"), URL).items
    whole = {**USUAL, **expected}
    assert {key: shown(item, key) for key in whole} == whole
    assert item.published_at is not None


def test_every_captured_message_is_looked_at() -> None:
    numbered = {path.stem for path in (CAPTURES / "messages_2023").glob("*.html")}
    assert numbered - set(MESSAGES) == {"00_channel_info", "31_no_posts_found"}


def found_by_another_parser(message: Tag) -> str:
    """The message's words, white space aside."""
    texts = [
        node for node in message.select(".js-message_text") if not node.find_parent(class_="js-message_text")
    ]
    poll = message.select(".tgme_widget_message_poll_question, .tgme_widget_message_poll_option_text")
    for line_break in message.select("br"):
        line_break.replace_with("\n")
    return " ".join(" ".join(node.get_text() for node in [*texts, *poll]).split())


@pytest.mark.parametrize("path", [f"messages_2023/{name}" for name in MESSAGES] + ["current_markup_excerpt"])
def test_the_words_are_those_that_another_parser_finds(path: str) -> None:
    messages = BeautifulSoup(capture(path), "lxml").select(".tgme_widget_message[data-post]")
    items = parse(capture(path), URL).items
    assert [" ".join(item.text.split()) for item in items] == [*map(found_by_another_parser, messages)]


@pytest.mark.parametrize("path", [f"messages_2023/{name}" for name in MESSAGES] + ["current_markup_excerpt"])
def test_what_is_shown_covers_every_number_on_the_page(path: str) -> None:
    messages = BeautifulSoup(capture(path), "lxml").select("[data-post]")
    range_ = read_page(capture(path), URL).shown
    assert range_ is not None
    assert {int(str(message["data-post"]).rpartition("/")[2]) for message in messages} <= range_.ids
    assert {range_.lowest, range_.highest} <= range_.ids


def test_every_line_break_is_kept() -> None:
    for path, lines in (("07_text_message_multiline", 5), ("10_text_message_link_no_preview", 3)):
        (item,) = parse(capture(f"messages_2023/{path}"), URL).items
        assert len(item.text.split("\n")) == lines


def test_signatures_and_forwarding_people_are_not_read() -> None:
    people = ".tgme_widget_message_from_author, .tgme_widget_message_forwarded_from_name"
    for name in (
        "08_forwarded_text_message",
        "09_text_message_signed_not_edited",
        "30_signed_edited_text_message",
    ):
        body = capture(f"messages_2023/{name}")
        (person,) = BeautifulSoup(body, "lxml").select(people)
        assert person.get_text() not in repr(parse(body, URL))


def test_a_post_of_many_links_keeps_each_once_and_no_hashtags() -> None:
    (item,) = parse(capture("messages_2023/20_message_weird_preview"), URL).items
    assert len(item.links) == 7
    assert all(link.startswith(("http://bit.ly/", "https://bit.ly/")) for link in item.links)


def test_the_empty_channel_is_empty_and_not_an_error() -> None:
    assert parse(capture("messages_2023/31_no_posts_found"), URL).items == ()
    assert read_page(capture("messages_2023/31_no_posts_found"), URL).shown is None


def test_the_head_of_a_channel_without_a_list_of_messages_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChanged):
        parse(capture("messages_2023/00_channel_info"), URL)


def test_the_head_of_a_channel() -> None:
    head = capture("messages_2023/00_channel_info")
    whole = b'<header class="tgme_header">%s</header><section class="js-message_history"></section>' % head
    channel = parse(whole, URL).channel
    assert channel is not None
    assert channel.username == "tchantest"
    assert channel.title is not None
    assert channel.title.endswith("👍")
    assert (channel.subscribers, channel.subscribers_raw) == (1, "1")


@pytest.mark.parametrize("name", ["card_metascraper_channel", "card_metascraper_no-iframe"])
def test_a_card_is_no_preview(name: str) -> None:
    with pytest.raises(PreviewOff):
        parse(capture(name), URL)


def test_todays_markup() -> None:
    parsed = parse(capture("current_markup_excerpt"), URL)
    assert parsed.channel is not None
    assert (parsed.channel.native_id, parsed.channel.username) == ("1006503122", "durov")
    assert parsed.channel.title
    assert parsed.channel.description
    assert (parsed.channel.labels, parsed.channel.subscribers) == (frozenset({"verified"}), 10_500_000)
    assert (parsed.older, parsed.newer, parsed.refusals) == ("528", None, ())
    assert [item.external_id for item in parsed.items] == ["529", "531", "548", "85856", "85858"]
    assert [shown(item, "views") for item in parsed.items] == [
        9_690_000,
        8_100_000,
        1_970_000,
        83_800,
        84_800,
    ]
    assert [shown(item, "media") for item in parsed.items] == [
        [],
        [VIDEO],
        [MediaKind.LINK_PREVIEW],
        [MediaKind.STICKER],
        [],
    ]
    first, _, third, sticker, reply = parsed.items
    assert first.published_at == datetime(2026, 6, 16, 15, 5, 29, tzinfo=UTC)
    assert first.counters is not None
    assert first.counters.reactions == {
        "paid": 6_280,
        "custom:5265077361648368841": 69_600,
        "custom:5373223594484587136": 989,
    }
    assert len(third.links) == 1
    assert sticker.counters is not None
    assert sticker.counters.reactions == {"❤": 190, "😁": 87}
    assert reply.reply_to == "85770"
