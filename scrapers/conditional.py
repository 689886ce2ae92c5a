"""Asking a page again only for what changed (RFC 9110 section 13), without believing "not modified" for ever.

The cursor holds `address` (a hash), `etag`, `last_modified`, `body` (a hash) and `last_full_read` of the last
whole read, and `unchanged`, the number of 304s since.
"""

from datetime import datetime, timedelta
from typing import Final

from scrapers.http import HttpClient
from scrapers.memory import short_hash
from scrapers.model import Cursor
from scrapers.response import Response

MOST_UNCHANGED: Final = 200  # "not modified" answers in a row before the page is asked for in full


def at(cursor: Cursor, url: str) -> Cursor:
    """The cursor for reading `url`: of another address's answers nothing counts, and the first is no gap."""
    address = short_hash(url.encode())
    if cursor.text("address") in (None, address):
        return cursor.with_values(address=address)
    return begun_anew(cursor).with_values(address=address)


def is_first_read(cursor: Cursor) -> bool:
    """Whether nothing was read yet from the address that `cursor` is for."""
    return cursor.text("last_full_read") is None


async def ask(
    http: HttpClient,
    url: str,
    cursor: Cursor,
    *,
    now: datetime,
    full_read_every: timedelta,
    robots: bool = False,
    accept: str | None = None,
) -> Response:
    """The page, or a 304 where it did not change since the last whole read and that is not too long ago.

    Raises:
        ScrapeError: as `HttpClient.get` says.
    """
    last = cursor.text("last_full_read")
    overdue = last is None or now - datetime.fromisoformat(last) >= full_read_every
    if overdue or cursor.number("unchanged") >= MOST_UNCHANGED:
        return await http.get(url, robots=robots, accept=accept)
    etag, last_modified = cursor.text("etag"), cursor.text("last_modified")
    return await http.get(url, etag=etag, last_modified=last_modified, robots=robots, accept=accept)


def after(response: Response, cursor: Cursor) -> Cursor:
    """The cursor after an answer."""
    if response.status == 304:
        return cursor.with_values(unchanged=cursor.number("unchanged") + 1)
    return cursor.with_values(
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        last_full_read=response.fetched_at.isoformat(),
        body=short_hash(response.body),
        unchanged=0,
    )


def is_unchanged(response: Response, cursor: Cursor) -> bool:
    """Whether an answer says, or its body shows, that nothing changed since `cursor` was written."""
    return response.status == 304 or cursor.text("body") == short_hash(response.body)


def begun_anew(cursor: Cursor) -> Cursor:
    """A cursor whose next read is the first one."""
    return reopened(cursor).with_values(last_full_read=None, unchanged=None)


def reopened(cursor: Cursor) -> Cursor:
    """A cursor that makes the next fetch see the page again, changed or not: work on it is left."""
    return cursor.with_values(etag=None, last_modified=None, body=None)
