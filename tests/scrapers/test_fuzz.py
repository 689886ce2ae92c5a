"""Every parser on what no writer of it thought of: bytes of our samples torn and mixed, and invented markup.

A parser may refuse a document. It may raise nothing else, take no long time, and bring nothing that cannot be
stored, shown and asked for. `GROUNDSWELL_TEST_EXAMPLES=5000` tries that many documents for each parser.
All samples are fictional.
"""

import json
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.opml import NotOpml, read_opml
from scrapers import article, feed, feed_stuck, page, registry
from scrapers.address import Target, judge_url
from scrapers.errors import ScrapeError
from scrapers.model import Item, Parsed, Wanted
from scrapers.response import Response
from scrapers.robots import _parse

EXAMPLES = int(os.environ.get("GROUNDSWELL_TEST_EXAMPLES", "12"))
LONGEST: Final = 250_000  # bytes; more than these are read in processes, whatever parses them
IN_THREADS: Final = frozenset({"telegram_web", "sitemap", "site of a feed", "sound feed", "robots"})
AT_MOST: Final = 2.0  # seconds of work in a thread, which should be one
IN_A_PROCESS: Final = 10.0  # as long as a process may take: it is killed then, and no harm is done
URL = "https://example.org/news/"
DATA = Path(__file__).resolve().parents[1] / "data"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
CONTROLS = {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000))}

_CLASSES = """
tgme_widget_message tgme_widget_message_text js-message_text js-message_reply_text tgme_reaction
tgme_widget_message_forwarded_from_name tgme_widget_message_date tgme_widget_message_meta tgme_header
tgme_channel_info tgme_widget_message_views tgme_widget_message_photo_wrap tgme_page
message_media_not_supported tgme_widget_message_poll tgme_widget_message_video_player tme_messages_more
js-message_history emoji
"""
TELEGRAM = _CLASSES.split()
_TAGS = """
html head body title meta link script p div article main h1 h2 a time b i br img table tr td ul li pre
span section header footer blockquote figure video template svg style base form noscript rss channel item
description guid pubDate category enclosure content:encoded dc:date feed entry id updated summary rdf:RDF
urlset sitemapindex sitemap url loc lastmod news:news news:publication_date opml outline cloud source
"""
TAGS = _TAGS.split()
_NAMES = """
class href src datetime content property name type rel lang data-post data-view id charset http-equiv
xmlns xml:base itemprop itemtype url isPermaLink xmlUrl text version encoding style onload
"""
NAMES = _NAMES.split()
_KEYS = """
items id url external_url title content_html content_text date_published tags attachments mime_type version
@type @graph headline datePublished articleBody mainEntityOfPage name
"""
KEYS = _KEYS.split()
BEGINNINGS = [
    "",
    "<!DOCTYPE html><html>",
    "<rss version='2.0'><channel>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<urlset>",
    "<opml version='2.0'><body>",
]
VALUES = [
    *TELEGRAM,
    "/news/a-b-c-1",
    "https://example.org/news/sample-story-1",
    "//[::1",
    "http://[",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://t.me/river_sample/17",
    "river_sample/17",
    "river_sample/99999999999999999999",
    "eyJjIjotMTIzLCJwIjoiMTdnIn0",
    "2026-11-01T12:00:00+01:00",
    "2026-02-31",
    "0000-00-00T99:99:99+99:99",
    "dnes 14:05",
    "вчера в 25:43",
    "3. prosince 99999",
    "Nov 22, 2026 14:30 PM (ET)",
    "14:30 QST, 22. 11. 2026 +99:99",
    "2026-11-01T00:10:00Z",
    "2026-11-01T12:00:00+99:99",
    "/2026/10/31/story",
    "NewsArticle",
    "VideoObject",
    "article",
    "datePublished",
    "canonical",
    "article:published_time",
    "og:title",
    "application/ld+json",
    "utf-16",
    "text/html; charset=utf-7",
    "Zprávy o vystřídání (smyšlený příklad). " * 12,
    "\u202e\u0000\ud800\U0010ffff",
    "9" * 400,
    "-1",
    "1e400",
    "9.69M",
]
TOKENS = [
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"&a;",
    b"&#0;",
    b"&#xD800;",
    b"&#x110000;",
    b"</",
    b"<",
    b">",
    b'"',
    b"'",
    b"=",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"<?xml version='1.0' encoding='utf-7'?>",
    b"<script>",
    b"</script>",
    b"<plaintext>",
    b"<base href='//['>",
    b"{",
    b"[",
    b"\\ud800",
    b"1e999",
    b"null",
    b"\x1f\x8b",
    b"%00",
    b" " * 500,
]


class TooSlow(BaseException):
    """A parser that did not come to an end; nothing that a parser catches."""


def parsers() -> dict[str, Callable[[bytes], object]]:
    kinds = {name: kind.parse for name, kind in registry.KINDS.items() if name != "telegram"}
    listing = page.Options(url=URL, items="li, p, div", title="b", time="time", link="a")
    return {
        **{name: partial(_call, parse) for name, parse in kinds.items()},
        "article again": _again,
        "day": lambda body: article.read_day(body, URL),
        "listing": lambda body: page.parse_listing(body, URL, listing),
        "site of a feed": lambda body: feed_stuck.articles_on(body, URL),
        "sound feed": lambda body: feed._read(body, URL, None, "Europe/Prague", guess=False),
        "robots": _robots,
        "opml": _opml,
    }


