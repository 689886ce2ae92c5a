"""Sitemaps over real HTTP: what is asked for, and what becomes an item. All of it is invented."""

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from scrapers.errors import Blocked, Gone, LayoutChanged, Refused, Throttled
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Fetched, Outcome, Source
from scrapers.sitemap import Options, Sitemap
from tests.fakes.hand_clock import HandClock
from tests.fakes.loopback import LOOPBACK
from tests.fakes.news_site import NewsSite

pytestmark = pytest.mark.usefixtures("parsed_here")


def news(*numbers: int, at: str = "2026-03-06T0{0}:00:00Z") -> str:
    entries = "".join(
        f"<url><loc>/stories/{n}</loc><news:news><news:publication_date>{at.format(n)}</news:publication_date>"
        f"<news:title>Story {n} (fictional sample)</news:title></news:news></url>"
        for n in numbers
    )
    return f"<urlset>{entries}</urlset>"


def plain(*numbers: int, lastmod: str = "") -> str:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<urlset>{''.join(f'<url><loc>/stories/{n}</loc>{changed}</url>' for n in numbers)}</urlset>"


def index(*names: str) -> str:
    entries = ("<sitemap><loc>/{}</loc><lastmod>{}</lastmod></sitemap>", "<sitemap><loc>/{}</loc></sitemap>")
    return (
        f"<sitemapindex>{''.join(entries['@' not in n].format(*n.split('@')) for n in names)}</sitemapindex>"
    )


def story(number: int) -> str:
    words = f"The whole text of story {number} stands on its own page (fictional sample). " * 8
    head = f'<meta property="og:type" content="article"><title>Story {number}</title>'
    body = f"<article><h1>Story {number}</h1><p>{words}</p></article>"
    return f'<html lang="en"><head>{head}</head><body>{body}</body></html>'


def put_stories(site: NewsSite, *numbers: int) -> None:
    for number in numbers:
        site.put(f"/stories/{number}", story(number))


def source(site: NewsSite, **options: Any) -> Source:
    return Source(
        id="map", kind="sitemap", name="Map", options=Options(url=f"{site.url}/sitemap.xml", **options)
    )


def titles(fetched: Fetched) -> list[str | None]:
    return [item.title for item in fetched.items]


async def read_all(http: HttpClient, source: Source, cursor: Cursor) -> tuple[list[Fetched], Cursor]:
    pages, more = [], True
    while more:
        pages.append(await Sitemap(http, http.clock).fetch(source, cursor))
        cursor, more = pages[-1].cursor, pages[-1].more
    return pages, cursor


async def test_new_articles_are_read_once_oldest_first(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1, 2, 3)
    site.put("/sitemap.xml", news(2, 1))
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert titles(first) == ["Story 1", "Story 2"]
    assert [item.published_at for item in first.items] == [
        datetime(2026, 3, 6, hour, tzinfo=UTC) for hour in (1, 2)
    ]
    assert {item.published_basis for item in first.items} == {"sitemap"}
    assert site.asked_since() == ["/sitemap.xml", "/stories/1", "/stories/2"]
    site.put("/sitemap.xml", news(3, 2, 1))
    (second,), cursor = await read_all(http, source(site), cursor)
    assert titles(second) == ["Story 3"]
    assert site.asked_since() == ["/sitemap.xml", "/stories/3"]
    (third,), _ = await read_all(http, source(site), cursor)
    assert (third.outcome, site.asked_since()) == (Outcome.NOTHING_NEW, ["/sitemap.xml"])


async def test_many_articles_come_in_batches_without_asking_for_the_sitemap_again(
    site: NewsSite, http: HttpClient
) -> None:
    put_stories(site, 1, 2, 3, 4, 5)
    site.put("/sitemap.xml", news(5, 4, 3, 2, 1))
    pages, cursor = await read_all(http, source(site, max_articles=2), Cursor())
    assert [titles(page) for page in pages] == [
        ["Story 1", "Story 2"],
        ["Story 3", "Story 4"],
        ["Story 5"],
    ]
    assert site.asked_since().count("/sitemap.xml") == 1
    (after,), _ = await read_all(http, source(site), cursor)
    assert after.outcome is Outcome.NOTHING_NEW


async def test_an_article_that_cannot_be_reached_is_tried_again(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1)
    site.put("/stories/2", "", status=503)
    site.put("/sitemap.xml", news(2, 1), etag='"1"')
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert titles(first) == ["Story 1"]
    assert "not read yet, try 1" in first.refusals[0].reason
    put_stories(site, 2)
    (second,), _ = await read_all(http, source(site), cursor)
    assert titles(second) == ["Story 2"]


