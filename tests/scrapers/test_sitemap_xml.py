"""What is read of sitemaps, sound, broken and hostile. All of it is invented."""

import gzip
import pickle
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import sitemap
from scrapers.errors import LayoutChanged, ScrapeError
from scrapers.model import Precision
from scrapers.sitemap_xml import MOST_ADDRESSES, MOST_KEPT, Document, read_document

URL = "https://news.example.org/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
 <url>
  <loc> https://news.example.org/domaci/stridani?utm_source=sitemap </loc>
  <lastmod>2026-03-05T12:30:00+01:00</lastmod>
  <n:news><n:publication><n:name>Noviny (smyšlený příklad)</n:name><n:language>cs</n:language></n:publication>
   <n:publication_date>2026-03-05T08:00:00+01:00</n:publication_date>
   <n:title>Ženy žádají střídání &amp; dovolenou (smyšlený příklad)</n:title></n:news>
  <image:image><image:loc>/1.jpg</image:loc><image:title>Not this</image:title></image:image>
 </url>
 <url><loc>/o-nas</loc><lastmod>2020-01-02</lastmod></url>
 <url><loc>mailto:editor@example.org</loc></url>
</urlset>"""


def read(body: str | bytes, content_type: str | None = None) -> Document:
    raw = body.encode() if isinstance(body, str) else body
    return read_document(raw, URL, content_type, zone=ZoneInfo("Europe/Prague"))


def urlset(*entries: str) -> str:
    return f"<urlset>{''.join(f'<url>{entry}</url>' for entry in entries)}</urlset>"


def addresses(body: str | bytes) -> list[str]:
    return [address.url for address in read(body).addresses]


def test_a_news_sitemap_tells_title_language_and_both_times() -> None:
    first, second = read(NEWS).addresses
    assert first.url == "https://news.example.org/domaci/stridani"
    assert first.title == "Ženy žádají střídání & dovolenou (smyšlený příklad)"
    assert first.language == "cs"
    assert first.published_raw == "2026-03-05T08:00:00+01:00"
    assert first.published is not None
    assert first.published.at == datetime(2026, 3, 5, 7, tzinfo=UTC)
    assert first.modified is not None
    assert first.modified.at == datetime(2026, 3, 5, 11, 30, tzinfo=UTC)
    assert (second.url, second.title, second.published) == ("https://news.example.org/o-nas", None, None)
    assert second.modified is not None
    assert second.modified.precision is Precision.DAY


def test_the_time_of_the_last_change_is_not_that_of_publication() -> None:
    parsed = sitemap.parse(NEWS.encode(), URL)
    assert [(item.published_at is None, item.published_basis) for item in parsed.items] == [
        (True, None),
        (False, "sitemap"),
    ]
    assert parsed.items[0].modified_at == datetime(2020, 1, 2, tzinfo=UTC)
    assert not any(item.full_text for item in parsed.items)


def test_an_index_names_further_sitemaps() -> None:
    index = """<sitemapindex><sitemap><loc>/news.xml.gz</loc><lastmod>2026-03-05T08:00:00Z</lastmod></sitemap>
    <sitemap><loc>https://cdn.example.org/old.xml</loc></sitemap></sitemapindex>"""
    children = read(index).children
    assert [child.url for child in children] == [
        "https://news.example.org/news.xml.gz",
        "https://cdn.example.org/old.xml",
    ]
    assert [child.modified is None for child in children] == [False, True]
    parsed = sitemap.parse(index.encode(), URL)
    assert parsed.items == ()
    assert [refusal.url for refusal in parsed.refusals] == [child.url for child in children]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
@pytest.mark.parametrize("packed", [False, True])
def test_any_encoding_and_packing_reads_the_same(encoding: str, *, packed: bool) -> None:
    title = "Жёны требуют ротации (вымышленный пример)"
    entry = f"<loc>/a</loc><news:news><news:title>{title}</news:title></news:news>"
    body = urlset(entry).encode(encoding)
    assert [one.title for one in read(gzip.compress(body) if packed else body).addresses] == [title]


@pytest.mark.parametrize("declared", ["nonsense", "shift_jis", "utf-16", "iso-8859-1", "utf-7"])
def test_a_declaration_is_not_believed(declared: str) -> None:
    title = "Ženy žádají střídání (smyšlený příklad)"
    body = urlset(f"<loc>/a</loc><news:news><news:title>{title}</news:title></news:news>")
    document = read(f'<?xml version="1.0" encoding="{declared}"?>{body}')
    assert [one.title for one in document.addresses] == [title]


