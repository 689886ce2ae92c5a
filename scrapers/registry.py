"""Every kind of source there is: adding a scraper is one file and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from scrapers import feed, page, telegram_web
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Parsed, Source


class Scraper(Protocol):
    """What every kind can do."""

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What is new behind `cursor`: one page, oldest first. Raises `scrapers.errors.ScrapeError`."""
        ...


def _unchanged(options: Any) -> Any:  # noqa: ANN401 - every kind has options of its own type
    return options


def _never(_options: object) -> bool:
    return False


def _always(_options: object) -> bool:
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of source."""

    options: type  # its frozen dataclass: the keys of a [[source]] of this kind
    scraper: Callable[[HttpClient], Scraper]
    parse: Callable[[bytes, str], Parsed]  # what a saved answer of an address holds; pure
    # The options in their one spelling; raises ValueError on what is not collected at all.
    checked: Callable[[Any], Any] = _unchanged
    # Whether a source with such options can read single items again, through `refetch`.
    refreshes: Callable[[Any], bool] = _never


def _public_channel(options: telegram_web.Options) -> telegram_web.Options:
    return replace(options, channel=telegram_web.channel_name(options.channel))


def _feed(client: HttpClient) -> feed.Feed:
    return feed.Feed(client, client.clock)


def _page(client: HttpClient) -> page.Page:
    return page.Page(client, client.clock)


def _reads_whole_texts(options: feed.Options) -> bool:
    return options.full_text  # without: every read shows all that the feed holds as it is now


def _reads_articles(options: page.Options) -> bool:
    return options.articles  # without: every read shows all that the listing holds as it is now


KINDS: Mapping[str, Kind] = {
    "telegram_web": Kind(
        options=telegram_web.Options,
        scraper=telegram_web.TelegramWeb,
        parse=telegram_web.parse,
        checked=_public_channel,
        refreshes=_always,
    ),
    "feed": Kind(options=feed.Options, scraper=_feed, parse=feed.parse, refreshes=_reads_whole_texts),
    "page": Kind(options=page.Options, scraper=_page, parse=page.parse, refreshes=_reads_articles),
}
