"""Public Telegram channels through their web preview, `https://t.me/s/<channel>`, without an account.

The preview shows about 20 posts a page; `?before=N` asks for ids below N, `?after=N` for ids above N.
Channels without a preview answer with a redirect to `t.me/<channel>`, unknown names with one to telegram.org.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Final
from urllib.parse import urljoin, urlsplit

from scrapers.counted import counted
from scrapers.errors import Gone, LayoutChanged, PreviewOff, Refused, Unavailable
from scrapers.http import HttpClient, Response
from scrapers.model import (
    LONGEST_ALBUM,
    ChannelFacts,
    Cursor,
    Fetched,
    Outcome,
    Parsed,
    Refusal,
    ShownRange,
    Source,
    Wanted,
)
from scrapers.parsing import parsed
from scrapers.source_options import options_of
from scrapers.telegram_markup import STRANGE, Page, read_page
from scrapers.telegram_message import Post
from scrapers.telegram_page import fetched_page, highest, reread_after

_NAME: Final = re.compile(r"[A-Za-z0-9_]{4,32}")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_ADDRESS: Final = re.compile(r"(?:https?://)?(?:www\.)?(?:t|telegram)\.me/(.*)", re.IGNORECASE)
_UNREADABLE: Final = f"none of the new posts could be read: {STRANGE}"
_FULL_PAGE: Final = 20  # posts that t.me shows at once
_TOGETHER: Final = 8  # ids above one wanted post that are sure to stand on a full page with it, and one below


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is configured of a channel read through its web preview."""

    channel: str  # the public user name: name, @name, https://t.me/name or https://t.me/s/name
    first_pages: int = 3  # how many pages of about 20 posts the first poll takes
    reread: int = 10  # how many of the latest posts every poll reads again, to see edits and counters
    base_url: str = "https://t.me"


def channel_name(value: str) -> str:
    """The public user name in `name`, `@name`, `https://t.me/name` or `https://t.me/s/name`.

    Raises:
        ValueError: it is an invite link or a private link, which are not collected, or no user name.
    """
    text = value.strip()
    address = _ADDRESS.fullmatch(text)
    name = address[1].removeprefix("s/").rstrip("/") if address else text.removeprefix("@")
    if name.startswith(("+", "joinchat/")):
        raise ValueError(f"{value!r} is an invite link: only public channels are collected")
    if name == "c" or name.startswith("c/"):
        raise ValueError(f"{value!r} is a link into a private channel: only public channels are collected")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{value!r} is not a channel's public name: 4 to 32 of A-Z, a-z, 0-9 and _")
    return name


def require_name(value: str, url: str | None = None) -> str:
    """As `channel_name`, but raises Refused; `url` is where `value` was asked for."""
    try:
        return channel_name(value)
    except ValueError as error:
        raise Refused(str(error), url=url) from error


