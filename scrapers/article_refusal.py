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
_LINKED: Final = 0.25  # share of links in the text of a list
_PICTURES: Final = 500  # characters; a gallery with more has a text of its own
_TEASERS: Final = 6
_TEASER: Final = 300  # characters that no paragraph of a listing has
_TEASER_LINK: Final = 20  # characters of a link that is the title of another article

_STATUS: Final = r"(?:40[0134]|410|50[0234])"
_ERROR: Final = re.compile(
    rf"\b(?:error|chyba|ошибка|помилка|http|status)\W{{0,3}}{_STATUS}\b|"
    rf"\b{_STATUS}\W{{1,3}}(?:error|chyba|ошибка|помилка|not found|forbidden|bad gateway|unauthorized)\b|"
    rf"^\W*{_STATUS}\s*(?:$|(?:[|:]|[-\u2013\u2014]\s)(?:\W*\w+){{0,2}}\W*$)|"
    r"\b(?:page|article|content|site)\b.{0,20} (?:not (?:be )?found|no longer available)|^\W*not found|"
    r"^\W*access (?:is |was )?denied|^\W*forbidden|just a moment|^\W*attention required|captcha|"
    r"are you (?:a )?(?:human|robot)|service unavailable|"
    r"(?:страниц\w+|ничего) не (?:найден|существует)|^\W*доступ (?:ограничен|запрещ[её]н)\s*(?:$|\W\W)|"
    r"вы не робот|"
    r"сторінк\w+ не (?:знайден|існує)|^\W*доступ (?:обмежено?|заборонено?)\s*(?:$|\W\W)|ви не робот|"
    r"str[aá]nk?a (?:nebyla |ne)(?:nalezena|existuje)|článek (?:nebyl |ne)(?:nalezen|existuje)|"
    r"^\W*nenalezeno|^\W*přístup (?:byl )?(?:odepřen|zamítnut)\s*(?:$|\W\W)|nejste robot",
    re.IGNORECASE,
)
_CONSENT: Final = re.compile(
    r"\bcookies?\b|\bconsent\b|before you continue|\bsouhlas(?:u|em|ím|y)?\b|"
    r"(?:ochran\w+|nastavení) soukromí|než budete (?:pokračovat|číst)|"
    r"\bсогласи[ея]\b|\bсоглашаюсь\b|политик\w+ конфиденциальности|"
    r"\bзгод[аиу]\b|\bпогоджуюся\b|політик\w+ конфіденційності",
    re.IGNORECASE,
)
_TRACKING: Final = re.compile(
    r"cookie|personaliz|soukromí|osobní\w* údaj|personal data|privacy|конфиденциальн|персональн\w+ данн|"
    r"конфіденційн|персональн\w+ дан",
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
_LISTED: Final = 600  # characters; at the address of a list, an article says more
_FEW_TEASERS: Final = 3  # that make a list of a page at the address of one
_HEADED: Final = "(.//h1)[1]/following::*[self::time or self::p or self::article or self::h2 or self::h3][1]"
_FRONT: Final = re.compile(r"/(?:index\.\w+|home|domu)?/?", re.IGNORECASE)
_OWN: Final = frozenset({"json-ld", "meta", "microdata"})  # where only an article's own page tells its time


def why_no_article(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:
    """What the page is instead of an article; None where it is one."""
    return what_else(facts, found, root, url) or too_little(facts, found)


def what_else(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:
    """What the page is instead of an article, however much text it has; None where it is nothing else."""
    said = (reason(facts, found, root, url) for reason in _REASONS)
    return next((reason for reason in said if reason is not None), None)


def is_error(facts: Facts, root: HtmlElement) -> bool:
    """Whether its title is that of an error, though all pages of its site may call themselves articles."""
    return _error_heading(facts, root) is not None


def _error_heading(facts: Facts, root: HtmlElement) -> str | None:
    window = "".join(root.xpath("//title[1]//text()")).strip()
    return next((title for title in (facts.title or "", window) if _ERROR.search(title)), None)


def _error(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    if _claims(facts) or len(found.text) >= _SHORT:
        return None
    heading = _error_heading(facts, root)
    return None if heading is None else f"an error page: {heading[:100]}"


def _consent(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:  # noqa: ARG001
    if _claims(facts) or len(found.text) >= _SHORT:
        return None
    if _CONSENT_HOST.match(urlsplit(url).hostname or ""):
        return "a consent wall"
    asks = _CONSENT.search(facts.title or "") or len(_CONSENT.findall(found.text)) >= _MUCH_CONSENT
    return "a consent wall" if asks and _TRACKING.search(found.text) else None


def _front(facts: Facts, found: Body, root: HtmlElement, url: str) -> str | None:
    parts = urlsplit(url)
    front = _FRONT.fullmatch(parts.path or "/") and not parts.query
    listing = not _claims(facts) and (
        _is_called_listing(facts, found, root, url) or _looks_like_listing(facts, found, root)
    )
    if not (front or listing):
        return None
    return "a front page or a listing, not an article; if it is one, set article_body"


def _is_called_listing(facts: Facts, found: Body, root: HtmlElement, url: str) -> bool:
    if facts.claims_listing:
        return True
    if not any(_LISTING_PATH.fullmatch(name) for name in _names(url)[:-1]) or _is_dated(facts, root):
        return False
    lines, teasers = found.text.split("\n"), _teasers(root)
    listed = teasers >= _FEW_TEASERS and len(lines) <= 2 * teasers and max(map(len, lines)) < _TEASER
    return listed or len(found.text) < _LISTED or found.linked > _LINKED


def _is_dated(facts: Facts, root: HtmlElement) -> bool:
    """Whether the page tells a time of its own: to machines, or beside its title."""
    if facts.published is not None and facts.published.basis in _OWN:
        return True
    return any(element.tag == "time" for element in root.xpath(_HEADED))


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


def too_little(facts: Facts, found: Body) -> str | None:
    """Why a text is too short for an article that is new; None for one that is long enough.

    Not even a stub, and nothing that is said of a video.
    """
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
