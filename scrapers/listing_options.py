"""What kinds of sources have in common that list articles and read them: news pages and sitemaps."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from scrapers.article_reading import Reading
from scrapers.article_selectors import ArticleOptions
from scrapers.dates import zone_of_country
from scrapers.link_reading import refuse_timezone
from scrapers.model import Source
from scrapers.source_options import options_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingOptions(ArticleOptions):
    """Options of them all. Raises ValueError on selectors and zones that do not exist."""

    url: str  # of what lists the articles
    articles: bool = True  # False: what the listing itself tells of them are the items
    max_articles: int = 20  # pages a fetch; more links wait for the next
    timezone: str | None = None  # IANA zone of times that name none; by default that of the source's country
    full_read_every: timedelta = timedelta(hours=24)  # how long "not modified" is believed

    def __post_init__(self) -> None:
        ArticleOptions.__post_init__(self)  # super() does not know a class with slots
        if self.timezone is not None:
            refuse_timezone(self.timezone)


_OptionsT = TypeVar("_OptionsT", bound=ListingOptions)


def with_zone(source: Source, kind: type[_OptionsT]) -> _OptionsT:
    """The source's options, with the zone of its country where they name none."""
    options = options_of(source, kind)
    return replace(options, timezone=options.timezone or zone_of_country(source.country))


def reading_of(options: ListingOptions) -> Reading:
    """How the articles are read."""
    return Reading(timezone=options.timezone, selectors=options)
