"""What a web page says of its site's feeds, sitemaps and Telegram channels. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from scrapers.canonical import canonical_url, host_of
from scrapers.decoding import decode
from scrapers.errors import LayoutChanged
from scrapers.markup import language_code, links_of, one_line, parse_html
from scrapers.telegram_web import channel_name

_MOST: Final = 10  # of each kind
_MOST_LINKS: Final = 300  # in the head of a page, that are looked at
_TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "text/xml",
    }
)
_LIKE_A_FEED: Final = re.compile(
    r"(?:^|/)(?:rss|feeds?|atom)(?:/|\.(?:xml|aspx|php)|$)|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_COMMENTS: Final = re.compile(r"comment|komentar|koment", re.IGNORECASE)
_NO_CHANNELS: Final = frozenset(
    {
        "addemoji", "addlist", "addstickers", "addtheme", "boost", "confirmphone", "contact", "giftcode",
        "invoice", "joinchat", "login", "proxy", "setlanguage", "share", "socks",
    }
)  # fmt: skip
_LONGEST_NAME: Final = 300
_OF_FEED: Final = re.compile(
    r"\s*[»|–—:-]?\s*(?:RSS|Atom)?(?:\s+(?:feed|kanál|лента))?\s*$|^RSS\s+", re.IGNORECASE
)


class FoundBy(StrEnum):
    """How an address came to be looked at, in words for a person."""

    ASKED = "as you gave it"
    HEAD = "named in the head of the page"
    LINK = "linked on the page"
    ROBOTS = "named in robots.txt"
    INDEX = "named in the index of sitemaps"
    GUESS = "at a usual address"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clue:
    """Something that may be a source."""

    kind: str  # key in `scrapers.registry.KINDS`
    address: str  # a web address; of a channel its public name
    found_by: FoundBy
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PageClues:
    """What a page says of its site."""

    name: str | None = None
    language: str | None = None
    clues: tuple[Clue, ...] = ()


def page_clues(body: bytes, url: str, content_type: str | None = None) -> PageClues:
    """What the page at `url` says.

    Raises:
        LayoutChanged: it is no web page.
    """
    text = decode(body, content_type)
    root = parse_html(text) if "<" in text else None
    if root is None:
        raise LayoutChanged("this is not a web page", url=url)
    bases = (canonical_url(str(one.get("href") or ""), url) for one in root.iter("base"))
    base = next((one for one in bases if one is not None), url)
    links = links_of(root, base)
    clues = (*_declared(root, base), *_like_feeds(links, url), *_channels(links))
    unique = {(clue.kind, clue.address): clue for clue in reversed(clues)}
    return PageClues(
        name=_site_name(root),
        language=language_code(root.get("lang")),
        clues=tuple(reversed(unique.values())),
    )


def guesses(url: str, paths: Iterable[str], kind: str) -> Iterator[Clue]:
    """The usual addresses on the site of `url`."""
    for path in paths:
        address = canonical_url(path, url)
        if address is not None:
            yield Clue(kind=kind, address=address, found_by=FoundBy.GUESS)


def _declared(root: HtmlElement, base: str) -> list[Clue]:
    """Feeds by `<link rel="alternate">`, as all feed readers find them; those of comments come last."""
    found = []
    for link in islice(root.iter("link"), _MOST_LINKS):
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        address = canonical_url(str(link.get("href") or ""), base)
        if address and kind in _TYPES and "alternate" in str(link.get("rel") or "").lower().split():
            name = _name(str(link.get("title") or ""))
            found.append(Clue(kind="feed", address=address, found_by=FoundBy.HEAD, name=name))
    return sorted(found, key=_is_of_comments)[:_MOST]


def _name(title: str) -> str | None:
    """A feed's title without the word that it is one; runs of blanks are dear to regular expressions."""
    return one_line(_OF_FEED.sub("", " ".join(title[:_LONGEST_NAME].split())))


def _is_of_comments(clue: Clue) -> bool:
    return _COMMENTS.search(f"{clue.name or ''} {urlsplit(clue.address).path}") is not None


def _like_feeds(links: Iterable[str], url: str) -> list[Clue]:
    """Links of the same site whose addresses look like feeds, or like a page that lists them."""
    here = _site(url)
    found = [link for link in links if _site(link) == here and _LIKE_A_FEED.search(urlsplit(link).path)]
    return [Clue(kind="feed", address=link, found_by=FoundBy.LINK) for link in found[:_MOST]]


def _site(url: str) -> str | None:
    """The domain that a site's hosts share; the host itself where it has none, as an IP address."""
    from courlan import extract_domain

    domain: str | None = extract_domain(url)
    return domain or host_of(url)


def _channels(links: Iterable[str]) -> list[Clue]:
    names: dict[str, str] = {}
    for link in links:
        name = _channel(link)
        if name is not None:
            names.setdefault(name.lower(), name)
    return [
        Clue(kind="telegram_web", address=name, found_by=FoundBy.LINK)
        for name in list(names.values())[:_MOST]
    ]


def _channel(link: str) -> str | None:
    """The public name in a link to a channel or to a post of one."""
    if host_of(link) not in ("t.me", "telegram.me"):
        return None
    first, *_ = urlsplit(link).path.lstrip("/").removeprefix("s/").split("/")
    if first.lower() in _NO_CHANNELS or first.lower().endswith("bot"):
        return None
    try:
        return channel_name(first)
    except ValueError:
        return None


def _site_name(root: HtmlElement) -> str | None:
    for meta in root.iter("meta"):
        if meta.get("property") == "og:site_name":
            return one_line(str(meta.get("content") or ""))
    title = next(iter(root.iter("title")), None)
    return one_line(title.text or "") if title is not None else None
