"""Bodies made to take for ever: what a parser does with them may grow with their length, no faster.

Each was seen to freeze a parser, or to take minutes for a body well below the client's limit.
"""

from contextlib import suppress

import pytest

from scrapers.errors import ScrapeError
from scrapers.page import Options, parse_listing
from scrapers.registry import KINDS

URL = "https://example.org/news"
ARTICLE = b"<article><p>" + "Smyšlený příklad článku o rotaci. ".encode() * 20 + b"</p></article>"

BODIES = {
    "leading white space": (b" \n" * 100 + b"(fictional sample)", "feed"),
    "leading comments": (b"<!-- -->" * 600 + ARTICLE, "page"),
    "comments before a feed": (b"<!-- -->" * 20_000 + b"<!DOCTYPE", "feed"),
    "tags that never end": (b"<a " * 200_000, "page"),
    "links that never end": (b"<html>" + b"<link " * 200_000, "feed"),
    "a link that names its type without end": (
        b"<html><link " + b'type="application/rss+xml" ' * 40_000,
        "feed",
    ),
    "comments in an address": (ARTICLE + b"<a href='" + b"<!--" * 100_000 + b"'>x</a>", "page"),
    "paragraphs without end": (b"<p>" * 2_000_000 + ARTICLE, "page"),
    "elements without end": (b"<rss><channel>" + b"<item/>" * 300_000 + b"</channel></rss>", "feed"),
    "ampersands in a feed": (b"<rss><channel><item><title>" + b"&" * 2_000_000, "feed"),
    "sections in a feed that never end": (b"<rss><channel>&" + b"<![CDATA[<!--" * 300_000, "feed"),
    "sections in a sitemap that never end": (b"<urlset><loc>&" + b"<![CDATA[<!--" * 300_000, "sitemap"),
    "one address again and again": (b"<urlset>" + b"<url><loc>/a</loc></url>" * 300_000, "sitemap"),
    "attributes of a sitemap": (b"<urlset " + b" ".join(b"a%d='1'" % n for n in range(300_000)), "sitemap"),
    "white space in a feed": (b"<rss>" + b" " * 1_000_000, "feed"),
    "encodings that are never named": (b"<meta " * 200_000 + b"\xff" * 200_000, "feed"),
    "one long word": (b"a" * 1_000_000 + b"\xff", "feed"),
    "one long foreign word": (b"\xe0\xff" * 1_000_000, "feed"),
    "nesting without end": (b"<div>" * 1_000_000, "telegram_web"),
    "nesting without end, closed": (b"<div>" * 500_000 + b"</div>" * 500_000, "telegram_web"),
    **{
        f"attributes without end, {kind}, {name}": (
            b"<p " + b" ".join(shape % number for number in range(300_000)) + b">x</p>" + ARTICLE,
            kind,
        )
        for kind in ("telegram_web", "page", "feed")
        for name, shape in {
            "bare": b"a%d",
            "valued": b"a%d=1",
            "quoted": b"a%d='>'",
            "lt": b"a%d='<'",
        }.items()
    },
    "spaces kept as they are": (
        b'<div class="tgme_widget_message" data-post="river_sample/1">'
        b'<div class="js-message_text"><pre>' + b" " * 1_000_000 + b"x</pre> \n</div></div>",
        "telegram_web",
    ),
}


LISTINGS = {
    "items in one another": b"<html><body>" + b"<div><a href='/a'>x</a>" * 20_000,
    "instructions that never end": b"<html><body><div><a href='/a'>" + b"<?" * 200_000,
    "tags without end": b"<html><body>" + b"<div><a href='/a'>x</a></div>" * 200_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", LISTINGS)
def test_no_listing_takes_for_ever(name: str) -> None:
    with suppress(ScrapeError):
        parse_listing(LISTINGS[name], URL, Options(url=URL, items="div"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", BODIES)
def test_no_body_takes_for_ever(name: str) -> None:
    body, kind = BODIES[name]
    with suppress(ScrapeError):
        KINDS[kind].parse(body, URL)
