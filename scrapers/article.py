"""A news page to the article on it: its body as `article_body` finds it, and its own metadata. Pure.

What is no article is refused with its reason: a front page, a consent wall, an error page, a file. Authors
are not read.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from scrapers import article_selectors
from scrapers.article_blocks import letters_of
from scrapers.article_body import Body, find_body
from scrapers.article_dating import without_statements
from scrapers.article_day import day_of
from scrapers.article_facts import Dating, Facts, read_facts
from scrapers.article_identity import refuse_another, refuse_half
from scrapers.article_refusal import why_no_article
from scrapers.article_rest import KEPT, rest_of
from scrapers.article_selectors import ArticleOptions
from scrapers.canonical import canonical_url
from scrapers.dates import Moment, plausible
from scrapers.decoding import decode
from scrapers.errors import Refused
from scrapers.markup import absolute_links, parse_html, text_of, tidy
from scrapers.model import ArticleMarks, Item, ItemKind, Parsed, Precision, Wanted

_FILES: Final = {
    b"%PDF": "a PDF file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "an archive",
    b"\x1f\x8b": "an archive",
}
_PAGE_TYPES: Final = ("", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
_TAG: Final = re.compile(r"<[a-z!][^<>]*>", re.IGNORECASE)
_FEED: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:[^-]|-(?!->))*+-->\s*)*+<(?:rss|feed|rdf:RDF)[\s>]"
)

_MOST_ELEMENTS: Final = 50_000  # of a page; long live reports have 10,000
_MANY_ELEMENTS: Final = 10_000  # beyond which the slower second try at finding the body is left out
_LONG_VALUES: Final = "//@*[string-length() > 4096 or contains(., '<!--')]"
_LEAST: Final = 100  # characters of an article that is read rather than described
_DESCRIPTION: Final = "description"
_PARTIAL: Final = frozenset({_DESCRIPTION, KEPT})  # bases of what is not the article's text as it stands
_STUB: Final = 2_000  # characters; what a paywall leaves of an article is shorter

_NOTHING_NAMED: Final = ArticleOptions()


def parse(
    body: bytes,
    url: str,
    *,
    content_type: str | None = None,
    timezone: str | None = None,
    selectors: ArticleOptions = _NOTHING_NAMED,
    served_at: datetime | None = None,
    known: Wanted | None = None,
) -> Parsed:
    """The one article on a page.

    Args:
        body: the page, in any encoding.
        url: where it came from.
        content_type: the Content-Type header.
        timezone: IANA name of the zone of times that name none; without it that of the page's other times or
            of its country, and where there is none, such a time says only its day.
        selectors: what the owner of the source says of its pages.
        served_at: when the page was served, for "today at 14:05"; without it such words are not read.
        known: the article as it is stored, where it is read again: it may be cut to one line since, or may
            only have changed its headline.

    Returns:
        Exactly one item; its external id is the canonical address.

    Raises:
        Refused: this is no article; the reason says what it is.
        Gone: this is another article than the known one.
    """
    root, elements = _root(body, url, content_type)
    article_selectors.remove(root, selectors.article_remove)
    facts = _facts(root, url, selectors, ZoneInfo(timezone) if timezone else None, served_at)
    if selectors.article_body is not None:
        found = _named_body(root, url, selectors.article_body)
    else:
        titles = _titles(root, facts)
        found = find_body(root, url, titles=titles, told=facts.told, fast=elements > _MANY_ELEMENTS)
        rest = rest_of(known, facts, found, root, url) if known else None
        if rest is not None:
            return _parsed(facts, rest, root, url, selectors)
        found = _of_new(facts, found, root, url)
    if known is not None:
        refuse_another(known, facts, found.text, url)
        refuse_half(known, found.text, body, url)
    return _parsed(facts, found, root, url, selectors)


def read_day(
    body: bytes, url: str, *, content_type: str | None = None, timezone: str | None = None
) -> date | None:
    """The day on which a page came out, as its readers are told it, whether it is an article or none.

    Args:
        body: the page, in any encoding.
        url: where it came from.
        content_type: the Content-Type header.
        timezone: IANA name of the zone of its readers; without it what the page tells of that.

    Raises:
        Refused: this is no page.
    """
    root, _ = _root(body, url, content_type)
    facts = read_facts(root, url, ZoneInfo(timezone) if timezone else None)
    return _day_told(facts, facts.published or _day_on(root, url))


def _day_told(facts: Facts, published: Dating | None) -> date | None:
    if published is None:
        return None
    return facts.day or day_of(published)


def _root(body: bytes, url: str, content_type: str | None) -> tuple[HtmlElement, int]:
    """A page's tree, and of how many elements it is."""
    root = parse_html(_page_text(body, url, content_type))
    if root is None:
        raise Refused("an empty page", url=url)
    return root, _tame(root, url)


