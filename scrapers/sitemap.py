"""Sitemaps: the addresses that a site itself lists for readers like us, and the articles behind the new ones.

parse() is pure; fetch() walks from the sitemap through those that it names, asking for each conditionally.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapers import conditional
from scrapers.article_reading import reread_articles, without_future
from scrapers.counted import counted
from scrapers.dates import Moment, read_moment
from scrapers.http import HttpClient
from scrapers.link_reading import REMEMBERED, Link, Progress, key_of, read_links, same_site
from scrapers.listing_options import ListingOptions, reading_of, with_zone
from scrapers.memory import Memory, short_hash
from scrapers.model import (
    Clock,
    Cursor,
    Fetched,
    Item,
    ItemKind,
    Outcome,
    Parsed,
    Precision,
    Refusal,
    Source,
    Wanted,
)
from scrapers.sitemap_walk import Bounds, Walk, walk
from scrapers.sitemap_xml import Address, read_document
from scrapers.unread import told_of_unread, with_unread

_BASIS: Final = "sitemap"
_MOST_NEW: Final = 200  # addresses that one read may find new; more is no news but a site that was rebuilt
_MOST_TIMELESS: Final = 20_000  # addresses without times; of more nobody could say which are new
_MOST_REMEMBERED: Final = 2 * _MOST_TIMELESS
_SLACK: Final = timedelta(days=1)  # times of sitemaps are often no more than days
_MOST_TOLD: Final = 10  # sitemaps of an index that parse() tells of


@dataclass(frozen=True, kw_only=True, slots=True)
class Options(ListingOptions):
    """The options of a source of kind "sitemap". Raises ValueError on what cannot work."""

    paths: tuple[str, ...] = ()  # beginnings of the paths that are wanted, as "/news/"; (): all
    max_age: timedelta = timedelta(days=3)  # pages that are older by the sitemap's own word are left
    max_sitemaps: int = 10  # sitemaps a fetch, the first one included

    def __post_init__(self) -> None:
        ListingOptions.__post_init__(self)  # super() does not know a class with slots
        if self.max_sitemaps < 1 or self.max_articles < 1:
            raise ValueError("max_sitemaps and max_articles must be at least 1")
        if any(not path.startswith("/") for path in self.paths):
            raise ValueError('paths begin with a slash, as "/news/"')


def parse(body: bytes, url: str, content_type: str | None = None, *, timezone: str | None = None) -> Parsed:
    """The addresses of a sitemap as items, oldest first; those of an index are told as refusals.

    Args:
        body: the document, perhaps packed with gzip.
        url: where it came from; relative addresses start there.
        content_type: the Content-Type header, for its charset.
        timezone: the IANA zone of times that name none; UTC by default.

    Raises:
        LayoutChanged: no sitemap, or one too broken or too dangerous to read.
    """
    document = read_document(body, url, content_type, zone=ZoneInfo(timezone or "UTC"))
    links = sorted(document.addresses, key=_newest)
    children = [
        Refusal(url=child.url, reason="a further sitemap, which a fetch reads")
        for child in document.children[:_MOST_TOLD]
    ]
    return Parsed(items=tuple(map(_listed, links)), refusals=tuple(children))


class Sitemap:
    """The scraper of kind "sitemap".

    Besides what `conditional`, `sitemap_walk` and `link_reading` keep, its cursor holds `pending` (links
    whose articles are still to be read, as JSON) and `continued` (1 where the next fetch only goes on with
    them), `crowded` (the paths with too many addresses without times), `unfit` (why the first read found
    nothing on the wanted paths, until something is), `unfit_paths` (those paths) and `fit_paths` (the ones on
    which something was found).
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What is new in the sitemaps, oldest first, at most `max_articles` articles.

        Raises:
            ScrapeError: as `walk` and `read_links` say.
        """
        return told_of_unread(await self._fetch(source, cursor))

    async def _fetch(self, source: Source, cursor: Cursor) -> Fetched:
        options = with_zone(source, Options)
        cursor = _with_paths(conditional.at(cursor, options.url), options)
        now = self._clock.now()
        if cursor.number("continued"):
            found = Walk(fetched_at=now, cursor=cursor)
        else:
            found = await walk(self._http, options.url, cursor, _bounds(options, now))
        named = _on_wanted_paths(found, options, first=conditional.is_first_read(cursor))
        listed = tuple(address for address in named if _is_fresh(address, now - options.max_age))
        fetched = Fetched(
            source_id=source.id,
            outcome=Outcome.EMPTY if found.is_empty else Outcome.NOTHING_NEW,
            fetched_at=found.fetched_at,
            cursor=found.cursor,
            gap=found.gap,
            refusals=tuple(found.refusals),
            unread=found.cursor.text("unfit"),
        )
        if not options.articles:
            return _as_listed(fetched, listed)
        is_first = conditional.is_first_read(cursor)
        fetched, listed, was_crowded = _without_crowd(fetched, listed, options)
        timeless = frozenset(one.url for one in listed if _is_timeless(one))
        ageless = timeless if is_first or was_crowded else timeless & found.late
        return await self._with_articles(fetched, listed, options, ageless, first=is_first)

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """Up to five of `wanted`, read again from their own pages.

        Raises:
            ScrapeError: as `reread_articles` says.
        """
        reading = reading_of(with_zone(source, Options))
        return await reread_articles(self._http, source, wanted, reading=reading, remade=same_site)

    async def _with_articles(
        self,
        fetched: Fetched,
        listed: Sequence[Address],
        options: Options,
        ageless: frozenset[str],
        *,
        first: bool,
    ) -> Fetched:
        fetched, links = _with_new_links(fetched, listed, options, ageless, first=first)
        progress = Progress.read(fetched.cursor, links, most=_most_remembered(fetched.cursor))
        untold = progress.untold(links)
        batch, rest = untold[: options.max_articles], untold[options.max_articles :]
        await read_links(self._http, batch, progress, reading_of(options))
        items = tuple(without_future(item, fetched.fetched_at) for item in progress.items.values())
        more = bool(rest) and progress.advanced
        cursor = progress.write(fetched.cursor, finished=True)
        left = [link for link in links if key_of(link) not in progress.seen]
        return replace(
            fetched,
            outcome=Outcome.ITEMS if items else fetched.outcome,
            gap=fetched.gap or progress.loss(),
            cursor=_with_pending(cursor, left).with_values(continued=1 if more else None),
            items=items,
            refusals=(*progress.refusals, *fetched.refusals),
            more=more,
        )


def _bounds(options: Options, now: datetime) -> Bounds:
    return Bounds(
        most=options.max_sitemaps,
        since=now - options.max_age - _SLACK,
        full_read_every=options.full_read_every,
        timezone=options.timezone or "UTC",
    )


def _with_paths(cursor: Cursor, options: Options) -> Cursor:
    """The cursor; one that reads all again where `paths` fitted no address and are others now."""
    if cursor.text("unfit") is None or cursor.text("unfit_paths") == json.dumps(options.paths):
        return cursor
    has_fitted = cursor.text("fit_paths") is not None
    again = conditional.reopened(cursor) if has_fitted else conditional.begun_anew(cursor)
    return again.with_values(sitemaps=None, unfit=None, unfit_paths=None)


def _on_wanted_paths(found: Walk, options: Options, *, first: bool) -> list[Address]:
    """The addresses of the wanted paths; that there are some, but none of these, is told.

    Where that is so at the first read, or when `paths` have changed, they are probably mistaken: that is told
    until an address fits.
    """
    here, fitted = json.dumps(options.paths), found.cursor.text("fit_paths")
    wanted = [
        address
        for address in found.addresses.values()
        if not options.paths or urlsplit(address.url).path.startswith(options.paths)
    ]
    if found.addresses and not wanted:
        reason = f"of {counted(len(found.addresses), 'address', 'addresses')} none begins as paths say"
        found.refusals.append(Refusal(url=options.url, reason=reason))
        if first or fitted not in (None, here):
            found.cursor = found.cursor.with_values(unfit=reason, unfit_paths=here)
    elif wanted:
        found.cursor = found.cursor.with_values(unfit=None, unfit_paths=None, fit_paths=here)
    return wanted


def _is_fresh(address: Address, since: datetime) -> bool:
    """Whether a page is not too old by the sitemap's own word, which may be no more than a day."""
    moment = address.published or address.modified
    return moment is None or moment.at + _room(moment) >= since


