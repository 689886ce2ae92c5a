"""Public Telegram channels through the owner's account: what previews hide, and at once where it has joined.

A poll is one request: the last posts are read again together with whatever is new behind them. Where the
account cannot serve, the preview may stand in, if it is so configured: ids, texts and cursors are the same.

Telethon, which takes a second and much memory to import, is imported with the first channel that is read.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from scrapers import telegram_web
from scrapers.errors import AccountUnusable, ScrapeError, Throttled
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Outcome, Parsed, Source, Wanted
from scrapers.source_options import options_of
from scrapers.telegram_page import fetched_page, reread_after
from scrapers.telegram_web import TelegramWeb, require_name

if TYPE_CHECKING:
    from scrapers.telegram_account import Account
    from scrapers.telegram_channel import ChannelReader, Page

FALLBACK: Final = "telegram_web"
_PAGE: Final = 100  # messages that Telegram gives at once
_POSTS_A_PREVIEW: Final = 20  # that t.me shows at once
_LONG: Final = timedelta(minutes=5)  # a pause asked for, from which on the preview stands in
_DESCRIBED_EVERY: Final = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is configured of a channel read through the account. Raises ValueError on what cannot work."""

    channel: str  # the public user name: name, @name or https://t.me/name
    first_posts: int = 100  # how many of the newest messages the first poll takes
    reread: int = 10  # how many of the latest posts every poll reads again, to see edits and counters
    fallback: Literal["telegram_web"] | None = None  # what stands in where the account cannot serve
    base_url: str = "https://t.me"  # where previews are

    def __post_init__(self) -> None:
        if self.first_posts < 1 or self.reread < 0:
            raise ValueError("first_posts must be at least 1, and reread not negative")


def parse(body: bytes, url: str) -> Parsed:
    """What a saved answer of Telegram holds: a `messages.ChannelMessages` as it comes over the wire.

    Raises:
        LayoutChanged: it is nothing of the kind.
    """
    from scrapers.telegram_saved import parse_answer

    return parse_answer(body, url)


