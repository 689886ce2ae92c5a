"""What a news page says about its article: title, times, address, language. Pure; authors are not read.

Sources, best first: JSON-LD (schema.org), Open Graph and other meta elements, microdata, <time> elements.
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final

from lxml.html import HtmlElement

from scrapers import article_dating, article_marks
from scrapers.article_address import address_of, is_front, named_addresses
from scrapers.article_blocks import letters_of
from scrapers.article_dating import Dated, Dating
from scrapers.article_day import local_day
from scrapers.article_title import find_title
from scrapers.canonical import canonical_url
from scrapers.markup import language_code, one_line, read_html
from scrapers.model import Counters, Media

__all__ = ["Dating", "Facts", "read_facts"]

_MOST_NODES: Final = 5_000  # of JSON-LD that are looked at
_LONGEST_JSON: Final = 1_000_000  # characters
_ARTICLE_TYPE: Final = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)")
_VIDEO_TYPE: Final = re.compile(r"VideoObject")
_LISTING_TYPE: Final = re.compile(r"CollectionPage|SearchResultsPage")
_LIST_TYPE: Final = re.compile(r"ItemList")  # of a listing, or of what an article recommends
_COMMENT: Final = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>)\s*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a page says about itself."""

    title: str | None
    published: Dating | None
    modified_at: datetime | None
    url: str | None  # canonical
    language: str | None
    media: tuple[Media, ...]
    claims_video: bool  # the page's own metadata calls it the page of a video
    claims_article: bool  # the page's own metadata calls it an article
    claims_listing: bool
    told: str = ""  # the body, as JSON-LD tells it
    title_basis: str | None = None  # "h1", "json-ld", "meta", "title"
    description: str = ""  # as the page tells social networks
    section: str | None = None
    image: str | None = None  # its address
    paywalled: bool = False
    plays: Counters | None = None  # of its video
    day: date | None = None  # of publication, as readers are told it
    names_itself: bool = False  # it names the very address that it was read at as its own
    types: frozenset[str] = frozenset()  # of all JSON-LD objects


def read_facts(root: HtmlElement, url: str, zone: tzinfo | None, served_at: datetime | None = None) -> Facts:
    """The facts of a parsed page.

    Args:
        root: the page.
        url: where it came from.
        zone: of times that name none; None: that of the page's other times, of its country, else only days.
        served_at: when the page was served, for times that lean on it; None: they are not read.
    """
    nodes = list(_json_ld(root))
    metas = _metas(root)
    named = named_addresses(root, metas)
    addresses = {canonical_url(one, url) for one in named}
    articles = _own(nodes, addresses | {canonical_url(url)}, _titles_of(root, metas), url)
    page = Dated(root=root, articles=articles, metas=metas, url=url, zone=zone, served_at=served_at)
    published = article_dating.published(page)
    videos = [node for node in nodes if _is_a(node, _VIDEO_TYPE)]
    media = article_marks.videos_of(videos, metas, url)
    title = find_title(root, articles, metas, url)
    return Facts(
        title=title.text if title else None,
        title_basis=title.basis if title else None,
        published=published,
        modified_at=article_dating.modified_at(page, published),
        url=address_of(named, url, title.text if title else ""),
        language=_language(root, articles, metas),
        media=media,
        claims_video=metas.get("og:type", "").lower().startswith("video") or (bool(videos) and not articles),
        claims_article=bool(articles) or "article" in metas.get("og:type", "").lower(),
        claims_listing=_claims_listing(nodes, published),
        told=_told(articles),
        description=one_line(html.unescape(metas.get("og:description") or metas.get("description", "")))
        or "",
        section=article_marks.section_of(articles, metas),
        image=article_marks.image_of(articles, metas, url),
        paywalled=article_marks.is_paywalled(root, articles, metas),
        plays=article_marks.plays_of(root, videos) if media else None,
        day=local_day(page, published) if published else None,
        names_itself=canonical_url(url) in addresses,
        types=frozenset(_types(nodes)),
    )


def _claims_listing(nodes: list[Mapping[str, Any]], published: Dating | None) -> bool:
    dated = published is not None and published.basis in ("json-ld", "meta")
    return any(_is_a(node, _LISTING_TYPE) or (_is_a(node, _LIST_TYPE) and not dated) for node in nodes)


