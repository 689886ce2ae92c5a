"""Feeds: what parse() reads of our fixtures, and what fetch() makes of a site that changes."""

import json
import pickle
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import feed, feed_xml
from scrapers.errors import Gone, LayoutChanged, ScrapeError
from scrapers.forgetting import Unwanted, without
from scrapers.http import HttpClient
from scrapers.memory import OWNER_MARK
from scrapers.model import Cursor, Fetched, Item, MediaKind, Outcome, Source
from tests.fakes.hand_clock import HandClock
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")

DATA = Path(__file__).resolve().parents[1] / "data" / "feed"
FIXTURES = sorted(path for path in DATA.iterdir() if not path.name.endswith(".expected.json"))
URL = "https://feeds.example.org/news/feed"


def plain(item: Item) -> Any:
    """An item as the expectations beside the fixtures are written: as JSON, without its empty fields."""
    fields = asdict(item)
    told = {
        name: fields[name] for name in fields if name == "full_text" or fields[name] not in (None, (), False)
    }
    return json.loads(json.dumps(told, default=_written))


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_fixtures_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text("utf-8"))
    assert [plain(item) for item in feed.parse(path.read_bytes(), URL).items] == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "koi8-r", "windows-1251"])
def test_any_encoding_reads_the_same(encoding: str) -> None:
    text = (DATA / "rss20_ru.xml").read_text("utf-8").replace('encoding="UTF-8"', "")
    body = text.replace("«", '"').replace("»", '"').replace("—", "-").encode(encoding)
    titles = [item.title for item in feed.parse(body, URL).items]
    assert titles == [item.title for item in feed.parse((DATA / "rss20_ru.xml").read_bytes(), URL).items]


def test_authors_are_not_kept() -> None:
    for path in FIXTURES:
        parsed = pickle.dumps(feed.parse(path.read_bytes(), URL))
        for name in ("Нехранимое", "Neukládané", "Not Kept", "зберігається"):
            assert name.encode() not in parsed


def test_parsing_can_move_to_another_process() -> None:
    parse = pickle.loads(pickle.dumps(feed.parse))
    parsed = parse((DATA / "rss20_ru.xml").read_bytes(), URL, "text/xml")
    assert pickle.loads(pickle.dumps(parsed)) == parsed


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty page"),
        (b" \n\t", "empty page"),
        (
            b"<!DOCTYPE html><html><head><title>x</title></head><body><p>x</p></body></html>",
            "web page, not a feed",
        ),
        (
            b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>',
            "it names a feed at https://feeds.example.org/rss",
        ),
        (b"GIF89a\x01\x00\xff\xfe", "neither RSS, Atom, RDF nor JSON Feed"),
        (b"<sitemap><loc>https://example.org/</loc></sitemap>", "neither RSS, Atom, RDF nor JSON Feed"),
        (b'<rss version="2.0"><channel><title>cut off', "broken feed"),
        (b'{"a": 1}', "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"', "broken JSON"),
        (b'{"a":' * 100_000, "broken JSON"),
    ],
)
def test_what_is_no_feed(body: bytes, reason: str) -> None:
    with pytest.raises(LayoutChanged, match=reason):
        feed.parse(body, URL)


SCRATCHES = (b"", b"<", b"]]>", b"<![CDATA[", b"&#0;", b"\xff", b"<item>", b"</item>", b"&lt;p")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "head",
    [
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>',
        f'<!DOCTYPE rss [<!ENTITY l9 "{"a" * 50_000}">]>',
        '<!DOCTYPE rss [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY % l SYSTEM "http://127.0.0.1:9/evil.dtd"> %l;]>',
        '<!-- x --><?y z?>\n<!DOCTYPE rss\n[\n<!ENTITY l9 "] > lol">\n]>',
    ],
)
def test_entities_are_not_expanded(head: str) -> None:
    body = f"""<?xml version="1.0"?>{head}<rss version="2.0"><channel><item><title>{"&l9;" * 200}</title>
    <link>https://example.org/a</link></item></channel></rss>"""
    items = feed.parse(body.encode(), URL).items
    assert len(items) == 1
    assert (items[0].title or "") == "&l9;" * 200


def test_a_doctype_that_cannot_be_told_is_refused() -> None:
    body = b"<!DOCTYPE rss [<!-- it's ]> --><!ENTITY a 'lol'>]><rss version='2.0'><channel></channel></rss>"
    with pytest.raises(LayoutChanged):
        feed.parse(body, URL)


