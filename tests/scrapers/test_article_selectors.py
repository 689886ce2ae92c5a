"""What the owner says of a stubborn site's pages. All pages are invented."""

from datetime import UTC, datetime

import pytest

from scrapers import article
from scrapers.article_selectors import ArticleOptions
from scrapers.errors import Refused
from scrapers.model import Item

URL = "https://noviny.example.org/zpravy/123-hriste"
PAGE = """<!DOCTYPE html><html lang="cs"><head><title>Noviny</title>
<meta property="og:title" content="Noviny.example: zprávy, které čtete">
<meta property="article:published_time" content="2020-01-01T00:00:00Z"></head>
<body><h1>Noviny</h1><h2 class="hl">Obec otevřela hřiště</h2><span class="kdy">3. března 2026 14:05</span>
<div class="box"><p>První věta smyšleného příkladu. <a href="/radnice">Radnice</a> mlčí.</p>
<div class="promo"><p>Kupte si předplatné.</p></div>za reklamou</div>
<p>Jiná zpráva, která sem nepatří, i když je delší než sám článek a mluví o počasí v horách.</p>
<div class="box"><p>Druhá část článku.</p></div></body></html>"""


def read(**selectors: str | tuple[str, ...]) -> Item:
    options = ArticleOptions(**selectors)  # type: ignore[arg-type]
    parsed = article.parse(PAGE.encode(), URL, timezone="Europe/Prague", selectors=options)
    return parsed.items[0]


def test_the_text_is_where_it_is_said_to_be() -> None:
    item = read(article_body="div.box", article_remove=(".promo",))

    assert item.text.splitlines() == [
        "První věta smyšleného příkladu. Radnice mlčí.",
        "za reklamou",
        "Druhá část článku.",
    ]
    assert item.links == ("https://noviny.example.org/radnice",)


def test_what_stands_within_what_was_taken_is_taken_once() -> None:
    assert read(article_body=".box, .box p").text.count("Druhá část") == 1


def test_headline_and_time_are_where_they_are_said_to_be() -> None:
    item = read(article_body=".box", article_title="h2.hl", article_time=".kdy")

    assert item.title == "Obec otevřela hřiště"
    assert item.published_at == datetime(2026, 3, 3, 13, 5, tzinfo=UTC)
    assert (item.published_raw, item.published_basis) == ("3. března 2026 14:05", "selector")
    assert item.marks is not None
    assert item.marks.found_nothing == ()


def test_a_page_without_them_says_its_own() -> None:
    item = read(article_body=".box", article_title=".nowhere", article_time="h1")

    assert item.marks is not None
    assert item.marks.found_nothing == ("article_title", "article_time")
    assert item.title == read(article_body=".box").title
    assert item.published_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_body_that_is_not_there_is_told_and_not_guessed() -> None:
    with pytest.raises(Refused, match=r"article_body = '\.gone'"):
        read(article_body=".gone")


@pytest.mark.parametrize("faulty", ["div[", "::before", "", "svg|a"])
def test_what_is_no_selector_is_refused_by_name(faulty: str) -> None:
    with pytest.raises(ValueError, match="article_title is not a CSS selector"):
        ArticleOptions(article_title=faulty)
    with pytest.raises(ValueError, match="article_remove is not a CSS selector"):
        ArticleOptions(article_remove=("p", faulty))
