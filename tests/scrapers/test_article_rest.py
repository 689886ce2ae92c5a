"""Known articles whose page says little now: what is a revision and what overwrites nothing. Fictional."""

from dataclasses import replace

import pytest

from scrapers import article
from scrapers.errors import Refused
from scrapers.model import Item, Wanted

URL = "https://noviny.example.org/domaci/vojaci-bez-vystridani-17"
OLD = "Vojáci čekají na vystřídání"
NEW = "Oprava: zpráva o vystřídání nebyla pravdivá"
LEAD = "Muži jsou na místě osmnáct měsíců bez jediného dne volna (smyšlený příklad)."
TEXT = f"{LEAD}\nRodiny o tom psaly pětkrát a nikdo jim neodpověděl (smyšlený příklad). " * 4
KNOWN = Wanted(external_id=URL, url=URL, title=OLD, text=TEXT)
RETRACTION = "Zpráva o vystřídání nebyla pravdivá (smyšlený příklad)."
CLAIM = '<meta property="og:type" content="article">'
CANONICAL = f'<link rel="canonical" href="{URL}">'


def page(title: str, text: str = "", *, head: str = CLAIM + CANONICAL, beside: str = "") -> bytes:
    around = '<header><a href="/">Noviny</a><nav><a href="/domaci">Domácí</a></nav></header>'
    footer = "<footer><p>© Noviny (smyšlený příklad), všechna práva vyhrazena.</p></footer>"
    body = f"{around}<main><article><h1>{title}</h1>{text}</article></main>{beside}{footer}"
    told = f'<title>{title} | Noviny</title><meta property="og:title" content="{title}">{head}'
    return f'<html lang="cs"><head>{told}</head><body>{body}</body></html>'.encode()


def again(markup: bytes, url: str = URL, known: Wanted = KNOWN) -> Item:
    (item,) = article.parse(markup, url, known=known).items
    return item


def paragraph(text: str) -> str:
    return f"<p>{text}</p>"


def test_a_retraction_in_one_line_is_what_the_article_says_now() -> None:
    markup = page(NEW, paragraph(RETRACTION))
    item = again(markup)
    assert (item.title, item.text, item.full_text, item.url) == (NEW, RETRACTION, True, URL)
    with pytest.raises(Refused, match="too little text"):
        article.parse(markup, URL)


@pytest.mark.parametrize("title", [OLD, NEW])
@pytest.mark.parametrize("head", [CLAIM, CANONICAL, f'<meta property="og:url" content="{URL}">'])
def test_it_says_itself_that_it_is_the_article(head: str, title: str) -> None:
    assert again(page(title, paragraph(RETRACTION), head=head)).text == RETRACTION


def test_under_its_headline_it_needs_to_say_nothing_more() -> None:
    assert again(page(OLD, paragraph(RETRACTION), head="")).text == RETRACTION
    with pytest.raises(Refused, match="too little text"):
        again(page("Probíhá údržba webu, přijďte později", paragraph(RETRACTION), head=""))


def test_a_description_does_not_stand_in_for_what_is_shown() -> None:
    head = f'{CLAIM}<meta property="article:published_time" content="2026-03-06T10:00:00+01:00">'
    head += f'<meta property="og:description" content="{LEAD} {LEAD}">'
    item = again(page(NEW, paragraph(RETRACTION), head=head))
    assert (item.text, item.full_text) == (RETRACTION, True)


@pytest.mark.parametrize(
    "markup",
    [
        page("Stránka nenalezena", paragraph("Hledaný obsah se tu nenachází (smyšlený příklad).")),
        page("Chyba 404", paragraph("Hledaný obsah se tu nenachází (smyšlený příklad).")),
        page(OLD),
        page(OLD, "<div id='root'></div><noscript>Zapněte si JavaScript.</noscript>"),
        page(OLD, paragraph("Načítáme článek, chvíli strpení.")),
        page(OLD, paragraph("Pro čtení článku se přihlaste.")),
        page(OLD, paragraph(LEAD)),
        page(OLD, paragraph("Články"), beside="<p><a href='/dalsi-clanek'>Jiný článek o něčem jiném</a></p>"),
        page(OLD, paragraph("17. 11.")),
        page(OLD, paragraph("Redakce, 17. listopadu 2026 10:00 | Domácí")),
        page(OLD, paragraph("Dnes ve 14:05")),
        page(OLD, paragraph("Tento článek si mohou přečíst jen členové Klubu novin.")),
        page(OLD, paragraph("Opravdu dobré čtení jen za 79 Kč měsíčně.")),
        page(OLD, paragraph("Произошла ошибка, обновите страницу.")),
        page(OLD, paragraph("Оформіть доступ, щоб читати далі.")),
        page(OLD, paragraph("Something went wrong. We apologise, try again later.")),
        page("Něco se pokazilo", paragraph("Omlouváme se, zkuste to prosím později.")),
        page("Omlouváme se", paragraph("Na webu právě pracujeme (smyšlený příklad).")),
        page("Сторінку видалено"),
        page("Site maintenance"),
        page("Vojáci dostali nové boty"),
    ],
    ids=[
        "missing",
        "404",
        "empty",
        "shell",
        "loading",
        "login",
        "cut off",
        "a word",
        "a day",
        "byline",
        "today",
        "members",
        "a price",
        "error",
        "access",
        "sorry",
        "error in the headline",
        "sorry in the headline",
        "no page",
        "maintenance",
        "a headline that takes nothing back",
    ],
)
def test_errors_walls_and_shells_say_nothing_of_the_article(markup: bytes) -> None:
    with pytest.raises(Refused):
        again(markup)


