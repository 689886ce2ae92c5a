"""Pages that are no articles, in the shapes of Czech, Russian and Ukrainian sites, and some that are.

All texts are fictional samples.
"""

from datetime import timedelta

import pytest

from scrapers import article
from scrapers.errors import Refused
from scrapers.model import Item, MediaKind

URL = "https://zpravy.example.org/domaci/rodiny-zadaji-o-rotaci"
TITLE = "Rodiny žádají o rotaci"
LONG = (
    "Čtyřicet rodin ze smyšlené Lhoty podepsalo dopis, ve kterém žádají rotaci a dovolenou pro své syny. "
    "Předaly ho ve čtvrtek ráno na podatelně (smyšlený příklad)."
)
STORY = "".join(f"<p>{LONG.replace('Lhoty', place)}</p>" for place in ("Lhoty", "Vsi", "Hory", "Paseky"))
OWN = '<meta property="og:type" content="article">'


def page(body: str, head: str = "", title: str = TITLE) -> bytes:
    return f"<html lang='cs'><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def item(body: str, head: str = "", title: str = TITLE, url: str = URL) -> Item:
    (found,) = article.parse(page(body, head, title), url).items
    return found


def reason(body: str, head: str = "", title: str = TITLE, url: str = URL) -> str:
    with pytest.raises(Refused) as refused:
        article.parse(page(body, head, title), url)
    return refused.value.reason


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def teaser(number: int, tag: str = "article") -> str:
    return (
        f"<{tag}><h3><a href='/clanek/{number}'>Smyšlený titulek číslo {number} o dopise rodin</a></h3>"
        f"<p>Perex číslo {number} smyšleného článku, který je jen na ukázku a nikde nepokračuje.</p></{tag}>"
    )


ARTICLE = f"<article><h1>{TITLE}</h1>{STORY}</article>"


@pytest.mark.parametrize(
    "url",
    ["https://zpravy.example.org/", "https://zpravy.example.org/index.php", "https://zpravy.example.org"],
)
def test_a_front_page_is_none_whatever_it_calls_itself(url: str) -> None:
    assert "front page" in reason(ARTICLE, OWN, url=url)


@pytest.mark.parametrize("tag", ["article", "div", "li"])
def test_a_list_of_teasers_is_none(tag: str) -> None:
    listing = "<h1>Téma: mobilizace</h1>" + "".join(teaser(number, tag) for number in range(14))
    assert "listing" in reason(f"<main>{listing}</main>", title="Mobilizace | Zprávy")


@pytest.mark.parametrize(
    "path",
    ["tag/mobilizace", "tema/valka-na-ukrajine", "stitky/rotace", "autor/smysleny-autor", "rubriky/domaci"],
)
def test_a_page_at_the_address_of_a_list_is_none(path: str) -> None:
    url = f"https://zpravy.example.org/{path}"
    listing = f"<h1>{TITLE}</h1>" + "".join(teaser(number) for number in range(4))
    assert "listing" in reason(f"<main>{listing}</main>", url=url)
    assert "listing" in reason(f"<h1>{TITLE}</h1><p>{LONG}</p><p>{LONG}</p>", url=url)
    date = '<meta property="article:published_time" content="2026-03-05T10:00:00Z">'
    assert item(ARTICLE, OWN + date, url=f"https://zpravy.example.org/{path}").title == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "500 vojáků žádá rotaci",
        "Рота 404 осталась без воды",
        "502 dní bez dovolené",
        "Pohřešovaný muž nenalezen, rodina čeká",
        "Доступ запрещён родным раненых",
        "Rodiny nesouhlasí s prodloužením služby",
        "Starosta dal souhlas k odchodu",
        "Мобилизованные не согласились вернуться",
        "Згодом солдати повернулися додому",
    ],
)
def test_an_article_with_a_word_of_theirs_in_its_title_is_one(title: str) -> None:
    assert item(f"<article><h1>{title}</h1>{STORY}</article>", title=title).title == title


def test_an_article_at_the_address_of_a_list_is_one() -> None:
    for path in ("archiv/rodiny-zadaji", "rubrika/domaci/rodiny-zadaji"):
        assert item(ARTICLE, url=f"https://zpravy.example.org/{path}").title == TITLE
    dated = f"<h1>{TITLE}</h1><time datetime='2026-03-05T10:00:00+01:00'>5. 3. 2026</time><p>{LONG}</p>"
    related = "".join(teaser(number) for number in range(4))
    body = f"<article>{dated}<p>{LONG}</p></article>{related}"
    assert item(body, url="https://zpravy.example.org/archiv/rodiny-zadaji").title == TITLE


