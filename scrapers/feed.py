"""News feeds: RSS, Atom, RDF and JSON Feed, with each new entry's page for the whole text if that is wanted.

parse() is pure; fetch() asks conditionally, but never believes "not modified" for ever.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scrapers import conditional, feed_json, feed_xml
from scrapers.article_reading import (
    Reading,
    is_about_site,
    read_article,
    reread_articles,
    without_future,
)
from scrapers.article_selectors import ArticleOptions
from scrapers.counted import counted
from scrapers.dates import zone_of_country
from scrapers.decoding import decode
from scrapers.errors import Blocked, LayoutChanged, ScrapeError, Unavailable, Waiting
from scrapers.extent import left_out, newest_within_extent
from scrapers.feed_entry import to_items
from scrapers.feed_names import with_names, without_forgotten
from scrapers.feed_stuck import watched, with_state
from scrapers.feed_time import BASIS
from scrapers.http import HttpClient
from scrapers.lead import with_kept_lead, with_lead
from scrapers.memory import Memory, owned, short_hash
from scrapers.model import (
    ArticleMarks,
    Clock,
    Cursor,
    Fetched,
    Item,
    Outcome,
    Parsed,
    Refusal,
    Source,
    Wanted,
)
from scrapers.parsing import parsed, parsed_apart
from scrapers.response import Response
from scrapers.source_options import options_of
from scrapers.unread import told_of_unread, with_unread

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_WINDOW: Final = 50  # ids of the last read that a gap is judged by
_REMEMBERED: Final = 500  # entries whose pages were asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Options(ArticleOptions):
    """The options of a source of kind "feed"."""

    url: str
    full_text: bool = False  # fetch each new entry's page for its text, obeying robots.txt
    full_read_every: timedelta = timedelta(hours=24)  # how long "not modified" is believed
    max_articles: int = 20  # pages a fetch; more entries wait for the next


def parse(body: bytes, url: str, content_type: str | None = None, *, timezone: str | None = None) -> Parsed:
    """The entries of a feed as items, oldest first; none where the feed holds none.

    Args:
        body: the document, in any encoding.
        url: where it came from; relative links start there.
        content_type: the Content-Type header, for its charset.
        timezone: the IANA zone of times that name none; UTC by default.

    Raises:
        LayoutChanged: nothing came, or no feed, or one too broken to read.
    """
    return _read(body, url, content_type, timezone)[0]


def _read(
    body: bytes, url: str, content_type: str | None, timezone: str | None, *, guess: bool = True
) -> tuple[Parsed, str | None]:
    """What a feed holds, and the page that it names as its own; without `guess`, only one that is sound."""
    text = decode(body, content_type)
    if not text.strip():
        raise LayoutChanged("the feed is an empty page", url=url)
    if text.lstrip().startswith("{"):
        document = feed_json.read_document(text, url)
    else:
        document = feed_xml.read_document(text, url, ZoneInfo(timezone or "UTC"), guess=guess)
    items = to_items(document.entries)
    kept = newest_within_extent(items)
    return Parsed(items=kept, refusals=left_out(len(items) - len(kept), url)), document.site


async def read_response(response: Response, timezone: str | None = None) -> tuple[Parsed, str | None]:
    """As `parse`, apart from all else, with the page that the feed names as its own.

    What has to be guessed at goes to a process, for nobody knows how long that takes.

    Raises:
        TooCostly: reading it took more time or memory than one document may take.
        LayoutChanged: as `parse` says.
    """
    body, url, content_type = response.body, response.url, response.headers.get("content-type")
    try:
        return await parsed(_read, body, url, content_type, timezone, guess=False)
    except feed_xml.Unsound:
        return await parsed_apart(_read, body, url, content_type, timezone)


class Feed:
    """The scraper of kind "feed".

    Besides what `conditional`, `feed_names`, `feed_stuck` and `memory` keep, its cursor holds `window` (the
    hashed ids of the last read's entries) and, with full texts, `seen` (the entries whose pages were asked
    for) and what `unread` keeps.
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What the feed holds now; with full texts, what it holds that is new.

        Raises:
            ScrapeError: as `HttpClient.get` and `parse` say.
        """
        cursor = conditional.at(cursor, options_of(source, Options).url)
        fetched = await watched(self._http, await self._fetch(source, cursor), cursor)
        return told_of_unread(fetched) if options_of(source, Options).full_text else fetched

    async def _fetch(self, source: Source, cursor: Cursor) -> Fetched:
        options = options_of(source, Options)
        response = await self._ask(options, cursor)
        after = conditional.after(response, cursor)
        if conditional.is_unchanged(response, cursor):
            return _fetched(source, response, after, Outcome.NOTHING_NEW)
        timezone = zone_of_country(source.country)
        read, site = await read_response(response, timezone)
        shown, purged = without_forgotten(after, read.items, site)
        after, named, redated = with_names(after, shown, site)
        items = tuple(without_future(item, response.fetched_at) for item in named)
        after = with_state(after, map(_state, items), site, options.url)
        if not read.items:
            return _fetched(source, response, after, Outcome.EMPTY)
        fetched = _fetched(source, response, _with_window(after, items), Outcome.ITEMS)
        remarks = (*read.refusals, *_doubts(items, redated))
        fetched = replace(fetched, items=items, refusals=remarks, gap=_gap(cursor, (*items, *purged)))
        return await self._with_full_texts(fetched, cursor, source) if options.full_text else fetched

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """Up to five of `wanted`, read again from their own pages; only of use with full texts.

        Raises:
            ScrapeError: as `reread_articles` says.
        """
        return await reread_articles(self._http, source, wanted, reading=_reading(source), remade=_reread)

    async def _ask(self, options: Options, cursor: Cursor) -> Response:
        now, every = self._clock.now(), options.full_read_every
        return await conditional.ask(
            self._http, options.url, cursor, now=now, full_read_every=every, accept=_ACCEPT
        )

    async def _with_full_texts(self, fetched: Fetched, before: Cursor, source: Source) -> Fetched:
        """The entries that are new or changed, the oldest `max_articles` of them, with their pages' texts."""
        most = options_of(source, Options).max_articles
        memory = Memory.read(before, "seen", max(_REMEMBERED, 2 * len(fetched.items)))
        new = [item for item in fetched.items if not _is_read(item, memory)]
        batch, rest = new[:most], new[most:]
        left = {item.external_id for item in rest}
        done = (item for item in fetched.items if item.external_id not in left)
        pages = await self._read_pages(batch, _reading(source))
        cursor = memory.with_all(_owned_state(item) for item in done).write(fetched.cursor)
        cursor = with_unread(cursor, pages.refused, read=pages.read > 0)
        return replace(
            fetched,
            outcome=Outcome.ITEMS if new else Outcome.NOTHING_NEW,
            cursor=conditional.reopened(cursor) if rest else cursor,
            items=tuple(pages.items),
            refusals=(*pages.refusals, *fetched.refusals),
            more=bool(rest),
        )

    async def _read_pages(self, batch: Iterable[Item], reading: Reading) -> "_Pages":
        """The items with their pages' texts; where a page gives none, the summary stays.

        Once the site turns us away, the rest of the batch is not asked for.
        """
        pages = _Pages()
        turned_away: str | None = None
        times = 0
        for item in batch:
            if item.url is None or turned_away:
                pages.left(item, turned_away)
                continue
            try:
                pages.took(_merged(item, await read_article(self._http, item.url, reading)))
            except ScrapeError as error:
                pages.failed(item, error)
                times += isinstance(error, Blocked)
                if isinstance(error, Blocked) and is_about_site(error, times):
                    turned_away = error.reason
        return pages


