"""News pages without a feed: a listing read by CSS selectors, then the articles it links to.

parse_listing() and parse() are pure; fetch() asks for the listing and for the articles that are new on it.
"""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from scrapers import article, conditional
from scrapers.article_reading import reread_articles, without_future
from scrapers.canonical import canonical_url
from scrapers.counted import counted
from scrapers.dates import read_moment
from scrapers.decoding import decode
from scrapers.errors import LayoutChanged
from scrapers.http import HttpClient
from scrapers.link_reading import (
    REMEMBERED,
    Link,
    Progress,
    dated,
    key_of,
    read_links,
    same_site,
)
from scrapers.listing_options import ListingOptions, reading_of, with_zone
from scrapers.markup import one_line, tidy, without_attribute_bombs
from scrapers.memory import Memory
from scrapers.model import Clock, Cursor, Fetched, Item, ItemKind, Outcome, Source, Wanted
from scrapers.parsing import parsed_apart
from scrapers.unread import told_of_unread, with_unread

if TYPE_CHECKING:  # desks without such pages do without it, and what it loads takes four megabytes
    from bs4 import Tag

_MOST_ITEMS: Final = 2_000  # of a listing that are looked at
_MOST_TAGS: Final = 200_000  # of a listing; Beautiful Soup takes seconds for these
_DEEPEST: Final = 100  # elements around an item
_TAG: Final = re.compile(r"<[A-Za-z!]")
_INSTRUCTION: Final = re.compile(r"<\?[^<>]*>?")  # HTML has none; Beautiful Soup warns of those of XML

parse = article.parse


@dataclass(frozen=True, kw_only=True, slots=True)
class Options(ListingOptions):
    """The options of a source of kind "page". Raises ValueError on selectors and zones that do not exist."""

    items: str  # CSS selector of the links, or of what holds a link each
    link: str | None = None  # CSS selector, inside an item, of its link; the first one by default
    title: str | None = None  # CSS selector, inside an item, of its title; the link's text by default
    time: str | None = None  # CSS selector, inside an item, of its time

    def __post_init__(self) -> None:
        ListingOptions.__post_init__(self)  # super() does not know a class with slots
        for name in ("items", "link", "title", "time"):
            _refuse_selector(name, getattr(self, name))


def parse_listing(
    body: bytes, url: str, options: Options, content_type: str | None = None
) -> tuple[Link, ...]:
    """The links of a listing in its own order, each address once.

    Raises:
        LayoutChanged: a selector matches nothing; the reason says which.
    """
    text = decode(body, content_type)
    if not _TAG.search(text):  # Beautiful Soup would take it for a file name
        raise LayoutChanged("the listing is not an HTML page", url=url)
    if text.count("<") > _MOST_TAGS:
        raise LayoutChanged(f"more than {_MOST_TAGS:,} tags are no listing", url=url)
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(without_attribute_bombs(_INSTRUCTION.sub("", text)), "lxml")
    elements = soup.select(options.items, limit=_MOST_ITEMS)
    if not elements:
        raise LayoutChanged(f"nothing on the listing matches items = {options.items!r}", url=url)
    shallow = [element for element in elements if not _is_buried(element)]
    if not shallow:
        raise LayoutChanged(f"the items are nested more than {_DEEPEST} deep", url=url)
    zone = ZoneInfo(options.timezone) if options.timezone else None
    links = [link for element in shallow if (link := _link(element, url, options, zone)) is not None]
    if not links:
        wanted = f"link = {options.link!r}" if options.link else "a link"
        raise LayoutChanged(
            f"{counted(len(elements), 'item')} on the listing, but none holds {wanted}", url=url
        )
    unique: dict[str, Link] = {}
    for link in links:
        unique.setdefault(link.url, link)
    return tuple(unique.values())


