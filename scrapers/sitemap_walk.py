"""Which sitemaps of a site are asked for, and what they name: through indexes, each only where it changed.

The cursor holds, beside what `conditional` keeps of the first one, `sitemaps`: of every other one, as JSON,
the sitemap that named it, the time it was given there, whether it turned us away (`forbidden`), and what
`conditional` keeps of it.
"""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scrapers import conditional
from scrapers.article_reading import is_about_site
from scrapers.counted import counted
from scrapers.errors import Blocked, ScrapeError, Throttled
from scrapers.http import HttpClient
from scrapers.model import Cursor, Precision, Refusal
from scrapers.parsing import parsed, parsed_apart
from scrapers.response import Response
from scrapers.sitemap_xml import PACKED, Address, Child, Document, read_document

_KEY: Final = "sitemaps"
_TELLING: Final = 3  # sitemaps that turned us away, and none that did not: then the owner is told
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
    late: set[str] = field(
        default_factory=set
    )  # addresses of sitemaps that were named before, but never read
    gap: str | None = None  # what is to be told of a site that shows none of its sitemaps

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
        self._turned_away = 0  # sitemaps of this walk
        self._newly_turned_away = 0
        self._last_failure: ScrapeError | None = None
        self._met = {url}
        self._found = Walk(fetched_at=http.clock.now(), cursor=cursor)

    async def walk(self) -> Walk:
        found = self._found
        first = _Step(child=Child(url=self._url), parent=None, depth=0)
        found.cursor = await self._visit(first, found.cursor)
        asked = 1
        while self._queue and asked < self._bounds.most and not self._is_shut_out():
            asked += await self._follow(self._queue.popleft())
        if found.failure is not None and not found.read and not found.addresses:
            if not self._may_begin_with_others():
                raise found.failure
            self._leave_the_rest()
            found.gap = self._gap()
        else:
            self._leave_the_rest()
        kept = json.dumps(self._kept) if self._kept else None
        found.cursor = found.cursor.with_values(**{_KEY: kept})
        return found

    def _is_shut_out(self) -> bool:
        failure = self._last_failure
        return isinstance(failure, Blocked) and is_about_site(failure, self._turned_away)

    def _may_begin_with_others(self) -> bool:
        """Whether the next walk asks for sitemaps that this one did not come to."""
        told_to_wait = isinstance(self._last_failure, Throttled)
        return bool(self._queue and self._newly_turned_away) and self._is_shut_out() and not told_to_wait

    def _leave_the_rest(self) -> None:
        """Tell of the sitemaps that were not asked for, and keep them for the next walk."""
        if not self._queue:
            return
        why = "the site turns us away" if self._is_shut_out() else "max_sitemaps"
        reason = f"{counted(len(self._queue), 'more sitemap')} not read ({why})"
        self._found.refusals.append(Refusal(url=self._url, reason=reason))
        for step in self._queue:
            self._keep(step, self._before(step.child))

    def _gap(self) -> str | None:
        forbidden = sum("forbidden" in values for values in self._kept.values())
        if forbidden < _TELLING:
            return None
        return f"the site turned us away from all of the last {forbidden} sitemaps"

    async def _follow(self, step: _Step) -> bool:
        """Whether a sitemap was asked for; one that fails is left for the next walk."""
        known = self._before(step.child)
        if _is_same(step.child, known):
            self._found.read += 1
            self._keep(step, known)
            self._go_on(step.child.url, step.depth, None)
            return False
        try:
            after = await self._visit(step, known)
        except ScrapeError as error:
            self._fail(step, known, error)
        else:
            self._keep(step, after.with_values(forbidden=None, time=_told_time(step.child, known)))
        return True

    def _fail(self, step: _Step, known: Cursor, error: ScrapeError) -> None:
        reason = f"a sitemap was not read: {error.reason}"
        is_told_to_wait = isinstance(error, Throttled)
        self._found.failure = error if is_told_to_wait else self._found.failure or error
        self._found.refusals.append(Refusal(url=step.child.url, reason=reason))
        self._last_failure = error
        left = conditional.reopened(known).with_values(time=None)
        if isinstance(error, Blocked):
            self._turned_away += 1
        if isinstance(error, Blocked) and not is_told_to_wait:
            self._newly_turned_away += "forbidden" not in known.values
            left = left.with_values(forbidden=1)
        self._keep(step, left)

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
            self._found.read += not self._remembered(url)
            self._go_on(url, step.depth, None)
        else:
            document = await self._read(response)
            self._found.take(document, url)
            if url in self._known and conditional.is_first_read(cursor):
                self._found.late.update(one.url for one in document.addresses)
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
        new = self._forbidden_last([child for child in children if child.url not in self._met])
        if depth >= _DEEPEST:
            return
        self._met.update(child.url for child in new)
        self._queue.extend(_Step(child=child, parent=url, depth=depth + 1) for child in new)

    def _remembered(self, parent: str) -> list[Child]:
        """The sitemaps that one named, those that have been read before those that never were."""
        named = [Child(url=url) for url, values in self._known.items() if values.get("parent") == parent]
        return sorted(named, key=lambda child: conditional.is_first_read(self._before(child)))

    def _forbidden_last(self, children: list[Child]) -> list[Child]:
        """Those that one walk can ask for, first those that did not turn us away before."""
        within, behind = children[: self._bounds.most - 1], children[self._bounds.most - 1 :]
        return [*sorted(within, key=lambda child: self._before(child).number("forbidden")), *behind]

    def _before(self, child: Child) -> Cursor:
        return Cursor(values=self._known.get(child.url, {}))

    def _keep(self, step: _Step, cursor: Cursor) -> None:
        self._kept[step.child.url] = dict(cursor.with_values(parent=step.parent).values)


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


def _is_same(child: Child, known: Cursor) -> bool:
    """Whether an index says that a sitemap has not changed; a day alone does not say so."""
    modified = child.modified
    if modified is None or modified.precision is Precision.DAY:
        return False
    return known.text("time") == modified.at.isoformat()


def _told_time(child: Child, known: Cursor) -> str | None:
    return child.modified.at.isoformat() if child.modified else known.text("time")


def _known(cursor: Cursor) -> dict[str, dict[str, str | int]]:
    known: dict[str, dict[str, str | int]] = json.loads(cursor.text(_KEY) or "{}")
    return known


def _read(body: bytes, url: str, content_type: str | None, *, timezone: str, since: datetime) -> Document:
    return read_document(body, url, content_type, zone=ZoneInfo(timezone), since=since)
