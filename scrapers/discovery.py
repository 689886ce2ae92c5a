"""Finding what can be collected of a site: feeds, sitemaps, Telegram channels. Each is looked at first."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from scrapers import feed, telegram_web
from scrapers.canonical import canonical_url, host_of
from scrapers.discovery_clues import Clue, FoundBy, PageClues, guesses, page_clues
from scrapers.errors import LayoutChanged, ScrapeError, Throttled
from scrapers.http import HttpClient
from scrapers.model import Cursor, Item, Source
from scrapers.parsing import parsed
from scrapers.response import Response
from scrapers.sitemap_xml import Document, read_document
from scrapers.telegram_web import TelegramWeb, require_name

FEED_PATHS: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
SITEMAP_PATHS: Final = ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_index.xml", "/sitemap.xml")

_MOST_LOOKS: Final = 30  # addresses asked for
_MOST_SITEMAPS: Final = 4  # of those that robots.txt names, and of those that an index names


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What was found at an address, or why nothing was."""

    clue: Clue
    outcome: str = "found"  # else that of the error
    reason: str | None = None  # of an error
    name: str | None = None
    language: str | None = None
    entries: int = 0
    newest: datetime | None = None
    whole_texts: bool = False  # of a feed
    titled: bool = False  # of a sitemap: it is one of news
    is_index: bool = False  # of a sitemap: its entries are sitemaps

    @property
    def found(self) -> bool:
        """Whether it can be collected."""
        return self.outcome == "found"


