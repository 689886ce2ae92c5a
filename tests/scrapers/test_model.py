"""What a value of the model never holds, whatever a scraper hands it."""

import json
import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import ScrapeError
from scrapers.model import ChannelFacts, Counters, Forward, Item, ItemKind, Media, MediaKind, Refusal
from scrapers.registry import KINDS

NASTY = st.text(alphabet=st.sampled_from("aя 1\n\t\x00\x0b\x1f\x7f\ud800\udfff\ufdd0\uffff😀"), max_size=8)
NEVER = set("\x00\x0b\x1f\x7f\ud800\udfff\ufdd0\uffff")


def texts(value: object) -> list[str]:
    """Every text anywhere in a value."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for field in fields(value) for text in texts(getattr(value, field.name))]
    if isinstance(value, dict):
        return texts([*value.keys(), *value.values()])
    if isinstance(value, list | tuple | frozenset):
        return [text for one in value for text in texts(one)]
    return []


@given(nasty=NASTY)
def test_no_value_holds_what_a_database_replaces(nasty: str) -> None:
    item = Item(
        external_id=nasty,
        kind=ItemKind.POST,
        url=nasty,
        title=nasty,
        text=nasty,
        published_raw=nasty,
        published_basis=nasty,
        language=nasty,
        counters=Counters(reactions={nasty: 1}, raw={nasty: nasty}),
        forward=Forward(channel=nasty, title=nasty, message_id=nasty),
        reply_to=nasty,
        media=(Media(kind=MediaKind.PHOTO, native_id=nasty, title=nasty),),
        links=(nasty, "https://example.org/"),
    )
    facts = ChannelFacts(
        native_id=nasty,
        username=nasty,
        title=nasty,
        description=nasty,
        labels=frozenset({nasty}),
        subscribers_raw=nasty,
    )
    for text in texts([item, facts, Refusal(url=nasty, reason=nasty)]):
        assert not NEVER & set(text)
    kept = re.sub("[\ud800-\udfff]", "\ufffd", nasty)
    assert item.text == "".join(letter for letter in kept if letter not in NEVER)


def test_printable_values_stay_as_they_are() -> None:
    text = "Řádek první\n\třádek druhý 😀 (smyšlený příklad)"
    item = Item(
        external_id="1",
        kind=ItemKind.POST,
        url=None,
        title=None,
        text=text,
        published_at=datetime(2026, 3, 5, tzinfo=UTC),
    )
    assert item.text is text


def json_feed(nasty: str) -> bytes:
    entry = {"id": nasty, "url": f"https://example.org/{nasty}", "title": nasty, "content_text": nasty}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": nasty, "items": [entry]}
    return json.dumps(feed).encode()


def rss(nasty: str) -> bytes:
    value = "".join(f"&#{ord(letter)};" for letter in nasty)
    return (
        f"<rss version='2.0'><channel><item><guid>{value}</guid><title>{value}</title><link>{value}</link>"
        f"<description>{value}</description><pubDate>{value}</pubDate></item></channel></rss>"
    ).encode()


def preview(nasty: str) -> bytes:
    value = "".join(f"&#{ord(letter)};" for letter in nasty)
    return (
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">' + value + "</div></div>"
        '<div class="tgme_widget_message" data-post="river_sample/1"><div class="js-message_text">a'
        f'<a href="https://example.org/{value}">{value}</a></div>'
        f'<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">{value}</div>'
        '</div><a class="tgme_widget_message_date"><time datetime="2026-10-05T08:15:30Z"></time></a></div>'
    ).encode()


def article(nasty: str) -> bytes:
    value = "".join(f"&#{ord(letter)};" for letter in nasty)
    body = "Smyšlený příklad článku o rotaci. " * 20
    return (
        f'<html lang="{value}"><head><meta property="og:title" content="{value}">'
        f'<meta property="article:published_time" content="{value}"></head>'
        f"<body><article><p>{value}{body}</p></article></body></html>"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "page"),
    [("feed", json_feed), ("feed", rss), ("telegram_web", preview), ("page", article)],
    ids=["json feed", "rss", "preview", "article"],
)
@given(nasty=NASTY)
def test_no_scraper_brings_what_a_database_replaces(kind: str, page, nasty: str) -> None:
    try:
        parsed = KINDS[kind].parse(page(nasty), "https://example.org/news")
    except ScrapeError:
        return
    for text in texts(parsed):
        assert not NEVER & set(text)
    assert all(item.external_id for item in parsed.items)
