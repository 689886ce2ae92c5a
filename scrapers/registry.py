"""Every kind of source there is: adding a scraper is one file and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from scrapers import feed, page, sitemap, telegram, telegram_web
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Parsed, Source

if TYPE_CHECKING:
    from scrapers.telegram_account import Account  # with Telethon, which nobody needs who has no account


class Scraper(Protocol):
    """What every kind can do."""

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """What is new behind `cursor`: one page, oldest first. Raises `scrapers.errors.ScrapeError`."""
        ...


class Factory(Protocol):
    """Makes the one scraper of a kind."""

    def __call__(self, client: HttpClient, account: "Account | None" = None, /) -> Scraper:
        """A scraper behind `client`, and behind the Telegram account where the kind uses one."""
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
    scraper: Factory
    parse: Callable[[bytes, str], Parsed]  # what a saved answer of an address holds; pure
    # The options in their one spelling; raises ValueError on what is not collected at all.
    checked: Callable[[Any], Any] = _unchanged
    # Whether a source with such options can read single items again, through `refetch`.
    refreshes: Callable[[Any], bool] = _never


def _named(options: Any) -> Any:  # noqa: ANN401
    return replace(options, channel=telegram_web.channel_name(options.channel))


def _telegram(client: HttpClient, account: "Account | None" = None) -> telegram.Telegram:
    return telegram.Telegram(client, account)


def _telegram_web(client: HttpClient, _account: "Account | None" = None) -> telegram_web.TelegramWeb:
    return telegram_web.TelegramWeb(client)


def _feed(client: HttpClient, _account: "Account | None" = None) -> feed.Feed:
    return feed.Feed(client, client.clock)


def _page(client: HttpClient, _account: "Account | None" = None) -> page.Page:
    return page.Page(client, client.clock)


def _sitemap(client: HttpClient, _account: "Account | None" = None) -> sitemap.Sitemap:
    return sitemap.Sitemap(client, client.clock)


def _reads_whole_texts(options: feed.Options) -> bool:
    return options.full_text  # without: every read shows all that the feed holds as it is now


def _reads_articles(options: page.Options | sitemap.Options) -> bool:
    return options.articles  # without: every read shows all that the listing holds as it is now


KINDS: Mapping[str, Kind] = {
    "telegram_web": Kind(
        options=telegram_web.Options,
        scraper=_telegram_web,
        parse=telegram_web.parse,
        checked=_named,
        refreshes=_always,
    ),
    "telegram": Kind(
        options=telegram.Options,
        scraper=_telegram,
        parse=telegram.parse,
        checked=_named,
        refreshes=_always,
    ),
    "feed": Kind(options=feed.Options, scraper=_feed, parse=feed.parse, refreshes=_reads_whole_texts),
    "page": Kind(options=page.Options, scraper=_page, parse=page.parse, refreshes=_reads_articles),
    "sitemap": Kind(
        options=sitemap.Options, scraper=_sitemap, parse=sitemap.parse, refreshes=_reads_articles
    ),
}