class Discovery:
    """Looks at one site, politely, and at no more than thirty of its addresses."""

    def __init__(self, http: HttpClient, *, previews: str = "https://t.me") -> None:
        """`previews` is where previews of Telegram channels are served."""
        self._http = http
        self._previews = previews
        self._queue: deque[Clue] = deque()
        self._met: set[tuple[str, str]] = set()
        self._findings: list[Finding] = []
        self._site = PageClues()
        self._looks = 0
        self._sent_away = False  # the site asked for a pause: nothing more is asked

    async def discover(self, url: str) -> tuple[Finding, ...]:
        """What `url` and its site offer: feeds first, then sitemaps, then channels.

        Raises:
            ScrapeError: the page at `url` cannot be read.
        """
        channel = channel_of(url)
        if channel is not None:
            self._add(Clue(kind="telegram_web", address=channel, found_by=FoundBy.ASKED))
            await self._look_at_all()
            return tuple(self._findings)
        final = await self._look_at_page(url)
        await self._look_at_all()
        await self._guess(final, feed_paths(self._findings), "feed")
        self._queue.extend(await self._named_by_robots(final))
        await self._look_at_all()
        await self._guess(final, sitemap_paths(self._findings), "sitemap")
        return tuple(sorted(self._findings, key=_rank))

    async def _look_at_page(self, url: str) -> str:
        """Take the clues of the page that was asked for; it may be a feed or a sitemap itself."""
        response = await self._http.get(url, robots=True)
        clue = Clue(kind="feed", address=canonical_url(response.url) or url, found_by=FoundBy.ASKED)
        self._met.add((clue.kind, clue.address))
        finding = await self._read(clue, response)
        if finding is not None:
            self._findings.append(finding)
        return response.url

    async def _look_at_all(self) -> None:
        while self._queue and self._may_look():
            clue = self._queue.popleft()
            self._looks += 1
            await self._look(clue)

    async def _guess(self, url: str, paths: Iterable[str], kind: str) -> None:
        """Try the usual addresses until one holds something; that one does not is no finding."""
        for clue in guesses(url, paths, kind):
            before = len(self._findings)
            if not self._is_new(clue) or not self._may_look():
                continue
            self._queue.append(clue)
            await self._look_at_all()
            if self._sent_away or any(finding.found for finding in self._findings[before:]):
                return
            del self._findings[before:]

    def _may_look(self) -> bool:
        return self._looks < _MOST_LOOKS and not self._sent_away

    async def _look(self, clue: Clue) -> None:
        try:
            if clue.kind == "telegram_web":
                self._findings.append(await self._look_at_channel(clue))
                return
            response = await self._http.get(clue.address, robots=clue.found_by is not FoundBy.HEAD)
            finding = await self._read(clue, response)
            if finding is not None:
                self._findings.append(finding)
        except ScrapeError as error:
            self._findings.append(Finding(clue=clue, outcome=error.outcome, reason=error.reason))
            self._sent_away = isinstance(error, Throttled)

    async def _read(self, clue: Clue, response: Response) -> Finding | None:
        """What an answer is, whatever it was taken for; None for a page, whose clues are taken."""
        try:
            read, _ = await feed.read_response(response)
        except LayoutChanged as fault:
            return await self._read_otherwise(clue, response, fault)
        return self._finding_of_feed(replace(clue, kind="feed"), read.items)

    async def _read_otherwise(self, clue: Clue, response: Response, fault: LayoutChanged) -> Finding | None:
        content_type = response.headers.get("content-type")
        try:
            document = await parsed(_read_sitemap, response.body, response.url, content_type)
        except LayoutChanged as no_sitemap:
            if clue.kind == "sitemap":
                raise
            if clue.found_by in (FoundBy.HEAD, FoundBy.GUESS):
                raise fault from no_sitemap
            self._take(await parsed(page_clues, response.body, response.url, content_type), clue)
            return None
        return self._finding_of_sitemap(replace(clue, kind="sitemap"), document)

    def _take(self, page: PageClues, clue: Clue) -> None:
        """The clues of the page asked for; of a page that is linked from it, only those of feeds."""
        if clue.found_by is FoundBy.ASKED:
            self._site = page
        for one in page.clues:
            if clue.found_by is FoundBy.ASKED or one.kind == "feed":
                self._add(one)

    def _finding_of_feed(self, clue: Clue, items: tuple[Item, ...]) -> Finding:
        return Finding(
            clue=clue,
            name=clue.name or self._site.name,
            language=next((item.language for item in items if item.language), self._site.language),
            entries=len(items),
            newest=max((item.published_at for item in items if item.published_at), default=None),
            whole_texts=bool(items) and sum(item.full_text for item in items) * 2 > len(items),
        )

    def _finding_of_sitemap(self, clue: Clue, document: Document) -> Finding | None:
        """None for an index that leads to a sitemap of news, which is looked at in its place."""
        news = [child.url for child in document.children if "news" in child.url.rpartition("/")[2].lower()]
        for url in news[:_MOST_SITEMAPS]:
            self._add(Clue(kind="sitemap", address=url, found_by=FoundBy.INDEX))
        if news:
            return None
        moments = [one.published or one.modified for one in document.addresses]
        moments += [child.modified for child in document.children]
        return Finding(
            clue=clue,
            name=self._site.name,
            language=next((one.language for one in document.addresses if one.language), self._site.language),
            entries=len(document.addresses) or len(document.children),
            newest=max((moment.at for moment in moments if moment), default=None),
            titled=any(one.title for one in document.addresses),
            is_index=bool(document.children),
        )

    async def _look_at_channel(self, clue: Clue) -> Finding:
        options = telegram_web.Options(channel=clue.address, first_pages=1, base_url=self._previews)
        source = Source(id="found", kind="telegram_web", name=clue.address, options=options)
        fetched = await TelegramWeb(self._http).fetch(source, Cursor())
        return Finding(
            clue=clue,
            name=(fetched.channel.title if fetched.channel else None) or clue.address,
            language=self._site.language,
            entries=len(fetched.items),
            newest=max((item.published_at for item in fetched.items if item.published_at), default=None),
            whole_texts=True,
        )

    async def _named_by_robots(self, url: str) -> list[Clue]:
        from protego import Protego

        address = canonical_url("/robots.txt", url)
        try:
            response = await self._http.get(address or url)
        except ScrapeError:
            return []
        rules = Protego.parse(response.body[: 500 * 1024].decode("utf-8", "replace"))
        found = (canonical_url(one, url) for one in rules.sitemaps)
        clues = (Clue(kind="sitemap", address=one, found_by=FoundBy.ROBOTS) for one in found if one)
        ordered = sorted(clues, key=lambda clue: "news" not in clue.address.lower())
        return [clue for clue in ordered if self._is_new(clue)][:_MOST_SITEMAPS]

    def _add(self, clue: Clue) -> None:
        if self._is_new(clue):
            self._queue.append(clue)

    def _is_new(self, clue: Clue) -> bool:
        """Whether an address was not looked at, nor is going to be; from now on it is."""
        key = (clue.kind, clue.address.lower() if clue.kind == "telegram_web" else clue.address)
        new = key not in self._met
        self._met.add(key)
        return new


def feed_paths(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Where a feed usually is; nowhere where one was found."""
    return () if any(one.found and one.clue.kind == "feed" for one in findings) else FEED_PATHS


def sitemap_paths(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Where a sitemap usually is; nowhere where one was found."""
    return () if any(one.found and one.clue.kind == "sitemap" for one in findings) else SITEMAP_PATHS


def _rank(finding: Finding) -> tuple[bool, int]:
    order = ("feed", "sitemap", "telegram_web")
    return not finding.found, order.index(finding.clue.kind)


def channel_of(url: str) -> str | None:
    """The channel that an address or a name with @ is of; None for any other site.

    Raises:
        Refused: an invite link, or a link into a private channel.
    """
    if not url.startswith("@") and host_of(url) not in ("t.me", "telegram.me"):
        return None
    return require_name(url, url)


def _read_sitemap(body: bytes, url: str, content_type: str | None) -> Document:
    return read_document(body, url, content_type, zone=UTC)
