"""What is taken for the body of an article, on pages in the shapes of Czech, Russian and Ukrainian sites.

All texts are fictional samples.
"""

import pytest

from scrapers.article_blocks import blocks_of, letters_of
from scrapers.article_body import Body, find_body
from scrapers.markup import parse_html

URL = "https://zpravy.example.org/domaci/rodiny"
TITLE = "Rodiny žádají o rotaci"
LEAD = "Čtyřicet rodin ze smyšlené Lhoty podepsalo dopis, ve kterém žádají rotaci a dovolenou pro své syny."
FIRST = (
    "Dopis předaly ve čtvrtek ráno na podatelně. Podle matek čekají vojáci na odpočinek už osmnáct měsíců "
    "(smyšlený příklad)."
)
SECOND = (
    "Ministerstvo uvedlo, že dopis zaevidovalo a že se jím bude zabývat. Odpověď má přijít do třiceti dnů, "
    "řekla smyšlená mluvčí."
)
THIRD = (
    "„Pokud žádná odpověď nepřijde, přijdeme znovu,“ stojí v dopise, který redakce zveřejnila v plném znění "
    "a pod kterým je čtyřicet podpisů."
)
STORY = f"<p>{FIRST}</p><p>{SECOND}</p>"


def body(markup: str, *, told: str = "") -> Body:
    root = parse_html(f"<html><head><title>{TITLE} - Zprávy</title></head><body>{markup}</body></html>")
    assert root is not None
    return find_body(root, URL, titles=frozenset({letters_of(TITLE)}), told=told, fast=False)


def lines(markup: str) -> list[str]:
    return body(f"<article><h1>{TITLE}</h1>{markup}</article>").text.split("\n")


@pytest.mark.parametrize(
    "between",
    [
        '<p><a href="/x">Matky se sešly na náměstí už podruhé a zase marně čekaly</a></p>',
        '<p>Čtěte také: <a href="/x">Matky se sešly na náměstí</a></p>',
        "<p>ČTĚTE TAKÉ: Matky se sešly na náměstí</p>",
        '<p>Читайте также: <a href="/x">Матери вышли на площадь</a></p>',
        "<p>Підписуйтесь на наш канал (вигаданий приклад)</p>",
        f'<div class="souvisejici-clanky"><p>{LEAD}</p></div>',
        f'<figure><img src="a.jpg"><figcaption>{LEAD} Foto: smyšlená agentura</figcaption></figure>',
        '<div class="reklama">Reklama</div>',
        '<aside><h3>Další zprávy</h3><ul><li><a href="/y">Jiná smyšlená zpráva dne</a></li></ul></aside>',
        '<script>var text = "Dopis předaly ve čtvrtek ráno na podatelně.";</script>',
    ],
)
def test_what_stands_among_the_paragraphs_is_left_out(between: str) -> None:
    page = f"<div class='text'><p>{FIRST}</p>{between}<p>{SECOND}</p><p>{THIRD}</p></div>"
    assert lines(page) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize("name", ["opener", "perex", "article-lead", "b-topic__announce lead"])
def test_a_lead_above_the_paragraphs_is_taken(name: str) -> None:
    page = f"<div class='{name}'>{LEAD}</div><div class='bbtext'>{STORY}<p>{THIRD}</p></div>"
    assert lines(page) == [LEAD, FIRST, SECOND, THIRD]


def test_paragraphs_that_one_reader_leaves_out_are_taken_beside_their_like() -> None:
    page = f"<div class='telo'><p>{FIRST}</p><p>{SECOND}</p><p class='button-row'>{THIRD}</p></div>"
    assert lines(page) == [FIRST, SECOND, THIRD]


def test_headings_quotes_lists_and_tables_stay_inside_and_no_heading_stands_last() -> None:
    page = (
        f"<div class='text'><p>{FIRST}</p><h2>Co žádají</h2><ul><li>rotaci do měsíce</li>"
        f"<li>dovolenou dvakrát za rok</li></ul><p>{SECOND}</p><blockquote><p>{THIRD}</p></blockquote>"
        f"<p>{LEAD}</p><h2>Diskuse čtenářů</h2></div>"
    )
    assert lines(page) == [
        FIRST, "Co žádají", "rotaci do měsíce", "dovolenou dvakrát za rok", SECOND, THIRD, LEAD,
    ]  # fmt: skip


def test_the_same_article_is_told_once() -> None:
    whole = f"{STORY}<p>{THIRD}</p>"
    assert lines(f"<div class='desktop'>{whole}</div><div class='mobile'>{whole}</div>") == [
        FIRST,
        SECOND,
        THIRD,
    ]


def test_what_the_page_keeps_for_its_scripts_is_read_from_what_it_tells_search_engines() -> None:
    told = "\n".join((LEAD, FIRST, SECOND, THIRD) * 2)
    found = body(f"<h1>{TITLE}</h1><div id='app'><p>{LEAD}</p></div>", told=told)
    assert (found.text, found.basis) == (told, "json-ld")
    assert (
        body(f"<article><h1>{TITLE}</h1>{STORY}<p>{THIRD}</p></article>", told=FIRST).basis
        == "trafilatura, readability"
    )


def test_links_are_those_of_what_is_taken() -> None:
    page = (
        f"<nav><a href='/domu'>Domů</a></nav><article><h1>{TITLE}</h1><div class='text'>"
        f"<p>{FIRST} <a href='/dopis?utm_source=x'>Celý dopis</a> a <a href='#dole'>dole</a>.</p>{STORY}"
        "<p><a href='/jine'>Matky se sešly na náměstí už podruhé a zase čekaly</a></p>"
        f"<p>{THIRD}</p></div></article>"
    )
    assert body(page).links == ("https://zpravy.example.org/dopis",)


def test_blocks_are_lines_and_cells_of_a_row_are_one() -> None:
    root = parse_html(
        "<div>a<b>b</b> c<br>d<p>e <a href='/x'>f</a></p>g</div><table><tr><td>h</td><td>i</td></tr></table>"
        "<script>no</script><button>no</button>"
    )
    assert root is not None
    blocks = blocks_of(root)
    assert [block.text for block in blocks] == ["ab c", "d", "e f", "g", "h i"]
    assert [block.hrefs for block in blocks if block.hrefs] == [("/x",)]
    assert blocks[2].linked == pytest.approx(1 / 3)


def test_columns_of_a_page_that_is_one_table_are_no_row() -> None:
    root = parse_html(f"<table><tr><td>{FIRST}</td><td>{SECOND}</td></tr></table>")
    assert root is not None
    assert [block.text for block in blocks_of(root)] == [FIRST, SECOND]
