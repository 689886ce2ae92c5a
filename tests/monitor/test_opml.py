"""Lists of feeds that readers hand on. All of it is invented."""

import contextlib
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.opml import NotOpml, read_opml, write_opml
from monitor.source_tables import NewSource
from scrapers.feed import Options as FeedOptions
from scrapers.model import Source
from scrapers.sitemap import Options as SitemapOptions
from scrapers.telegram_web import Options as ChannelOptions

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds (fictional sample)</title></head><body>
 <outline text="Zprávy">
  <outline text="Czechia" title="Česko">
   <outline type="rss" text="Noviny (smyšlený příklad)"
            xmlUrl="https://noviny.example.org/rss?a=1&b=2" language="cs"/>
  </outline>
  <outline text="Канал (вымышленный пример)" xmlUrl="https://t.me/s/sample_channel"/>
 </outline>
 <outline text="Wire" xmlUrl="feed://wire.example.org/atom" category="/War/Families,analysis"/>
 <outline text="An invitation" xmlUrl="https://t.me/+Secret123"/>
 <outline text="Only a heading"/>
</body></opml>"""


def test_feeds_come_with_their_folders_and_categories_as_tags() -> None:
    assert read_opml(LIST.encode()) == (
        NewSource(
            kind="feed",
            address="https://noviny.example.org/rss?a=1&b=2",
            name="Noviny (smyšlený příklad)",
            tags=("Zprávy", "Česko"),
            language="cs",
        ),
        NewSource(
            kind="telegram_web",
            address="sample_channel",
            name="Канал (вымышленный пример)",
            tags=("Zprávy",),
        ),
        NewSource(
            kind="feed",
            address="https://wire.example.org/atom",
            name="Wire",
            tags=("War", "Families", "analysis"),
        ),
        NewSource(kind="telegram_web", address="https://t.me/+Secret123", name="An invitation"),
    )


def test_of_the_names_of_folders_only_what_can_be_seen_is_kept() -> None:
    text = (
        '<opml><body><outline text="Fam&#x9b;ilies &#x202e; (fictional\u2028sample)"><outline text="&#x9b;">'
        '<outline xmlUrl="https://wire.example.org/"/></outline></outline></body></opml>'
    )
    (only,) = read_opml(text.encode())
    assert only.tags == ("Families (fictional sample)",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1251"])
def test_any_encoding_reads_the_same(encoding: str) -> None:
    text = '<opml><body><outline text="Жёны ждут" xmlUrl="https://wire.example.org/"/></body></opml>'
    assert [source.name for source in read_opml(text.encode(encoding))] == ["Жёны ждут"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an OPML"),
        (b"<html><body/></html>", "not an OPML"),
        (b"not even markup", "not an OPML"),
        (b"<opml><body><outline", "broken"),
        (b'<!DOCTYPE o [<!ENTITY a "b">]><opml><body>&a;</body></opml>', "entities"),
        (b"<opml>" + b"<outline>" * 100, "nested"),
        (b"&" * 5_000_000, "4 MB"),
        (b"<opml><body>" + b'<outline xmlUrl="https://a.example.org/"/>' * 10_001, "10,000"),
    ],
)
def test_what_is_no_opml_is_told(body: bytes, reason: str) -> None:
    with pytest.raises(NotOpml, match=reason):
        read_opml(body)


@given(st.binary(max_size=200), st.integers(0, 600))
def test_mangled_lists_raise_nothing_else(noise: bytes, place: int) -> None:
    raw = LIST.encode()
    with contextlib.suppress(NotOpml):
        assert all(
            one.address or one.kind == "feed"
            for one in read_opml(raw[:place] + noise + raw[place + len(noise) :])
        )


def source(kind: str, options: object, **changes: object) -> Source:
    return Source(id="one", kind=kind, name="Noviny & <spol> (smyšlený příklad)", options=options, **changes)  # type: ignore[arg-type]


def test_feeds_and_channels_are_written_as_they_would_be_read_again() -> None:
    written = write_opml(
        [
            source(
                "feed", FeedOptions(url="https://a.example.org/?a=1&b=2"), tags=("news", "x"), language="cs"
            ),
            source("telegram_web", ChannelOptions(channel="sample_channel"), tags=("families",)),
            source("sitemap", SitemapOptions(url="https://a.example.org/sitemap.xml")),
        ]
    )
    root = ET.fromstring(written.encode())
    assert root.get("version") == "2.0"
    # A feed reader subscribes to what has an xmlUrl, and a channel is no feed.
    assert [(one.get("type"), one.get("xmlUrl"), one.get("url")) for one in root.iter("outline")] == [
        ("rss", "https://a.example.org/?a=1&b=2", None),
        ("link", None, "https://t.me/sample_channel"),
    ]
    name = "Noviny & <spol> (smyšlený příklad)"
    assert read_opml(written.encode()) == (
        NewSource(
            kind="feed",
            address="https://a.example.org/?a=1&b=2",
            name=name,
            tags=("news", "x"),
            language="cs",
        ),
        NewSource(kind="telegram_web", address="sample_channel", name=name, tags=("families",)),
    )


def test_other_links_of_a_list_are_no_sources() -> None:
    text = b'<opml><body><outline type="link" text="a" url="https://blog.example.org/"/></body></opml>'
    assert read_opml(text) == ()
