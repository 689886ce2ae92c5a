"""What a page is that is no article: a listing, an error, a consent wall, a quiz, a gallery. Pure."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from scrapers.article_body import Body
from scrapers.article_facts import Facts

_LEAST_TEXT: Final = 100  # characters that make an article, where the page calls itself one
_LEAST_UNCLAIMED: Final = 200  # and where it does not
_LEAST_STUB: Final = 40  # of what a paywall leaves, and of what is said of a video
_SHORT: Final = 2_000  # an error page or a consent wall says less
_PICTURES: Final = 500  # characters; a gallery with more has a text of its own
_TEASERS: Final = 6
_TEASER: Final = 300  # characters that no paragraph of a listing has
_TEASER_LINK: Final = 20  # characters of a link that is the title of another article

_ERROR: Final = re.compile(
    r"\b(?:40[0134]|410|50[0234])\b|not found|no longer available|access denied|forbidden|just a moment|"
    r"attention required|captcha|are you (?:a )?(?:human|robot)|service unavailable|"
    r"(?:страниц\w+|ничего) не (?:найден|существует)|доступ (?:ограничен|запрещ)|вы не робот|"
    r"сторінк\w+ не (?:знайден|існує)|доступ (?:обмежен|заборонен)|ви не робот|"
    r"str[aá]nk?a (?:nebyla |ne)(?:nalezena|existuje)|článek (?:nebyl |ne)(?:nalezen|existuje)|"
    r"nenalezen|přístup (?:byl )?(?:odepřen|zamítnut)|nejste robot",
    re.IGNORECASE,
)
_CONSENT: Final = re.compile(
    r"cookie|consent|before you continue|souhlas|ochran\w+ soukromí|než budete pokračovat|согласи|"
    r"политик\w+ конфиденциальности|згод|політик\w+ конфіденційності",
    re.IGNORECASE,
)
_CONSENT_HOST: Final = re.compile(r"(?:consent|cmp|souhlas)\.")
_MUCH_CONSENT: Final = 4  # such words in a short text
_QUIZ: Final = re.compile(
    r"(?:velký |bleskový )?(?:kvíz|kviz|quiz|викторина|вікторина)(?:\s*[:!|–—-]|\s+\w+\?|$)|"
    r"(?:тест|test)\s*[:!]",
    re.IGNORECASE,
)
_QUIZ_PATH: Final = re.compile(r"kviz\w*|quiz\w*|quizzes|viktorin\w*")
_GALLERY_PATH: Final = re.compile(r"foto|fotogalerie|galerie|photos?|gallery|galleries|obrazem")
_LISTING_PATH: Final = re.compile(
    r"tagy?|tags|temat?a?|topics?|stitk[yu]|rubrik[ay]|category|kategorie|sekce|archiv\w*|author|autor\w*|"
    r"search|hledani|vyhledavani|label|rubrics?|themes?|syuzhet|poisk"
)
_FRONT: Final = re.compile(r"/(?:index\.\w+|home|domu)?/?", re.IGNORECASE)
_OWN: Final = frozenset({"json-ld", "meta", "microdata"})  # where only an article's own page tells its time


def why_no_article(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:
    """What the page is instead of an article; None where it is one."""
    for reason in _REASONS:
        said = reason(facts, found, root, url)
        if said is not None:
            return said
    return _too_little(facts, found)


def _error(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    if _claims(facts) or len(found.text) >= _SHORT:
        return None
    window = "".join(root.xpath("//title[1]//text()")).strip()
    heading = next((title for title in (facts.title or "", window) if _ERROR.search(title)), None)
    return None if heading is None else f"an error page: {heading[:100]}"


def _consent(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    if _claims(facts) or len(found.text) >= _SHORT:
        return None
    walled = (
        _CONSENT.search(facts.title or "")
        or _CONSENT_HOST.match(urlsplit(url).hostname or "")
        or len(_CONSENT.findall(found.text)) >= _MUCH_CONSENT
    )
    return "a consent wall" if walled else None


def _front(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:
    parts = urlsplit(url)
    front = _FRONT.fullmatch(parts.path or "/") and not parts.query
    listing = not _claims(facts) and (
        _is_called_listing(facts, url) or _looks_like_listing(facts, found, root)
    )
    return "a front page or a listing, not an article" if front or listing else None


def _is_called_listing(facts: Facts, url: str) -> bool:
    if facts.claims_listing:
        return True
    dated = facts.published is not None and facts.published.basis in _OWN
    return not dated and any(_LISTING_PATH.fullmatch(name) for name in _names(url)[:-1])


def _looks_like_listing(facts: Facts, found: Body, root: HtmlElement) -> bool:
    if found.linked > 0.5:
        return True
    dated = facts.published is not None and facts.published.basis in _OWN
    longest = max(map(len, found.text.split("\n")))
    return not dated and longest < _TEASER and _teasers(root) >= _TEASERS


def _teasers(root: HtmlElement) -> int:
    """How many titles of other articles the page shows, as elements of their own or as linked headings."""
    articles = sum(1 for article in root.iter("article") if article.find(".//a") is not None)
    links = (anchor for heading in root.iter("h2", "h3", "h4") for anchor in heading.iter("a"))
    return max(articles, sum(len("".join(link.itertext()).strip()) >= _TEASER_LINK for link in links) // 2)


def _quiz(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    called = _QUIZ.match(facts.title or "") or any(_QUIZ_PATH.fullmatch(name) for name in _names(url)[:-1])
    if "Quiz" in facts.types or (called and len(found.text) < _SHORT):
        return "a quiz, not an article"
    return None


def _gallery(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    if len(found.text) >= _PICTURES:
        return None
    called = any(_GALLERY_PATH.fullmatch(name) for name in _names(url))
    if called or facts.types & {"ImageGallery", "MediaGallery"}:
        return "a gallery without a text"
    return None


def _too_little(facts: Facts, found: Body) -> str | None:
    """Not even a stub, and nothing that is said of a video."""
    length = len(found.text)
    least = _LEAST_TEXT if facts.claims_article else _LEAST_UNCLAIMED
    if facts.paywalled and facts.claims_article:
        least = _LEAST_STUB
    if facts.claims_video and facts.title:
        least = 0
    return f"too little text for an article ({length} characters)" if length < least else None


def _claims(facts: Facts) -> bool:
    """Whether the page's own metadata calls it an article, and not merely all pages of the site."""
    return facts.claims_article and not (facts.claims_listing and not facts.told)


def _names(url: str) -> list[str]:
    """The parts of an address's path, small, and without what makes the last one a file."""
    return [name.lower() for name in unquote(urlsplit(url).path).split("/") if name]


_Reason = Callable[[Facts, Body, HtmlElement, str], str | None]
_REASONS: Final[tuple[_Reason, ...]] = (_error, _consent, _front, _quiz, _gallery)