def test_deep_nesting_is_refused() -> None:
    body = b"<rss version='2.0'><channel>" + b"<a>" * 100_000
    with pytest.raises(LayoutChanged, match="nested"):
        feed.parse(body, URL)


@pytest.mark.parametrize("end", ["", "&"])
def test_endless_attributes_take_no_time(end: str) -> None:
    attributes = " ".join(f'a{n}="1"' for n in range(50_000))
    body = (
        f"<rss version='2.0'><channel><item {attributes}/><item><title>x</title></item>{end}</channel></rss>"
    )
    assert [item.title for item in feed.parse(body.encode(), URL).items] == ["x"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FIXTURES), st.data())
def test_mangled_feeds_raise_nothing_but_scrape_errors(path: Path, data: st.DataObject) -> None:
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 200)))
        body[start:end] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"", b"<", b"]]>", b"<![CDATA[", b"&#0;", b"\xff"])
        )
    try:
        parsed = feed.parse(bytes(body), URL)
    except ScrapeError:
        return
    assert len({item.external_id for item in parsed.items}) == len(parsed.items)


# fetch(), over real HTTP


def rss(*numbers: int, at: str = "2026-03-05T10:00:00Z", title: str = "Story") -> str:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><title>{title} {n}</title><link>/stories/{n}</link>"
        f"<pubDate>{at}</pubDate><description>Lead {n} (fictional sample).</description></item>"
        for n in sorted(numbers, reverse=True)
    )
    head = "<title>Wire (fictional sample)</title><language>en</language>"
    return f"<rss version='2.0'><channel>{head}{entries}</channel></rss>"


def story(number: int) -> str:
    words = f"The whole text of story {number} stands on its own page (fictional sample). " * 5
    head = f'<meta property="og:type" content="article"><title>Story {number}</title>'
    body = f"<article><h1>Story {number}</h1><p>{words}</p><p>{words}</p></article>"
    return f'<html lang="en"><head>{head}</head><body>{body}</body></html>'


def source(site: NewsSite, **options: Any) -> Source:
    return Source(
        id="wire", kind="feed", name="Wire", options=feed.Options(url=f"{site.url}/feed", **options)
    )


def ids(fetched: Fetched) -> list[str]:
    return [item.external_id for item in fetched.items]


