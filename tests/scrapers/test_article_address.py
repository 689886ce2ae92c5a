"""Which address of those that a page names is its article's. All addresses are fictional."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.article_address import address_of, is_variant, same_name

SITE = "https://noviny.example.org"
HERE = f"{SITE}/domaci/vojaci-cekaji-na-vystridani-17"
TITLE = "Vojáci čekají na vystřídání (smyšlený příklad)"


@pytest.mark.parametrize(
    ("named", "title", "expected"),
    [
        ("/domaci/povodne-zasahly-moravu-3", TITLE, HERE),
        ("/domaci/povodne-zasahly-moravu-3", "Povodně zasáhly Moravu", None),
        ("/domaci/vystridani-vojaku-se-odklada-18", TITLE, None),
        ("/clanek/17", TITLE, None),
        ("/povodne", TITLE, None),
        ("/domaci/povodne-zasahly-moravu-3", "Солдаты ждут ротации", None),
        ("/", TITLE, HERE),
        ("/domaci/", TITLE, HERE),
        ("https://elsewhere.example.com/a", TITLE, HERE),
        ("https://amp.example.org/domaci/vojaci-cekaji-na-vystridani-17", TITLE, None),
    ],
    ids=[
        "of another title", "of the title", "some of its words", "a number", "one word", "another script",
        "front page", "section", "another site", "another host",
    ],
)  # fmt: skip
def test_the_first_that_can_be_believed(named: str, title: str, expected: str | None) -> None:
    there = named if named.startswith("http") else SITE + named
    assert address_of([named], HERE, title) == (expected or there)


def test_a_page_whose_own_address_says_nothing_of_its_title_keeps_what_it_names() -> None:
    there = f"{SITE}/domaci/povodne-zasahly-moravu-3"
    assert address_of([there], f"{SITE}/clanek/17", TITLE) == there


def test_the_second_counts_where_the_first_is_none() -> None:
    assert address_of(["/", f"{HERE}?utm_source=x"], f"{SITE}/17", TITLE) == HERE
    assert address_of([], "javascript:void(0)", TITLE) is None


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("/domaci/vojaci-cekaji-na-vystridani-17/", True),
        ("/domaci/vojaci-cekaji-na-vystridani-17/amp", True),
        ("/amp/domaci/vojaci-cekaji-na-vystridani-17.html", True),
        ("/domaci/vojaci-cekaji-na-vystridani-17.amp.html?from=homepage", True),
        ("http://www.noviny.example.org/domaci/vojaci-cekaji-na-vystridani-17", True),
        ("http://m.noviny.example.org/domaci/vojaci-cekaji-na-vystridani-17", True),
        ("http://mobil.noviny.example.org/domaci/vojaci-cekaji-na-vystridani-17", True),
        ("http://touch.noviny.example.org/domaci/vojaci-cekaji-na-vystridani-17", True),
        ("/domaci/vojaci-cekaji-na-vystridani-18", False),
        ("/svet/vojaci-cekaji-na-vystridani-17", False),
        ("http://jine.example.org/domaci/vojaci-cekaji-na-vystridani-17", False),
    ],
)
def test_variants_of_one_address(other: str, *, expected: bool) -> None:
    there = other if other.startswith("http") else SITE + other
    assert is_variant(HERE, there) is is_variant(there, HERE) is expected


def test_a_query_tells_articles_apart_where_nothing_else_does() -> None:
    assert not is_variant(f"{SITE}/clanek.php?id=17", f"{SITE}/clanek.php?id=18")
    assert not is_variant(f"{SITE}/clanek.php?id=17", f"{SITE}/clanek.php")
    assert not is_variant(f"{SITE}/?p=17", f"{SITE}/?p=18")
    assert is_variant(f"{SITE}/clanek/17?od=hp", f"{SITE}/clanek/17")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/domaci/vojaci-cekaji-17", "/valka/vojaci-cekaji-17", True),
        ("/domaci/vojaci-cekaji-na-vystridani", "/a/b/vojaci-cekaji-na-vystridani.html", True),
        ("/zpravy/17", "/domaci/17", True),
        ("/domaci/vojaci-cekaji-40412345", "/domaci/vzpoura-u-pluku-40412345", True),
        ("/clanek/40412345/vojaci-cekaji", "/clanek/40412345/vzpoura-u-pluku", True),
        ("/40412345-vojaci-cekaji", "/clanek/40412345", True),
        ("/domaci/vojaci", "/valka/vojaci", False),
        ("/domaci/vojaci-cekaji-17", "/domaci/povodne-zasahly-moravu-17", False),
        ("/20260306/vojaci-cekaji", "/20260306/povodne-zasahly-moravu", False),
        ("/2026/03/06/vojaci-cekaji", "/2026/03/06/povodne-zasahly-moravu", False),
        ("/domaci/vzpoura-155", "/domaci/pohreb-155", False),
        ("/", "/", False),
    ],
)
def test_the_name_and_the_number_that_an_article_keeps(one: str, other: str, *, expected: bool) -> None:
    assert same_name(SITE + one, SITE + other) is same_name(SITE + other, SITE + one) is expected


@given(st.lists(st.text(max_size=40)), st.text(max_size=60), st.text(max_size=40))
def test_never_raises(named: list[str], url: str, title: str) -> None:
    address_of(named, url, title)
    address_of([SITE + one for one in named], f"{SITE}/{url}", title)
    is_variant(f"{SITE}/{url}", f"{SITE}/{title}")
    same_name(f"{SITE}/{url}", f"{SITE}/{title}")
