"""The address that an article's page names as its own, as far as it can be believed. Pure.

Templates that are set wrong name the front page, the section, or one and the same article on all their pages.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from scrapers.canonical import canonical_url, host_of

_FRONT: Final = re.compile(r"/(?:(?:index|default)\.\w+|home|[a-z]{2}(?:[-_][a-z]{2})?)?/?", re.IGNORECASE)
_PART: Final = re.compile(r"amp|print|tisk|page|strana|(?:page|strana|p)?-?\d{1,2}", re.IGNORECASE)
_VARIANT: Final = re.compile(r"amp|m|mobile|print|tisk|index\.\w+", re.IGNORECASE)
_HOST_VARIANT: Final = re.compile(r"^(?:(?:m|amp|mobile?|touch)\.)+(?=[^.]+\.)")
_ENDING: Final = re.compile(r"(?:\.amp)?(?:\.(?:html?|php|aspx?))?$", re.IGNORECASE)
_OF_ONE: Final = re.compile(r"\d|-\w+-|_\w+_")  # a name that stands for one article: a number or many words
_NUMBERED: Final = re.compile(
    r"(?:.*[-_.])?(\d{5,})|(\d{5,})[-_].*"
)  # a name that is one, or ends or begins with it
_DAYS: Final = re.compile(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")  # a year, a month, a day
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_STEM: Final = 5  # letters that words in other forms share
_TELLING: Final = 2  # words of an address that say what an article is about


def named_addresses(root: HtmlElement, metas: Mapping[str, str]) -> list[str]:
    """What a page names as its address, as it stands there, the most trusted first."""
    links = [link.get("href") or "" for link in root.iterfind(".//link[@rel='canonical']")]
    return [named for named in (*links, metas.get("og:url", "")) if named]


def address_of(named: Iterable[str], url: str, title: str) -> str | None:
    """The canonical address of the page at `url`.

    The first of `named` that is of the same site, and no front page, section or, as its words and those of
    the title tell, another article.
    """
    here = canonical_url(url)
    theres = (canonical_url(one, url) for one in named)
    fit = (there for there in theres if there and here and _is_own(there, here, title))
    return next(fit, here)


def _is_own(there: str, here: str, title: str) -> bool:
    if _site(there) != _site(here) or is_front(there) or _is_section(there, here):
        return False
    return not _is_anothers(there, here, title)


def _site(url: str) -> str | None:
    from courlan import extract_domain

    return extract_domain(url) or host_of(url)


def is_front(url: str) -> bool:
    """Whether an address is that of a site's front page."""
    parts = urlsplit(url)
    return bool(_FRONT.fullmatch(parts.path)) and not parts.query and not parts.fragment


def _is_section(there: str, here: str) -> bool:
    """Whether an address is that of the section that a page stands in, and not of the article of its part."""
    section, path = (urlsplit(url).path.rstrip("/").split("/") for url in (there, here))
    rest = path[len(section) :]
    if not rest or path[: len(section)] != section or urlsplit(there).query:
        return False
    is_slug = re.search(r"[\d-]", section[-1]) is not None
    return not (is_slug and all(_PART.fullmatch(name) for name in rest))


def _is_anothers(there: str, here: str, title: str) -> bool:
    """Whether the page's address is made of its title's words, and the one that it names of quite others."""
    told = _stems(title)
    ours, theirs = (_stems(_last(urlsplit(url).path)) for url in (here, there))
    return len(ours & told) >= _TELLING and len(theirs) >= _TELLING and not theirs & (told | ours)


def _stems(text: str) -> set[str]:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", unquote(text)) if not unicodedata.combining(letter)
    )
    return {word[:_STEM] for word in _WORD.findall(plain.casefold())}


def is_variant(one: str, other: str) -> bool:
    """Whether two addresses differ only in what never tells two articles apart.

    That is the host's "www.", "m." or "mobil.", parts such as "amp", endings, and a query behind a name that
    stands for one article by itself.
    """
    if not same_host(one, other):
        return False
    mine, theirs = map(_names, (one, other))
    queries = {urlsplit(url).query for url in (one, other)}
    return mine == theirs and (len(queries) == 1 or bool(mine and _OF_ONE.search(mine[-1])))


def same_host(one: str, other: str) -> bool:
    """Whether two addresses are of one host, be it in its form for phones."""
    mine, theirs = (_HOST_VARIANT.sub("", host_of(url) or "", count=1) for url in (one, other))
    return mine == theirs


def same_name(one: str, other: str) -> bool:
    """Whether two addresses of a site give an article one name or number, as those do that it moved between.

    That is the last name, where it stands for one article by itself, or a long number in it or before it.
    """
    mine, theirs = map(_names, (one, other))
    if not mine or not theirs:
        return False
    if mine[-1] == theirs[-1] and _OF_ONE.search(mine[-1]):
        return True
    return not _numbers(mine).isdisjoint(_numbers(theirs))


def _numbers(names: list[str]) -> set[str]:
    """What can be the number of an article; days stand in the addresses of many."""
    found = (_NUMBERED.fullmatch(name) for name in names[-2:])
    numbers = (match[1] or match[2] for match in found if match)
    return {number for number in numbers if not _DAYS.fullmatch(number)}


def _names(url: str) -> list[str]:
    names = [name for name in urlsplit(url).path.split("/") if name and not _VARIANT.fullmatch(name)]
    return [*names[:-1], _ENDING.sub("", names[-1])] if names else []


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