def _without_crowd(
    fetched: Fetched, listed: tuple[Address, ...], options: Options
) -> tuple[Fetched, tuple[Address, ...], bool]:
    """What is listed without its timeless addresses where they are too many to be remembered.

    They stay out for as long as `paths` are the same, as a later walk may show but a part of them. The last
    value tells whether they were left until now, so that any of them may be old.
    """
    before = fetched.cursor.text("crowded")
    here = json.dumps(options.paths)
    timeless = sum(map(_is_timeless, listed))
    if timeless <= _MOST_TIMELESS and before != here:
        return replace(fetched, cursor=fetched.cursor.with_values(crowded=None)), listed, before is not None
    reason = (
        f"more than {_MOST_TIMELESS:,} addresses come without times, and which are new cannot be told: "
        "they are left out; name a sitemap with times, or paths"
    )
    return (
        replace(
            fetched,
            cursor=fetched.cursor.with_values(crowded=here),
            gap=fetched.gap or reason,
            refusals=(*fetched.refusals, Refusal(url=options.url, reason=reason)),
        ),
        tuple(one for one in listed if not _is_timeless(one)),
        False,
    )


def _with_new_links(
    fetched: Fetched, listed: Sequence[Address], options: Options, ageless: frozenset[str], *, first: bool
) -> tuple[Fetched, tuple[Link, ...]]:
    """The links to be read, newest first: those left from before, and those that no read showed before.

    `ageless` are addresses without a time in sitemaps that are read for the first time: they may be of any
    age, and are taken for seen.
    """
    zone = ZoneInfo(options.timezone or "UTC")
    pending = _pending(fetched.cursor, zone)
    seen = Memory.read(fetched.cursor, "seen", _MOST_REMEMBERED)
    waiting = {link.url for link in pending}
    new = [_link(one) for one in sorted(listed, key=_newest, reverse=True) if one.url not in waiting]
    keys = [short_hash(one.url.encode()) for one in listed]
    known = seen.among(keys)
    shown = [key for key in keys if key in known]
    new = [link for link in new if key_of(link) not in known]
    taken = [link for link in new if link.url not in ageless][:_MOST_NEW]
    chosen = {link.url for link in taken}
    passed = [link for link in new if link.url not in chosen]
    if len(passed) + len(taken) > _MOST_NEW and not first:
        reason = (
            f"possible gap: {len(new)} addresses are new at once, of which the newest {_MOST_NEW} are read"
        )
        fetched = replace(fetched, gap=reason)
    seen = replace(seen, most=_most_remembered(fetched.cursor, len(listed)))
    cursor = seen.with_all([*shown, *(key_of(link) for link in reversed(passed))]).write(fetched.cursor)
    return replace(fetched, cursor=cursor), (*taken, *pending)


