"""News pages: reading a listing, and what fetch() makes of a site that changes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import page
from scrapers.errors import Blocked, Gone, LayoutChanged, Refused, ScrapeError
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Outcome, Precision, Source
from tests.fakes.hand_clock import HandClock
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")

LISTING = (Path(__file__).resolve().parents[1] / "data" / "page" / "listing_cs.html").read_bytes()
URL = "https://zpravy.example.org/"


def options(**changes: Any) -> page.Options:
    fields = {
        "url": URL,
        "items": ".teaser",
        "title": "h3",
        "time": "time",
        "timezone": "Europe/Prague",
        **changes,
    }
    return page.Options(**fields)


def test_a_listing_is_read_in_its_order_each_address_once() -> None:
    links = page.parse_listing(LISTING, URL, options())
    assert [link.url.removeprefix(URL) for link in links] == ["clanek/3", "clanek/2", "clanek/1"]
    assert [link.title for link in links] == ["Matky píší ministrovi", "Příliš žluťoučký kůň", "První zpráva"]
    assert links[0].text == "Matky píší ministrovi\ndnes\nŽádají rotaci (smyšlený příklad)."


def test_times_of_a_listing_take_the_sources_zone() -> None:
    times = [link.published for link in page.parse_listing(LISTING, URL, options())]
    assert times[0] is not None
    assert times[0].at == datetime(2026, 3, 5, 18, 45, tzinfo=UTC)
    assert times[1] is not None
    assert (times[1].at, times[1].precision) == (datetime(2026, 3, 4, tzinfo=UTC), Precision.DAY)
    assert times[2] is None


@pytest.mark.parametrize("items", [".teaser a", "h3 > a", "a[href*=clanek]"])
def test_items_may_be_the_links_themselves(items: str) -> None:
    links = page.parse_listing(LISTING, URL, options(items=items, title=None, time=None))
    assert [link.title for link in links] == ["Matky píší ministrovi", "Příliš žluťoučký kůň", "První zpráva"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"items": ".headline"}, r"nothing on the listing matches items = '\.headline'"),
        ({"link": "a.more"}, r"4 items|5 items on the listing, but none holds link = 'a\.more'"),
        ({"items": ".ad"}, "1 item on the listing, but none holds a link"),
    ],
)
def test_a_changed_listing_says_which_selector_matched_nothing(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(LayoutChanged, match=reason):
        page.parse_listing(LISTING, URL, options(**changes))


@pytest.mark.parametrize("body", [b"", b"news.html", b"https://news.example.org/", b"{}"])
def test_what_is_no_page_is_told(body: bytes) -> None:
    with pytest.raises(LayoutChanged, match="not an HTML page"):
        page.parse_listing(body, URL, options())


def test_an_xml_listing_is_read_without_a_warning() -> None:
    body = b'<?xml version="1.0"?><list><div class="teaser"><a href="/1">One</a></div></list>'
    assert [link.title for link in page.parse_listing(body, URL, options(title=None))] == ["One"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"items": "div["}, "items is not a CSS selector"),
        ({"time": "::nope"}, "time is not a CSS selector"),
        ({"timezone": "Europe/Lhota"}, "timezone is not an IANA name"),
    ],
)
def test_options_that_cannot_work_are_refused_at_once(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        options(**changes)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mangled_listings_raise_nothing_but_scrape_errors(data: st.DataObject) -> None:
    body = bytearray(LISTING)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 300)))
        body[start:end] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"", b"<", b'"', b"<a href=//[>", b"<a>"])
        )
    try:
        assert page.parse_listing(bytes(body), URL, options())
    except ScrapeError:
        return


# fetch(), over real HTTP


@pytest.fixture
def scraper(http: HttpClient, clock: HandClock) -> page.Page:
    return page.Page(http, clock)


def source(site: NewsSite, **changes: Any) -> Source:
    fields = {"url": f"{site.url}/news", "items": ".teaser", "time": "time", **changes}
    return Source(id="paper", kind="page", name="Paper", options=page.Options(**fields), country="CZ")


def put_listing(site: NewsSite, *numbers: int, **changes: object) -> None:
    link, time = '<a href="/stories/{0}">Story {0}</a>', '<time datetime="2026-03-05T10:00:0{0}"></time>'
    teaser = f'<div class="teaser">{link}{time}</div>'
    teasers = "".join(teaser.format(number) for number in numbers)
    site.put("/news", f"<html><body>{teasers}</body></html>", **changes)


def put_stories(site: NewsSite, *numbers: int) -> None:
    for number in numbers:
        words = f"The text of story {number} on its own page (fictional sample). " * 6
        body = f"<article><h1>Story {number}</h1><p>{words}</p></article>"
        site.put(f"/stories/{number}", f"<html lang='en'><title>Story {number}</title>{body}</html>")


def numbers(fetched: Fetched) -> list[int]:
    return [int(item.external_id.rpartition("/")[2]) for item in fetched.items]


async def test_articles_are_read_oldest_first_and_once(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 3, 2, 1)
    put_stories(site, 1, 2, 3, 4)
    first = await scraper.fetch(source(site), Cursor())
    assert site.asked_since() == ["/news", "/stories/1", "/stories/2", "/stories/3"]
    assert (first.outcome, numbers(first), first.more) == (Outcome.ITEMS, [1, 2, 3], False)
    assert first.items[0].text.startswith("The text of story 1")
    second = await scraper.fetch(source(site), first.cursor)
    assert (second.outcome, site.asked_since()) == (Outcome.NOTHING_NEW, ["/news"])
    put_listing(site, 4, 3, 2)
    third = await scraper.fetch(source(site), second.cursor)
    assert (numbers(third), site.asked_since(), third.gap) == ([4], ["/news", "/stories/4"], None)


async def test_the_listings_time_dates_an_undated_article(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 1)
    put_stories(site, 1)
    item = (await scraper.fetch(source(site), Cursor())).items[0]
    assert item.published_at == datetime(2026, 3, 5, 9, 0, 1, tzinfo=UTC)  # Prague, in winter
    assert item.published_basis == "listing"


async def test_many_new_links_come_in_batches(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 5, 4, 3, 2, 1, etag='"v1"')
    put_stories(site, 1, 2, 3, 4, 5)
    paper, cursor, more, batches = source(site, max_articles=2), Cursor(), True, []
    while more:
        fetched = await scraper.fetch(paper, cursor)
        batches.append(numbers(fetched))
        cursor, more = fetched.cursor, fetched.more
    assert batches == [[1, 2], [3, 4], [5]]
    assert (await scraper.fetch(paper, cursor)).outcome is Outcome.NOTHING_NEW


async def test_refused_and_vanished_articles_are_told_once(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 3, 2, 1)
    put_stories(site, 3)
    site.put("/stories/2", "<html><body>Too short (fictional sample)</body></html>")
    first = await scraper.fetch(source(site), Cursor())
    assert numbers(first) == [3]
    assert [refusal.url for refusal in first.refusals] == [f"{site.url}/stories/1", f"{site.url}/stories/2"]
    put_listing(site, 3, 2, 1, etag='"changed"')
    site.pages["/news"].body += b"<!-- changed -->"
    second = await scraper.fetch(source(site), first.cursor)
    assert (second.outcome, second.refusals) == (Outcome.NOTHING_NEW, ())


async def test_an_unreachable_article_is_tried_again_and_at_last_given_up(
    site: NewsSite, scraper: page.Page
) -> None:
    put_listing(site, 2, 1, etag='"v1"')
    put_stories(site, 2)
    site.put("/stories/1", "", status=503)
    cursor, told = Cursor(), []
    for _ in range(5):
        fetched = await scraper.fetch(source(site), cursor)
        told += [refusal.reason.partition(":")[0] for refusal in fetched.refusals]
        cursor = fetched.cursor
        assert not fetched.more
    assert told == [f"not read yet, try {n} of 5" for n in range(1, 5)] + ["given up after 5 tries"]
    assert site.asked.count("/stories/1") == 5
    assert site.asked.count("/stories/2") == 1
    await scraper.fetch(source(site), cursor)
    assert site.asked.count("/stories/1") == 5


async def test_an_article_that_is_back_is_read(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 1, etag='"v1"')
    site.put("/stories/1", "", status=503)
    first = await scraper.fetch(source(site), Cursor())
    put_stories(site, 1)
    second = await scraper.fetch(source(site), first.cursor)
    assert (numbers(first), numbers(second)) == ([], [1])


async def test_being_turned_away_stops_the_batch(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 3, 2, 1)
    put_stories(site, 1, 3)
    site.put("/stories/2", "", status=429)
    first = await scraper.fetch(source(site), Cursor())
    assert (numbers(first), site.asked_since()) == ([1], ["/news", "/stories/1", "/stories/2"])
    site.put("/stories/3", "", status=403)
    with pytest.raises(Blocked):
        await scraper.fetch(source(site), first.cursor)
    put_stories(site, 2, 3)
    assert sorted(numbers(await scraper.fetch(source(site), first.cursor))) == [2, 3]


async def test_one_article_that_is_never_given_does_not_hold_up_the_others(
    site: NewsSite, scraper: page.Page
) -> None:
    put_listing(site, 3, 2, 1)
    put_stories(site, 2, 3)
    site.put("/stories/1", "", status=403)
    fetched = await scraper.fetch(source(site), Cursor())
    assert numbers(fetched) == [2, 3]
    for _ in range(4):
        fetched = await scraper.fetch(source(site), fetched.cursor)
    assert "given up after 5 tries" in fetched.refusals[0].reason


async def test_a_site_none_of_whose_articles_can_be_read_says_so(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 3, 2, 1)
    for number in (1, 2, 3):
        site.put(f"/stories/{number}", "<html><body>We use cookies (fictional sample)</body></html>")
    fetched = await scraper.fetch(source(site), Cursor())
    assert (fetched.outcome, len(fetched.refusals)) == (Outcome.NOTHING_NEW, 3)
    assert (fetched.unread or "").startswith("none of the last 3 new articles could be read: too little")


async def test_a_listing_in_another_order_brings_nothing_new(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 3, 2, 1)
    put_stories(site, 1, 2, 3)
    first = await scraper.fetch(source(site), Cursor())
    put_listing(site, 1, 3, 2)
    second = await scraper.fetch(source(site), first.cursor)
    assert (second.outcome, second.items, second.gap) == (Outcome.NOTHING_NEW, (), None)


async def test_a_listing_without_overlap_is_a_possible_gap(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 1, 2)
    first = await scraper.fetch(source(site), Cursor())
    put_listing(site, 8, 9)
    second = await scraper.fetch(source(site), first.cursor)
    assert second.gap == "possible gap: of 2 links none was on the listing before"


async def test_the_listing_alone_may_be_the_news(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 2, 1)
    fetched = await scraper.fetch(source(site, articles=False), Cursor())
    assert site.asked_since() == ["/news"]
    assert [(item.title, item.full_text) for item in fetched.items] == [
        ("Story 1", False),
        ("Story 2", False),
    ]
    assert fetched.items[0].published_at == datetime(2026, 3, 5, 9, 0, 1, tzinfo=UTC)


async def test_robots_txt_keeps_listing_or_articles(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 1)
    put_stories(site, 1)
    site.put("/robots.txt", "User-agent: *\nDisallow: /stories/\n", content_type="text/plain")
    fetched = await scraper.fetch(source(site), Cursor())
    assert (numbers(fetched), len(fetched.refusals), site.asked_since()) == ([], 1, ["/news"])


async def test_a_listing_that_robots_txt_keeps_is_refused(site: NewsSite, scraper: page.Page) -> None:
    put_listing(site, 1)
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    with pytest.raises(Refused):
        await scraper.fetch(source(site), Cursor())


async def test_errors_of_the_listing_pass_through(site: NewsSite, scraper: page.Page) -> None:
    with pytest.raises(Gone):
        await scraper.fetch(source(site), Cursor())
    site.put("/news", "<html><body>We moved (fictional sample)</body></html>")
    with pytest.raises(LayoutChanged):
        await scraper.fetch(source(site), Cursor())


async def test_unchanged_for_ever_is_not_believed(
    site: NewsSite, scraper: page.Page, clock: HandClock
) -> None:
    put_listing(site, 1, etag='"v1"', always_unchanged=True)
    put_stories(site, 1, 2)
    fetched = await scraper.fetch(source(site), Cursor())
    put_listing(site, 2, 1, etag='"v1"', always_unchanged=True)
    fetched = await scraper.fetch(source(site), fetched.cursor)
    assert fetched.outcome is Outcome.NOTHING_NEW
    clock.moment += timedelta(hours=24)
    assert numbers(await scraper.fetch(source(site), fetched.cursor)) == [2]


async def test_a_listing_at_another_address_is_read_afresh_and_no_gap(
    site: NewsSite, scraper: page.Page
) -> None:
    put_listing(site, 1, 2, etag='"v1"')
    put_stories(site, 1, 2, 8)
    first = await scraper.fetch(source(site), Cursor())
    put_listing(site, 8, etag='"v1"')
    site.pages["/moved"] = site.pages["/news"]
    moved = await scraper.fetch(source(site, url=f"{site.url}/moved"), first.cursor)
    assert (numbers(moved), moved.gap) == ([8], None)


def test_a_declaration_of_xml_that_does_not_end_is_passed_over() -> None:
    listing = b"<?xml version='1.0' <ul><li><a href='/a-b-c'>A story (sample)</a></li></ul>"
    (link,) = page.parse_listing(listing, URL, options(items="a", title=None, time=None))
    assert link.url.endswith("/a-b-c")
    with pytest.raises(LayoutChanged):
        page.parse_listing(b"<?xml ver?xml ver", URL, options())
