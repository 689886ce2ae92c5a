"""The day that readers are told of a time in UTC. All pages are fictional samples."""

from datetime import UTC, date, datetime

import pytest

from scrapers import article
from scrapers.article_facts import Facts, read_facts
from scrapers.errors import Refused
from scrapers.markup import parse_html

URL = "https://river.example.org/news/families-ask"
LATE = "2026-03-06T02:18:11Z"
EVENING, MORNING = date(2026, 3, 5), date(2026, 3, 6)
LONG = (
    "The families of the fictional town ask for leave for their sons, who are away for a year and a half. "
    * 3
)


def page(body: str = "", *, at: str = LATE, head: str = "") -> str:
    told = (
        f'<meta property="og:type" content="article"><meta property="article:published_time" content="{at}">'
    )
    return (
        f"<html><head><title>Families ask</title>{told}{head}</head><body>{body}<p>{LONG}</p></body></html>"
    )


def facts(body: str = "", *, url: str = URL, at: str = LATE, head: str = "") -> Facts:
    root = parse_html(page(body, at=at, head=head))
    assert root is not None
    return read_facts(root, url, None)


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Families ask</h1><div>March 5, 2026</div>",
        "<h1>Families ask</h1><div>March 5, 2026 9:18 PM</div>",
        "<h1>Families ask</h1><div>9:18 PM ET, March 5, 2026</div>",
        "<h1>Families ask</h1><time>| 5 de Marzo 2026</time>",
        "<h1>Families ask</h1><span>5 marzo 2026 | 21:18</span>",
        "<h1>Families ask</h1><span>05/03/2026 21:18</span>",
        '<b itemprop="datePublished">5 Marzo 2026</b>',
        '<script>var publication_date = "2026-03-05 21:18:11";</script>',
        '<script>push({"DateCreation":"2026-03-05", "other": 1})</script>',
        "<script>page.article.publishedAt = '2026-03-05T21:18';</script>",
    ],
)
def test_the_page_tells_it(body: str) -> None:
    found = facts(body)
    assert found.day == EVENING
    assert found.published is not None
    assert found.published.moment.at == datetime(2026, 3, 6, 2, 18, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://river.example.org/2026/03/05/families-ask", EVENING),
        ("https://river.example.org/2026/3/5/families-ask", EVENING),
        ("https://river.example.org/news/20260305-families-ask", EVENING),
        ("https://river.example.org/news_2026-03-05.html", EVENING),
        ("https://river.example.org/2026/03/06/families-ask", MORNING),
        ("https://river.example.org/2026/02/05/families-ask", MORNING),
        ("https://river.example.org/2026/13/05/families-ask", MORNING),
        ("https://river.example.org/news/202603051-families-ask", MORNING),
    ],
)
def test_the_address_tells_it(url: str, expected: date) -> None:
    assert facts(url=url).day == expected


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<h1>Families ask</h1><div>March 1, 2026</div>",
        "<h1>Families ask</h1><div>March 5, 2026 9:21 PM</div>",
        "<h1>Families ask</h1><div>5 6 2026</div>",
        "<h1>Families ask</h1><div>Updated March 7, 2026</div>",
        '<script>var publication_date = "2026-03-05 21:23:11";</script>',
        '<script>var publication_date = "2026-13-45";</script>',
        '<script>var publication_date = "2026-03-05T21:18:11Z";</script>',
    ],
)
def test_what_is_no_day_of_that_instant_counts_for_nothing(body: str) -> None:
    assert facts(body).day == MORNING


NOON = "2026-03-06T12:30:00Z"


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Families ask</h1><div>March 5, 2026</div>",
        "<h1>Families ask</h1><div>5 marzo 2026</div>",
        '<script>var x = {"createdAt": "2026-03-05"};</script>',
    ],
)
def test_at_noon_nobody_has_the_day_before(body: str) -> None:
    assert facts(body, at=NOON).day == MORNING
    assert facts(url="https://river.example.org/news/2026-03-05-battle", at=NOON).day == MORNING
    assert facts(body, at="2026-03-06T11:30:00Z").day == EVENING


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("On 5 March 2026 the regiment left.", LATE),
        ("Battle of 5 March 2026", LATE),
        ("Battle of 7 March 2026", NOON),
        ("Od 5. března 2026 žádají rodiny o vystřídání.", LATE),
        ("С 5 марта 2026 года семьи просят о ротации.", LATE),
        ("Photo: 13/05/2026 Agency", "2026-05-14T02:00:00Z"),
        ("El regimiento salió de la ciudad el 5 marzo 2026", LATE),
    ],
)
def test_what_a_sentence_tells_is_not_the_day_of_publication(shown: str, at: str) -> None:
    assert facts(f"<h1>Families ask</h1><p>{shown}</p>", at=at).day == date.fromisoformat(at[:10])


def test_a_zone_that_is_known_says_it_best() -> None:
    assert facts(url="https://river.example.cz/2026/03/07/a", at="2026-03-06T23:18:11Z").day == date(
        2026, 3, 7
    )
    other = '<meta name="pubdate" content="2026-03-06T03:18:00+01:00">'
    assert facts("<h1>Families ask</h1><div>March 5, 2026</div>", head=other).day == MORNING


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T02:18:11-05:00", MORNING),
        ("2026-03-06T23:18:11-05:00", MORNING),
        ("2026-03-06", MORNING),
        ("2026-03-06T02:18:11", MORNING),
        ("Fri, 06 Mar 2026 02:18:11 GMT", EVENING),
        ("2026-03-06T02:18:11+00:00", EVENING),
    ],
)
def test_only_times_of_utc_are_those_of_a_server(at: str, expected: date) -> None:
    assert facts(url="https://river.example.org/2026/03/05/families-ask", at=at).day == expected


def test_words_that_lean_on_the_day_of_reading_have_that_day() -> None:
    root = parse_html("<html><body><h1>Rodiny žádají</h1><time>včera 23:40</time></body></html>")
    assert root is not None
    noon = datetime(2026, 3, 6, 12, tzinfo=UTC)
    found = read_facts(root, "https://noviny.example.cz/domaci/rodiny", None, noon)
    assert found.day == EVENING


def test_articles_bear_it_and_pages_that_are_none_tell_it() -> None:
    markup = page("<h1>Families ask</h1><div>March 5, 2026</div>").encode()
    (item,) = article.parse(markup, URL).items
    assert item.marks is not None
    assert item.marks.day == EVENING
    short = page("<h1>Families ask</h1><div>March 5, 2026</div>").replace(LONG, "").encode()
    with pytest.raises(Refused):
        article.parse(short, URL)
    assert article.read_day(short, URL) == EVENING
    assert article.read_day(short, URL, timezone="Europe/Prague") == MORNING


def test_what_is_no_page_has_no_day() -> None:
    with pytest.raises(Refused):
        article.read_day(b"%PDF-1.7", URL)
    assert article.read_day(b"<html><body><p>No day (fictional sample)</p></body></html>", URL) is None
