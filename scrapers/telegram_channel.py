"""Reading one public channel through an account: pages of its history, single messages, its description."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scrapers import telegram_requests as requests
from scrapers.errors import LayoutChanged
from scrapers.model import LONGEST_ALBUM, ChannelFacts, Clock, Refusal, ShownRange
from scrapers.telegram_account import Account
from scrapers.telegram_chat import description, require_public
from scrapers.telegram_item import Answer, Post, read_answer
from scrapers.telegram_page import highest
from scrapers.telegram_session import Peer
from scrapers.telegram_tl import TL


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Neighbouring posts, without those of which the page may hold only a part."""

    posts: tuple[Post, ...]  # oldest first
    refusals: tuple[Refusal, ...]
    channel: ChannelFacts | None  # None: an answer without messages may leave it out
    shown: ShownRange | None
    fetched_at: datetime
    full: bool  # as many messages as were asked for; even with fewer, others may wait
    newer_wait: bool  # there are messages above these, or there may be
    total: int  # messages that the channel has

    @property
    def lowest(self) -> int:
        """The smallest number of a post."""
        return self.posts[0].ids[0]

    @property
    def highest(self) -> int:
        """The highest number of a post, 0 without any."""
        return highest(self.posts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Singles:
    """Messages that were asked for by number."""

    posts: tuple[Post, ...]
    empty: frozenset[int]  # numbers of which there is no message any more
    refusals: tuple[Refusal, ...]
    channel: ChannelFacts | None
    fetched_at: datetime


class ChannelReader:
    """Reads channels through one account. Every method raises what `Account.ask` does."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    async def after(self, name: str, number: int, known_up_to: int) -> Page:
        """The posts right above `number`; what was there up to `known_up_to` and is not shown is gone.

        It asks a little further back: an album of which only the first part was known is then read whole.
        """
        start = max(number - LONGEST_ALBUM + 1, 0)
        page = await self._page(
            name, lambda peer: requests.after(peer, start, requests.MOST), requests.MOST, above=start
        )
        if page.shown is not None and not page.newer_wait:
            page = replace(page, shown=replace(page.shown, highest=max(page.shown.highest, known_up_to)))
        page = _above(page, number)
        whole = _without_cut_end(page) if page.newer_wait else page
        return whole if whole.posts or number < known_up_to else page  # rather a part than nothing ever

    async def before(self, name: str, number: int) -> Page:
        """The posts right below `number`."""
        page = await self._page(
            name, lambda peer: requests.before(peer, number, requests.MOST), requests.MOST
        )
        return _without_cut_beginning(page)

    async def newest(self, name: str, *, skip: int, limit: int) -> Page:
        """The posts among the newest messages but for the newest `skip` of all; `limit` messages at most."""
        page = await self._page(name, lambda peer: requests.newest(peer, skip=skip, limit=limit), limit)
        return _without_cut_beginning(_without_cut_end(page) if skip else page)

    async def single(self, name: str, numbers: Sequence[int]) -> Singles:
        """The posts that begin with `numbers`, at most 100 of them, albums with all their members."""
        asked = list(dict.fromkeys(numbers))[: requests.MOST]
        answer = await self._answer(name, lambda peer: requests.single(peer, asked))
        posts = {post.ids[0]: post for post in answer.posts}
        albums = [post.ids[0] for post in answer.posts if post.album]
        for some in batched(albums, requests.MOST // LONGEST_ALBUM):
            posts |= await self._albums(name, some)
        return Singles(
            posts=tuple(posts[number] for number in sorted(posts)),
            empty=answer.empty & frozenset(asked),
            refusals=answer.refusals,
            channel=_facts(answer),
            fetched_at=self._clock.now(),
        )

    async def described(self, name: str, facts: ChannelFacts) -> ChannelFacts:
        """`facts` with the description and the number of subscribers, which take a request of their own."""
        text, subscribers = description(await self._account.ask(name, requests.full))
        return replace(facts, description=text, subscribers=subscribers)

    async def _albums(self, name: str, first: Sequence[int]) -> dict[int, Post]:
        """The albums that begin with `first`, by their smallest number."""
        members = sorted({number + place for number in first for place in range(LONGEST_ALBUM)})
        answer = await self._answer(name, lambda peer: requests.single(peer, members))
        return {post.ids[0]: post for post in answer.posts if post.ids[0] in first and post.album}

    async def _page(self, name: str, make: Callable[[Peer], TL], limit: int, *, above: int = 0) -> Page:
        answer = await self._answer(name, make)
        ids = frozenset(number for number in answer.ids if number > above)
        full = len(ids) >= limit
        return Page(
            posts=answer.posts,
            refusals=answer.refusals,
            channel=_facts(answer),
            shown=ShownRange(lowest=min(ids), highest=max(ids), ids=ids) if ids else None,
            fetched_at=self._clock.now(),
            full=full,
            newer_wait=full or answer.newer > 0,
            total=answer.total,
        )

    async def _answer(self, name: str, make: Callable[[Peer], TL]) -> Answer:
        """What is answered, read; of what has become something else nothing is taken."""
        asked: list[Peer] = []

        def remembering(peer: Peer) -> TL:
            asked.append(peer)
            return make(peer)

        told = await self._account.ask(name, remembering)
        answer = read_answer(told, asked[-1].channel_id)
        if answer.chat is not None:
            require_public(answer.chat, name)
        return answer


def batched(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """`numbers` in pieces of at most `size`."""
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def _facts(answer: Answer) -> ChannelFacts | None:
    if answer.channel is None and answer.ids:
        raise LayoutChanged("Telegram's answer does not tell of the channel that it was asked for")
    return answer.channel


def _above(page: Page, number: int) -> Page:
    """Without the posts up to `number`, which then do not count as shown: nobody will have read them."""
    posts = tuple(post for post in page.posts if post.ids[-1] > number)
    lowest = min([number + 1, *(post.ids[0] for post in posts)])
    shown = page.shown
    if shown is not None:
        ids = frozenset(one for one in shown.ids if one >= lowest)
        shown = replace(shown, lowest=lowest, ids=ids) if shown.highest >= lowest else None
    return replace(page, posts=posts, shown=shown)


def _without_cut_end(page: Page) -> Page:
    """Without a last album, of which some parts may lie behind the page."""
    cut = bool(page.posts) and page.posts[-1].album
    return replace(page, posts=page.posts[:-1]) if cut else page


def _without_cut_beginning(page: Page) -> Page:
    """Without a first album, of which some parts may lie before the page."""
    cut = page.full and bool(page.posts) and page.posts[0].album and len(page.posts[0].ids) < LONGEST_ALBUM
    return replace(page, posts=page.posts[1:]) if cut else page