@dataclass(kw_only=True, slots=True)
class _Pages:
    """What came of the pages of some entries."""

    items: list[Item] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # why, of those that are no article or not given to us
    read: int = 0

    def took(self, item: Item) -> None:
        self.items.append(item)
        self.read += 1

    def left(self, item: Item, reason: str | None) -> None:
        """Keep the summary; `reason` is None where there is no page to be read."""
        self.items.append(item)
        if reason is not None:
            told = f"only its summary was read: {reason}"
            self.refusals.append(Refusal(url=item.url, reason=told, for_good=True))

    def failed(self, item: Item, error: ScrapeError) -> None:
        """Keep the summary; a page that could not be reached says nothing of how pages are read."""
        self.left(item, error.reason)
        if isinstance(error, Waiting):
            return
        if isinstance(error, Blocked) or not isinstance(error, Unavailable):
            self.refused.append(error.reason)


def _reading(source: Source) -> Reading:
    return Reading(timezone=zone_of_country(source.country), selectors=options_of(source, Options))


def _fetched(source: Source, response: Response, cursor: Cursor, outcome: Outcome) -> Fetched:
    return Fetched(source_id=source.id, outcome=outcome, fetched_at=response.fetched_at, cursor=cursor)


def _ids(items: Iterable[Item]) -> Iterator[str]:
    return (short_hash(item.external_id.encode()) for item in items)


