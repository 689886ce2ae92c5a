"""Articles: what parse() reads of our fixtures, and what it refuses."""

import json
import pickle
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import article
from scrapers.errors import Refused, ScrapeError
from scrapers.model import Item, Precision

DATA = Path(__file__).resolve().parents[1] / "data" / "article"
ARTICLES = {
    "jsonld_ru.html": "https://vestnik.example.org/page/1?utm_source=x",
    "meta_en.html": "https://brief.example.org/page/1?utm_source=x",
    "day_cs.html": "https://zpravy.example.org/page/1?utm_source=x",
    "naive_uk.html": "https://lysty.example.org/page/1?utm_source=x",
}
REFUSED = {
    "refused_front_en.html": "front page or a listing",
    "refused_consent_cs.html": "consent wall",
    "refused_error_ru.html": "an error page: Страница не найдена",
    "refused_short_uk.html": "too little text",
}
URL = "https://news.example.org/2026/story"
LONG = "A sentence of a fictional article that is long enough to be one (fictional sample). " * 6


def read(name: str, **options: Any) -> Item:
    (item,) = article.parse((DATA / name).read_bytes(), ARTICLES[name], **options).items
    return item


def page(head: str = "", body: str = "", language: str = "en") -> bytes:
    story = f"<article><h1>A title</h1>{body}<p>{LONG}</p><p>{LONG}</p></article>"
    return f'<html lang="{language}"><head>{head}</head><body>{story}</body></html>'.encode()


def item_of(*parts: str, url: str = URL, **options: Any) -> Item:
    (item,) = article.parse(page(*parts), url, **options).items
    return item


def plain(item: Item) -> Any:
    """An item as the expectations beside the fixtures are written: as JSON, without its empty fields."""
    fields = asdict(item)
    told = {
        name: fields[name] for name in fields if name == "full_text" or fields[name] not in (None, (), False)
    }
    return json.loads(json.dumps(told, default=lambda value: getattr(value, "isoformat", value.__str__)()))


@pytest.mark.parametrize("name", ARTICLES)
def test_fixtures_read_as_expected(name: str) -> None:
    expected = json.loads((DATA / f"{name}.expected.json").read_text("utf-8"))
    assert [plain(read(name))] == expected


@pytest.mark.parametrize("name", ARTICLES)
def test_what_surrounds_an_article_and_its_author_is_not_kept(name: str) -> None:
    item = read(name)
    for outside in ("Раздел", "Section", "Rubrika", "Розділ", "©", "Нехранимое", "Not Kept"):
        assert outside not in f"{item.title} {item.text} {item.links}"


@pytest.mark.parametrize("name", REFUSED)
def test_other_pages_are_refused_with_their_reason(name: str) -> None:
    with pytest.raises(Refused, match=REFUSED[name]):
        article.parse((DATA / name).read_bytes(), "https://refused.example.org/some/page")


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", None, "an empty page"),
        (b"  \n ", None, "an empty page"),
        (b"%PDF-1.7 ...", None, "a PDF file"),
        (b"\x89PNG\r\n\x1a\n", None, "a picture"),
        (b"anything", "application/pdf", "not a page but application/pdf"),
        (b"just words, no markup", "text/html", "not an HTML page"),
        (b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", None, "a feed"),
        (b"<html><body></body></html>", None, "too little text"),
        (b"<!-- -->", None, "an empty page|not an HTML page|too little text"),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, content_type: str | None, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        article.parse(body, URL, content_type=content_type)


def test_a_front_page_is_no_article_however_long() -> None:
    with pytest.raises(Refused, match="front page"):
        article.parse(page(), "https://news.example.org/")


def test_a_time_without_zone_takes_the_sources_zone() -> None:
    item = read("naive_uk.html", timezone="Europe/Kyiv")
    assert item.published_at == datetime(2026, 7, 4, 21, 30, tzinfo=UTC)
    assert item.published_precision is Precision.SECOND


@pytest.mark.parametrize(
    ("head", "body", "expected", "basis"),
    [
        (
            '<meta property="article:published_time" content="2026-03-05T10:00+01:00">',
            "",
            "2026-03-05T09:00",
            "meta",
        ),
        ('<meta name="pubdate" content="Thu, 05 Mar 2026 10:00:00 GMT">', "", "2026-03-05T10:00", "meta"),
        ("", '<time datetime="2026-03-05T10:00:00Z">', "2026-03-05T10:00", "time"),
        (
            "",
            '<span itemprop="datePublished" content="2026-03-05T10:00:00Z"></span>',
            "2026-03-05T10:00",
            "microdata",
        ),
        # A day alone gives way to the time of the same day, and not to that of another one.
        (
            '<meta name="date" content="2026-03-05">',
            '<time datetime="2026-03-05T10:00:00Z">',
            "2026-03-05T10:00",
            "time",
        ),
        (
            '<meta name="date" content="2026-03-05">',
            '<time datetime="2026-01-01T10:00:00Z">',
            "2026-03-05T00:00",
            "meta",
        ),
        (
            '<meta name="date" content="1970-01-01">',
            '<time datetime="2026-03-05T10:00:00Z">',
            "2026-03-05T10:00",
            "time",
        ),
    ],
)
def test_where_the_time_is_read(head: str, body: str, expected: str, basis: str) -> None:
    item = item_of(head, body)
    assert item.published_at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert item.published_basis == basis


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('{"@type": "NewsArticle", "datePublished": "2026-03-05T10:00:00Z"}', True),
        ('[{"@type": "https://schema.org/Article", "datePublished": "2026-03-05T10:00:00Z"}]', True),
        ('<!-- {"@type": ["Report"], "datePublished": "2026-03-05T10:00:00Z"} -->', True),
        (
            '{"mainEntity": {"@type": "Article", "datePublished": "2026-03-05T10:00:00Z"}}',
            True,
        ),
        ('{"@type": "Person", "datePublished": "2026-03-05T10:00:00Z"}', False),
        ('{"@type": "Article", "datePublished": 5, "headline": [], "inLanguage": {}}', False),
        ('{"@type": "Article", "datePublished": "2026-03-05T10:00:00Z"', False),
        ("[" * 100_000, False),
        ('{"@type": NaN}', False),
        ("", False),
    ],
)
def test_json_ld_in_its_many_shapes(script: str, *, expected: bool) -> None:
    item = item_of(f'<script type="application/ld+json">{script}</script>')
    assert (item.published_basis == "json-ld") == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("https://news.example.org/2026/real", "https://news.example.org/2026/real"),
        ("/2026/real?utm_source=x#top", "https://news.example.org/2026/real"),
        ("https://www.example.org/real", "https://www.example.org/real"),
        ("https://elsewhere.example.com/real", URL),
        ("https://news.example.org/", URL),
        ("javascript:void(0)", URL),
        ("", URL),
    ],
)
def test_a_canonical_address_counts_on_the_same_site_only(named: str, expected: str) -> None:
    item = item_of(f'<link rel="canonical" href="{named}">')
    assert (item.url, item.external_id) == (expected, expected)


