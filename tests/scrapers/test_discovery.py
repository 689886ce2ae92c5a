"""Discovering a site over real HTTP: what is asked for, and what is told of it. All of it is invented."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from scrapers.discovery import FEED_PATHS, SITEMAP_PATHS, Discovery, Finding
from scrapers.discovery_clues import FoundBy
from scrapers.errors import Gone, Refused
from scrapers.http import HttpClient
from scrapers.parsing import Parsing
from tests.fakes.hand_clock import NOON
from tests.fakes.news_site import NewsSite
from tests.fakes.small_web import SmallWeb

FEED = """<rss version="2.0"><channel><title>Wire</title><language>en</language>
<item><title>One (fictional)</title><link>/1</link><pubDate>Thu, 05 Mar 2026 10:00:00 GMT</pubDate>
<description>A lead</description></item></channel></rss>"""
NEWS = """<urlset><url><loc>/1</loc><news:news>
<news:publication_date>2026-03-05T10:00:00Z</news:publication_date>
<news:title>One (fictional)</news:title></news:news></url></urlset>"""
PLAIN = "<urlset><url><loc>/1</loc><lastmod>2026-03-01</lastmod></url><url><loc>/2</loc></url></urlset>"


def page(*parts: str) -> str:
    head = "<head><title>The Wire (fictional)</title></head>"
    return f'<html lang="en">{head}<body>{"".join(parts)}</body></html>'


def link(href: str, title: str = "") -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


async def discover(http: HttpClient, site: NewsSite, path: str = "/", **options: str) -> list[Finding]:
    return list(await Discovery(http, **options).discover(site.url + path))


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of what was read in a process."""
    read: list[str] = []
    in_process = Parsing.parsed_apart

    async def noted(self: Parsing, job: Callable[[], object], url: str) -> object:
        read.append(url)
        return await in_process(self, job, url)

    monkeypatch.setattr(Parsing, "parsed_apart", noted)
    return read


def told(site: NewsSite, findings: list[Finding]) -> list[tuple[str, str, str, str]]:
    return [
        (one.clue.kind, one.clue.address.removeprefix(site.url), one.clue.found_by.name, one.outcome)
        for one in findings
    ]


async def test_a_declared_feed_and_the_sitemap_of_robots_are_found(site: NewsSite, http: HttpClient) -> None:
    site.put("/", page(link("/rss", "Wire, all")))
    site.put("/rss", FEED)
    site.put("/news.xml", NEWS)
    site.put("/robots.txt", f"User-agent: *\nSitemap: {site.url}/news.xml\n", content_type="text/plain")
    feed, sitemap = await discover(http, site)
    assert told(site, [feed, sitemap]) == [
        ("feed", "/rss", "HEAD", "found"),
        ("sitemap", "/news.xml", "ROBOTS", "found"),
    ]
    newest = datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert (feed.name, feed.language, feed.entries, feed.newest) == ("Wire, all", "en", 1, newest)
    assert not feed.whole_texts
    assert (sitemap.name, sitemap.entries, sitemap.newest) == ("The Wire (fictional)", 1, newest)
    assert sitemap.titled
    assert site.asked_since() == ["/", "/rss", "/news.xml"]


async def test_usual_addresses_are_tried_until_one_holds_something(site: NewsSite, http: HttpClient) -> None:
    site.put("/", page("nothing declared"))
    site.put(FEED_PATHS[1], page("a page in its place"))
    site.put(FEED_PATHS[2], FEED)
    site.put(SITEMAP_PATHS[3], PLAIN)
    findings = await discover(http, site)
    assert told(site, findings) == [
        ("feed", "/rss.xml", "GUESS", "found"),
        ("sitemap", "/sitemap.xml", "GUESS", "found"),
    ]
    assert (findings[1].entries, findings[1].titled) == (2, False)
    assert site.asked_since() == ["/", *FEED_PATHS[:3], *SITEMAP_PATHS]


async def test_a_page_that_lists_feeds_is_followed_once(site: NewsSite, http: HttpClient) -> None:
    site.put("/", page('<a href="/rss/">RSS</a><a href="https://other.example.net/rss">x</a>'))
    site.put(
        "/rss/", page('<a href="/rss/home.xml">x</a>', '<a href="/about">x</a>', '<a href="/rss/b">x</a>')
    )
    site.put("/rss/home.xml", FEED)
    site.put("/rss/b", "", status=503)
    findings = await discover(http, site)
    assert told(site, findings)[0] == ("feed", "/rss/home.xml", "LINK", "found")
    assert ("feed", "/rss/b", "LINK", "unavailable") in told(site, findings)


