"""Where an article's times are read. All pages are fictional samples."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from scrapers import article
from scrapers.article_facts import Facts, read_facts
from scrapers.markup import parse_html
from scrapers.model import Precision

URL = "https://zpravy.example.org/domaci/rodiny"
CZECH_URL = "https://www.lhota.example.cz/domaci/rodiny"
NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
LONG = "Rodiny ze smyšlené Lhoty žádají rotaci a dovolenou pro své syny, kteří jsou pryč přes rok a půl. " * 2


def facts(
    body: str = "",
    head: str = "",
    *,
    url: str = URL,
    zone: tzinfo | None = None,
    served_at: datetime | None = NOON,
) -> Facts:
    root = parse_html(f"<html><head>{head}</head><body>{body}<p>{LONG}</p></body></html>")
    assert root is not None
    return read_facts(root, url, zone, served_at)


def script(*nodes: str) -> str:
    return f'<script type="application/ld+json">[{",".join(nodes)}]</script>'


@pytest.mark.parametrize(
    ("body", "expected", "basis"),
    [
        ("<h1>Rodiny</h1><div>5. března 2026 14:30</div>", "2026-03-05T13:30", "text"),
        ("<h1>Rodiny</h1><span>Redakce</span><span>5. 3. 2026 | 14:30</span>", "2026-03-05T13:30", "text"),
        (f"<h1>Rodiny</h1><p>{LONG}</p><div>5. března 2026, 14:30</div>", "2026-03-05T13:30", "text"),
        ("<div>5. března 2026 14:30</div><h1>Rodiny</h1>", "2026-03-05T13:30", "text"),
        ("<h2>Ženy</h2><h2>Rodiny ze Lhoty čekají</h2><i>5. 3. 2026 14:30</i>", "2026-03-05T13:30", "text"),
        ("<h1>Rodiny</h1><time>dnes 12:05</time>", "2026-03-06T11:05", "relative"),
        ("<h1>Rodiny</h1><div>včera v 19:43</div>", "2026-03-05T18:43", "relative"),
        ("<h1>R</h1><i>Aktualizováno 6. 3. 2026 8:00</i><i>5. 3. 2026 14:30</i>", "2026-03-05T13:30", "text"),
    ],
)  # fmt: skip
def test_what_readers_are_shown_near_the_title(body: str, expected: str, basis: str) -> None:
    published = facts(body, "<title>Rodiny ze Lhoty čekají | Lhota</title>", url=CZECH_URL).published
    assert published is not None
    assert (published.moment.at.isoformat(), published.basis) == (f"{expected}:00+00:00", basis)


def test_todays_date_far_above_the_title_is_not_the_articles() -> None:
    header = "<header><div class='date'>Pátek 6. března 2026, svátek má Miroslav</div></header>"
    assert facts(f"{header}<main><h1>Rodiny</h1></main>").published is None


def test_dates_among_the_paragraphs_are_not_the_articles() -> None:
    body = f"<h1>Rodiny</h1>{f'<p>{LONG}</p>' * 4}<div>1. ledna 2020</div>"
    assert facts(body).published is None


def test_words_that_lean_on_the_day_of_reading_need_that_day() -> None:
    assert facts("<h1>Rodiny</h1><div>dnes 14:05</div>", served_at=None).published is None


def test_the_minute_that_is_shown_completes_the_day_that_machines_are_told() -> None:
    head = '<meta name="date" content="2026-03-05">'
    published = facts("<h1>Rodiny</h1><div>5. března 2026 14:30</div>", head, url=CZECH_URL).published
    assert published is not None
    assert published.basis == "text"
    elsewhere = facts("<h1>Rodiny</h1><div>1. února 2026 14:30</div>", head, url=CZECH_URL).published
    assert elsewhere is not None
    assert elsewhere.basis == "meta"


@pytest.mark.parametrize(
    ("url", "head", "zone", "expected"),
    [
        (URL, "", None, "2026-03-05T00:00"),
        (CZECH_URL, "", None, "2026-03-05T13:30"),
        ("https://novyny.example.ua/x", "", None, "2026-03-05T12:30"),
        ("https://novosti.example.ru/x", "", None, "2026-03-05T00:00"),  # a country of eleven zones
        (CZECH_URL, "", ZoneInfo("Europe/Kyiv"), "2026-03-05T12:30"),
        (URL, '<meta name="pubdate" content="2026-03-05T14:30:00+03:00">', None, "2026-03-05T11:30"),
    ],
)
def test_the_zone_is_the_sources_or_the_pages_or_the_countrys(
    url: str, head: str, zone: tzinfo | None, expected: str
) -> None:
    head = '<meta name="dcterms.created" content="2026-03-05T14:30:00">' + head
    published = facts("", head, url=url, zone=zone).published
    assert published is not None
    assert published.moment.at.isoformat() == f"{expected}:00+00:00"


def test_articles_that_are_only_recommended_do_not_date_the_page() -> None:
    other = '{"@type": "NewsArticle", "url": "/jine", "datePublished": "2020-01-02T10:00:00Z"}'
    about = f'"mainEntityOfPage": {{"@id": "{URL}"}}'
    own = f'{{"@type": "NewsArticle", {about}, "datePublished": "2026-03-05T10:00:00Z"}}'
    for head in (script(other, own), script(own, other)):
        published = facts("<h1>Rodiny</h1>", head).published
        assert published is not None
        assert published.moment.at == datetime(2026, 3, 5, 10, tzinfo=UTC)


SENTENCES = [
    "Včera vyšly rodiny ze Lhoty na náměstí.",
    "Před 5 dny odešel pluk z fronty bez rotace.",
    "Od 5. září žádají rodiny o rotaci mužů.",
    "Do 31. prosince mají muži odejít domů.",
    "Kapitola 2.3. mluví o žoldu.",
    "Cena vzrostla o 3.5. Tolik čísla.",
    "Dne 24. února 2022 začala válka, rodiny žádají rotaci.",
    "Солдаты пожаловались 3 дня назад на нехватку воды.",
    "Рядовые просят отпуск с 1 марта, ответа нет.",
    "Указ от 21 сентября 2022 года держит мужей на фронте.",
    "З 5 травня 2023 року родини чекають на відповідь.",
    "Soldiers wrote 10 days ago that nobody came.",
    "Since 21 September 2022 the men have had no leave.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("tag", ["p", "div"])
def test_a_time_in_a_sentence_of_the_lead_is_not_the_articles(sentence: str, tag: str) -> None:
    body = f"<h1>Rodiny</h1><{tag}>{sentence}</{tag}><p>{LONG}</p>"
    assert facts(body, url=CZECH_URL).published is None
    page = f"<html><body><article>{body}{f'<p>{LONG}</p>' * 4}</article></body></html>".encode()
    (item,) = article.parse(page, CZECH_URL, served_at=NOON).items
    assert (item.published_at, item.published_raw) == (None, None)


def test_the_caption_of_a_picture_does_not_date_the_article() -> None:
    figure = "<figure><img src='1.jpg'><figcaption>Lhota, 24. února 2022</figcaption></figure>"
    assert facts(f"<h1>Rodiny</h1>{figure}").published is None


OTHER = (
    '{"@type": "NewsArticle", "headline": "Jiný smyšlený článek", "url": "https://zpravy.example.org/jiny", '
    '"datePublished": "2019-05-01T10:00:00Z", "dateModified": "2026-04-01T10:00:00Z", "articleBody": "Jiné."}'
)
TODAY = '<meta property="article:published_time" content="2026-03-06T09:00:00Z">'


@pytest.mark.parametrize(
    "nodes",
    [
        [OTHER],
        [f'{{"@type": "NewsArticle", "headline": "Rodiny", "url": "{URL}"}}', OTHER],
        [f'{{"@type": "ItemList", "itemListElement": [{OTHER}]}}'],
        [f'{{"@type": "ItemList", "itemListElement": [{{"item": {OTHER.replace("url", "was")}}}]}}'],
    ],
)
def test_what_is_recommended_gives_neither_time_nor_change_nor_body(nodes: list[str]) -> None:
    told = facts("<h1>Rodiny</h1>", TODAY + script(*nodes))
    assert told.published is not None
    assert (told.published.basis, told.published.moment.at.year) == ("meta", 2026)
    assert (told.modified_at, told.told) == (None, "")


@pytest.mark.parametrize(
    "told",
    [
        '"headline": "Rodiny píší prezidentovi"',
        '"headline": "Rodiny", "url": "https://m.zpravy.example.org/1"',
        '"mainEntityOfPage": "https://zpravy.example.org/", "headline": "Jak to vidí hledače"',
        '"url": "https://zpravy.example.org/1"',
    ],
)
def test_the_pages_own_article_goes_by_address_or_title_or_is_the_only_one(told: str) -> None:
    head = '<link rel="canonical" href="/1">' + script(
        f'{{"@type": "NewsArticle", {told}, "datePublished": "2026-03-05T10:00:00Z"}}'
    )
    published = facts("<h1>Rodiny</h1>", TODAY + head).published
    assert published is not None
    assert published.basis == "json-ld"


def test_a_distance_from_utc_that_there_is_not_leaves_the_day() -> None:
    published = facts(
        head=script('{"@type":"NewsArticle","datePublished":"2026-03-05T10:00:00+99:99"}')
    ).published
    assert published is not None
    assert (published.moment.at, published.moment.precision) == (
        datetime(2026, 3, 5, tzinfo=UTC),
        Precision.DAY,
    )
