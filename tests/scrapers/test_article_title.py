"""Titles of articles, on pages in the shapes of many sites. All texts are fictional samples."""

import pytest

from scrapers.article_title import Title, find_title
from scrapers.markup import parse_html

TITLE = "Rodiny vojáků žádají o rotaci, úřad mlčí"
URL = "https://www.zpravodaj-lhota.example.cz/domaci/rodiny"


def read(
    markup: str = "", *, window: str = "", og: str = "", headline: str = "", site: str = "", url: str = URL
) -> Title | None:
    root = parse_html(f"<html><head><title>{window}</title></head><body>{markup}<p>Text</p></body></html>")
    assert root is not None
    metas = {name: text for name, text in {"og:title": og, "og:site_name": site}.items() if text}
    return find_title(root, [{"headline": headline}] if headline else [], metas, url)


def title(markup: str = "", **told: str) -> str | None:
    found = read(markup, **told)
    return found.text if found else None


@pytest.mark.parametrize(
    ("window", "site", "url"),
    [
        (f"{TITLE} - iLhota.cz", "", URL),
        (f"{TITLE} | Lhota", "Lhota", URL),
        (f"{TITLE} — LH24 — Lhotecká televize", "", "https://lh24.lhoteckatelevize.example.cz/x"),
        (f"{TITLE} | rádioLHOTA - spolehlivé zprávy", "", "https://radiolhota.cz/x"),
        (f"{TITLE} - Lhotecké Zprávy", "", "https://www.lhoteckezpravy.cz/clanek/x"),
        (f"{TITLE} | Domácí | iLhota.cz", "", URL),
        (f"iLhota.cz: {TITLE}", "", URL),
        (f"{TITLE} :: Деревня", "Деревня", "https://derevnia.example.ru/x"),
        (f"{TITLE} | Деревенская правда", "Деревенская правда: новости", "https://example.com.ua/x"),
        (TITLE, "Rodiny vojáků", URL),
    ],
)
def test_the_sites_name_is_no_part_of_a_title(window: str, site: str, url: str) -> None:
    assert title(window=window, site=site, url=url) == TITLE
    assert title(og=window.replace(" | Domácí", ""), site=site, url=url) == TITLE
    assert read(f"<h1>{TITLE}</h1>", window=window, site=site, url=url) == Title(text=TITLE, basis="h1")


@pytest.mark.parametrize(
    "whole",
    [
        "Rusko – co víme o smyšleném dopise",
        "Ministr: Pravda je jinde, rotace nebude",
        "Обыск в «Сельской правде» — что известно",
        "Matky 2 : úřad 0 – smyšlený zápas pokračuje",
    ],
)
def test_signs_inside_a_title_stay(whole: str) -> None:
    assert title(og=whole, url="https://www.pravda.example.sk/x") == whole
    assert title(window=f"{whole} | iLhota.cz") == whole


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        # The heading is a logo, a section, or several; the article's own agrees with what else is told.
        (f"<h1><a href='/'>Zpravodaj Lhota</a></h1><h1>{TITLE}</h1>", TITLE),
        (f"<h1>Zpravodaj Lhota - zprávy od nás</h1><h2>{TITLE}</h2>", TITLE),
        (f"<h1>Domácí</h1><h1>{TITLE}</h1>", TITLE),
        (f"<h1>Rodiny</h1><h1>{TITLE}</h1><h1>Jiný smyšlený článek</h1>", TITLE),
        # Labels in it are none of its words.
        (f"<h1><span>ONLINE</span> {TITLE}</h1>", TITLE),
        (f"<h1>{TITLE}<span class='premium'>Premium</span></h1>", TITLE),
        # Line breaks are spaces.
        ("<h1>Rodiny vojáků žádají<br>o rotaci, úřad mlčí</h1>", TITLE),
    ],
)
def test_headings(markup: str, expected: str) -> None:
    assert title(markup, og=TITLE, window=f"{TITLE} - Lhota") == expected


def test_the_heading_wins_over_a_shorter_social_title() -> None:
    assert title(f"<h1>{TITLE}</h1>", og="Rodiny chtějí rotaci", window="Rotace - iLhota.cz") == TITLE


def test_what_search_engines_are_told_is_a_title_where_nothing_else_is() -> None:
    assert read(headline="Rodiny &quot;žádají&quot; o rotaci") == Title(
        text='Rodiny "žádají" o rotaci', basis="json-ld"
    )
    assert title(headline=TITLE, og="Jiná slova pro sociální sítě") == TITLE


def test_a_page_without_a_title_has_none() -> None:
    assert read() is None
    assert read("<h1></h1>", window=" - iLhota.cz") is None
