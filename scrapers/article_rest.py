"""What is left on the page of a known article: a retraction in one line, or only a new headline. Pure.

How long a text is tells what is new and no article; what is known to be one may be cut to a line. But walls,
shells without their scripts and errors are short, too, and sites make them without end. So a line counts only
where it, or its headline, speaks of a correction.
"""

import re
from typing import Final

from lxml.html import HtmlElement

from scrapers.article_address import is_variant, same_host
from scrapers.article_blocks import letters_of, same_title
from scrapers.article_body import Body
from scrapers.article_facts import Facts
from scrapers.article_refusal import is_error, too_little, what_else
from scrapers.canonical import canonical_url
from scrapers.dates import find_moment
from scrapers.model import Wanted

KEPT: Final = "as it was"
"""The basis of a text that the page does not show any more, under a headline that it does."""

_LEAST_LETTERS: Final = 10
_LEAST_WORDS: Final = 2
_LEAST_CORRECTION: Final = 3  # words of a headline
_CORRECTS: Final = re.compile(
    r"\b(?:correct(?:ion|ed)|retract|withdr[ae]w|apolog|removed|deleted|taken down|clarifi|"
    r"(?:not|un)[ -]?true|wasn.t true|false|incorrect|inaccura|erroneous|in error\b|"
    r"oprav(?!d)|omluv|omlouv|stažen|stáhl|stahuje|odstraněn|vymazán|smazán|zpřes[nň]|"
    r"nepravd|ne(?:byl[aoiy]?|ní|jsou) pravd|nepotvrdil|nezakl[aá]d|dement|vyvrá[ct]|mylně|mýln|chybn|omylem|"
    r"исправл|поправк|уточн[её]н|уточняем|опров|отзыв|отозва|снят|удал[её]н|извин|"
    r"неправд|не (?:был\w*|является) правд|недостовер|ошибочн|не подтверд|не соответств|"
    r"виправл|уточн[ею]н|уточнюємо|спрост|відклик|знят|видален|вилуч|вибач|перепрош|"
    r"не (?:бул\w*|є) правд|недостовірн|помилков|хибн|не відповіда)",
    re.IGNORECASE,
)
_OF_SITE: Final = re.compile(
    r"javascript|cookie|captcha|loading|please wait|log ?in|sign (?:in|up)|subscri|your browser|ad ?block|"
    r"members? only|for members|become a member|went wrong|try again|maintenance|\bpages?\b|your region|"
    r"technical (?:difficult|problem|issue)|"
    r"načít[aá]|čekejte|přihl[aá][sš]|prihl[aá]s|předpla(?!titel)|predplat(?!itel)|prohlížeč|"
    r"člen(?:y|ům|ové) (?:klubu|našeho)|pokazilo|zkuste|údržb|technick\w+ (?:potíž|problém)|stránk|vaší zemi|"
    r"загруз(?:к|ит)|загружа|подожд|войдите|войти|авториз|подпис(?:к|ыв|ат)|подпишит|браузер|членам клуба|"
    r"пошло не так|попробуйте|повторите|технич\w+ работ|неполадк|страниц|вашем регионе|"
    r"завантаж|зачекай|увійд|увійти|передплат|підпис(?:к|ат)|підпишіт|пішло не так|спробуйте|"
    r"техніч\w+ робот|сторінк|вашому регіоні|"
    r"©|\(c\)|all rights reserved|práva vyhrazena|права защищены|права захищен",
    re.IGNORECASE,
)


def rest_of(known: Wanted, facts: Facts, found: Body, root: HtmlElement, url: str) -> Body | None:
    """What is left of the article on a page with too little text for one that is new.

    Args:
        known: the article as it is stored.
        facts: what its page says of itself now.
        found: what stands on the page.
        root: the page.
        url: where it was read.

    Returns:
        What stands there now; or, where only the headline corrects, the stored text with the basis `KEPT`;
        None where nothing corrects, or the page does not show that it is this article's.
    """
    if too_little(facts, found) is None or not _is_its_page(known, facts, url):
        return None
    if is_error(facts, root) or what_else(facts, found, root, url) is not None:
        return None
    correction = is_correction(facts.title)
    if not facts.paywalled and _tells(found.text) and not _is_cut_off(found.text, known):
        return found if correction or _corrects(found.text) else None
    return Body(text=known.text or "", basis=KEPT) if correction and _is_renamed(known, facts) else None


def is_known_address(known: Wanted, url: str | None) -> bool:
    """Whether an article is known by an address, or by one that never tells two articles apart from it."""
    return url is not None and any(is_variant(one, url) for one in known_addresses(known))


def known_addresses(known: Wanted) -> tuple[str, ...]:
    """The addresses that an article is known by, canonical; its id may be one or none."""
    addresses = (canonical_url(known.external_id), canonical_url(known.url or ""))
    return tuple(one for one in addresses if one is not None)


def is_led_on(known: Wanted, url: str) -> bool:
    """Whether it was read at another host than it is known by, as where a feed counts its readers."""
    return known.url is not None and not same_host(known.url, url)


def is_correction(title: str | None) -> bool:
    """Whether a headline takes back or corrects; a mere "We are sorry" stands over errors of the site."""
    return title is not None and len(title.split()) >= _LEAST_CORRECTION and _corrects(title)


def _is_its_page(known: Wanted, facts: Facts, url: str) -> bool:
    """Whether the page says that it is this article's: by its headline, or as an article by its address.

    An article that was found where it is known may name another address: sites make theirs of headlines.
    """
    if facts.title_basis == "h1" and same_title(known.title, facts.title):
        return True
    if facts.title_basis in (None, "title"):
        return False
    if is_known_address(known, facts.url):
        return facts.claims_article or facts.names_itself
    return facts.claims_article and (is_known_address(known, url) or is_led_on(known, url))


def _corrects(text: str) -> bool:
    """Whether it speaks of a correction, and not of the site, its scripts or its subscriptions."""
    return _CORRECTS.search(text) is not None and not _OF_SITE.search(text)


def _tells(text: str) -> bool:
    """Whether a short text says anything, and not of the site."""
    return not _OF_SITE.search(text) and any(map(_is_statement, text.split("\n")))


def _is_statement(line: str) -> bool:
    """Whether it is more than a time or a byline."""
    enough = sum(map(str.isalpha, line)) >= _LEAST_LETTERS and len(line.split()) >= _LEAST_WORDS
    return enough and find_moment(line, None) is None


def _is_cut_off(text: str, known: Wanted) -> bool:
    """Whether it is a part of what is known: what a wall leaves of it, or its lead before scripts run."""
    return letters_of(text) in letters_of(known.text or "")


def _is_renamed(known: Wanted, facts: Facts) -> bool:
    """Whether readers are shown another headline; what only machines are told may be the site's own."""
    return facts.title_basis == "h1" and bool(known.title) and not same_title(known.title, facts.title)
