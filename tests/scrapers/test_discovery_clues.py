"""What a page says of its site's feeds and channels. All of it is invented."""

import pickle
import time

import pytest

from scrapers.discovery_clues import Clue, FoundBy, guesses, page_clues
from scrapers.errors import LayoutChanged

URL = "https://www.noviny.example.org/domaci"
PAGE = """<!DOCTYPE html><html lang="cs-CZ"><head><title>Domácí | Noviny</title>
<meta property="og:site_name" content="Noviny (smyšlený příklad)">
<base href="/cs/">
<link rel="alternate" type="application/rss+xml" title="Noviny &raquo; RSS komentářů" href="/comments/feed/">
<link rel="Alternate feed" type="application/atom+xml; charset=utf-8" title="Noviny &raquo; RSS" href="atom">
<link rel="alternate" type="application/json" href="/wp-json/1">
<link rel="alternate" hreflang="en" href="/en/"><link rel="stylesheet" type="text/xml" href="/x.xml">
</head><body>
<a href="https://servis.noviny.example.org/rss.aspx?c=domaci">RSS</a> <a href="/o-rss-a-lidech">O RSS</a>
<a href="https://other.example.net/feed">A partner's feed</a>
<a href="https://t.me/Sample_Channel/123">Kanál</a> <a href="https://t.me/s/sample_channel">Týž</a>
<a href="https://t.me/share/url?url=x">Sdílet</a> <a href="https://t.me/+Secret123">Skupina</a>
<a href="https://t.me/joinchat/Secret">x</a> <a href="https://t.me/sample_helper_bot">Bot</a>
<a href="https://t.me/iv?url=x">x</a> <a href="https://t.me/c/1/2">x</a> <a href="https://t.me/">x</a>
</body></html>"""


def test_the_head_comes_first_and_comments_after_it() -> None:
    found = page_clues(PAGE.encode(), URL)
    assert (found.name, found.language) == ("Noviny (smyšlený příklad)", "cs")
    assert found.clues == (
        Clue(
            kind="feed",
            address="https://www.noviny.example.org/cs/atom",
            found_by=FoundBy.HEAD,
            name="Noviny",
        ),
        Clue(
            kind="feed",
            address="https://www.noviny.example.org/comments/feed/",
            found_by=FoundBy.HEAD,
            name="Noviny » RSS komentářů",
        ),
        Clue(
            kind="feed",
            address="https://servis.noviny.example.org/rss.aspx?c=domaci",
            found_by=FoundBy.LINK,
        ),
        Clue(kind="telegram_web", address="Sample_Channel", found_by=FoundBy.LINK),
    )


def test_a_page_that_says_nothing_has_its_title() -> None:
    found = page_clues(b"<html><head><title> Noviny </title></head><body>x</body></html>", URL)
    assert (found.name, found.language, found.clues) == ("Noviny", None, ())


@pytest.mark.parametrize("body", [b"", b"plain words", b"\x00\xff"])
def test_what_is_no_page_is_told(body: bytes) -> None:
    with pytest.raises(LayoutChanged, match="not a web page"):
        page_clues(body, URL)


def test_a_page_of_a_thousand_links_gives_no_more_than_ten_of_each() -> None:
    links = "".join(f'<a href="/{n}/feed">x</a><a href="https://t.me/name_{n}">x</a>' for n in range(500))
    found = page_clues(f"<html><body>{links}</body></html>".encode(), URL)
    assert [clue.kind for clue in found.clues] == ["feed"] * 10 + ["telegram_web"] * 10


@pytest.mark.parametrize("base", ["http://[", "", "javascript:x", "//"])
def test_a_base_that_is_no_address_does_not_count(base: str) -> None:
    body = f'<html><head><base href="{base}"></head><body><a href="/rss">x</a></body></html>'
    (clue,) = page_clues(body.encode(), URL).clues
    assert clue.address == "https://www.noviny.example.org/rss"


def test_usual_addresses_stand_at_the_root() -> None:
    assert [clue.address for clue in guesses(URL, ("/feed", "/rss.xml"), "feed")] == [
        "https://www.noviny.example.org/feed",
        "https://www.noviny.example.org/rss.xml",
    ]


def test_reading_can_move_to_another_process() -> None:
    found = pickle.loads(pickle.dumps(page_clues))(PAGE.encode(), URL)
    assert pickle.loads(pickle.dumps(found)) == found


def test_blanks_in_the_title_of_a_feed_cost_nothing() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/f" title="Noviny{}x RSS">'
    began = time.process_time()
    found = page_clues(link.format(" " * 250).encode() * 100, "https://noviny.example.org/")
    assert time.process_time() - began < 1
    assert {clue.name for clue in found.clues if clue.found_by is FoundBy.HEAD} == {"Noviny x"}