def parse(body: bytes, url: str) -> Parsed:
    """What the preview page that `url` answered shows; oldest post first.

    Raises:
        Gone, PreviewOff, LayoutChanged: see `scrapers.telegram_markup.read_page`; the last also where the
            content of every message is in markup that is not known.
    """
    page = read_page(body, url)
    if page.posts and all(post.strange for post in page.posts):
        raise LayoutChanged(
            f"of {counted(len(page.posts), 'message')} none could be read: {STRANGE}", url=url
        )
    return Parsed(
        items=tuple(post.item for post in page.posts),
        refusals=page.refusals,
        channel=page.channel,
        older=page.older,
        newer=page.newer,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """A page as it was fetched, without posts that are another channel's or were not asked for."""

    posts: tuple[Post, ...]
    refusals: tuple[Refusal, ...]
    page: Page
    fetched_at: datetime

    @property
    def lowest(self) -> int:
        return self.posts[0].ids[0]

    @property
    def highest(self) -> int:
        return highest(self.posts)

    @property
    def channel(self) -> ChannelFacts:
        return self.page.channel

    @property
    def shown(self) -> ShownRange | None:
        return self.page.shown

    @property
    def strange(self) -> bool:
        """Whether there are posts and the content of none of them is in markup that we know."""
        return bool(self.posts) and all(post.strange for post in self.posts)

    @property
    def newer_wait(self) -> bool:
        """Whether newer posts may wait behind this page: it links to them, or is as long as pages get."""
        return self.page.newer is not None or sum(len(post.ids) for post in self.posts) >= _FULL_PAGE

    def without_lost(self, position: int) -> "_Shown":
        """Without posts up to `position` that turned unreadable: what was seen of them stays."""
        kept = tuple(post for post in self.posts if not post.strange or post.ids[-1] > position)
        return replace(self, posts=kept)

    def wanted(self, numbers: Sequence[int]) -> "_Shown":
        """Without posts below all that are wanted: those were perhaps never collected.

        Nor with an unwanted last one, an album that the page may have cut in two, nor any that is unreadable.
        """
        lowest = min((number for number in numbers if number >= self.lowest), default=inf)
        kept = (post for post in self.posts if post.ids[0] >= lowest and not post.strange)
        return replace(
            self, posts=tuple(post for post in kept if post is not self.posts[-1] or post.ids[0] in numbers)
        )

    def between(self, above: int, below: float) -> "_Shown":
        posts = tuple(post for post in self.posts if post.ids[-1] > above and post.ids[0] < below)
        return replace(self, posts=posts)


class TelegramWeb:
    """Reads channels page by page.

    Its cursor holds numbers:

    - `position`: the highest message id that was fetched; absent before the first poll;
    - `reread_after`: the id behind which the next poll begins, so that the last posts are read again;
    - `behind`: 1 while newer pages are known to wait;
    - `readable`: the highest id of a post whose content was in markup that we know;
    - `older`: the lowest message id that going back has reached.
    """

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """The page of posts behind `cursor`; with a new cursor, the oldest of the newest `first_pages` pages.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        if cursor.text("position") is None:
            return await self._fetch_first(source, cursor)
        position = cursor.number("position")
        reread_after = cursor.text("reread_after")
        start = position if reread_after is None or cursor.number("behind") else int(reread_after)
        shown = await self._after(source, start)
        if start < position and shown.highest <= position and shown.newer_wait:
            start = position
            shown = await self._after(source, start)
        if not shown.page.posts and start < position:
            shown = replace(shown, page=(await self._newest(source)).page)  # emptied, or another channel?
        if shown.strange:
            await self._require_known_markup(source, cursor)
        return _forward(source, cursor, shown, start, more=shown.highest > position and shown.newer_wait)

    async def fetch_older(self, source: Source, cursor: Cursor) -> Fetched:
        """One page older than `cursor` has reached; the newest page if it has not gone back yet.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        reached = cursor.text("older")
        shown = await self._newest(source) if reached is None else await self._before(source, int(reached))
        if not shown.posts:
            outcome = Outcome.EMPTY if reached is None else Outcome.NOTHING_NEW
            return fetched_page(source, shown, cursor, outcome=outcome)
        moved = cursor.with_values(older=shown.lowest)
        return fetched_page(source, shown, moved, more=shown.page.older is not None)

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """The page around the first of `wanted`, with whatever others of them stand on it, and newer posts.

        Whatever else was wanted lies outside `shown`.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        numbers = [int(one.external_id) for one in wanted if _NUMBER.fullmatch(one.external_id)]
        if not numbers:
            now = self._client.clock.now()
            return Fetched(source_id=source.id, outcome=Outcome.NOTHING_NEW, fetched_at=now, cursor=Cursor())
        shown = await self._around(source, numbers[0], numbers)
        found = shown.wanted(numbers) if shown.posts else shown
        outcome = Outcome.ITEMS if found.posts else Outcome.NOTHING_NEW
        return fetched_page(source, found, Cursor(), outcome=outcome if shown.page.posts else Outcome.EMPTY)

    async def _around(self, source: Source, number: int, others: Sequence[int]) -> _Shown:
        """A page with posts on both sides of `number`, as far as there are any: so a hole shows."""
        top = max(other for other in others if number <= other <= number + _TOGETHER)
        shown = await self._before(source, top + LONGEST_ALBUM + 1)
        if shown.posts and shown.lowest > number and shown.page.older is not None:  # a page of fewer posts
            shown = await self._after(source, max(number - _TOGETHER, 1))
        if shown.posts and shown.highest < number:
            shown = await self._after(source, shown.posts[-1].ids[0] - 1)
        return shown

    async def _fetch_first(self, source: Source, cursor: Cursor) -> Fetched:
        """Goes back page by page without keeping any, so that what is kept comes oldest first."""
        shown = newest = await self._newest(source)
        for _ in range(options_of(source, Options).first_pages - 1):
            if not shown.posts or shown.page.older is None:
                break
            earlier = await self._before(source, shown.lowest)
            if not earlier.posts:
                break
            shown = earlier
        if not shown.posts:
            return fetched_page(source, shown, cursor, outcome=Outcome.EMPTY)
        return _forward(source, cursor, shown, shown.lowest - 1, more=shown is not newest)

    async def _require_known_markup(self, source: Source, cursor: Cursor) -> None:
        """Raises LayoutChanged where posts that could be read once can be read no more.

        Where they still can, Telegram has not changed its markup: the channel posts what we do not know. Such
        posts are taken as unreadable ones, for waiting for others might have no end.
        """
        readable = cursor.text("readable")
        if readable is None:
            return
        known = await self._before(source, int(readable) + 1)
        if known.strange:
            raise LayoutChanged(f"posts that could be read before cannot be read now: {STRANGE}")

    async def _newest(self, source: Source) -> _Shown:
        return await self._read(source, "")

    async def _after(self, source: Source, message_id: int) -> _Shown:
        """The posts behind `message_id`; t.me has no address for those behind 0, nor for all of many."""
        if message_id == 0:
            newest = await self._newest(source)
            if newest.page.older is None:
                return newest
            message_id = 1
        shown = await self._read(source, f"?after={message_id}")
        return shown.between(message_id, inf)

    async def _before(self, source: Source, message_id: int) -> _Shown:
        shown = await self._read(source, f"?before={message_id}")
        return shown.between(0, message_id)

    async def _read(self, source: Source, query: str) -> _Shown:
        response = await self._get(source, query)
        page = await parsed(read_page, response.body, response.url)
        own, foreign = _by_channel(page)
        return _Shown(
            posts=own, refusals=(*page.refusals, *foreign), page=page, fetched_at=response.fetched_at
        )

    async def _get(self, source: Source, query: str) -> Response:
        """The preview's answer. A redirect to another preview address is followed, once."""
        options = options_of(source, Options)
        url = f"{options.base_url.rstrip('/')}/s/{require_name(options.channel)}{query}"
        response = await self._client.get(url, follow_redirects=False)
        if 300 <= response.status < 400 and response.status != 304:
            target = _preview_address(response)
            response = await self._client.get(target, follow_redirects=False)
        if response.status != 200:
            raise Unavailable(f"the preview answered with status {response.status}", url=url)
        return response


def _preview_address(response: Response) -> str:
    """Where a redirect leads, if that is a preview again; otherwise what it means is raised."""
    location = response.headers.get("location", "")
    try:
        target = urlsplit(urljoin(response.url, location))
        asked = urlsplit(response.url)
    except ValueError as error:
        raise LayoutChanged("the preview redirects to something unreadable", url=response.url) from error
    if target.hostname in ("telegram.org", "www.telegram.org"):
        raise Gone("nobody holds this name: it leads to telegram.org's home page", url=response.url)
    if target.hostname in (asked.hostname, "t.me") and not target.path.startswith("/s/"):
        raise PreviewOff(
            "the channel shows no preview: switched off, restricted, or no channel", url=response.url
        )
    if target.hostname != asked.hostname:
        raise LayoutChanged(f"the preview redirects to another host, {target.hostname}", url=response.url)
    return target._replace(query=target.query or asked.query).geturl()


def _by_channel(page: Page) -> tuple[tuple[Post, ...], tuple[Refusal, ...]]:
    """The posts of the channel whose page this is, and refusals of any others."""
    own = tuple(post for post in page.posts if post.is_of(page.channel))
    foreign = (post for post in page.posts if not post.is_of(page.channel))
    return own, tuple(Refusal(url=post.item.url, reason="a message of another channel") for post in foreign)


def _forward(source: Source, cursor: Cursor, shown: _Shown, start: int, *, more: bool) -> Fetched:
    """A page that was asked for with `?after=<start>`, and the cursor behind it."""
    if not shown.posts:
        caught_up = cursor.with_values(behind=None)
        outcome = (
            Outcome.NOTHING_NEW if shown.page.posts or start >= cursor.number("position") else Outcome.EMPTY
        )
        return fetched_page(source, shown, caught_up, outcome=outcome)
    readable = max((post.ids[-1] for post in shown.posts if not post.strange), default=None)
    moved = cursor.with_values(
        position=max(cursor.number("position"), shown.highest),
        reread_after=reread_after(shown.posts, start, options_of(source, Options).reread),
        behind=1 if more else None,
        readable=cursor.text("readable") if readable is None else readable,
    )
    fetched = fetched_page(source, shown.without_lost(cursor.number("position")), moved, more=more)
    news = shown.highest > cursor.number("position")
    return replace(fetched, gap=_UNREADABLE) if shown.strange and news else fetched