def _call(parse: Callable[[bytes, str], Parsed], body: bytes) -> Parsed:
    return parse(body, URL)


def _again(body: bytes) -> Parsed:
    known = Wanted(external_id=URL, url=URL, title="A story (fictional sample)", text="What was told of it.")
    return article.parse(body, URL, served_at=NOW, known=known)


def _robots(body: bytes) -> object:
    rules = _parse(Response(url=URL, status=200, headers={}, body=body, fetched_at=NOW))
    return [rules.can_fetch(URL, "Groundswell"), rules.crawl_delay("Groundswell")]


def _opml(body: bytes) -> object:
    try:
        return read_opml(body)
    except NotOpml:
        return None


PARSERS = parsers()
SAMPLES = [
    file.read_bytes()
    for folder in ("article", "feed", "page", "telegram_web")
    for file in sorted((DATA / folder).iterdir())
    if file.suffix in (".html", ".xml", ".rdf", ".atom") or file.name == "jsonfeed_uk.json"
]


# ---- documents -------------------------------------------------------------------------


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A sample after a few accidents, each at a place and of a length in thousandths of it."""
    body = draw(st.sampled_from(SAMPLES))
    accidents = st.tuples(
        st.sampled_from(["cut", "repeat", "insert", "flip", "mix", "double"]),
        st.integers(0, 1000),
        st.integers(0, 1000),
        st.sampled_from(TOKENS),
    )
    for what, where, length, token in draw(st.lists(accidents, min_size=1, max_size=8)):
        at = len(body) * where // 1000
        end = min(at + 1 + len(body) * length // 20_000, len(body))
        body = _damaged(body, what, at, end, token, draw)
    return body[:LONGEST]


def _damaged(body: bytes, what: str, at: int, end: int, token: bytes, draw: st.DrawFn) -> bytes:
    match what:
        case "cut":
            return body[:at] + body[end:]
        case "repeat":
            return body[:at] + body[at:end] * min(200, 20_000 // max(end - at, 1) + 1) + body[end:]
        case "insert":
            return body[:at] + token + body[at:]
        case "flip":
            return body[:at] + bytes(byte ^ 0x80 for byte in body[at:end]) + body[end:]
        case "mix":
            other = draw(st.sampled_from(SAMPLES))
            return body[:at] + other[len(other) * at // max(len(body), 1) :]
    return body[:at] + token * 3_000 + body[at:]


texts = st.one_of(st.sampled_from(VALUES), st.text(max_size=30))
attributes = st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=4)
QUOTES = ('"', "'", "")


@st.composite
def _opening(draw: st.DrawFn) -> str:
    quote = draw(st.sampled_from(QUOTES))
    said = "".join(f" {name}={quote}{value}{quote}" for name, value in draw(attributes))
    return f"<{draw(st.sampled_from(TAGS))}{said}>"


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    closings = st.sampled_from(["", *(f"</{tag}>" for tag in TAGS)])
    return st.builds(
        lambda opening, within, closing, times: (opening + "".join(within) + closing) * times,
        _opening(),
        st.lists(inner, max_size=5),
        closings,
        st.sampled_from([1, 1, 1, 2, 30]),
    )


markup = st.recursive(st.one_of(texts, _opening()), _around, max_leaves=25)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)


@st.composite
def invented(draw: st.DrawFn) -> bytes:
    """Markup or JSON of the words that the parsers look for, or both."""
    data = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": draw(values)})
    if draw(st.booleans()):
        return data.encode()
    linked = f'<script type="application/ld+json">{data}</script>' if draw(st.booleans()) else ""
    encodings = st.sampled_from(["utf-8", "utf-8", "utf-16", "cp1251"])
    document = draw(st.sampled_from(BEGINNINGS)) + linked + "".join(draw(st.lists(markup, max_size=6)))
    return document.encode(draw(encodings), "replace")[:LONGEST]


# ---- what holds ------------------------------------------------------------------------


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Raises TooSlow after seconds of work; regular expressions look for signals too."""

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def check(name: str, body: bytes) -> None:
    with in_time(AT_MOST if name in IN_THREADS else IN_A_PROCESS), suppress(ScrapeError):
        read = PARSERS[name](body)
        assert pickle.loads(pickle.dumps(read)) == read
        for item in chain.from_iterable(one.items for one in _parsed(read)):
            check_item(item)


def _parsed(read: object) -> Iterator[Parsed]:
    parts = read if isinstance(read, tuple) else (read,)
    return (part for part in parts if isinstance(part, Parsed))


def check_item(item: Item) -> None:
    assert item.external_id
    assert item.published_at is None or item.published_at.tzinfo is UTC
    assert item.modified_at is None or item.modified_at.tzinfo is UTC
    for url in filter(None, (item.url, *item.links)):
        assert url.startswith(("http://", "https://")), url
        if isinstance(verdict := judge_url(url), Target):
            assert verdict.shown
    for text in (item.external_id, item.title or "", item.text, item.published_raw or "", *item.links):
        assert not CONTROLS & set(text)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=EXAMPLES)
@given(body=torn())
def test_torn_samples_are_read_or_refused(name: str, body: bytes) -> None:
    check(name, body)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=EXAMPLES)
@given(body=invented())
def test_invented_documents_are_read_or_refused(name: str, body: bytes) -> None:
    check(name, body)