def test_a_list_of_lines_is_a_sitemap() -> None:
    assert addresses("https://news.example.org/a\r\n\r\nhttps://news.example.org/b?x=1\n") == [
        "https://news.example.org/a",
        "https://news.example.org/b?x=1",
    ]


def test_bare_ampersands_are_read() -> None:
    assert addresses(urlset("<loc>https://news.example.org/a?x=1&y=2</loc>")) == [
        "https://news.example.org/a?x=1&y=2"
    ]


def test_of_a_sitemap_that_was_cut_off_the_whole_entries_are_read() -> None:
    body = urlset("<loc>/a</loc>", "<loc>/b</loc>")
    document = read(body[: body.index("/b")])
    assert [address.url for address in document.addresses] == ["https://news.example.org/a"]
    assert not document.whole


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty page"),
        (b" \n", "empty page"),
        (b"<html><body>(fictional sample)</body></html>", "web page"),
        (b"<!DOCTYPE html><html><head></head></html>", "web page"),
        (b"<rss version='2.0'><channel></channel></rss>", 'kind = "feed"'),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", 'kind = "feed"'),
        (b"<note>(fictional sample)</note>", "not a sitemap"),
        (b"plain words, no addresses", "not a sitemap"),
        (b"<urlset><url><loc>", "broken sitemap"),
        (b"\x1f\x8bnot packed at all", "badly packed"),
        (b"\x00\xff garbage", "not a sitemap|broken"),
        (b"<urlset>" + b"<a>" * 1_000, "nested"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "entities"),
        (b'<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset>&a;</urlset>', "entities"),
        (b'<!DOCTYPE u [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]><urlset/>', "entities"),
    ],
)
def test_what_is_no_sitemap_or_a_dangerous_one(body: bytes, reason: str) -> None:
    with pytest.raises(LayoutChanged, match=reason):
        read(body)


def test_an_empty_sitemap_names_nothing() -> None:
    assert read("<urlset/>") == Document()


def test_a_sitemap_without_end_is_read_as_far_as_its_protocol_goes() -> None:
    old = "<url><loc>/old</loc><lastmod>2025-12-31T23:59:59Z</lastmod></url>" * (MOST_ADDRESSES - 100)
    new = "".join(f"<url><loc>/{n}</loc><lastmod>2026-01-01</lastmod></url>" for n in range(200))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    document = read_document(f"<urlset>{old}{new}</urlset>".encode(), URL, zone=UTC, since=since)
    assert (document.old, len(document.addresses)) == (MOST_ADDRESSES - 100, 100)
    assert not document.whole


def test_no_more_addresses_are_kept_than_can_be_watched() -> None:
    document = read(
        urlset("<loc>/a</loc>", "<loc>/b</loc>", *(["<loc>/a</loc>"] * MOST_KEPT), "<loc>/c</loc>")
    )
    assert [address.url.rpartition("/")[2] for address in document.addresses] == ["a", "b"]
    assert not document.whole


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000)
    started = time.process_time()
    with pytest.raises(LayoutChanged, match="more than 50 MB"):
        read(bomb)
    assert time.process_time() - started < 5


def test_one_endless_text_takes_no_room() -> None:
    body = f"<urlset><url><loc>https://news.example.org/{'a' * 3_000_000}</loc></url></urlset>"
    assert addresses(body) == []


def test_parsing_can_move_to_another_process() -> None:
    parsed = pickle.loads(pickle.dumps(sitemap.parse))(NEWS.encode(), URL)
    assert pickle.loads(pickle.dumps(parsed)) == parsed


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mangled_sitemaps_raise_nothing_but_scrape_errors(data: st.DataObject) -> None:
    body = bytearray(NEWS.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 100)))
        body[start:end] = data.draw(st.binary(max_size=10) | st.sampled_from([b"", b"<", b"&", b"</url>"]))
    packed = data.draw(st.booleans())
    try:
        document = read(gzip.compress(bytes(body)) if packed else bytes(body))
    except ScrapeError:
        return
    assert all(address.url.startswith(("http://", "https://")) for address in document.addresses)
