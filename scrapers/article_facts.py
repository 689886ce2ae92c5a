"""What a news page says about its article: title, times, address, language. Pure; authors are not read.

Sources, best first: JSON-LD (schema.org), Open Graph and other meta elements, microdata, <time> elements.
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from scrapers.article_title import find_title
from scrapers.canonical import canonical_url, host_of
from scrapers.dates import Moment, read_moment
from scrapers.markup import language_code, read_html, tidy
from scrapers.model import Media, MediaKind

_MOST_NODES: Final = 5_000  # of JSON-LD that are looked at
_LONGEST_JSON: Final = 1_000_000  # characters
_ARTICLE_TYPE: Final = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)")
_LISTING_TYPE: Final = re.compile(r"CollectionPage|ItemList|SearchResultsPage")
_COMMENT: Final = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>)\s*$")
_PUBLISHED_METAS: Final = (
    "article:published_time", "og:article:published_time", "datepublished", "date_published",
    "publish_date", "publish-date", "publication_date", "pubdate", "dcterms.created", "dcterms.issued",
    "dc.date.issued",
    "dcterms.date", "dc.date", "date", "parsely-pub-date", "sailthru.date", "article.published",
    "article_date_original", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "mediator_published_time",
)  # fmt: skip
_MODIFIED_METAS: Final = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified",
    "lastmod",
)  # fmt: skip
_TIMES: Final = (
    ".//article//time[@datetime]",
    ".//main//time[@datetime]",
    ".//time[@pubdate]",
    ".//header//time[@datetime]",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dating:
    """A publication time, and where on the page it was read."""

    raw: str
    moment: Moment
    basis: str  # "json-ld", "meta", "microdata", "time"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a page says about itself."""

    title: str | None
    published: Dating | None
    modified_at: datetime | None
    url: str | None  # canonical
    language: str | None
    media: tuple[Media, ...]
    claims_article: bool  # the page's own metadata calls it an article
    claims_listing: bool
    told: str = ""  # the body, as JSON-LD tells it
    title_basis: str | None = None  # "h1", "json-ld", "meta", "title"


def read_facts(root: HtmlElement, url: str, zone: tzinfo | None) -> Facts:
    """The facts of a parsed page.

    Args:
        root: the page.
        url: where it came from.
        zone: of times that name none; None: such times say only their day.
    """
    nodes = list(_json_ld(root))
    articles = [node for node in nodes if _is_a(node, _ARTICLE_TYPE)]
    metas = _metas(root)
    published = _published(root, articles, metas, zone)
    title = find_title(root, articles, metas, url)
    return Facts(
        title=title.text if title else None,
        title_basis=title.basis if title else None,
        published=published,
        modified_at=_modified_at(articles, metas, zone, published),
        url=_address(root, metas, url),
        language=_language(root, articles, metas),
        media=_videos(metas, url),
        claims_article=bool(articles) or "article" in metas.get("og:type", "").lower(),
        claims_listing=any(_is_a(node, _LISTING_TYPE) for node in nodes),
        told=_told(articles),
    )


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


def _published(
    root: HtmlElement, articles: list[Mapping[str, Any]], metas: Mapping[str, str], zone: tzinfo | None
) -> Dating | None:
    """The first time that can be read; a later source gives way only to one that knows more than the day."""
    first: Dating | None = None
    for basis, raw in _published_texts(root, articles, metas):
        moment = read_moment(raw, zone)
        if moment is None:
            continue
        dating = Dating(raw=raw, moment=moment, basis=basis)
        if moment.precision != "day":
            return dating if first is None or _same_day(first, dating) else first
        first = first or dating
    return first


def _same_day(one: Dating, other: Dating) -> bool:
    return abs(one.moment.at - other.moment.at).total_seconds() < 36 * 3600


def _published_texts(
    root: HtmlElement, articles: list[Mapping[str, Any]], metas: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for node in articles:
        if isinstance(node.get("datePublished"), str):
            yield "json-ld", node["datePublished"]
    for name in _PUBLISHED_METAS:
        if name in metas:
            yield "meta", metas[name]
    for element in root.iterfind(".//*[@itemprop='datePublished']"):
        yield "microdata", element.get("datetime") or element.get("content") or tidy(element.text_content())
    for path in (
        ".//article//time[@datetime]",
        ".//main//time[@datetime]",
        ".//time[@pubdate]",
        ".//header//time",
    ):
        time = next(root.iterfind(path), None)
        if time is not None and time.get("datetime"):
            yield "time", time.get("datetime") or ""


def _modified_at(
    articles: list[Mapping[str, Any]],
    metas: Mapping[str, str],
    zone: tzinfo | None,
    published: Dating | None,
) -> datetime | None:
    texts = [node["dateModified"] for node in articles if isinstance(node.get("dateModified"), str)]
    texts += [metas[name] for name in _MODIFIED_METAS if name in metas]
    moments = (read_moment(text, zone) for text in texts)
    modified = next((moment for moment in moments if moment is not None), None)
    if modified is None or (published is not None and modified.at <= published.moment.at):
        return None
    return modified.at


def _address(root: HtmlElement, metas: Mapping[str, str], url: str) -> str | None:
    """The canonical address that the page names, if it is of the same site and not just the front page."""
    here = canonical_url(url)
    links = [link.get("href") or "" for link in root.iterfind(".//link[@rel='canonical']")]
    for named in (*links, metas.get("og:url", "")):
        there = canonical_url(named, url) if named else None
        if there and here and _same_site(there, here) and not _is_front(there):
            return there
    return here


def _same_site(one: str, other: str) -> bool:
    return _site(one) == _site(other)


def _site(url: str) -> str | None:
    from courlan import extract_domain

    return extract_domain(url) or host_of(url)


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path == "/" and not parts.query and not parts.fragment


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


def _videos(metas: Mapping[str, str], url: str) -> tuple[Media, ...]:
    """A video that the page presents as its own. Pictures are not told: every news page has one."""
    names = ("og:video:secure_url", "og:video:url", "og:video")
    address = next((found for name in names if (found := canonical_url(metas.get(name, ""), url))), None)
    return (Media(kind=MediaKind.VIDEO, native_id=address),) if address else ()
