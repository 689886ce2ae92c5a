"""Which sitemaps of a site are asked for, and what they name: through indexes, each only where it changed.

The cursor holds, beside what `conditional` keeps of the first one, `sitemaps`: of every other one, as JSON,
the sitemap that named it, the time it was given there, and what `conditional` keeps of it.
"""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scrapers import conditional
from scrapers.errors import Blocked, ScrapeError
from scrapers.http import HttpClient
from scrapers.model import Cursor, Precision, Refusal
from scrapers.parsing import parsed, parsed_apart
from scrapers.response import Response
from scrapers.sitemap_xml import PACKED, Address, Child, Document, read_document

_KEY: Final = "sitemaps"
_DEEPEST: Final = 3  # indexes inside indexes
_ACCEPT: Final = "application/xml, text/xml;q=0.9, application/gzip;q=0.9, text/plain;q=0.5, */*;q=0.3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """How far a walk goes."""

    most: int  # sitemaps, the first one included
    since: datetime  # sitemaps and pages that say they did not change since then are left
    full_read_every: timedelta  # how long "not modified" is believed
    timezone: str  # IANA zone of times that name none


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """A sitemap to be asked for."""

    child: Child
    parent: str | None  # None: the first one
    depth: int


@dataclass(kw_only=True, slots=True)
class Walk:
    """What a walk found."""

    fetched_at: datetime
    cursor: Cursor
    addresses: dict[str, Address] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    changed: bool = False  # some sitemap was read anew
    failure: ScrapeError | None = None  # the first one
    read: int = 0  # sitemaps that answered, changed or not, without the indexes
    indexed: bool = False  # some of them are indexes
    old: int = 0  # addresses that were left for their age

    @property
    def is_empty(self) -> bool:
        """Whether the one sitemap that there is names nothing at all."""
        return self.changed and not (self.addresses or self.old or self.indexed)

    def take(self, document: Document, url: str) -> None:
        """Keep what a sitemap names."""
        self.changed = True
        self.old += document.old
        self.indexed = self.indexed or bool(document.children)
        for address in document.addresses:
            self.addresses.setdefault(address.url, address)
        if not document.whole:
            self.refusals.append(Refusal(url=url, reason="the sitemap goes on behind what was read of it"))


async def walk(http: HttpClient, url: str, cursor: Cursor, bounds: Bounds) -> Walk:
    """Read the sitemap at `url`, and those that it and they lead to.

    Raises:
        ScrapeError: the first one cannot be read, or none of those that it names.
    """
    walker = _Walker(http, url, cursor, bounds)
    return await walker.walk()


class _Walker:
    def __init__(self, http: HttpClient, url: str, cursor: Cursor, bounds: Bounds) -> None:
        self._http = http
        self._url = url
        self._bounds = bounds
        self._known = _known(cursor)
        self._kept: dict[str, dict[str, str | int]] = {}
        self._queue: deque[_Step] = deque()
        self._met = {url}
        self._found = Walk(fetched_at=http.clock.now(), cursor=cursor)

    async def walk(self) -> Walk:
        found = self._found
        first = _Step(child=Child(url=self._url), parent=None, depth=0)
        found.cursor = await self._visit(first, found.cursor)
        asked = 1
        while self._queue and asked < self._bounds.most:
            asked += await self._follow(self._queue.popleft())
        if self._queue:
            reason = f"{len(self._queue)} more sitemaps were not read (max_sitemaps)"
            found.refusals.append(Refusal(url=self._url, reason=reason))
        if found.failure is not None and not found.read and not found.addresses:
            raise found.failure
        kept = json.dumps(self._kept, sort_keys=True) if self._kept else None
        found.cursor = found.cursor.with_values(**{_KEY: kept})
        return found

    async def _follow(self, step: _Step) -> bool:
        """Whether a sitemap was asked for; one that fails is left for the next walk."""
        url = step.child.url
        known = self._known.get(url, {})
        if step.child.modified is not None and _is_same(step.child, known):
            self._found.read += 1
            self._keep(step, Cursor(values=known))
            self._go_on(url, step.depth, None)
            return False
        try:
            self._keep(step, await self._visit(step, Cursor(values=known)))
        except ScrapeError as error:
            self._found.failure = self._found.failure or error
            self._found.refusals.append(Refusal(url=url, reason=f"a sitemap was not read: {error.reason}"))
            if isinstance(error, Blocked):
                self._queue.clear()
            if known:
                self._keep(step, conditional.reopened(Cursor(values=known)).with_values(time=None))
        return True

    async def _visit(self, step: _Step, cursor: Cursor) -> Cursor:
        url, bounds = step.child.url, self._bounds
        response = await conditional.ask(
            self._http,
            url,
            cursor,
            now=self._http.clock.now(),
            full_read_every=bounds.full_read_every,
            robots=True,
            accept=_ACCEPT,
        )
        if conditional.is_unchanged(response, cursor):
            self._found.read += 1
            self._go_on(url, step.depth, None)
        else:
            document = await self._read(response)
            self._found.take(document, url)
            self._found.read += not document.children
            self._go_on(url, step.depth, document)
        return conditional.after(response, cursor)

    async def _read(self, response: Response) -> Document:
        content_type = response.headers.get("content-type")
        bounds = self._bounds
        is_packed = response.body.startswith(PACKED)  # a short one may be long
        return await (parsed_apart if is_packed else parsed)(
            _read, response.body, response.url, content_type, timezone=bounds.timezone, since=bounds.since
        )

    def _go_on(self, url: str, depth: int, document: Document | None) -> None:
        """Queue what a sitemap names, or what it named when it was last read."""
        children = self._remembered(url) if document is None else chosen(document.children, self._bounds)
        new = [child for child in children if child.url not in self._met]
        if depth >= _DEEPEST:
            return
        self._met.update(child.url for child in new)
        self._queue.extend(_Step(child=child, parent=url, depth=depth + 1) for child in new)

    def _remembered(self, parent: str) -> list[Child]:
        return [Child(url=url) for url, values in self._known.items() if values.get("parent") == parent]

    def _keep(self, step: _Step, cursor: Cursor) -> None:
        modified = step.child.modified
        time = modified.at.isoformat() if modified else cursor.text("time")
        self._kept[step.child.url] = dict(cursor.with_values(parent=step.parent, time=time).values)


def chosen(children: Sequence[Child], bounds: Bounds) -> list[Child]:
    """The sitemaps of an index in the order in which they are worth asking for.

    Those that changed last come first; those that changed before `since` are left. Where no time is told,
    that of the news comes first, and the ends of the list in turn: new pages stand at one of them.
    """
    dated = [child for child in children if child.modified is not None and _is_fresh(child, bounds)]
    dated.sort(key=_time, reverse=True)
    undated = [child for child in children if child.modified is None]
    news = [child for child in undated if _is_of_news(child)]
    others = [child for child in undated if not _is_of_news(child)]
    inwards = [
        others[place // 2] if place % 2 == 0 else others[-1 - place // 2] for place in range(len(others))
    ]
    return [*news, *dated, *inwards][: 10 * bounds.most]


def _is_of_news(child: Child) -> bool:
    return "news" in child.url.rpartition("/")[2].lower()


def _is_fresh(child: Child, bounds: Bounds) -> bool:
    return child.modified is not None and child.modified.at >= bounds.since


def _time(child: Child) -> float:
    return child.modified.at.timestamp() if child.modified else 0.0


def _is_same(child: Child, known: dict[str, str | int]) -> bool:
    """Whether an index says that a sitemap has not changed; a day alone does not say so."""
    modified = child.modified
    if modified is None or modified.precision is Precision.DAY:
        return False
    return known.get("time") == modified.at.isoformat()


def _known(cursor: Cursor) -> dict[str, dict[str, str | int]]:
    known: dict[str, dict[str, str | int]] = json.loads(cursor.text(_KEY) or "{}")
    return known


def _read(body: bytes, url: str, content_type: str | None, *, timezone: str, since: datetime) -> Document:
    return read_document(body, url, content_type, zone=ZoneInfo(timezone), since=since)