def test_a_list_that_says_so_is_none() -> None:
    assert "listing" in reason(ARTICLE, script('{"@type": "CollectionPage"}'))
    recommended = script('{"@type": "ItemList", "itemListElement": []}')
    assert "listing" in reason(ARTICLE, recommended)
    date = '<meta property="article:published_time" content="2026-03-05T10:00:00Z">'
    assert item(ARTICLE, OWN + date + recommended).title == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Stránka nenalezena | Zprávy",
        "Chyba 404",
        "Článek nebyl nalezen",
        "Ошибка 404: страница не найдена",
        "Сторінку не знайдено",
        "Page not found",
        "Just a moment...",
    ],
)
def test_an_error_that_answers_200_is_none(title: str) -> None:
    body = f"<h1>Ach ne</h1><p>{LONG}</p><p>{LONG}</p>"
    assert reason(body, title=title).startswith("an error page")


@pytest.mark.parametrize(
    ("title", "body", "url"),
    [
        (
            "Nastavení souhlasu s personalizací",
            f"<h1>Nastavení souhlasu</h1><p>Soubory cookies má každý rád. {LONG}</p><p>{LONG}</p>",
            URL,
        ),
        ("Zprávy", f"<p>{LONG}</p><p>{LONG}</p>", "https://cmp.example.org/nastaveni?return=x"),
        (
            "Zprávy",
            (
                "<h1>Než budete číst dál</h1><p>Bez souhlasu s cookies to nejde. S cookies počítají naši "
                "smyšlení partneři i my. Souhlas lze odvolat v nastavení cookies, kde najdete i další volby "
                "a seznam partnerů (smyšlený příklad).</p>"
            ),
            URL,
        ),
    ],
)
def test_a_consent_wall_is_none(title: str, body: str, url: str) -> None:
    assert reason(body, title=title, url=url) == "a consent wall"


@pytest.mark.parametrize(
    ("title", "head", "url"),
    [
        ("Kvíz: Poznáte smyšlené vesnice?", OWN, URL),
        ("Velký kvíz: smyšlené vesnice", OWN, URL),
        ("Викторина: узнаете ли вы деревню?", OWN, URL),
        ("Poznáte smyšlené vesnice?", OWN, "https://zpravy.example.org/kvizy/vesnice"),
        ("Poznáte smyšlené vesnice?", script('{"@type": "Quiz"}'), URL),
    ],
)
def test_a_quiz_is_none(title: str, head: str, url: str) -> None:
    assert reason(f"<article><h1>{title}</h1>{STORY}</article>", head, title, url) == "a quiz, not an article"


@pytest.mark.parametrize("title", ["Kvízový pořad rodin vojáků končí", "Testy techniky prý dopadly špatně"])
def test_an_article_about_a_quiz_is_one(title: str) -> None:
    assert item(f"<article><h1>{title}</h1>{STORY}</article>", OWN, title).title == title


def test_a_gallery_without_a_text_is_none() -> None:
    pictures = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>Snímek {n} ze smyšlené Lhoty</figcaption></figure>"
        for n in range(9)
    )
    body = f"<article><h1>{TITLE}</h1><p>{LONG}</p>{pictures}</article>"
    assert reason(body, OWN, url="https://zpravy.example.org/galerie/rodiny") == "a gallery without a text"
    assert reason(body, OWN + script('{"@type": "ImageGallery"}')) == "a gallery without a text"
    assert item(ARTICLE, OWN, url="https://zpravy.example.org/foto/rodiny").title == TITLE


@pytest.mark.parametrize(
    ("head", "note"),
    [
        (script('{"@type": "NewsArticle", "isAccessibleForFree": false}'), ""),
        (script('{"@type": "NewsArticle", "isAccessibleForFree": "False"}'), ""),
        (OWN + '<meta property="article:content_tier" content="locked">', ""),
        (OWN, "<p>Tento článek je určen jen pro předplatitele.</p>"),
        (OWN, "<p>Odemkněte celý článek (smyšlený příklad)</p>"),
        (OWN, "<div>Материал доступен только по подписке</div>"),
        (OWN, "<div>Матеріал доступний лише за передплатою</div>"),
        (OWN, "<div>Subscribe to continue reading (fictional sample)</div>"),
    ],
)
def test_what_a_paywall_leaves_is_kept_and_marked(head: str, note: str) -> None:
    found = item(f"<article><h1>{TITLE}</h1><p>{LONG}</p>{note}</article>", head)
    assert found.marks is not None
    assert (found.marks.paywalled, found.full_text) == (True, False)
    assert LONG in found.text


