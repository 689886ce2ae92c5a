"""Fetching one article page, for the scrapers that follow links."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from scrapers import article
from scrapers.article_selectors import ArticleOptions
from scrapers.errors import Blocked, Gone, Refused, ScrapeError, Throttled, Unavailable
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Item, Outcome, Refusal, Source, Wanted
from scrapers.parsing import parsed_apart

_MOST_REREAD: Final = 5  # pages a call
_FAILURES: Final = 2  # articles that could not be reached; then it is about the site


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How the articles of a source are read."""

    timezone: str | None  # IANA zone of times that name none
    selectors: ArticleOptions


async def read_article(http: HttpClient, url: str, reading: Reading, *, known: Wanted | None = None) -> Item:
    """The article at `url`, robots.txt obeyed; `known` is what is stored of it where it is read again.

    Raises:
        ScrapeError: as `HttpClient.get` and `article.parse` say.
    """
    response = await http.get(url, robots=True)
    parsed = await parsed_apart(
        article.parse,
        response.body,
        response.url,
        content_type=response.headers.get("content-type"),
        timezone=reading.timezone,
        selectors=reading.selectors,
        served_at=response.fetched_at,
        known=known,
    )
    return without_future(parsed.items[0], response.fetched_at)


async def reread_articles(
    http: HttpClient,
    source: Source,
    wanted: tuple[Wanted, ...],
    *,
    reading: Reading,
    remade: Callable[[Item, Wanted], Item],
) -> Fetched:
    """The first of `wanted` as their pages are now, each made by `remade` into what it is stored as.

    `remade` may raise a ScrapeError where the page is no longer the item's.

    A page that is not there any more (404, 410), or is another article's now, makes its item `absent`; any
    other failure is a refusal: what turned into a subscribers' page since must not count as a failure of the
    source at every poll.

    Raises:
        Throttled: the site wants to be asked for nothing, and nothing was read.
    """
    fetched_at = http.clock.now()
    items: list[Item] = []
    absent: set[str] = set()
    refusals: list[Refusal] = []
    failures = 0
    for one in wanted[:_MOST_REREAD]:
        try:
            items.append(_renamed(remade(await _reread(http, one, reading), one), one))
        except Gone:
            absent.add(one.external_id)
        except ScrapeError as error:
            if isinstance(error, Throttled) and not (items or absent):
                raise
            refusals.append(Refusal(url=one.url, reason=f"not read again: {error.reason}"))
            failures += isinstance(error, Unavailable)
            if isinstance(error, Throttled) or failures >= _FAILURES:
                break
    return Fetched(
        source_id=source.id,
        outcome=Outcome.ITEMS if items else Outcome.NOTHING_NEW,
        fetched_at=fetched_at,
        cursor=Cursor(),
        items=tuple(items),
        refusals=tuple(refusals),
        absent=frozenset(absent),
    )


async def _reread(http: HttpClient, wanted: Wanted, reading: Reading) -> Item:
    if wanted.url is None:
        raise Refused("it has no address of its own")
    return await read_article(http, wanted.url, reading, known=wanted)


def _renamed(item: Item, wanted: Wanted) -> Item:
    """The item under the id and address it is known by, whatever its page calls itself now."""
    return replace(item, external_id=wanted.external_id, url=wanted.url)


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