async def test_an_index_leads_to_its_sitemap_of_news(site: NewsSite, http: HttpClient) -> None:
    site.put("/", page(link("/rss")))
    site.put("/rss", FEED)
    names = ("posts-1.xml", "news-1.xml")
    index = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in names)
    site.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>")
    site.put("/news-1.xml", NEWS)
    findings = await discover(http, site)
    assert told(site, findings)[1:] == [("sitemap", "/news-1.xml", "INDEX", "found")]
    site.put("/sitemap.xml", "<sitemapindex><sitemap><loc>/posts-1.xml</loc></sitemap></sitemapindex>")
    (_, sitemap) = await discover(http, site)
    assert (sitemap.is_index, sitemap.entries) == (True, 1)


async def test_what_was_given_may_be_the_feed_itself(site: NewsSite, http: HttpClient) -> None:
    site.put("/rss", FEED)
    site.put("/sitemap.xml", PLAIN)
    assert told(site, await discover(http, site, "/rss")) == [
        ("feed", "/rss", "ASKED", "found"),
        ("sitemap", "/sitemap.xml", "GUESS", "found"),
    ]
    assert told(site, await discover(http, site, "/sitemap.xml")) == [
        ("feed", "/rss", "GUESS", "found"),
        ("sitemap", "/sitemap.xml", "ASKED", "found"),
    ]


async def test_channels_are_looked_at_through_their_preview(site: NewsSite, http: HttpClient) -> None:
    with SmallWeb() as telegram:
        telegram.channel("sample_wives").write("(fictional sample)", NOON)
        links = ('<a href="https://t.me/sample_wives">x</a>', '<a href="https://t.me/nobody_here">x</a>')
        site.put("/", page(*links))
        findings = await discover(http, site, previews=telegram.url)
        by_name = await Discovery(http, previews=telegram.url).discover("@sample_wives")
    found, gone = findings
    assert (found.clue.address, found.name, found.entries) == ("sample_wives", "sample_wives (sample)", 1)
    assert (gone.clue.address, gone.outcome) == ("nobody_here", "gone")
    assert [(one.clue.found_by, one.entries) for one in by_name] == [(FoundBy.ASKED, 1)]


async def test_robots_txt_and_private_addresses_are_respected(site: NewsSite, http: HttpClient) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /rss\nDisallow: /sitemap\n", content_type="text/plain")
    site.put("/", page('<a href="/rss">RSS</a>', link("http://10.0.0.1/feed")))
    site.put("/rss", FEED)
    findings = await discover(http, site)
    assert told(site, findings) == [
        ("feed", "http://10.0.0.1/feed", "HEAD", "refused"),
        ("feed", "/rss", "LINK", "refused"),
    ]
    assert "/rss" not in site.asked_since()
    with pytest.raises(Refused):
        await Discovery(http).discover("http://10.0.0.1/")
    with pytest.raises(Refused, match="invite link"):
        await Discovery(http).discover("https://t.me/+Secret123")


async def test_a_site_that_is_not_there_is_told(site: NewsSite, http: HttpClient) -> None:
    with pytest.raises(Gone):
        await discover(http, site)


async def test_a_site_full_of_clues_is_asked_no_more_than_thirty_times(
    site: NewsSite, http: HttpClient
) -> None:
    lists = [f"/{n}/feed" for n in range(10)]
    site.put("/", page(*(f'<a href="{path}">x</a>' for path in lists)))
    for path in lists:
        site.put(path, page(*(f'<a href="{path}/{n}/rss">x</a>' for n in range(10))))
    findings = await discover(http, site)
    assert len(site.asked_since()) == 1 + 30
    assert not any(finding.found for finding in findings)


async def test_a_site_that_asks_for_a_pause_is_tried_no_further(site: NewsSite, http: HttpClient) -> None:
    site.put("/", page("x"))
    site.put(FEED_PATHS[0], "", status=429, headers={"Retry-After": "60"})
    findings = await discover(http, site)
    assert site.asked_since() == ["/", FEED_PATHS[0]]
    assert findings[0].outcome == "blocked"


async def test_what_is_no_sound_feed_is_guessed_at_in_a_process_that_can_be_ended(
    site: NewsSite, http: HttpClient, apart: list[str]
) -> None:
    site.put("/", page(link("/sound"), link("/broken")))
    site.put("/sound", FEED)
    site.put("/broken", FEED.replace("A lead", "<b>A lead"))
    found = [one for one in await discover(http, site) if one.found]
    assert [(one.clue.address.removeprefix(site.url), one.entries) for one in found] == [
        ("/sound", 1),
        ("/broken", 1),
    ]
    assert apart == [f"{site.url}/", f"{site.url}/broken"]