def _most_remembered(cursor: Cursor, listed: int = 0) -> int:
    already = len((cursor.text("seen") or "").split())
    return min(max(REMEMBERED, already, 2 * listed), _MOST_REMEMBERED)


def _as_listed(fetched: Fetched, listed: Sequence[Address]) -> Fetched:
    """The titles that the sitemaps tell, as items."""
    titled = [address for address in listed if address.title]
    items = (without_future(_listed(one), fetched.fetched_at) for one in sorted(titled, key=_newest))
    refusals = fetched.refusals
    if len(titled) < len(listed):
        untitled = counted(len(listed) - len(titled), "address", "addresses")
        reason = f"{untitled} without a title: articles = true reads such pages"
        refusals = (*refusals, Refusal(url=None, reason=reason))
    outcome = Outcome.ITEMS if titled else fetched.outcome
    cursor = with_unread(fetched.cursor, (), read=bool(titled))
    return replace(fetched, outcome=outcome, cursor=cursor, items=tuple(items), refusals=refusals)


def _listed(address: Address) -> Item:
    published = address.published
    return Item(
        external_id=address.url,
        kind=ItemKind.ARTICLE,
        url=address.url,
        title=address.title,
        text="",
        published_at=published.at if published else None,
        published_raw=address.published_raw,
        published_precision=published.precision if published else None,
        published_basis=_BASIS if published else None,
        modified_at=address.modified.at if address.modified else None,
        language=address.language,
        full_text=False,
    )


def _link(address: Address) -> Link:
    return Link(
        url=address.url,
        title=address.title,
        text="",
        published_raw=address.published_raw,
        published=address.published,
        basis=_BASIS,
    )


def _pending(cursor: Cursor, zone: ZoneInfo) -> list[Link]:
    rows: list[list[str | None]] = json.loads(cursor.text("pending") or "[]")
    return [
        Link(
            url=url,
            title=title,
            text="",
            published_raw=raw,
            published=read_moment(raw, zone) if raw else None,
            basis=_BASIS,
        )
        for url, title, raw in rows
        if url
    ]


def _with_pending(cursor: Cursor, links: Sequence[Link]) -> Cursor:
    rows = [[link.url, link.title, link.published_raw] for link in links]
    return cursor.with_values(pending=json.dumps(rows, ensure_ascii=False) if rows else None)


def _is_timeless(address: Address) -> bool:
    return address.published is None and address.modified is None


def _newest(address: Address) -> float:
    moment = address.published or address.modified
    return moment.at.timestamp() if moment else 0.0


def _room(moment: Moment) -> timedelta:
    """How much later than its beginning what is dated by the day may have been."""
    return _SLACK if moment.precision is Precision.DAY else timedelta(0)