def _with_window(cursor: Cursor, items: tuple[Item, ...]) -> Cursor:
    return replace(Memory.read(cursor, "window", _WINDOW), hashes=()).with_all(_ids(items)).write(cursor)


def _gap(before: Cursor, items: tuple[Item, ...]) -> str | None:
    window = Memory.read(before, "window", _WINDOW)
    if (
        conditional.is_first_read(before)
        or not window.hashes
        or any(hash_ in window for hash_ in _ids(items))
    ):
        return None
    return f"possible gap: of {counted(len(items), 'entry', 'entries')} none was in the last read"


def _state(item: Item) -> str:
    """An entry as far as its page is asked for again when it changes.

    Summaries do not count, nor do dates: there are feeds that date every entry anew at every read.
    """
    changes = (item.external_id, item.title or "", str(item.modified_at or ""))
    return short_hash("\n".join(changes).encode())


def _owned_state(item: Item) -> str:
    return owned(short_hash(item.external_id.encode()), _state(item))


def _is_read(item: Item, memory: Memory) -> bool:
    """Whether an entry's page was asked for; states were once kept without their owners."""
    return _owned_state(item) in memory or _state(item) in memory


def _doubts(items: Iterable[Item], redated: int) -> Iterator[Refusal]:
    """What is to be said of times that are not believed."""
    doubted = [item for item in items if item.published_raw and item.published_at is None]
    if doubted:
        example = (doubted[0].published_raw or "")[:60]
        reason = f"the time of {counted(len(doubted), 'entry', 'entries')} is not believed, as “{example}”"
        yield Refusal(url=doubted[0].url, reason=reason)
    if redated:
        entries = counted(redated, "entry", "entries")
        reason = f"{entries} dated anew and otherwise the same: what was told first stands"
        yield Refusal(url=None, reason=reason)


def _merged(entry: Item, page: Item) -> Item:
    """The entry with its lead and its page's text; the feed's own identity, address, title and time stay."""
    dated = entry if entry.published_basis == BASIS or page.published_at is None else page
    marks = page.marks or ArticleMarks()
    return replace(
        entry,
        title=entry.title or page.title,
        text=with_lead(page.text, entry.text, entry.title or page.title),
        full_text=True,
        links=page.links,
        media=entry.media or page.media,
        language=entry.language or page.language,
        modified_at=entry.modified_at or page.modified_at,
        published_at=dated.published_at,
        published_raw=dated.published_raw or entry.published_raw,
        published_precision=dated.published_precision,
        published_basis=dated.published_basis,
        marks=replace(marks, title_basis=BASIS if entry.title else marks.title_basis),
    )


def _reread(page: Item, stored: Wanted) -> Item:
    """What an entry's page shows now, under the title and with the lead that the feed gave it."""
    return replace(page, title=stored.title or page.title, text=with_kept_lead(page.text, stored.text or ""))