class Page:
    """The scraper of kind "page".

    Its cursor holds what `conditional` and `link_reading` keep.
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What is new on the listing, oldest first, at most `max_articles` articles.

        Raises:
            ScrapeError: as `HttpClient.get` and `parse_listing` say; as `read_links`, where the site
                shows its listing but turns us away from its articles.
        """
        return told_of_unread(await self._fetch(source, cursor))

    async def _fetch(self, source: Source, cursor: Cursor) -> Fetched:
        options = with_zone(source, Options)
        cursor = conditional.at(cursor, options.url)
        now, every = self._clock.now(), options.full_read_every
        response = await conditional.ask(
            self._http, options.url, cursor, now=now, full_read_every=every, robots=True
        )
        after = conditional.after(response, cursor)
        outcome = Outcome.NOTHING_NEW
        fetched = Fetched(source_id=source.id, outcome=outcome, fetched_at=response.fetched_at, cursor=after)
        if conditional.is_unchanged(response, cursor):
            return fetched
        content_type = response.headers.get("content-type")
        links = await parsed_apart(parse_listing, response.body, response.url, options, content_type)
        fetched = replace(fetched, gap=_gap(cursor, links))
        if not options.articles:
            return _from_listing(fetched, links)
        return await self._with_articles(fetched, links, options)

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """Up to five of `wanted`, read again from their own pages.

        Raises:
            ScrapeError: as `reread_articles` says.
        """
        reading = reading_of(with_zone(source, Options))
        return await reread_articles(self._http, source, wanted, reading=reading, remade=same_site)

    async def _with_articles(self, fetched: Fetched, links: tuple[Link, ...], options: Options) -> Fetched:
        progress = Progress.read(fetched.cursor, links)
        untold = progress.untold(links)
        batch, rest = untold[: options.max_articles], untold[options.max_articles :]
        await read_links(self._http, batch, progress, reading_of(options))
        items = tuple(without_future(item, fetched.fetched_at) for item in progress.items.values())
        return replace(
            fetched,
            outcome=Outcome.ITEMS if items else Outcome.NOTHING_NEW,
            gap=fetched.gap or progress.loss(),
            cursor=progress.write(fetched.cursor, finished=not rest),
            items=items,
            refusals=tuple(progress.refusals),
            more=bool(rest) and progress.advanced,
        )


def _refuse_selector(name: str, selector: str | None) -> None:
    import soupsieve

    try:
        soupsieve.compile(selector or "a")
    except (
        soupsieve.SelectorSyntaxError,
        NotImplementedError,
    ) as error:  # the latter for ::before and @media
        raise ValueError(f"{name} is not a CSS selector: {str(error).splitlines()[0]}") from error


def _link(element: "Tag", url: str, options: Options, zone: ZoneInfo | None) -> Link | None:
    anchor = _anchor(element, options)
    address = canonical_url(str(anchor.get("href") or ""), url) if anchor else None
    if anchor is None or address is None or address == canonical_url(url):
        return None
    heading = element.select_one(options.title) if options.title else anchor
    raw = _time(element.select_one(options.time)) if options.time else None
    return Link(
        url=address,
        title=one_line(heading.get_text(" ")) if heading else None,
        text=tidy(element.get_text("\n")),
        published_raw=raw,
        published=read_moment(raw, zone) if raw else None,
    )


def _is_buried(element: "Tag") -> bool:
    """Whether an item is nested deeper than pages are; looking into all of thousands would never end."""
    return next(islice(element.parents, _DEEPEST, None), None) is not None


def _anchor(element: "Tag", options: Options) -> "Tag | None":
    if options.link is None and element.name == "a" and element.get("href"):
        return element
    return element.select_one(options.link or "a[href]")


def _time(element: "Tag | None") -> str | None:
    if element is None:
        return None
    return str(element.get("datetime") or "").strip() or one_line(element.get_text(" "))


def _gap(before: Cursor, links: tuple[Link, ...]) -> str | None:
    seen = Memory.read(before, "seen", REMEMBERED)
    if conditional.is_first_read(before) or not seen.hashes or any(key_of(link) in seen for link in links):
        return None
    return f"possible gap: of {counted(len(links), 'link')} none was on the listing before"


def _from_listing(fetched: Fetched, links: tuple[Link, ...]) -> Fetched:
    seen = Memory.read(fetched.cursor, "seen", max(REMEMBERED, 2 * len(links)))
    items = (without_future(_listed(link), fetched.fetched_at) for link in reversed(links))
    cursor = seen.with_all(key_of(link) for link in reversed(links)).write(fetched.cursor)
    cursor = with_unread(cursor, (), read=True)
    return replace(fetched, outcome=Outcome.ITEMS, items=tuple(items), cursor=cursor)


def _listed(link: Link) -> Item:
    item = Item(
        external_id=link.url,
        kind=ItemKind.ARTICLE,
        url=link.url,
        title=link.title,
        text=link.text,
        published_raw=link.published_raw,
        full_text=False,
    )
    return dated(item, link)