@pytest.mark.parametrize(
    ("path", "named", "expected"),
    [
        ("/zpravy/nazev-clanku", "/zpravy/", "/zpravy/nazev-clanku"),
        ("/zpravy/nazev-clanku", "/zpravy", "/zpravy/nazev-clanku"),
        ("/zpravy/nazev-clanku", "/index.html", "/zpravy/nazev-clanku"),
        ("/zpravy/nazev-clanku", "/cs", "/zpravy/nazev-clanku"),
        ("/stories/1", "/stories/", "/stories/1"),
        ("/zpravy/nazev-clanku/amp", "/zpravy/nazev-clanku", "/zpravy/nazev-clanku"),
        ("/zpravy/nazev-clanku/2", "/zpravy/nazev-clanku/", "/zpravy/nazev-clanku/"),
        ("/zpravy/nazev-clanku/", "/zpravy/nazev-clanku", "/zpravy/nazev-clanku"),
    ],
)
def test_a_canonical_address_of_a_section_does_not_count(path: str, named: str, expected: str) -> None:
    head = f'<link rel="canonical" href="https://news.example.org{named}">'
    item = item_of(head, url=f"https://news.example.org{path}")
    assert item.url == f"https://news.example.org{expected}"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<title>A title | The Paper</title><meta property="og:title" content="Something else">', "A title"),
        (
            """<meta property="og:title" content="Fuller title - The Paper">
            <meta property="og:site_name" content="The Paper">""",
            "Fuller title",
        ),
        ("<title>Only this</title>", "Only this"),
        ("", "A title"),
    ],
)
def test_titles(head: str, expected: str) -> None:
    assert item_of(head).title == expected


def test_languages_are_codes() -> None:
    (item,) = article.parse(page(language="cz"), URL).items
    assert item.language == "cs"


def test_an_earlier_modification_says_nothing() -> None:
    head = (
        '<meta property="article:published_time" content="2026-03-05T10:00:00Z">'
        '<meta property="article:modified_time" content="2026-03-05T10:00:00Z">'
    )
    assert item_of(head).modified_at is None


def test_parsing_can_move_to_another_process() -> None:
    parsed = article.parse(page(), URL)
    assert pickle.loads(pickle.dumps(parsed)) == parsed
    assert pickle.loads(pickle.dumps(article.parse)) is article.parse


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*ARTICLES, *REFUSED]), st.data())
def test_mangled_pages_raise_nothing_but_scrape_errors(name: str, data: st.DataObject) -> None:
    body = bytearray((DATA / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 300)))
        body[start:end] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"", b"<", b'"', b"</script>", b"<p>"])
        )
    try:
        parsed = article.parse(bytes(body), URL)
    except ScrapeError:
        return
    assert len(parsed.items) == 1


def test_controls_named_by_their_number_break_no_reader() -> None:
    """Found by fuzzing: readability takes boxes of comments away and sets the text around them anew."""
    item = item_of(
        "", f'<div>&#11;<div class="comment">&#1; (fictional sample)</div>&#x1;<p>{LONG}</p></div>'
    )
    assert LONG.strip() in item.text