async def test_articles_that_are_not_given_to_us_hold_up_no_others(site: NewsSite, http: HttpClient) -> None:
    site.put("/sitemap.xml", news(1, 2, 3, 4))
    put_stories(site, 3, 4)
    for number in (1, 2):
        site.put(f"/stories/{number}", "", status=403)
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert (first.outcome, len(first.refusals)) == (Outcome.NOTHING_NEW, 2)
    (second,), cursor = await read_all(http, source(site), cursor)
    assert titles(second) == ["Story 3", "Story 4"]
    for _ in range(3):
        (fetched,), cursor = await read_all(http, source(site), cursor)
    assert ["given up after 5 tries" in one.reason for one in fetched.refusals] == [True, True]


@pytest.mark.parametrize("canonical", ["/stories/", "/other-section/"])
async def test_articles_that_name_one_canonical_address_stay_apart(
    site: NewsSite, http: HttpClient, canonical: str
) -> None:
    site.put("/sitemap.xml", news(1, 2, 3))
    for number in (1, 2, 3):
        link = f'<link rel="canonical" href="{canonical}"></head>'
        site.put(f"/stories/{number}", story(number).replace("</head>", link))
    (fetched,), _ = await read_all(http, source(site), Cursor())
    assert titles(fetched) == ["Story 1", "Story 2", "Story 3"]
    assert len({item.external_id for item in fetched.items}) == 3


async def test_a_site_that_gives_us_no_article_says_so_and_loses_none(
    site: NewsSite, http: HttpClient
) -> None:
    numbers = (1, 2, 3, 4)
    site.put("/sitemap.xml", news(*numbers))
    for number in numbers:
        site.put(f"/stories/{number}", "", status=403)
    (first,), cursor = await read_all(http, source(site), Cursor())
    (second,), cursor = await read_all(http, source(site), cursor)
    assert (first.gap, second.gap) == (None, "the site turned us away from all of the last 4 new articles")
    for _ in range(6):
        with pytest.raises(Blocked):
            await read_all(http, source(site), cursor)
    put_stories(site, *numbers)
    (back,), _ = await read_all(http, source(site), cursor)
    assert (sorted(map(str, titles(back))), back.gap) == ([f"Story {n}" for n in numbers], None)


async def test_old_pages_are_left_and_timeless_ones_of_the_first_read_too(
    site: NewsSite, http: HttpClient
) -> None:
    put_stories(site, 1, 2, 3)
    site.put("/sitemap.xml", plain(1))
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert (first.outcome, first.items) == (Outcome.NOTHING_NEW, ())
    site.put("/sitemap.xml", plain(1, 2))
    (second,), cursor = await read_all(http, source(site), cursor)
    assert titles(second) == ["Story 2"]
    assert second.items[0].published_at is None
    site.put("/sitemap.xml", plain(3, lastmod="2026-02-01"))
    (third,), _ = await read_all(http, source(site), cursor)
    assert third.items == ()


async def test_only_wanted_paths_are_read_and_none_at_all_is_told(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1)
    site.put("/sitemap.xml", news(1))
    (wanted,), _ = await read_all(http, source(site, paths=("/stories/",)), Cursor())
    assert titles(wanted) == ["Story 1"]
    (unwanted,), _ = await read_all(http, source(site, paths=("/sport/",)), Cursor())
    assert unwanted.items == ()
    assert [one.reason for one in unwanted.refusals] == ["of 1 address none begins as paths say"]
    assert unwanted.unread == "of 1 address none begins as paths say"


async def test_without_articles_the_titles_of_the_sitemap_are_the_items(
    site: NewsSite, http: HttpClient
) -> None:
    site.put("/sitemap.xml", news(2, 1))
    (first,), _ = await read_all(http, source(site, articles=False), Cursor())
    assert titles(first) == ["Story 1 (fictional sample)", "Story 2 (fictional sample)"]
    assert site.asked_since() == ["/sitemap.xml"]
    assert [item.external_id for item in first.items] == [f"{site.url}/stories/{n}" for n in (1, 2)]
    site.put("/sitemap.xml", plain(1, lastmod="2026-03-06"))
    (untitled,), _ = await read_all(http, source(site, articles=False), Cursor())
    assert "without a title" in untitled.refusals[0].reason