@pytest.mark.parametrize(
    "said",
    [
        "Сообщение о замене оказалось недостоверным, редакция извиняется (вымышленный пример).",
        "Публикация удалена: сведения не подтвердились (вымышленный пример).",
        "Спростовано: заміни бригади не було (вигаданий приклад).",
        "Матеріал знято, відомості виявилися хибними (вигаданий приклад).",
        "Článek jsme stáhli, zpráva o vystřídání se nepotvrdila (smyšlený příklad).",
        "This report has been withdrawn: members of the unit were not relieved (fictional sample).",
        "Redakce se omlouvá předplatitelům, zpráva nebyla pravdivá (smyšlený příklad).",
        "Подписи под письмом оказались подделкой, редакция извиняется (вымышленный пример).",
        "Підписи під листом підроблено, редакція перепрошує (вигаданий приклад).",
        "Correction: nobody in the region was relieved (fictional sample).",
    ],
)
def test_a_retraction_may_be_said_in_many_words(said: str) -> None:
    assert again(page(OLD, paragraph(said))).text == said
    assert again(page(said)).title == said


def test_a_consent_wall_and_a_front_page_say_nothing_of_it() -> None:
    wall = "Používáme cookies. Souhlas s cookies můžete odvolat (smyšlený příklad)."
    with pytest.raises(Refused, match="consent wall"):
        again(page("Váš souhlas", paragraph(wall), head=CANONICAL))
    with pytest.raises(Refused, match="front page"):
        again(page(OLD, paragraph(RETRACTION)), "https://noviny.example.org/")


def test_another_article_at_the_end_of_a_redirect_is_not_this_one() -> None:
    there = "https://noviny.example.org/domaci/jiny-clanek-18"
    with pytest.raises(Refused, match="too little text"):
        again(page(NEW, paragraph(RETRACTION), head=CLAIM), there)
    assert again(page(OLD, paragraph(RETRACTION), head=CLAIM), there).text == RETRACTION


def test_an_address_may_be_made_of_the_headline_and_change_with_it() -> None:
    moved = f'{CLAIM}<link rel="canonical" href="https://noviny.example.org/domaci/oprava-zpravy">'
    item = again(page(NEW, paragraph(RETRACTION), head=moved))
    assert (item.title, item.text, item.full_text) == (NEW, RETRACTION, True)
    for markup in (
        page("Vojáci dostali nové boty", paragraph("Boty jsou teplé (smyšlený příklad)."), head=moved),
        page(NEW, paragraph(RETRACTION), head=moved.removeprefix(CLAIM)),
    ):
        with pytest.raises(Refused, match="too little text"):
            again(markup)


def test_an_entry_may_be_known_by_an_address_that_only_counts_readers() -> None:
    counted = replace(KNOWN, external_id="entry-17", url="https://feeds.example.net/~r/17")
    assert again(page(NEW, paragraph(RETRACTION)), known=counted).text == RETRACTION
    with pytest.raises(Refused, match="too little text"):
        again(page("Probíhá údržba webu", paragraph("Přijďte později (smyšlený příklad).")), known=counted)


LINES = [f"Rodiny píší už po {number}. a nikdo jim neodpověděl (smyšlený příklad)." for number in range(40)]


def test_half_a_page_is_no_edit_of_the_whole_one() -> None:
    markup = page(OLD, "".join(map(paragraph, LINES)))
    known = replace(KNOWN, text=again(markup).text)
    with pytest.raises(Refused, match="ends in the middle"):
        again(markup[: markup.index(b"po 30.")], known=known)
    shorter = again(page(OLD, "".join(map(paragraph, LINES[:30]))), known=known)
    assert "po 29." in shorter.text
    assert "po 30." not in shorter.text


PAYWALL = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def test_what_a_paywall_leaves_is_no_whole_text() -> None:
    item = again(page(OLD, paragraph(LEAD), head=CANONICAL + PAYWALL))
    assert (item.title, item.full_text) == (OLD, False)


@pytest.mark.parametrize("text", ["", paragraph(LEAD)], ids=["no text", "a part of it"])
def test_another_headline_over_no_text_of_its_own_comes_with_the_text_that_is_known(text: str) -> None:
    item = again(page(NEW, text))
    assert (item.title, item.text.split(), item.full_text) == (NEW, TEXT.split(), False)


def test_a_headline_that_only_machines_are_told_is_none() -> None:
    with pytest.raises(Refused, match="too little text"):
        again(page(NEW).replace(b"h1>", b"b>"))


def test_what_is_known_without_its_words_is_compared_with_nothing() -> None:
    bare = replace(KNOWN, title=None, text=None)
    assert again(page(NEW, paragraph(RETRACTION)), known=bare).text == RETRACTION
    with pytest.raises(Refused):
        again(page(NEW), known=bare)
