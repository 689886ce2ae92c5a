"""An entry keeps its name: same link or same text is the same item. All texts are invented."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers import feed
from scrapers.feed_names import with_names
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, Source
from tests.fakes.news_site import NewsSite

SITE = "https://wire.example.org/"


def item(name: str, link: str | None = None, words: str | None = None, date: str = "2026-03-01") -> Item:
    text = f"What was said about {words or name} at the gate, at length (fictional sample)"
    url = None if link is None else f"https://wire.example.org{link}"
    return Item(external_id=name, kind=ItemKind.ARTICLE, url=url, title=None, text=text, published_raw=date)


@dataclass
class Reader:
    """Reads one window of a feed after the other."""

    cursor: Cursor = field(default_factory=Cursor)
    redated: int = 0

    def read(self, *items: Item) -> list[str]:
        self.cursor, named, self.redated = with_names(self.cursor, items, SITE)
        assert len({one.external_id for one in named}) == len(items)
        assert [replace(one, external_id="") for one in named] == [
            replace(one, external_id="") for one in items
        ]
        return [one.external_id for one in named]


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_the_first_read_names_nothing_anew(reader: Reader) -> None:
    assert reader.read(item("1", "/a"), item("2", "/b")) == ["1", "2"]


def test_a_new_id_with_the_same_link_is_the_same_item(reader: Reader) -> None:
    reader.read(item("a#09:00", "/a"), item("b#09:00", "/b"))
    assert reader.read(item("a#10:00", "/a", "leave"), item("b#09:00", "/b")) == ["a#09:00", "b#09:00"]


def test_a_notice_that_comes_again_with_a_link_and_a_date_of_its_own_is_another(reader: Reader) -> None:
    reader.read(item("1", "/alarm/1", "the alarm", "2026-03-01"))
    reader.read(item("x", "/x"))
    assert reader.read(item("2", "/alarm/2", "the alarm", "2026-03-02")) == ["2"]


def test_the_same_text_under_a_new_id_and_link_is_the_same_item(reader: Reader) -> None:
    reader.read(item("1", "/a", "leave"))
    assert reader.read(item("2", "/2026/a", "leave")) == ["1"]


def test_a_renamed_entry_is_known_by_its_new_id_even_when_all_else_changes(reader: Reader) -> None:
    reader.read(item("1", "/a"))
    reader.read(item("2", "/a"))
    assert reader.read(item("2", "/moved", "rotation")) == ["1"]
    assert reader.read(item("3", "/moved", "pay")) == ["1"]


def test_scheme_and_www_of_a_link_do_not_count(reader: Reader) -> None:
    reader.read(item("1", "/a"))
    moved = replace(item("2", words="other"), url="http://www.wire.example.org/a")
    assert reader.read(moved) == ["1"]


def test_entries_that_share_a_link_keep_their_ids(reader: Reader) -> None:
    reader.read(item("1", "/live"), item("2", "/live"))
    assert reader.read(item("3", "/live"), item("4", "/live")) == ["3", "4"]


def test_a_link_to_the_front_page_says_nothing(reader: Reader) -> None:
    reader.read(item("1", "/"))
    assert reader.read(item("2", "/")) == ["2"]


def test_texts_that_repeat_or_are_short_say_nothing(reader: Reader) -> None:
    reader.read(item("1", words="leave"), item("2", words="leave"))
    assert reader.read(item("3", words="leave")) == ["3"]
    brief = replace(item("4"), text="No news")
    reader.read(brief)
    assert reader.read(replace(brief, external_id="5")) == ["5"]


def test_an_entry_beside_the_one_it_is_like_is_another(reader: Reader) -> None:
    reader.read(item("1", "/a"))
    assert reader.read(item("1", "/a"), item("2", "/a", "leave")) == ["1", "2"]


def test_a_link_that_moves_to_a_known_entry_names_neither_anew(reader: Reader) -> None:
    reader.read(item("1", "/a"), item("2", "/b"))
    assert reader.read(item("2", "/a", "leave")) == ["2"]


def test_an_entry_that_left_and_comes_back_anew_is_known(reader: Reader) -> None:
    reader.read(item("1", "/a"), item("2", "/b"))
    reader.read(item("2", "/b"), item("3", "/c"))
    assert reader.read(item("3", "/c"), item("1-again", "/a")) == ["3", "1"]


def test_new_dates_alone_are_counted(reader: Reader) -> None:
    reader.read(item("1", "/a"), item("2", "/b"), item("3", "/c"))
    reader.read(
        item("1", "/a", date="2026-03-02"),
        item("2", "/b", "corrected", date="2026-03-02"),
        item("4", "/c", "3", date="2026-03-02"),
        item("5", "/e", date="2026-03-02"),
    )
    assert reader.redated == 2


def test_what_is_remembered_is_bounded(reader: Reader) -> None:
    for start in range(0, 5_000, 1_000):
        reader.read(*(item(f"https://wire.example.org/{n}", f"/{n}") for n in range(start, start + 1_000)))
    assert len(reader.cursor.text("names") or "") < 100_000
    assert reader.read(item("again", "/4999")) == ["https://wire.example.org/4999"]


# fetch(), over real HTTP


def rss(guid: str, date: str) -> str:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{guid}-{n}</guid><title>Story {n} (fictional sample)</title>"
        f"<link>/stories/{n}</link><pubDate>{date}</pubDate>"
        f"<description>What the families of unit {n} said of leave at the gate.</description></item>"
        for n in (2, 1)
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{entries}</channel></rss>"


def story(number: int) -> str:
    words = f"What the families of unit {number} said stands on this page (fictional sample). " * 8
    head = f'<meta property="og:type" content="article"><title>Story {number} (fictional sample)</title>'
    return f'<html lang="en"><head>{head}</head><body><article><p>{words}</p></article></body></html>'


def source(site: NewsSite, **options: Any) -> Source:
    return Source(
        id="wire", kind="feed", name="Wire", options=feed.Options(url=f"{site.url}/feed", **options)
    )


async def read_twice(site: NewsSite, http: HttpClient, first: str, second: str, **options: bool) -> Fetched:
    scraper, wire = feed.Feed(http, http.clock), source(site, **options)
    site.put("/feed", first)
    fetched = await scraper.fetch(wire, Cursor())
    site.put("/feed", second)
    return await scraper.fetch(wire, fetched.cursor)


async def test_new_ids_make_no_gap_and_no_new_items(site: NewsSite, http: HttpClient) -> None:
    fetched = await read_twice(
        site, http, rss("old", "2026-03-05T10:00:00Z"), rss("new", "2026-03-05T10:00:00Z")
    )
    assert [item.external_id for item in fetched.items] == ["old-1", "old-2"]
    assert fetched.gap is None
    assert fetched.refusals == ()


async def test_new_ids_and_dates_ask_for_no_page_again(site: NewsSite, http: HttpClient) -> None:
    for number in (1, 2):
        site.put(f"/stories/{number}", story(number))
    fetched = await read_twice(
        site, http, rss("old", "2026-03-05T10:00:00Z"), rss("new", "2026-03-06T10:00:00Z"), full_text=True
    )
    assert fetched.outcome is Outcome.NOTHING_NEW
    assert site.asked_since() == ["/feed", "/stories/1", "/stories/2", "/feed"]
    assert [refusal.reason for refusal in fetched.refusals] == [
        "2 entries dated anew and otherwise the same: what was told first stands"
    ]


@pytest.mark.parametrize("written", ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 06 Mar 2027 12:00:00 GMT"])
async def test_a_time_that_cannot_be_is_flagged(site: NewsSite, http: HttpClient, written: str) -> None:
    site.put("/feed", rss("1", written))
    fetched = await feed.Feed(http, http.clock).fetch(source(site), Cursor())
    assert [(item.published_at, item.published_raw) for item in fetched.items] == [(None, written)] * 2
    assert [refusal.reason for refusal in fetched.refusals] == [
        f"the time of 2 entries is not believed, as “{written}”"
    ]


async def test_a_time_without_a_zone_is_read_in_that_of_the_source(site: NewsSite, http: HttpClient) -> None:
    site.put("/feed", rss("1", "Fri, 06 Mar 2026 10:00:00"))
    fetched = await feed.Feed(http, http.clock).fetch(replace(source(site), country="CZ"), Cursor())
    assert {item.published_at for item in fetched.items} == {datetime(2026, 3, 6, 9, tzinfo=UTC)}