class Telegram:
    """Reads channels through an account.

    Its cursor holds numbers, those of `TelegramWeb` and one more:

    - `position`: the highest message id that was fetched; absent before the first poll;
    - `reread_after`: the id behind which the next poll begins, so that the last posts are read again;
    - `behind`: 1 while newer posts are known to wait;
    - `older`: the lowest message id that going back has reached;
    - `described`: when description and subscribers were last asked for, in seconds since 1970.

    Args:
        client: reads the previews that stand in.
        account: None where none is configured, or another process works with it.
    """

    def __init__(self, client: HttpClient, account: "Account | None" = None) -> None:
        self._clock = client.clock
        self._account = account
        self._preview = TelegramWeb(client)
        self._known_reader: ChannelReader | None = None

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        """The page of posts behind `cursor`; with a new cursor, the oldest of the newest `first_posts`.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        return await self._served(
            source, lambda: self._fetch(source, cursor), lambda shown: self._preview.fetch(shown, cursor)
        )

    async def fetch_older(self, source: Source, cursor: Cursor) -> Fetched:
        """One page older than `cursor` has reached; the newest page if it has not gone back yet.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        return await self._served(
            source,
            lambda: self._fetch_older(source, cursor),
            lambda shown: self._preview.fetch_older(shown, cursor),
        )

    async def refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        """All of `wanted` as they are now; what is gone is told by name.

        Raises:
            ScrapeError: see `scrapers.errors`.
        """
        return await self._served(
            source, lambda: self._refetch(source, wanted), lambda shown: self._preview.refetch(shown, wanted)
        )

    # ---- who serves ----------------------------------------------------------------------

    async def _served(
        self,
        source: Source,
        by_account: Callable[[], Coroutine[Any, Any, Fetched]],
        by_preview: Callable[[Source], Coroutine[Any, Any, Fetched]],
    ) -> Fetched:
        try:
            return await by_account()
        except (AccountUnusable, Throttled) as error:
            if options_of(source, Options).fallback != FALLBACK or not _is_lasting(error):
                raise
            trouble = error
        try:
            fetched = await by_preview(_as_preview(source))
        except ScrapeError as error:
            both = f"{trouble.reason}; its preview: {error.reason}"
            raise type(trouble)(both, retry_after=trouble.retry_after) from error
        return replace(fetched, by_fallback=trouble.reason)

    @property
    def _reader(self) -> "ChannelReader":
        """Reads through the account. Raises AccountUnusable where there is none."""
        if self._account is None:
            raise AccountUnusable("no Telegram account is at work here: see [telegram] in the configuration")
        if self._known_reader is None:
            from scrapers.telegram_channel import ChannelReader

            self._known_reader = ChannelReader(self._account, self._clock)
        return self._known_reader

    # ---- by the account ------------------------------------------------------------------

    async def _fetch(self, source: Source, cursor: Cursor) -> Fetched:
        name = require_name(options_of(source, Options).channel)
        if cursor.text("position") is None:
            page, more = await self._first(name, options_of(source, Options).first_posts)
            start = page.lowest - 1 if page.posts else 0
        else:
            page, start = await self._next(name, cursor)
            more = page.newer_wait and page.highest > cursor.number("position")
        fetched = _forward(source, cursor, page, start, more=more)
        return fetched if more else await self._described(name, fetched)

    async def _first(self, name: str, count: int) -> "tuple[Page, bool]":
        """The oldest of the newest `count` messages, as far as one page goes, and whether others follow."""
        skip = max(count - _PAGE, 0)
        page = await self._reader.newest(name, skip=skip, limit=min(count, _PAGE))
        if skip and not page.full:  # the channel has fewer
            skip = max(min(count, page.total) - _PAGE, 0)
            page = await self._reader.newest(name, skip=skip, limit=_PAGE)
        if skip and not page.posts:  # it has fewer than it says
            skip, page = 0, await self._reader.newest(name, skip=0, limit=_PAGE)
        return page, skip > 0

    async def _next(self, name: str, cursor: Cursor) -> "tuple[Page, int]":
        """The page behind the cursor, and the number behind which it begins."""
        position = cursor.number("position")
        reread_after = cursor.text("reread_after")
        start = position if reread_after is None or cursor.number("behind") else int(reread_after)
        page = await self._reader.after(name, start, position)
        if start < position and page.newer_wait and page.highest <= position:
            start = position
            page = await self._reader.after(name, start, position)
        return page, start

    async def _fetch_older(self, source: Source, cursor: Cursor) -> Fetched:
        name, reached = require_name(options_of(source, Options).channel), cursor.text("older")
        if reached is None:
            page = await self._reader.newest(name, skip=0, limit=_PAGE)
        else:
            page = await self._reader.before(name, int(reached))
        if not page.posts:
            outcome = Outcome.EMPTY if reached is None else Outcome.NOTHING_NEW
            return fetched_page(source, page, cursor, outcome=outcome)
        moved = cursor.with_values(older=page.lowest)
        return fetched_page(source, page, moved, more=page.lowest > 1)

    async def _refetch(self, source: Source, wanted: tuple[Wanted, ...]) -> Fetched:
        names = [one.external_id for one in wanted]
        numbers = [int(name) for name in names if name.isascii() and name.isdecimal() and len(name) <= 9]
        if not numbers:
            now = self._clock.now()
            return Fetched(source_id=source.id, outcome=Outcome.NOTHING_NEW, fetched_at=now, cursor=Cursor())
        found = await self._reader.single(require_name(options_of(source, Options).channel), numbers)
        return Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS if found.posts else Outcome.NOTHING_NEW,
            fetched_at=found.fetched_at,
            cursor=Cursor(),
            items=tuple(post.item for post in found.posts),
            channel=found.channel,
            refusals=found.refusals,
            absent=frozenset(map(str, found.empty)),
        )

    async def _described(self, name: str, fetched: Fetched) -> Fetched:
        """With what the channel says of itself in full, where that was not asked for lately.

        A pause that is asked for then concerns nothing else: the posts are there.
        """
        described = datetime.fromtimestamp(fetched.cursor.number("described"), UTC)
        if fetched.channel is None or fetched.fetched_at - described < _DESCRIBED_EVERY:
            return fetched
        try:
            facts = await self._reader.described(name, fetched.channel)
        except ScrapeError:
            return fetched
        asked_at = int(fetched.fetched_at.timestamp())
        return replace(fetched, channel=facts, cursor=fetched.cursor.with_values(described=asked_at))


def _is_lasting(error: AccountUnusable | Throttled) -> bool:
    """Whether the preview should stand in: not for a short pause."""
    return isinstance(error, AccountUnusable) or (error.retry_after or timedelta(0)) >= _LONG


def _as_preview(source: Source) -> Source:
    options = options_of(source, Options)
    pages = -(-options.first_posts // _POSTS_A_PREVIEW)
    shown = telegram_web.Options(
        channel=options.channel, first_pages=pages, reread=options.reread, base_url=options.base_url
    )
    return replace(source, options=shown)


def _forward(source: Source, cursor: Cursor, page: "Page", start: int, *, more: bool) -> Fetched:
    """A page behind `start`, and the cursor behind it."""
    if not page.posts:
        outcome = Outcome.NOTHING_NEW if page.total else Outcome.EMPTY
        return fetched_page(source, page, cursor.with_values(behind=None), outcome=outcome)
    moved = cursor.with_values(
        position=max(cursor.number("position"), page.highest),
        reread_after=reread_after(page.posts, start, options_of(source, Options).reread),
        behind=1 if more else None,
    )
    return fetched_page(source, page, moved, more=more)