def _facts(
    root: HtmlElement,
    url: str,
    selectors: ArticleOptions,
    zone: ZoneInfo | None,
    served_at: datetime | None,
) -> Facts:
    """What the page says of itself; what the owner's selectors find goes before it."""
    facts = read_facts(root, url, zone, served_at)
    if selectors.article_title is not None:
        named = article_selectors.title(root, selectors.article_title)
        facts = replace(facts, title=named, title_basis=article_selectors.BASIS) if named else facts
    if selectors.article_time is not None:
        published = article_selectors.time(root, selectors.article_time, zone)
        facts = replace(facts, published=published, day=day_of(published)) if published else facts
    return facts


def _of_new(facts: Facts, found: Body, root: HtmlElement, url: str) -> Body:
    """What the page of an article shows that nobody vouches for."""
    found = _described(facts) if _is_only_described(facts, found) else found
    reason = why_no_article(facts, found, root, url)
    if reason is not None:
        raise Refused(reason, url=url)
    return found


def _is_only_described(facts: Facts, found: Body) -> bool:
    """Whether it is the page of a video, or of an article that only scripts show, with a description."""
    if facts.claims_video:
        return not found.text
    dated = facts.published is not None and facts.published.basis in ("json-ld", "meta")
    return facts.claims_article and dated and len(found.text) < _LEAST <= len(facts.description)


def _described(facts: Facts) -> Body:
    return Body(text=facts.description, basis=_DESCRIPTION)


def _named_body(root: HtmlElement, url: str, selector: str) -> Body:
    elements = article_selectors.body(root, selector)
    text = tidy("\n".join(map(text_of, elements)))
    if not text:
        raise Refused(f"nothing on the page matches article_body = {selector!r}", url=url)
    hrefs = (href for element in elements for href in element.xpath(".//a/@href"))
    return Body(text=text, links=absolute_links(hrefs, url), basis=article_selectors.BASIS)


def _page_text(body: bytes, url: str, content_type: str | None) -> str:
    mime = (content_type or "").partition(";")[0].strip().lower()
    if mime not in _PAGE_TYPES:
        raise Refused(f"not a page but {mime}", url=url)
    for magic, name in _FILES.items():
        if body.lstrip()[:8].startswith(magic):
            raise Refused(f"not a page but {name}", url=url)
    text = decode(body, content_type)
    if not text.strip():
        raise Refused("an empty page", url=url)
    if not _TAG.search(text):
        raise Refused("not an HTML page", url=url)
    if _FEED.match(text[:5_000]):
        raise Refused("a feed, not an article", url=url)
    return text


def _tame(root: HtmlElement, url: str) -> int:
    """Take away what the libraries behind this need quadratic time for; the number of elements that are left.

    libxml2 is slow to write attributes that hold comments; no address or title is as long as what goes here.
    """
    elements = sum(1 for _ in root.iter())
    if elements > _MOST_ELEMENTS:
        raise Refused(f"more than {_MOST_ELEMENTS:,} elements are no article", url=url)
    for value in root.xpath(_LONG_VALUES):
        value.getparent().attrib.pop(value.attrname, None)
    return elements


def _titles(root: HtmlElement, facts: Facts) -> frozenset[str]:
    shown = ("".join(heading.itertext()) for heading in root.iter("h1", "title"))
    return frozenset(map(letters_of, (*shown, facts.title or "")))


def _parsed(facts: Facts, found: Body, root: HtmlElement, url: str, selectors: ArticleOptions) -> Parsed:
    item, time_basis = _item(facts, found, root, url), facts.published.basis if facts.published else None
    missed = article_selectors.found_nothing(selectors, facts.title_basis, time_basis)
    marks = replace(item.marks or ArticleMarks(), found_nothing=missed)
    return Parsed(items=(replace(item, marks=marks),))


def _item(facts: Facts, found: Body, root: HtmlElement, url: str) -> Item:
    published = facts.published or _day_on(root, url)
    return Item(
        external_id=facts.url or "sha256:" + sha256(f"{facts.title}\n{found.text}".encode()).hexdigest(),
        kind=ItemKind.ARTICLE,
        url=facts.url,
        title=facts.title,
        text=found.text,
        published_at=published.moment.at if published else None,
        published_raw=published.raw if published else None,
        published_precision=published.moment.precision if published else None,
        published_basis=published.basis if published else None,
        modified_at=facts.modified_at,
        language=facts.language,
        counters=facts.plays,
        media=facts.media,
        links=found.links,
        full_text=found.basis not in _PARTIAL and not (facts.paywalled and len(found.text) < _STUB),
        marks=ArticleMarks(
            section=facts.section,
            image=facts.image,
            paywalled=facts.paywalled,
            text_basis=found.basis,
            title_basis=facts.title_basis,
            day=_day_told(facts, published),
            read_at=canonical_url(url),
        ),
    )


def _day_on(root: HtmlElement, url: str) -> Dating | None:
    """The day that htmldate finds in the address or the text, in any of our languages."""
    import htmldate

    found = htmldate.find_date(without_statements(root), original_date=True, url=url)
    if not found or (found.endswith("-01-01") and "01/01" not in url):  # it dates a page by its copyright
        return None
    at = datetime.strptime(found, "%Y-%m-%d").replace(tzinfo=UTC)
    moment = Moment(at=at, precision=Precision.DAY)
    return Dating(raw=found, moment=moment, basis="htmldate") if plausible(at) else None
