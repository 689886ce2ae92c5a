"""A page of a channel's posts, whether a preview shows it or an account is answered with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scrapers.model import ChannelFacts, Cursor, Fetched, Item, Outcome, Refusal, ShownRange, Source


class Post(Protocol):
    """A post as read."""

    @property
    def item(self) -> Item:
        """What is stored of it."""
        ...

    @property
    def ids(self) -> tuple[int, ...]:
        """Every message id that it covers, ascending: an album has several."""
        ...


class Page(Protocol):
    """Neighbouring posts of one channel."""

    @property
    def posts(self) -> Sequence[Post]:
        """Oldest first."""
        ...

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What could not be read."""
        ...

    @property
    def channel(self) -> ChannelFacts | None:
        """What the page says of the channel."""
        ...

    @property
    def shown(self) -> ShownRange | None:
        """Between which ids the page proves what is missing."""
        ...

    @property
    def fetched_at(self) -> datetime:
        """When it came."""
        ...


def highest(posts: Sequence[Post]) -> int:
    """The highest message id of all, 0 without any."""
    return max((post.ids[-1] for post in posts), default=0)


def reread_after(posts: Sequence[Post], start: int, count: int) -> int:
    """The id just below the last `count` posts, always between two posts, so that no album is cut in two.

    It is `start`, behind which the posts were asked for, where there are no more than these.
    """
    return posts[-count - 1].ids[-1] if len(posts) > count else start


def fetched_page(
    source: Source, page: Page, cursor: Cursor, *, outcome: Outcome = Outcome.ITEMS, more: bool = False
) -> Fetched:
    """A page as what one fetch brought; `cursor` is that behind it."""
    return Fetched(
        source_id=source.id,
        outcome=outcome,
        fetched_at=page.fetched_at,
        cursor=cursor,
        items=tuple(post.item for post in page.posts),
        more=more,
        channel=page.channel,
        refusals=page.refusals,
        shown=page.shown,
    )