def test_a_free_article_is_whole() -> None:
    free = item(ARTICLE, script('{"@type": "NewsArticle", "isAccessibleForFree": true}'))
    assert free.marks is not None
    assert (free.marks.paywalled, free.full_text) == (False, True)


def test_an_article_that_only_scripts_show_is_kept_as_its_description() -> None:
    head = OWN + f'<meta property="og:description" content="{LONG}">'
    dated = head + '<meta property="article:published_time" content="2026-03-05T10:00:00Z">'
    found = item(f"<h1>{TITLE}</h1><div id='app'></div>", dated)
    assert (found.text, found.full_text) == (LONG, False)
    assert "too little text" in reason(f"<h1>{TITLE}</h1><div id='app'></div>", head)


def test_the_page_of_a_video_is_kept_as_a_video() -> None:
    head = (
        '<meta property="og:type" content="video.other"><meta property="og:description" '
        'content="Matky před úřadem">'
        + script(
            '{"@type": "VideoObject", "duration": "PT1M30S", "contentUrl": "/video/7.mp4", '
            '"uploadDate": "2026-03-05T10:00:00+01:00"}'
        )
    )
    found = item(f"<h1>{TITLE}</h1><video></video><span>Přehráno 12 345×</span>", head)
    (media,) = found.media
    assert (media.kind, media.duration) == (MediaKind.VIDEO, timedelta(seconds=90))
    assert media.native_id == "https://zpravy.example.org/video/7.mp4"
    assert found.counters is not None
    assert (found.counters.views, found.counters.raw) == (12_345, {"views": "Přehráno 12 345×"})
    assert (found.title, found.text) == (TITLE, "Matky před úřadem")
    assert found.published_at is not None


@pytest.mark.parametrize(
    ("shown", "views"),
    [
        ("1 234 zhlédnutí", 1_234),
        ("12,5 tis. zhlédnutí", 12_500),
        ("Просмотров: 1 234 567", 1_234_567),
        ("3,2 тыс. просмотров", 3_200),
        ("845 переглядів", 845),
        ("1,234 views", 1_234),
        ("1.2M views", 1_200_000),
    ],
)
def test_how_far_a_video_went(shown: str, views: int) -> None:
    head = OWN + '<meta property="og:video" content="/video/7.mp4">'
    counters = item(f"{ARTICLE}<div>{shown}</div>", head).counters
    assert counters is not None
    assert counters.views == views


def test_what_machines_are_told_of_plays_goes_first() -> None:
    told = '"interactionStatistic": {"userInteractionCount": 77}'
    head = script(f'{{"@type": "VideoObject", "contentUrl": "/video/7.mp4", {told}}}')
    counters = item(f"{ARTICLE}<div>845 views</div>", OWN + head).counters
    assert counters is not None
    assert (counters.views, counters.raw) == (77, {"views": "77"})


@pytest.mark.parametrize("watched", ['{"@type": "WatchAction"}', '"https://schema.org/WatchAction"'])
def test_likes_are_no_plays(watched: str) -> None:
    told = (
        '[{"interactionType": {"@type": "LikeAction"}, "userInteractionCount": 5}, '
        f'{{"interactionType": {watched}, "userInteractionCount": 9000}}]'
    )
    video = f'{{"@type": "VideoObject", "contentUrl": "/video/7.mp4", "interactionStatistic": {told}}}'
    counters = item(ARTICLE, OWN + script(video)).counters
    assert counters is not None
    assert counters.views == 9000


def test_an_article_without_a_video_has_no_counter() -> None:
    assert item(f"{ARTICLE}<div>845 zhlédnutí</div>", OWN).counters is None


def test_marks_say_where_an_article_stands_and_what_was_read_where() -> None:
    head = OWN + (
        '<meta property="article:section" content="Domácí">'
        '<meta property="og:image" content="/foto/1.jpg?utm_source=x">'
    )
    marks = item(ARTICLE, head).marks
    assert marks is not None
    assert (marks.section, marks.image) == ("Domácí", "https://zpravy.example.org/foto/1.jpg")
    assert (marks.text_basis, marks.title_basis) == ("trafilatura, readability", "h1")
