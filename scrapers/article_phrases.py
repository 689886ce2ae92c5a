"""What sites call the boxes around an article, and the words that such boxes begin with. Pure."""

import re
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

_ASIDE_TAGS: Final = frozenset("aside nav footer form figure figcaption menu".split())  # noqa: SIM905
_PAGE_TAGS: Final = frozenset("html body main article".split())  # noqa: SIM905
_ASIDE_NAMES: Final = r"""
    ads? advert\w* promo\w* recommend\w* newsletter subscri\w* sidebar share sharing social comments? disqus
    footer nav menu breadcrumbs? tags? taglist authors? byline bio captions? credits? widget sponsor\w*
    popular trending outbrain taboola cookies? banner toolbar copyright rating poll teasers? recirc
    souvis\w* doporuc\w* reklam\w* disku[sz]\w* autor\w* stitk\w* galeri\w* popis\w* sdil\w* anket\w*
    komentar\w* nejcten\w* inzer\w*
"""
_LEAD_NAMES: Final = r"""
    lead lede dek perex\w* summary opener intro\w* annot\w* anons\w* standfirst subtitle description
"""
_CALLS: Final = r"""
    read (?:more|also|next)|see also|also (?:on|read|see)|related|more (?:on|from|stories|great)|recommended|
    follow (?:us|me|him|her)|subscribe|sign up|click here|share (?:this|on)|like this|advert\b|advertisement|
    sponsored|don.?t miss|watch:|listen:|photos?:|image:|image \d+ of|credit:|source:|copyright|©|\(c\)|
    all rights|comments?\W*$|leave a|join (?:us|our)|newsletter|tags?:|this slideshow requires|
    (?:updated?|published|posted)\W+(?:\d|on \d|at \d|by [A-Z])|
    čtěte|přečtěte|souvisej|mohlo by|další články|sledujte|sdíl|foto:|zdroj:|autor:|reklama|diskus|komentář|
    témata|štítky|poslechněte|podívejte|nejčtenější|líbil se|odebír|přihlas|
    читайте|смотрите|подпи(?:ш|сат|сыв|ск)|фото:|источник:|автор:|реклама|комментари|теги|поделит|по теме|
    ранее по теме|следите|наш канал|також|підпи(?:ш|сат|су[йв]|ск)|джерело|поділи|дивіться|стежте
"""


def _names_pattern(names: str) -> re.Pattern[str]:
    """Finds one of `names` as a word of its own in what a class or an id is called."""
    return re.compile(rf"(?:^|[\s_-])(?:{'|'.join(names.split())})(?:$|[\s_-])", re.IGNORECASE)


_ASIDE: Final = _names_pattern(_ASIDE_NAMES)
_ASIDE_PARTS: Final = re.compile(r"related|read-?more|more-?on|pull-?quote", re.IGNORECASE)
_LEAD: Final = _names_pattern(_LEAD_NAMES)
_SURROUNDING: Final = re.compile(rf"\W*(?:{''.join(map(str.strip, _CALLS.splitlines()))})", re.IGNORECASE)


def is_aside(element: HtmlElement) -> bool:
    """Whether an element is a box beside the article, as its tag, class or id says."""
    if element.tag in _PAGE_TAGS:
        return False
    return element.tag in _ASIDE_TAGS or _names_aside(_names(element))


def is_lead(element: HtmlElement) -> bool:
    """Whether an element, or the one around it, is called a lead."""
    parent = element.getparent()
    return _names_lead(_names(element)) or (parent is not None and _names_lead(_names(parent)))


def is_surrounding(text: str) -> bool:
    """Whether a short text begins like a call to read, share or subscribe, or like a credit."""
    return _SURROUNDING.match(text) is not None


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


@lru_cache(maxsize=4_096)
def _names_aside(names: str) -> bool:
    return (_ASIDE.search(names) or _ASIDE_PARTS.search(names)) is not None


@lru_cache(maxsize=1_024)
def _names_lead(names: str) -> bool:
    return _LEAD.search(names) is not None
