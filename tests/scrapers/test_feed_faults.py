"""Feeds with faults in them are read as far as they can be told, and times as far as they can be believed.

All texts are invented.
"""

from datetime import UTC, datetime

import pytest

from scrapers import feed
from scrapers.errors import LayoutChanged
from scrapers.model import Item, Precision

URL = "https://feeds.example.org/news/feed"
PRAGUE = "Europe/Prague"


def items(*entries: str, timezone: str | None = None) -> tuple[Item, ...]:
    inside = "".join(f"<item>{entry}</item>" for entry in entries)
    body = f"<rss version='2.0'><channel><title>Wire (fictional sample)</title>{inside}</channel></rss>"
    return feed.parse(body.encode(), URL, timezone=timezone).items


def titled(title: str) -> str | None:
    return items(f"<guid>1</guid><title>{title}</title>")[0].title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Bread & salt", "Bread & salt"),
        ("Bread &amp; salt & leave", "Bread & salt & leave"),
        ("V&nbsp;Praze &ndash; d&aacute;l", "V Praze – dál"),
        ("one &lt; two &amp; three", "one < two & three"),
        ("&#1046;&#x43e;&#X43d;&#x44B; & дети", "Жоны & дети"),
        ("no such &thing; &", "no such &thing; &"),
        ("no character &#0; &#xD800; &#x110000;", "no character \ufffd \ufffd \ufffd"),
        ("<![CDATA[Bread & salt &amp; leave]]> & more", "Bread & salt & leave & more"),
    ],
)
def test_bare_ampersands_and_entities_of_html_are_read(written: str, read: str) -> None:
    assert titled(written) == read


def test_an_address_keeps_its_bare_ampersands() -> None:
    read = items("<title>x</title><link>/story?id=7&copy=2&page=3</link>")[0]
    assert read.url == "https://feeds.example.org/story?copy=2&id=7&page=3"


@pytest.mark.parametrize("tail", ["", "<item><title>Second (fic", "<item><title>Second</title><link>/2</li"])
def test_of_a_feed_that_was_cut_off_the_whole_entries_are_read(tail: str) -> None:
    body = "<rss version='2.0'><channel><item><title>First</title><link>/1</link></item>" + tail
    assert [item.title for item in feed.parse(body.encode(), URL).items] == ["First"]


def test_a_feed_that_was_cut_off_in_its_first_entry_is_not_an_empty_one() -> None:
    with pytest.raises(LayoutChanged, match="broken feed"):
        feed.parse(b"<rss version='2.0'><channel><item><title>First", URL)


@pytest.mark.parametrize(
    "inside",
    [
        "<language>cs</langauge>",
        "<atom:link href='/feed'/>",
        "<title>Bread & salt</title>",
        "<title>x</title><!-- no news -->",
    ],
)
def test_a_whole_feed_without_entries_is_empty_whatever_its_faults(inside: str) -> None:
    body = f"<rss version='2.0'><channel>{inside}</channel></rss>"
    assert feed.parse(body.encode(), URL).items == ()


@pytest.mark.parametrize("version", ["1.0", "1.1", "1", "https://jsonfeed.org/version/1.1"])
def test_a_json_feed_may_name_its_version_in_short(version: str) -> None:
    body = f'{{"version": "{version}", "items": [{{"id": 7, "url": "/a", "title": "A (fictional)"}}]}}'
    assert [item.external_id for item in feed.parse(body.encode(), URL).items] == ["7"]


@pytest.mark.parametrize("root", ["urlset", "sitemapindex", "opml"])
def test_what_is_read_in_another_way_is_told_so(root: str) -> None:
    with pytest.raises(LayoutChanged, match=r"sitemap|sources import"):
        feed.parse(f"<?xml version='1.0'?><{root} xmlns='x'></{root}>".encode(), URL)


@pytest.mark.parametrize("version", ["2.0", "", "1.0.0-rc1", "https://example.org/version/1"])
def test_other_json_is_no_json_feed(version: str) -> None:
    with pytest.raises(LayoutChanged, match="not a JSON Feed"):
        feed.parse(f'{{"version": "{version}", "items": []}}'.encode(), URL)


def dated(written: str, timezone: str | None = None) -> tuple[datetime | None, Precision | None]:
    item = items(f"<title>x</title><pubDate>{written}</pubDate>", timezone=timezone)[0]
    assert item.published_raw == written
    return item.published_at, item.published_precision


@pytest.mark.parametrize(
    "written",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "Mon, 30 Nov -0001 00:00:00 +0000",
        "0",
        "soon",
        "9999-12-31T23:59:59Z",
        "Fri, 03/03/2023 - 09:00 or 04/03/2023",
    ],
)
def test_a_time_that_cannot_be_is_kept_as_written_and_not_believed(written: str) -> None:
    assert dated(written) in ((None, None), (datetime(2023, 3, 3, tzinfo=UTC), Precision.DAY))


def test_the_weekday_tells_the_month_from_the_day() -> None:
    assert dated("Fri, 05/03/2019 - 15:21") == (datetime(2019, 5, 3, tzinfo=UTC), Precision.DAY)
    assert dated("Tue, 05/03/2019 - 15:21") == (datetime(2019, 3, 5, tzinfo=UTC), Precision.DAY)
    assert dated("Sun, 05/03/2019 - 15:21") == (None, None)


def test_a_time_without_a_zone_is_one_of_the_country() -> None:
    assert dated("Wed, 01 Jul 2026 12:00:00")[0] == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert dated("Wed, 01 Jul 2026 12:00:00", PRAGUE)[0] == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert dated("Wed, 01 Jul 2026 12:00:00 +0000", PRAGUE)[0] == datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_where_atom_tells_only_the_last_change_it_is_told_so() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title>x</title>
    <updated>2026-03-04T08:00:00Z</updated></entry></feed>"""
    item = feed.parse(body.encode(), URL).items[0]
    at = datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert (item.published_at, item.published_basis, item.modified_at) == (at, "feed-updated", at)


LIES = [
    (encoding, declared, header)
    for encoding in ("koi8-r", "windows-1251", "iso8859_5", "utf-8", "utf-16")
    for declared in (None, "UTF-8", "windows-1251", "iso-8859-1", "koi8-r", "nonsense")
    for header in (None, "text/xml; charset=utf-8", "text/xml; charset=windows-1251")
]


def test_no_declaration_is_believed_against_what_the_bytes_say() -> None:
    title, text = "Матери солдат требуют ротации", "Они просят вернуть мужей домой (вымышленный пример)."
    wrong = []
    for encoding, declared, header in LIES:
        head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
        entry = f"<item><title>{title}</title><description>{text}</description></item>"
        body = f"{head}<rss version='2.0'><channel>{entry}</channel></rss>"
        read = feed.parse(body.encode(encoding), URL, header).items[0]
        if (read.title, read.text) != (title, text):
            wrong.append((encoding, declared, header, read.title))
    assert wrong == []