async def test_items_come_oldest_first_with_absolute_addresses(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    site.put("/feed", rss(1, 2, 3))
    fetched = await feed.Feed(http, clock).fetch(source(site), Cursor())
    assert (fetched.outcome, fetched.gap, fetched.more) == (Outcome.ITEMS, None, False)
    assert ids(fetched) == ["1", "2", "3"]
    assert fetched.items[0].url == f"{site.url}/stories/1"
    assert not fetched.items[0].full_text


async def test_an_unchanged_feed_is_nothing_new(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    page = site.put("/feed", rss(1), etag='"v1"')
    scraper = feed.Feed(http, clock)
    first = await scraper.fetch(source(site), Cursor())
    second = await scraper.fetch(source(site), first.cursor)
    assert (second.outcome, second.items, second.cursor.number("unchanged")) == (Outcome.NOTHING_NEW, (), 1)
    page.etag = None
    third = await scraper.fetch(source(site), second.cursor)  # 200 with the very same body
    assert third.outcome is Outcome.NOTHING_NEW
    assert third.cursor.number("unchanged") == 0


async def test_a_server_that_says_unchanged_for_ever_is_read_in_full_now_and_then(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    site.put("/feed", rss(1), etag='"v1"', always_unchanged=True)
    scraper, wire = feed.Feed(http, clock), source(site, full_read_every=timedelta(hours=6))
    fetched = await scraper.fetch(wire, Cursor())
    site.put("/feed", rss(1, 2), etag='"v1"', always_unchanged=True)
    clock.moment += timedelta(hours=5)
    fetched = await scraper.fetch(wire, fetched.cursor)
    assert fetched.outcome is Outcome.NOTHING_NEW
    clock.moment += timedelta(hours=1)
    fetched = await scraper.fetch(wire, fetched.cursor)
    assert ids(fetched) == ["1", "2"]


async def test_many_unchanged_answers_in_a_row_are_not_believed(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    site.put("/feed", rss(1), etag='"v1"')
    scraper = feed.Feed(http, clock)
    first = await scraper.fetch(source(site), Cursor())
    site.put("/feed", rss(2, 1), etag='"v1"', always_unchanged=True)
    again = await scraper.fetch(source(site), first.cursor.with_values(unchanged=200))
    assert ids(again) == ["1", "2"]


async def test_an_empty_feed_says_so(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    site.put("/feed", rss())
    assert (await feed.Feed(http, clock).fetch(source(site), Cursor())).outcome is Outcome.EMPTY


async def test_errors_pass_through_and_a_page_in_the_feeds_place_is_told(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    with pytest.raises(Gone):
        await feed.Feed(http, clock).fetch(source(site), Cursor())
    site.put("/feed", "<html><body>We moved (fictional sample)</body></html>")
    with pytest.raises(LayoutChanged, match="web page"):
        await feed.Feed(http, clock).fetch(source(site), Cursor())


async def test_a_window_without_overlap_is_a_possible_gap(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    scraper, cursor = feed.Feed(http, clock), Cursor()
    gaps = []
    for window in ([1, 2, 3], [3, 4, 5], [8, 9], [], [9, 10], [20]):
        site.put("/feed", rss(*window))
        fetched = await scraper.fetch(source(site), cursor)
        gaps.append(fetched.gap)
        cursor = fetched.cursor
    sentence = "possible gap: of {} none was in the last read"
    assert gaps == [None, None, sentence.format("2 entries"), None, None, sentence.format("1 entry")]


async def test_a_time_far_ahead_is_not_believed_but_kept_as_written(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    site.put("/feed", rss(1, at="2026-04-05T10:00:00Z"))
    item = (await feed.Feed(http, clock).fetch(source(site), Cursor())).items[0]
    assert (item.published_at, item.published_precision, item.published_basis) == (None, None, None)
    assert item.published_raw == "2026-04-05T10:00:00Z"


def with_stories(site: NewsSite, *numbers: int) -> None:
    site.put("/feed", rss(*numbers), etag=f'"{numbers}"')
    for number in numbers:
        site.put(f"/stories/{number}", story(number))


async def test_full_texts_are_fetched_once_each(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    with_stories(site, 1, 2)
    scraper, wire = feed.Feed(http, clock), source(site, full_text=True)
    first = await scraper.fetch(wire, Cursor())
    assert site.asked_since() == ["/feed", "/stories/1", "/stories/2"]
    assert all(item.full_text and "The whole text of story" in item.text for item in first.items)
    leads = [item.text.partition("\n")[0] for item in first.items]
    assert leads == ["Lead 1 (fictional sample).", "Lead 2 (fictional sample)."]
    assert [item.title for item in first.items] == ["Story 1", "Story 2"]
    told = [(item.marks.text_basis, item.marks.title_basis) for item in first.items if item.marks]
    assert told == [("trafilatura, readability", "feed")] * 2
    with_stories(site, 2, 3)
    second = await scraper.fetch(wire, first.cursor)
    assert site.asked_since() == ["/feed", "/stories/3"]
    assert ids(second) == ["3"]
    third = await scraper.fetch(wire, second.cursor)
    assert (third.outcome, site.asked_since()) == (Outcome.NOTHING_NEW, ["/feed"])


async def test_the_page_of_a_purged_entry_is_not_asked_for_nor_is_it_missed(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    with_stories(site, 1, 2)
    scraper, wire = feed.Feed(http, clock), source(site, full_text=True)
    first = await scraper.fetch(wire, Cursor())
    cursor = without(first.cursor, [Unwanted(external_id="2", url=first.items[1].url)], "5e" * 16)
    site.asked_since()
    with_stories(site, 2, 3)
    second = await scraper.fetch(wire, cursor)
    assert (ids(second), second.gap, site.asked_since()) == (["3"], None, ["/feed", "/stories/3"])
    with_stories(site, 2)
    third = await scraper.fetch(wire, second.cursor)
    assert (third.outcome, third.gap, ids(third)) == (Outcome.NOTHING_NEW, None, [])


async def test_a_cursor_that_was_written_before_states_had_owners_is_understood(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    with_stories(site, 1, 2)
    scraper, wire = feed.Feed(http, clock), source(site, full_text=True)
    cursor = (await scraper.fetch(wire, Cursor())).cursor
    states = (cursor.text("seen") or "").split()
    older = cursor.with_values(seen=" ".join(state.rpartition(OWNER_MARK)[2] for state in states))
    site.asked_since()
    with_stories(site, 1, 2, 3)
    after = (await scraper.fetch(wire, older)).cursor
    assert site.asked_since() == ["/feed", "/stories/3"]
    assert set(states) < set((after.text("seen") or "").split())


async def test_a_retitled_entry_is_read_again(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    with_stories(site, 1)
    scraper, wire = feed.Feed(http, clock), source(site, full_text=True)
    first = await scraper.fetch(wire, Cursor())
    site.put("/feed", rss(1, title="Corrected story"))
    second = await scraper.fetch(wire, first.cursor)
    assert [(item.external_id, item.title, item.full_text) for item in second.items] == [
        ("1", "Corrected story 1", True)
    ]


async def test_many_new_entries_come_in_batches(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    with_stories(site, 1, 2, 3, 4, 5)
    scraper, wire, cursor = feed.Feed(http, clock), source(site, full_text=True, max_articles=2), Cursor()
    batches, more = [], True
    while more:
        fetched = await scraper.fetch(wire, cursor)
        batches.append(ids(fetched))
        cursor, more = fetched.cursor, fetched.more
        assert fetched.gap is None
    assert batches == [["1", "2"], ["3", "4"], ["5"]]
    assert (await scraper.fetch(wire, cursor)).outcome is Outcome.NOTHING_NEW


async def test_an_entry_whose_page_fails_keeps_its_summary(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    with_stories(site, 1, 2, 3)
    del site.pages["/stories/1"]
    site.put("/stories/2", "<html><body><p>Too short (fictional sample)</p></body></html>")
    fetched = await feed.Feed(http, clock).fetch(source(site, full_text=True), Cursor())
    assert [item.full_text for item in fetched.items] == [False, False, True]
    assert fetched.items[0].text == "Lead 1 (fictional sample)."
    assert [refusal.url for refusal in fetched.refusals] == [f"{site.url}/stories/1", f"{site.url}/stories/2"]
    assert all("only its summary was read" in refusal.reason for refusal in fetched.refusals)


async def test_a_site_that_turns_us_away_is_not_asked_further(
    site: NewsSite, http: HttpClient, clock: HandClock
) -> None:
    with_stories(site, 1, 2, 3)
    site.put("/stories/2", "", status=429)
    fetched = await feed.Feed(http, clock).fetch(source(site, full_text=True), Cursor())
    assert site.asked_since() == ["/feed", "/stories/1", "/stories/2"]
    assert [item.full_text for item in fetched.items] == [True, False, False]
    assert len(fetched.refusals) == 2


async def test_robots_txt_is_obeyed_for_articles(site: NewsSite, http: HttpClient, clock: HandClock) -> None:
    with_stories(site, 1)
    site.put("/robots.txt", "User-agent: *\nDisallow: /stories/\n", content_type="text/plain")
    fetched = await feed.Feed(http, clock).fetch(source(site, full_text=True), Cursor())
    assert site.asked_since() == ["/feed"]
    assert [item.full_text for item in fetched.items] == [False]
    assert "robots.txt" in fetched.refusals[0].reason


def test_an_items_kind_of_media_follows_its_type_or_its_name() -> None:
    def media(*enclosures: str) -> tuple[Item, ...]:
        body = "".join(f"<enclosure {enclosure}/>" for enclosure in enclosures)
        return feed.parse(
            f"<rss version='2.0'><channel><item><guid>1</guid>{body}</item></channel></rss>".encode(), URL
        ).items

    item = media('url="/a.mp4"', 'url="/b" type="image/png"', 'url="/c.pdf"', 'url="/d"', 'url="/a.mp4"')[0]
    assert [one.kind for one in item.media] == [MediaKind.VIDEO, MediaKind.PHOTO, MediaKind.DOCUMENT]


def test_only_a_broken_feed_is_guessed_at() -> None:
    zone = "Europe/Prague"
    broken = b"<rss version='2.0'><channel><item><title>A <b>sample</title></item></channel></rss>"
    with pytest.raises(feed_xml.Unsound):
        feed._read(broken, URL, None, zone, guess=False)
    (item,) = feed._read(broken, URL, None, zone)[0].items
    assert "sample" in (item.title or "")
    sound = broken.replace(b"<b>", b"")
    assert feed._read(sound, URL, None, zone, guess=False) == feed._read(sound, URL, None, zone)
