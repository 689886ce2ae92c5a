"""The outlets' feeds and article pages, read by the scrapers that read the real ones."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo.article_markup import article_page, czech_date, listing_page
from monitor.demo.feed_markup import feed
from monitor.demo.load import load_story
from monitor.demo.sources import sample_sources
from monitor.demo.story import Article, Moment, Outlet
from scrapers import article as article_parser
from scrapers import feed as feed_parser
from scrapers import page as page_parser
from scrapers.canonical import canonical_url
from scrapers.model import ItemKind, Precision

pytestmark = pytest.mark.filterwarnings("ignore:SOCKS support")

BASE_URL = "http://127.0.0.1:8001"
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
OUTLETS = load_story().outlets
FEEDS = [outlet for outlet in OUTLETS.values() if outlet.format != "page"]
MOMENTS = [timedelta(0), timedelta(days=4, hours=12), timedelta(days=6, hours=12), timedelta(days=10)]
EVERY_ARTICLE = [
    pytest.param(outlet, article, id=f"{outlet.source}-{article.slug}")
    for outlet in OUTLETS.values()
    for article in outlet.articles
]


def moment(elapsed: timedelta) -> Moment:
    return Moment(start=START, now=START + elapsed)


@pytest.mark.parametrize("elapsed", MOMENTS, ids=str)
@pytest.mark.parametrize("outlet", FEEDS, ids=lambda outlet: outlet.source)
def test_every_feed_reads_as_it_was_written(outlet: Outlet, elapsed: timedelta):
    now = moment(elapsed)
    parsed = feed_parser.parse(feed(outlet, now, BASE_URL).encode(), BASE_URL + outlet.listing)
    written = {outlet.guid(article, now, BASE_URL): article for article in outlet.latest(elapsed)}
    assert {item.external_id for item in parsed.items} == set(written)
    for item in parsed.items:
        article = written[item.external_id]
        assert item.kind is ItemKind.ARTICLE
        assert item.title == article.title
        assert item.url == canonical_url(BASE_URL + outlet.path(article, now))
        assert item.text == ("\n".join(article.body(elapsed)) if outlet.full_content else article.lead)
        assert item.full_text == outlet.full_content
        changed = START + article.changed(elapsed)
        dates = (changed, changed) if outlet.format == "atom" else (START + article.at, None)
        assert (item.published_at, item.modified_at) == dates
        assert item.language == outlet.language


def test_a_feed_shows_a_window_of_the_newest():
    outlet = OUTLETS["moscow-times"]
    shown = outlet.latest(timedelta(days=10))
    assert len(outlet.latest(timedelta(days=10))) == min(outlet.window, len(outlet.articles))
    assert [article.at for article in shown] == sorted((article.at for article in shown), reverse=True)


@pytest.mark.parametrize(("outlet", "article"), EVERY_ARTICLE)
def test_every_article_page_reads_as_it_was_written(outlet: Outlet, article: Article):
    elapsed = timedelta(days=10)
    now = moment(elapsed)
    address = BASE_URL + outlet.path(article, now)
    page = article_page(outlet, article, now, BASE_URL).encode()
    (item,) = article_parser.parse(page, address, timezone=str(outlet.timezone)).items
    assert item.title == article.title
    assert item.url == item.external_id == canonical_url(address)
    assert item.language == outlet.language
    lead, *paragraphs = article.body(elapsed)
    assert all(paragraph in item.text for paragraph in paragraphs)
    # iDNES.cz sets its lead apart from the text, where extraction passes it over; its feed carries the lead.
    assert outlet.source == "idnes-cz" or lead in item.text
    assert "ukázková stránka" not in item.text
    assert "page of the demo" not in item.text


@pytest.mark.parametrize(
    ("source", "basis"),
    [
        ("idnes-cz", "meta"),
        ("forum24", "json-ld"),
        ("moscow-times", "time"),
        ("isw", "time"),
        ("uk-mod", "json-ld"),
    ],
)
def test_the_outlets_say_the_time_each_in_its_own_way(source: str, basis: str):
    outlet = OUTLETS[source]
    for article in outlet.articles:
        page = article_page(outlet, article, moment(timedelta(days=10)), BASE_URL).encode()
        (item,) = article_parser.parse(page, f"{BASE_URL}/{article.slug}").items
        assert (item.published_at, item.published_basis) == (START + article.at, basis)
        assert item.published_precision is Precision.SECOND


def test_the_video_pages_date_is_czech_text_only():
    outlet = OUTLETS["idnes-tv"]
    article = next(article for article in outlet.articles if article.topic == "threat")
    html = article_page(outlet, article, moment(timedelta(days=10)), BASE_URL)
    assert "6. března 2026 14:45" in html
    assert "2026-03-06" not in html
    (item,) = article_parser.parse(
        html.encode(), BASE_URL + outlet.path(article, moment(timedelta(days=10)))
    ).items
    assert item.published_at is not None
    assert item.published_at.date() == (START + article.at).date()


@pytest.mark.parametrize("source", ["idnes-cz", "uk-mod"])
def test_an_updated_article_says_more_and_says_when(source: str):
    outlet = OUTLETS[source]
    article = next(article for article in outlet.articles if article.updated)
    assert article.updated is not None
    before, after = (
        article_parser.parse(
            article_page(outlet, article, moment(elapsed), BASE_URL).encode(), f"{BASE_URL}/{article.slug}"
        ).items[0]
        for elapsed in (article.updated - timedelta(minutes=1), article.updated)
    )
    assert article.addition not in before.text
    assert before.modified_at is None
    assert article.addition in after.text
    assert after.modified_at == START + article.updated


@pytest.mark.parametrize("elapsed", MOMENTS, ids=str)
def test_the_listing_reads_as_it_was_written(elapsed: timedelta):
    outlet, now = OUTLETS["idnes-tv"], moment(elapsed)
    (source,) = (source for source in sample_sources(BASE_URL) if source.id == outlet.source)
    options = page_parser.Options(**source.options, timezone="Europe/Prague")  # type: ignore[arg-type]
    html = listing_page(outlet, now, BASE_URL)
    links = page_parser.parse_listing(html.encode(), BASE_URL + outlet.listing, options)
    assert [(link.url, link.title, link.published_raw) for link in links] == [
        (
            BASE_URL + outlet.path(article, now),
            article.title,
            czech_date(now.time(article.at).astimezone(outlet.timezone)),
        )
        for article in outlet.latest(elapsed)
    ]


def test_a_czech_date():
    assert czech_date(datetime(2026, 3, 5, 9, 5, tzinfo=UTC)) == "5. března 2026 9:05"