async def test_an_index_is_followed_where_it_changed(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1, 2)
    site.put(
        "/sitemap.xml", index("a.xml@2026-03-06T01:00:00Z", "old.xml@2025-01-01", "b.xml.gz"), etag='"1"'
    )
    site.put("/a.xml", news(1), etag='"a"')
    site.put("/b.xml.gz", gzip.compress(news(2).encode()), etag='"b"', content_type="application/gzip")
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert sorted(site.asked_since()[:3]) == ["/a.xml", "/b.xml.gz", "/sitemap.xml"]
    assert titles(first) == ["Story 1", "Story 2"]
    put_stories(site, 3)
    site.put("/b.xml.gz", gzip.compress(news(3).encode()), etag='"b2"', content_type="application/gzip")
    (second,), cursor = await read_all(http, source(site), cursor)  # the index itself: 304
    assert titles(second) == ["Story 3"]
    site.asked_since()
    site.put("/sitemap.xml", index("a.xml@2026-03-06T01:00:00Z", "b.xml.gz@2026-03-06T01:00:00Z"), etag='"2"')
    (third,), cursor = await read_all(http, source(site), cursor)
    assert site.asked_since() == ["/sitemap.xml", "/b.xml.gz"]  # the other has the time it had
    assert third.outcome is Outcome.NOTHING_NEW


async def test_indexes_that_lead_in_circles_or_ever_deeper_come_to_an_end(
    site: NewsSite, http: HttpClient
) -> None:
    site.put("/sitemap.xml", index("sitemap.xml", "1.xml"))
    for n in range(1, 9):
        site.put(f"/{n}.xml", index("sitemap.xml", f"{n}.xml", f"{n + 1}.xml"))
    await read_all(http, source(site), Cursor())
    assert site.asked_since() == ["/sitemap.xml", "/1.xml", "/2.xml", "/3.xml"]


async def test_no_more_sitemaps_are_asked_for_than_allowed(site: NewsSite, http: HttpClient) -> None:
    names = [f"{n}.xml" for n in range(30)]
    site.put("/sitemap.xml", index(*names, "news.xml"))
    for name in (*names, "news.xml"):
        site.put(f"/{name}", plain())
    (fetched,), _ = await read_all(http, source(site, max_sitemaps=5), Cursor())
    assert site.asked_since() == ["/sitemap.xml", "/news.xml", "/0.xml", "/29.xml", "/1.xml"]
    assert "more sitemaps not read (max_sitemaps)" in fetched.refusals[-1].reason


async def test_one_sitemap_that_fails_keeps_nothing_from_the_others(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1)
    site.put("/sitemap.xml", index("gone.xml", "news.xml"))
    site.put("/news.xml", news(1))
    (fetched,), _ = await read_all(http, source(site), Cursor())
    assert titles(fetched) == ["Story 1"]
    assert [one.url for one in fetched.refusals] == [f"{site.url}/gone.xml"]
    site.put("/sitemap.xml", index("gone.xml", "away.xml"))
    with pytest.raises(Gone):
        await read_all(http, source(site), Cursor())


def put_forbidden(site: NewsSite, *paths: str) -> None:
    for path in paths:
        site.put(path, "", status=403)


async def test_a_sitemap_that_turns_us_away_hides_no_other(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1, 2)
    site.put("/sitemap.xml", index("a.xml", "c.xml", "b.xml"))
    put_forbidden(site, "/a.xml")
    site.put("/b.xml", news(1))
    site.put("/c.xml", news(2))
    (fetched,), _ = await read_all(http, source(site), Cursor())
    assert titles(fetched) == ["Story 1", "Story 2"]
    assert [one.url for one in fetched.refusals] == [f"{site.url}/a.xml"]


async def test_after_two_sitemaps_that_turn_us_away_others_have_their_turn(
    site: NewsSite, http: HttpClient
) -> None:
    put_stories(site, 1, 2)
    site.put("/sitemap.xml", index("a.xml", "b.xml", "c.xml", "d.xml"), etag='"1"')
    put_forbidden(site, "/a.xml", "/d.xml")
    site.put("/b.xml", news(1))
    site.put("/c.xml", plain(2))
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert site.asked_since() == ["/sitemap.xml", "/a.xml", "/d.xml"]
    assert first.refusals[-1].reason == "2 more sitemaps not read (the site turns us away)"
    (second,), _ = await read_all(http, source(site), cursor)
    assert sorted(site.asked_since()[1:3]) == ["/b.xml", "/c.xml"]
    assert titles(second) == ["Story 1"]  # the other has no time, and its sitemap was never read before


async def test_a_site_that_turns_us_away_from_every_sitemap_says_so(site: NewsSite, http: HttpClient) -> None:
    names = ("a.xml", "b.xml", "c.xml", "d.xml")
    site.put("/sitemap.xml", index(*names))
    put_forbidden(site, *(f"/{name}" for name in names))
    (first,), cursor = await read_all(http, source(site), Cursor())
    (second,), cursor = await read_all(http, source(site), cursor)
    assert (first.gap, second.gap) == (None, "the site turned us away from all of the last 4 sitemaps")
    for _ in range(2):
        with pytest.raises(Blocked):
            await read_all(http, source(site), cursor)
    site.put("/a.xml", "", status=429)
    site.put("/d.xml", "", status=429)
    with pytest.raises(Throttled):
        await read_all(http, source(site), Cursor())


