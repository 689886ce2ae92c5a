"""Fetching one article page, for the scrapers that follow links."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from scrapers import article
from scrapers.errors import Blocked, Throttled
from scrapers.http import HttpClient
from scrapers.model import Item


async def read_article(http: HttpClient, url: str, timezone: str | None) -> Item:
    """The article at `url`, robots.txt obeyed.

    Raises:
        ScrapeError: as `HttpClient.get` and `article.parse` say.
    """
    response = await http.get(url, robots=True)
    parsed = await asyncio.to_thread(
        article.parse,
        response.body,
        response.url,
        content_type=response.headers.get("content-type"),
        timezone=timezone,
    )
    return without_future(parsed.items[0], response.fetched_at)


def is_about_site(error: Blocked, count: int) -> bool:
    """Whether being turned away for the `count`-th time is about the whole site, and not about one article.

    A page for subscribers alone answers 403 for ever; it must not keep us from the others.
    """
    return count > 1 or isinstance(error, Throttled)


def without_future(item: Item, fetched_at: datetime) -> Item:
    """The item, undated where it claims to be of more than a day after the fetch; the raw time is kept."""
    if item.published_at is None or item.published_at <= fetched_at + timedelta(days=1):
        return item
    return replace(item, published_at=None, published_precision=None, published_basis=None)
