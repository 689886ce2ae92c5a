"""Whether what is found at the address of a known article is still that article. All is fictional."""

from dataclasses import replace

import pytest

from scrapers import article
from scrapers.errors import Gone, Refused
from scrapers.model import Item, Wanted

SITE = "https://noviny.example.org"
URL = f"{SITE}/domaci/vojaci-cekaji-na-vystridani"
OTHER = f"{SITE}/sport/fotbaliste-vyhrali-zapas"
OLD = "Vojáci čekají na vystřídání"
NEW = "Oprava: zpráva o vystřídání nebyla pravdivá"
MATCH = "Fotbalisté vyhráli domácí zápas"
TEXT = "Muži jsou na místě osmnáct měsíců bez jediného dne volna (smyšlený příklad). " * 6
MATCH_TEXT = "Domácí vyhráli tři nula a slavili s diváky na stadionu (smyšlený příklad). " * 6
KNOWN = Wanted(external_id=URL, url=URL, title=OLD, text=TEXT)
CLAIM = '<meta property="og:type" content="article">'


def page(title: str, text: str, canonical: str | None = None, *, claim: str = CLAIM) -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    head = f"<title>{title} | Noviny</title>{claim}{link}"
    body = f"<article><h1>{title}</h1><p>{text}</p></article>"
    return f'<html lang="cs"><head>{head}</head><body>{body}</body></html>'.encode()


def again(markup: bytes, url: str = URL, known: Wanted = KNOWN) -> Item:
    (item,) = article.parse(markup, url, known=known).items
    return item


@pytest.mark.parametrize(
    ("url", "canonical"),
    [(OTHER, None), (OTHER, OTHER), (URL, OTHER)],
    ids=["led there", "led there, and it says so", "put in its place"],
)
def test_another_article_is_not_this_one(url: str, canonical: str | None) -> None:
    with pytest.raises(Gone, match="leads to another article now"):
        again(page(MATCH, MATCH_TEXT, canonical), url)
    assert article.parse(page(MATCH, MATCH_TEXT, canonical), url).items


def test_what_does_not_say_that_it_is_an_article_overwrites_none_and_deletes_none() -> None:
    with pytest.raises(Refused, match="does not say that it is an article"):
        again(page("Zprávy", MATCH_TEXT, claim=""))
    with pytest.raises(Refused, match="leads elsewhere now"):
        again(page("Zprávy", MATCH_TEXT, claim=""), OTHER)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (OLD, MATCH_TEXT),
        (f"{OLD}: velitel odvolán", MATCH_TEXT),
        (MATCH, f"{TEXT} Doplněno: velitel byl v pondělí odvolán."),
        (MATCH, f"{MATCH_TEXT} {TEXT}"),
    ],
    ids=["headline", "more headline", "text", "much of the text"],
)
@pytest.mark.parametrize("claim", [CLAIM, ""])
def test_with_its_headline_or_its_text_it_may_stand_anywhere(title: str, text: str, claim: str) -> None:
    assert again(page(title, text, OTHER, claim=claim), OTHER).title == title


@pytest.mark.parametrize(
    "there",
    [
        f"{SITE}/valka/vojaci-cekaji-na-vystridani",
        f"{SITE}/domaci/vojaci-cekaji-na-vystridani.html?od=hp",
        "https://mobil.noviny.example.org/domaci/vojaci-cekaji-na-vystridani",
    ],
)
def test_an_article_that_moved_may_be_written_anew(there: str) -> None:
    assert again(page(MATCH, MATCH_TEXT, there), there).title == MATCH


def test_a_number_stays_with_its_article() -> None:
    known = replace(KNOWN, external_id=f"{URL}-40412345", url=f"{URL}-40412345")
    assert again(page(MATCH, MATCH_TEXT), f"{OTHER}-40412345", known).title == MATCH
    with pytest.raises(Gone):
        again(page(MATCH, MATCH_TEXT), f"{OTHER}-40412346", known)


def test_at_its_own_address_it_may_be_written_anew() -> None:
    assert again(page(MATCH, MATCH_TEXT)).title == MATCH
    assert again(page(MATCH, MATCH_TEXT, URL, claim="")).title == MATCH


def test_a_headline_that_corrects_is_that_of_the_article_that_stood_there() -> None:
    assert again(page(NEW, MATCH_TEXT, f"{SITE}/domaci/oprava-zprava-o-vystridani")).title == NEW
    assert again(page(NEW, MATCH_TEXT, claim="")).title == NEW


def test_at_the_end_of_a_counting_address_a_page_is_known_by_what_it_says() -> None:
    counted = replace(KNOWN, external_id="entry-17", url="https://feeds.example.net/~r/17")
    assert again(page(NEW, MATCH_TEXT), URL, counted).title == NEW
    assert again(page(MATCH, TEXT), URL, counted).title == MATCH
    with pytest.raises(Refused, match="leads elsewhere now"):
        again(page(MATCH, MATCH_TEXT), OTHER, counted)


def test_what_is_known_without_its_words_is_compared_with_nothing() -> None:
    assert again(page(MATCH, MATCH_TEXT), OTHER, replace(KNOWN, text=None)).title == MATCH
