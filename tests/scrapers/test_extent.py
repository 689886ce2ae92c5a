"""What one document may bring at most. All texts are fictional."""

import json

import pytest

from scrapers import feed, telegram_markup
from scrapers.errors import LayoutChanged
from scrapers.extent import MOST_ITEMS, MOST_TEXT, left_out, newest_within_extent
from scrapers.model import (
    LONGEST_TEXT,
    MOST_LINKS,
    MOST_MEDIA,
    MOST_REACTIONS,
    Counters,
    Item,
    ItemKind,
    Media,
    MediaKind,
)

URL = "https://example.org/feed.json"


def item(number: int, text: str = "x") -> Item:
    return Item(external_id=str(number), kind=ItemKind.ARTICLE, url=None, title=None, text=text)


def test_the_newest_items_are_kept_whole() -> None:
    items = tuple(item(number) for number in range(MOST_ITEMS + 3))
    assert newest_within_extent(items) == items[3:]
    long = tuple(item(number, "x" * LONGEST_TEXT) for number in range(8))
    assert newest_within_extent(long) == long[-MOST_TEXT // LONGEST_TEXT :]
    assert newest_within_extent(()) == ()


def test_an_item_is_cut_to_what_is_kept_of_one() -> None:
    links = tuple(f"https://example.org/{number}" for number in range(MOST_LINKS + 1))
    media = (Media(kind=MediaKind.PHOTO),) * (MOST_MEDIA + 1)
    reactions = {f"custom:{number}": number for number in range(MOST_REACTIONS + 1)}
    one = Item(
        external_id="1",
        kind=ItemKind.POST,
        url=None,
        title=None,
        text="x" * (LONGEST_TEXT + 1),
        links=links,
        media=media,
        counters=Counters(reactions=reactions),
    )
    assert (len(one.text), one.links, one.media) == (LONGEST_TEXT, links[:-1], media[:-1])
    assert one.counters == Counters(reactions=dict(list(reactions.items())[:-1]))


def test_a_feed_of_too_many_entries_says_what_was_left_out() -> None:
    entries = [
        {"id": str(number), "url": f"https://example.org/{number}", "content_text": "(fictional sample)"}
        for number in range(MOST_ITEMS + 5)
    ]
    document = {"version": "https://jsonfeed.org/version/1.1", "items": entries}
    read = feed.parse(json.dumps(document).encode(), URL)
    assert len(read.items) == MOST_ITEMS
    assert read.refusals == left_out(5, URL)
    assert "5 items left out, the oldest" in read.refusals[0].reason


def test_a_preview_of_too_many_messages_is_none() -> None:
    message = b'<div class="tgme_widget_message" data-post="river_sample/1"></div>'
    with pytest.raises(LayoutChanged, match="more than 500 messages"):
        telegram_markup.read_page(message * 501, "https://t.me/s/river_sample")