def _types(nodes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for node in nodes:
        types = node.get("@type")
        yield from (one for one in (types if isinstance(types, list) else [types]) if isinstance(one, str))


def _own(
    nodes: list[Mapping[str, Any]], here: set[str | None], titles: list[str], url: str
) -> list[Mapping[str, Any]]:
    """The articles that the page is, those of its own address or title first; not what it recommends.

    One that names no address may go under another headline: many are written for search engines.
    """
    recommended = _in_lists(nodes)

    def is_named(node: Mapping[str, Any]) -> bool:
        headline = node.get("headline")
        letters = letters_of(html.unescape(headline)) if isinstance(headline, str) else ""
        return bool(letters) and any(letters in title for title in titles)

    def is_own(node: Mapping[str, Any]) -> bool:
        there = _told_addresses(node, url)
        if here & there:
            return True
        return id(node) not in recommended and (not there or is_named(node))

    articles = [node for node in nodes if _is_a(node, _ARTICLE_TYPE) and is_own(node)]
    return sorted(articles, key=lambda node: not (here & _told_addresses(node, url) or is_named(node)))


def _titles_of(root: HtmlElement, metas: Mapping[str, str]) -> list[str]:
    shown = [*root.iterfind(".//title"), *root.iterfind(".//h1")]
    return [letters_of(metas.get("og:title", "")), *(letters_of("".join(one.itertext())) for one in shown)]


def _told_addresses(node: Mapping[str, Any], url: str) -> set[str]:
    """Where an object says that it stands; a site's front page says nothing of its articles."""
    about = node.get("mainEntityOfPage")
    about = about.get("@id") if isinstance(about, dict) else about
    told = (one for one in (node.get("url"), node.get("@id"), about) if isinstance(one, str))
    addresses = {canonical_url(one, url) for one in told}
    return {one for one in addresses if one is not None and not is_front(one)}


def _in_lists(nodes: Iterable[Mapping[str, Any]]) -> set[int]:
    """The ids of all objects inside lists of items."""
    inside: set[int] = set()
    queue: deque[Any] = deque(node["itemListElement"] for node in nodes if "itemListElement" in node)
    while queue:
        node = queue.popleft()
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict) and id(node) not in inside:
            inside.add(id(node))
            queue.extend(node.values())
    return inside


def _told(articles: list[Mapping[str, Any]]) -> str:
    bodies = (node["articleBody"] for node in articles if isinstance(node.get("articleBody"), str))
    return read_html(html.unescape(max(bodies, key=len, default=""))).text


def _json_ld(root: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """All objects of all JSON-LD scripts, outer ones first; broken scripts are passed over."""
    left = _MOST_NODES
    for script in root.iterfind(".//script[@type='application/ld+json']"):
        queue: deque[Any] = deque([_loaded(_COMMENT.sub("", script.text or "")[:_LONGEST_JSON])])
        while queue and left:
            node = queue.popleft()
            left -= 1
            if isinstance(node, dict):
                yield node
                queue.extend(node.values())
            elif isinstance(node, list):
                queue.extend(node)


def _loaded(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_a(node: Mapping[str, Any], wanted: re.Pattern[str]) -> bool:
    types = node.get("@type")
    types = types if isinstance(types, list) else [types]
    return any(isinstance(type_, str) and wanted.fullmatch(type_.rpartition("/")[2]) for type_ in types)


def _metas(root: HtmlElement) -> dict[str, str]:
    """Meta elements by lower-case property or name; the first of a name counts."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        content = (meta.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = meta.get(attribute)
            if name and content:
                metas.setdefault(name.strip().lower(), content)
    return metas


def _language(root: HtmlElement, articles: list[Mapping[str, Any]], metas: Mapping[str, str]) -> str | None:
    html = root if root.tag == "html" else root.getroottree().getroot()
    declared = [
        html.get("lang"),
        html.get("{http://www.w3.org/XML/1998/namespace}lang"),
        html.get("xml:lang"),
    ]
    declared += [metas.get("content-language"), metas.get("og:locale")]
    declared += [node["inLanguage"] for node in articles if isinstance(node.get("inLanguage"), str)]
    codes = (language_code(tag) for tag in declared)
    return next((code for code in codes if code is not None), None)
