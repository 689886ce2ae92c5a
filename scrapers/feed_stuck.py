"""A feed that shows the same for days while its site moves on: broken, though it answers well.

watched() asks for the site's page, at most once a day and only after three days without a change of the feed,
or longer for one that has stood still before: a feed that brings something once a week is well. What follows
from the answer is pure. Its part of the feed's cursor is `entries` (a hash of what the feed shows),
`same_since`, `stood` (the most seconds that it showed the same before), `site` (the page that the feed names
as its own), `looked` (when that was last asked for), `links` (hashes of some of the page's articles at the
first look) and `stuck` (1 once others came).
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from scrapers.canonical import host_of
from scrapers.decoding import decode
from scrapers.errors import ScrapeError
from scrapers.http import HttpClient
from scrapers.markup import links_of, parse_html
from scrapers.memory import Forgotten, short_hash
from scrapers.model import Cursor, Fetched
from scrapers.parsing import parsed

PATIENCE: Final = timedelta(days=3)
MOST_PATIENCE: Final = timedelta(days=14)
LOOK_EVERY: Final = timedelta(days=1)
_FEWEST_NEW: Final = 3  # articles: one or two may be a notice, or an old one that is shown again
_REMEMBERED: Final = 40  # articles of a page
_ARTICLE: Final = re.compile(r"[0-9]{3}|(?:[^/-]+-){2}")  # a number or several words in the address

log = logging.getLogger(__name__)


def with_state(cursor: Cursor, states: Iterable[str], site: str | None, feed_url: str) -> Cursor:
    """The cursor after a read of the whole feed.

    Args:
        cursor: what else is kept of that read.
        states: a hash of each entry, in any order.
        site: the page that the feed names as its own; kept only where it may be asked for.
        feed_url: the feed's own address.
    """
    entries = short_hash(" ".join(sorted(states)).encode())
    own = site if site is not None and is_own_site(site, feed_url) else None
    return cursor.with_values(entries=entries, site=own)


def is_own_site(site: str, feed_url: str) -> bool:
    """Whether a page is on the feed's host or on a domain above it, though not on one open to everybody."""
    there, here = host_of(site), host_of(feed_url)
    if there is None or here is None:
        return False
    return there == here or (here.endswith(f".{there}") and _domain(site) == _domain(feed_url))


def _domain(url: str) -> str | None:
    from courlan import extract_domain

    found: str | None = extract_domain(url)
    return found


async def watched(http: HttpClient, fetched: Fetched, before: Cursor) -> Fetched:
    """`fetched` with what is known of the feed's standing still; `before` is the cursor it began with.

    A page that cannot be had or read tells nothing, and is asked for again a day later.
    """
    now = fetched.fetched_at
    cursor = standing(before, fetched.cursor, now)
    site = cursor.text("site")
    if site is not None and is_look_due(cursor, now):
        cursor = after_look(cursor, await _look(http, site), now)
    return replace(fetched, cursor=cursor, stuck=reason(cursor, now))


def standing(before: Cursor, after: Cursor, now: datetime) -> Cursor:
    """`after` with the time since when the feed has shown the same, and begun anew where it changed."""
    unknown = before.text("entries") is None  # something was purged since
    same = unknown or before.text("entries") == after.text("entries")
    if same and after.text("same_since") is not None:
        return after
    stood = max(before.number("stood"), _seconds_since(_time(before, "same_since"), now)) or None
    return after.with_values(same_since=now.isoformat(), stood=stood, looked=None, links=None, stuck=None)


def is_look_due(cursor: Cursor, now: datetime) -> bool:
    """Whether the site's page is worth a request now."""
    since, looked = _time(cursor, "same_since"), _time(cursor, "looked")
    if since is None or now - since < _patience(cursor) or cursor.number("stuck"):
        return False
    return looked is None or now - looked >= LOOK_EVERY


def _patience(cursor: Cursor) -> timedelta:
    return min(max(PATIENCE, 2 * timedelta(seconds=cursor.number("stood"))), MOST_PATIENCE)


def _seconds_since(moment: datetime | None, now: datetime) -> int:
    return 0 if moment is None else int((now - moment).total_seconds())


def after_look(cursor: Cursor, articles: frozenset[str], now: datetime) -> Cursor:
    """The cursor after the site's page showed `articles` (hashes); the first look is what later ones meet."""
    forgotten = Forgotten.read(cursor)
    articles = frozenset(article for article in articles if article not in forgotten)
    looked = cursor.with_values(looked=now.isoformat())
    known = frozenset((cursor.text("links") or "").split())
    if not known:
        sample = sorted(articles)[:_REMEMBERED]
        return looked.with_values(links=" ".join(sample) or None)
    return looked.with_values(stuck=1) if len(_surely_new(articles, known)) >= _FEWEST_NEW else looked


def reason(cursor: Cursor, now: datetime) -> str | None:
    """What to tell the owner, None where there is nothing to tell."""
    since = _time(cursor, "same_since")
    if since is None or not cursor.number("stuck"):
        return None
    host = host_of(cursor.text("site") or "") or "its site"
    return f"the feed has shown the same for {(now - since).days} days while {host} has new pages"


def articles_on(body: bytes, url: str, content_type: str | None = None) -> frozenset[str]:
    """The hashed addresses on a page that look like articles of the same host."""
    root = parse_html(decode(body, content_type))
    if root is None:
        return frozenset()
    own = (link for link in links_of(root, url) if host_of(link) == host_of(url))
    return frozenset(short_hash(link.encode()) for link in own if _ARTICLE.search(urlsplit(link).path))


def _surely_new(articles: frozenset[str], known: frozenset[str]) -> frozenset[str]:
    """Those that cannot have been there at the first look, of which only the smallest hashes were kept."""
    if len(known) < _REMEMBERED:
        return articles - known
    return frozenset(article for article in articles - known if article < max(known))


async def _look(http: HttpClient, site: str) -> frozenset[str]:
    try:
        response = await http.get(site, robots=True)
        content_type = response.headers.get("content-type")
        return await parsed(articles_on, response.body, response.url, content_type)
    except ScrapeError as error:
        log.debug("no look at the site of a feed: %s", error.reason)
        return frozenset()


def _time(cursor: Cursor, key: str) -> datetime | None:
    written = cursor.text(key)
    return None if written is None else datetime.fromisoformat(written)