async def test_a_sitemap_that_failed_is_asked_for_again_though_it_did_not_change(
    site: NewsSite, http: HttpClient
) -> None:
    put_stories(site, 1, 2)
    site.put("/sitemap.xml", index("a.xml@2026-03-06T01:00:00Z"))
    site.put("/a.xml", news(1))
    _, cursor = await read_all(http, source(site), Cursor())
    site.put("/sitemap.xml", index("a.xml@2026-03-06T02:00:00Z", "b.xml"))
    site.put("/a.xml", "", status=503)
    site.put("/b.xml", news())
    _, cursor = await read_all(http, source(site), cursor)
    site.put("/a.xml", news(1, 2))
    (fetched,), _ = await read_all(http, source(site), cursor)
    assert titles(fetched) == ["Story 2"]


async def test_a_sitemap_that_names_nothing_is_empty(site: NewsSite, http: HttpClient) -> None:
    site.put("/sitemap.xml", plain())
    (fetched,), _ = await read_all(http, source(site), Cursor())
    assert fetched.outcome is Outcome.EMPTY


async def test_a_page_in_the_sitemaps_place_is_told_and_robots_are_obeyed(
    site: NewsSite, http: HttpClient
) -> None:
    site.put("/sitemap.xml", "<html><body>We moved (fictional sample)</body></html>")
    with pytest.raises(LayoutChanged, match="web page"):
        await read_all(http, source(site), Cursor())
    site.put("/robots.txt", "User-agent: *\nDisallow: /sitemap\n", content_type="text/plain")
    async with HttpClient(HttpOptions(allow_private=("127.0.0.1",)), http.clock) as another:
        with pytest.raises(Refused, match=r"robots\.txt"):
            await read_all(another, source(site), Cursor())


async def test_a_sitemap_may_not_lead_to_this_machine(site: NewsSite, clock: HandClock) -> None:
    body = "<sitemapindex><sitemap><loc>http://10.0.0.1/inside.xml</loc></sitemap></sitemapindex>"
    site.put("/sitemap.xml", body)
    async with HttpClient(LOOPBACK, clock) as http:
        with pytest.raises(Refused):
            await read_all(http, source(site), Cursor())


async def test_of_thousands_of_addresses_without_times_only_the_new_one_is_read(
    site: NewsSite, http: HttpClient
) -> None:
    put_stories(site, 9_000)
    site.put("/sitemap.xml", plain(*range(7_000)))
    _, cursor = await read_all(http, source(site), Cursor())
    site.put("/sitemap.xml", plain(*range(7_000), 9_000))
    (fetched,), cursor = await read_all(http, source(site), cursor)
    assert (titles(fetched), fetched.gap) == (["Story 9000"], None)
    (fetched,), _ = await read_all(http, source(site), cursor)
    assert (fetched.items, len(site.asked_since())) == ((), 4)


async def test_more_addresses_without_times_than_are_remembered_are_left_out_and_told(
    site: NewsSite, http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrapers.sitemap._MOST_TIMELESS", 5)
    put_stories(site, *range(9))
    site.put("/sitemap.xml", plain(*range(6)))
    (first,), cursor = await read_all(http, source(site), Cursor())
    assert "which are new cannot be told" in (first.gap or "")
    site.put("/sitemap.xml", plain(1, 2, 3))  # others of an index may not have been read this time
    (second,), cursor = await read_all(http, source(site), cursor)
    assert second.items == ()
    narrowed = source(site, paths=("/stories/",))
    site.put("/sitemap.xml", plain(1, 2))
    (third,), cursor = await read_all(http, narrowed, cursor)
    assert (third.items, third.gap) == ((), None)
    site.put("/sitemap.xml", plain(1, 2, 8))
    (fourth,), _ = await read_all(http, narrowed, cursor)
    assert titles(fourth) == ["Story 8"]


async def test_a_rebuilt_site_is_no_flood(site: NewsSite, http: HttpClient) -> None:
    put_stories(site, 1)
    site.put("/sitemap.xml", news(1))
    _, cursor = await read_all(http, source(site), Cursor())
    site.put("/sitemap.xml", plain(*range(1, 1_000), lastmod="2026-03-06T11:00:00Z"))
    fetched = await Sitemap(http, http.clock).fetch(source(site, max_articles=3), cursor)
    assert fetched.gap == "possible gap: 998 addresses are new at once, of which the newest 200 are read"
    assert len(fetched.cursor.text("pending") or "") < 30_000
    assert titles(fetched) == ["Story 1"] * 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"paths": ("news",)}, "slash"),
        ({"max_sitemaps": 0}, "at least 1"),
        ({"timezone": "Mars/Base"}, "IANA"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Options(url="https://news.example.org/sitemap.xml", **options)
