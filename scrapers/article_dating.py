"""When an article was published and changed, as its page tells it. Pure.

Sources, best first: JSON-LD (schema.org), meta elements, microdata, <time> elements, what readers are shown
near the title. Words that lean on the day of reading ("dnes 14:05") are read last.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain, islice
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from scrapers.article_blocks import letters_of
from scrapers.dates import Moment, find_moment, offset_of, read_moment, zone_of_host
from scrapers.markup import one_line, text_of, tidy
from scrapers.model import Precision
from scrapers.relative_dates import read_relative

_PUBLISHED_KEYS: Final = ("datePublished", "uploadDate", "dateCreated")
_PUBLISHED_METAS: Final = (
    "article:published_time", "og:article:published_time", "datepublished", "date_published",
    "publish_date", "publish-date", "publication_date", "pubdate", "dcterms.created", "dcterms.issued",
    "dc.date.issued",
    "dcterms.date", "dc.date", "date", "parsely-pub-date", "sailthru.date", "article.published",
    "article_date_original", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "mediator_published_time", "szn:published", "og:pubdate", "og:published_time", "article:published",
)  # fmt: skip
_MODIFIED_METAS: Final = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified",
    "lastmod",
)  # fmt: skip
TIMES: Final = (
    ".//article//time[@datetime]",
    ".//main//time[@datetime]",
    ".//time[@pubdate]",
    ".//header//time[@datetime]",
    ".//time[@datetime]",
)
"""Where the time of publication stands first, if it stands in an element made for times."""

_CHANGED: Final = re.compile(
    r"aktualiz|upraven|změněn|updated|modified|edited|обновлен|обновлён|изменен|изменён|оновлен|змінен",
    re.IGNORECASE,
)
_LEAST_TITLE: Final = 15  # letters that make a heading of the page out of one among others
_STATEMENT: Final = 40  # characters of a text that says more than a time
_LONGEST_SHOWN: Final = 120  # characters of an element that shows a time
_MOST_PARAGRAPHS: Final = 3  # long texts behind the title, of which elements around others are some
_BEHIND: Final = (  # a title
    "following::*[not(*) or self::p or self::span or self::div][not(ancestor::figure)][position() <= 60]"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dating:
    """A publication time, and where on the page it was read."""

    raw: str
    moment: Moment
    basis: str  # "json-ld", "meta", "microdata", "time", "text", "relative", "htmldate", "selector"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated:
    """A page whose times are wanted."""

    root: HtmlElement
    articles: Sequence[Mapping[str, Any]]  # JSON-LD, the page's own article first
    metas: Mapping[str, str]
    url: str
    zone: tzinfo | None  # of times that name none, as the source's owner has it
    served_at: datetime | None = None  # for words that lean on it; None: they are not read


def published(page: Dated) -> Dating | None:
    """The first time that can be read; a later source gives way only to one that knows more than the day."""
    first: Dating | None = None
    for dating in _datings(page, zone_of(page)):
        if dating.moment.precision is not Precision.DAY:
            return dating if first is None or _same_day(first, dating) else first
        first = first or dating
    return first


def modified_at(page: Dated, since: Dating | None) -> datetime | None:
    """When the page says that it was changed last, if that was after its publication."""
    texts = [node["dateModified"] for node in page.articles if isinstance(node.get("dateModified"), str)]
    texts += [page.metas[name] for name in _MODIFIED_METAS if name in page.metas]
    zone = zone_of(page) if texts else None
    moments = (read_moment(text, zone) for text in texts)
    modified = next((moment for moment in moments if moment is not None), None)
    if modified is None or (since is not None and modified.at <= since.moment.at):
        return None
    return modified.at


def zone_of(page: Dated) -> tzinfo | None:
    """The zone of times that name none: the source's, else that of the page's other times, the country's."""
    if page.zone is not None:
        return page.zone
    offsets = (offset_of(raw) for _, raw in _machine_times(page))
    told = next((offset for offset in offsets if offset is not None), None)
    country = zone_of_host(urlsplit(page.url).hostname or "")
    return told or (ZoneInfo(country) if country else None)


def without_statements(root: HtmlElement) -> HtmlElement:
    """A copy of a page whose texts are times, names and labels: days in its sentences are not its own."""
    bare = deepcopy(root)
    for element in bare.iter():
        if element.tag not in ("script", "style") and isinstance(element.tag, str):
            element.text = _unless_statement(element.text)
        element.tail = _unless_statement(element.tail)
    return bare


def _unless_statement(text: str | None) -> str | None:
    shown = (text or "").strip()
    return text if len(shown) < _STATEMENT or find_moment(shown, None) else None


def _same_day(one: Dating, other: Dating) -> bool:
    return abs(one.moment.at - other.moment.at).total_seconds() < 36 * 3600


def _datings(page: Dated, zone: tzinfo | None) -> Iterator[Dating]:
    for basis, raw in _machine_times(page):
        moment = read_moment(raw, zone)
        if moment is not None:
            yield Dating(raw=raw, moment=moment, basis=basis)
    shown = list(shown_times(page))
    for text in shown:
        found = find_moment(text, zone)
        if found is not None:
            yield Dating(raw=found[0], moment=found[1], basis="text")
    for text in shown if page.served_at else ():
        moment = read_relative(text, page.served_at, zone) if page.served_at else None
        if moment is not None:
            yield Dating(raw=text, moment=moment, basis="relative")


def _machine_times(page: Dated) -> Iterator[tuple[str, str]]:
    """What is written for machines, with its basis."""
    for key in _PUBLISHED_KEYS:
        yield from (("json-ld", node[key]) for node in page.articles if isinstance(node.get(key), str))
    yield from (("meta", page.metas[name]) for name in _PUBLISHED_METAS if name in page.metas)
    for element in page.root.iterfind(".//*[@itemprop='datePublished']"):
        yield "microdata", element.get("datetime") or element.get("content") or tidy(element.text_content())
    for path in TIMES:
        time = next(page.root.iterfind(path), None)
        if time is not None:
            yield "time", time.get("datetime") or ""


def shown_times(page: Dated) -> Iterator[str]:
    """Short texts around the title that may show the publication time. Far above it stands today's date."""
    heading = _heading(page)
    if heading is None:
        return
    before = _texts(islice(heading.itersiblings(preceding=True), 5))
    for text in chain(_texts_behind(heading), before):
        if len(text) <= _LONGEST_SHOWN and not _CHANGED.match(text):
            yield _CHANGED.split(text)[0]


def _heading(page: Dated) -> HtmlElement | None:
    """The first h1; where there is none, the first heading that the page also tells as its title."""
    first = next(page.root.iter("h1"), None)
    if first is not None:
        return first
    told = [letters_of("".join(title.itertext())) for title in page.root.iterfind(".//title")]
    told.append(letters_of(page.metas.get("og:title", "")))
    named = ((heading, letters_of(text_of(heading))) for heading in page.root.iter("h2", "h3"))
    return next(
        (one for one, name in named if len(name) >= _LEAST_TITLE and any(name in title for title in told)),
        None,
    )


def _texts_behind(heading: HtmlElement) -> Iterator[str]:
    """What follows a title until the second paragraph: the first may be a lead, with the time behind it."""
    paragraphs = 0
    for text in _texts(heading.xpath(_BEHIND)):
        paragraphs += len(text) > _LONGEST_SHOWN
        if paragraphs > _MOST_PARAGRAPHS:
            return
        yield text


def _texts(elements: Iterable[HtmlElement]) -> Iterator[str]:
    return filter(None, (one_line(text_of(element)) for element in elements))
