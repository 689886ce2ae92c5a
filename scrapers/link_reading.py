"""Reading the articles that a listing links to: each once, and again where it could not be reached.

What is remembered of them stands in the source's cursor: `seen` (hashed addresses that need no further look),
`told` (hashed canonical addresses, alone and with the titles that stood there), `led` (hashed addresses that
led to articles of other names), `tries` (how often each
article could not be reached, as JSON), `shut_out` (how many turned us away since a fetch that read one) and
what `unread` keeps.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

from scrapers import conditional
from scrapers.article_address import is_variant, same_name
from scrapers.article_blocks import letters_of, same_title
from scrapers.article_reading import Reading, is_about_site, read_article
from scrapers.canonical import host_of
from scrapers.dates import Moment
from scrapers.errors import Blocked, Refused, ScrapeError, Throttled, Unavailable
from scrapers.http import HttpClient
from scrapers.memory import OWNER_MARK, Memory, owned, short_hash
from scrapers.model import Cursor, Item, Precision, Refusal, Wanted
from scrapers.unread import with_unread

REMEMBERED: Final = 500
"""Addresses that are remembered at least."""

_MOST_TRIES: Final = 5  # of an article that cannot be reached, one each poll
_SHUT_OUT: Final = 2  # articles that turned us away, and none was read: it may be about the whole site
_TELLING: Final = 3  # new articles of which not one can be read: then it is not about them but about the site


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One entry of a listing, as far as the listing shows it."""

    url: str  # canonical
    title: str | None
    text: str  # of the whole item
    published_raw: str | None = None
    published: Moment | None = None
    basis: str = "listing"  # where `published` was read


@dataclass(kw_only=True, slots=True)
class Progress:
    """What one fetch made of the links so far."""

    seen: Memory
    told: Memory
    led: Memory
    tries: dict[str, int]
    items: dict[str, Item] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    advanced: bool = False  # a link was dealt with for good
    shut_out: int = 0  # articles that turned us away since a fetch that read one, up to now
    shut_out_before: int = 0  # the same when this fetch began

    @classmethod
    def read(cls, cursor: Cursor, links: tuple[Link, ...], *, most: int = REMEMBERED) -> "Progress":
        """What `cursor` remembers that still counts where `links` are shown, of `most` addresses at least."""
        shown = {key_of(link) for link in links}
        tries: dict[str, int] = json.loads(cursor.text("tries") or "{}")
        shut_out = cursor.number("shut_out")
        return cls(
            seen=Memory.read(cursor, "seen", max(most, 2 * len(links))),
            told=Memory.read(cursor, "told", REMEMBERED),
            led=Memory.read(cursor, "led", REMEMBERED),
            tries={key: count for key, count in tries.items() if key in shown},
            shut_out=shut_out,
            shut_out_before=shut_out,
        )

    def untold(self, links: tuple[Link, ...]) -> list[Link]:
        """What is to be read, oldest first, but what was tried and not reached comes last."""
        seen = self.seen.among(map(key_of, links))
        new = [link for link in reversed(links) if key_of(link) not in seen]
        return sorted(new, key=lambda link: self.tries.get(key_of(link), 0))

    def took(self, link: Link, item: Item) -> None:
        """Keep what a link led to: under its own address where other articles name the same canonical one."""
        item = dated(item, link)
        self._follow(link, item)
        if self._is_anothers(item):
            item = _at(item, _read_at(item) or link.url)
        kept = self.items.setdefault(item.external_id, item)
        if not _is_same(kept, item):
            self._keep_apart(kept)
            address = _read_at(item)
            self._keep(_at(item, link.url if address is None or address in self.items else address))
        elif _read_at(item) == item.external_id:
            self._keep(item)
        self._done(link)

    def _follow(self, link: Link, item: Item) -> None:
        """Remember which names a link may have led to, so that it can be forgotten with what it led to."""
        names = {item.external_id, _read_at(item) or link.url} - {link.url}
        pairs = (owned(short_hash(name.encode()), key_of(link)) for name in sorted(names))
        self.led = self.led.with_all(pairs)

    def _is_anothers(self, item: Item) -> bool:
        """Whether its canonical address was told before, by a page of another title, and is not its own."""
        address, named = _read_at(item), item.external_id
        if address is None or not item.title or is_variant(address, named) or same_name(address, named):
            return False
        return short_hash(named.encode()) in self.told and not self._is_told_so(item)

    def _is_told_so(self, item: Item) -> bool:
        """Whether its title was told at its address; titles were once kept without the addresses."""
        return _titled(item) in self.told or _titled(item).rpartition(OWNER_MARK)[2] in self.told

    def _keep(self, item: Item) -> None:
        self.items[item.external_id] = item

    def _keep_apart(self, item: Item) -> None:
        """Put an item under the address it was read at, and remember that it named one of others, too."""
        self.told = self.told.with_all([short_hash(item.external_id.encode())])
        address = _read_at(item)
        if address is not None and address not in self.items:
            moved = {item.external_id: _at(item, address)}
            kept = (moved.get(name, one) for name, one in self.items.items())
            self.items = {one.external_id: one for one in kept}

    def refused(self, link: Link, reason: str) -> None:
        """Leave a link for good."""
        self.refusals.append(Refusal(url=link.url, reason=reason, for_good=True))
        self._done(link)

    def postponed(self, link: Link, reason: str) -> None:
        """Leave a link for the next poll, but not for ever."""
        tries = self.tries.get(key_of(link), 0) + 1
        if tries >= _MOST_TRIES:
            self.refused(link, f"given up after {tries} tries: {reason}")
            return
        self.tries[key_of(link)] = tries
        self.refusals.append(
            Refusal(url=link.url, reason=f"not read yet, try {tries} of {_MOST_TRIES}: {reason}")
        )

    def turned_away(self, link: Link, reason: str) -> bool:
        """Leave a link that is not given to us for the next poll; whether it was tried before.

        While the site gives us nothing at all, no article is given up: it may be about us.
        """
        tried = self.tries.get(key_of(link), 0)
        self.shut_out += not tried
        if tried and self.shut_out >= _SHUT_OUT and not self.items:
            self.refusals.append(Refusal(url=link.url, reason=f"not read yet: {reason}"))
        else:
            self.postponed(link, reason)
        return tried > 0

    def loss(self) -> str | None:
        """What to tell the owner where the site turns us away from every one of several new articles."""
        if self.shut_out < _TELLING or self.items:
            return None
        return f"the site turned us away from all of the last {self.shut_out} new articles"

    def _done(self, link: Link) -> None:
        self.seen = self.seen.with_all([key_of(link)])
        self.tries.pop(key_of(link), None)
        self.advanced = True

    def write(self, cursor: Cursor, *, finished: bool) -> Cursor:
        """`cursor` with what is to be remembered; one that sees the listing again where work is left."""
        tries = json.dumps(self.tries, sort_keys=True) if self.tries else None
        shut_out = None if self.items else self.shut_out or None
        cursor = self.seen.write(cursor).with_values(tries=tries, shut_out=shut_out)
        refused = [refusal.reason for refusal in self.refusals if refusal.for_good]
        cursor = with_unread(cursor, refused, read=bool(self.items))
        cursor = self.led.write(cursor) if self.led.hashes else cursor
        cursor = self._with_told().write(cursor) if self.items else cursor
        return cursor if finished and not self.tries else conditional.reopened(cursor)

    def _with_told(self) -> Memory:
        items = self.items.values()
        return self.told.with_all(
            key for one in items for key in (short_hash(one.external_id.encode()), _titled(one))
        )


def _read_at(item: Item) -> str | None:
    return item.marks.read_at if item.marks else None


def _titled(item: Item) -> str:
    titled = f"{item.external_id}\n{letters_of(item.title or '')}"
    return owned(short_hash(item.external_id.encode()), short_hash(titled.encode()))


def _at(item: Item, address: str) -> Item:
    return replace(item, external_id=address, url=address)


def _is_same(kept: Item, item: Item) -> bool:
    """Whether two that are called the same are one article.

    They are by what they say; at addresses of one page; at addresses that both have the name of the one that
    they name; and under one headline, where one of them was read at the address that both name.
    """
    if kept is item or (kept.title, kept.text) == (item.title, item.text):
        return True
    mine, theirs, named = _read_at(kept), _read_at(item), item.external_id
    if mine is None or theirs is None:
        return False
    if is_variant(mine, theirs) or (same_name(mine, named) and same_name(theirs, named)):
        return True
    return same_title(kept.title, item.title) and (is_variant(mine, named) or is_variant(theirs, named))


async def read_links(http: HttpClient, batch: Iterable[Link], progress: Progress, reading: Reading) -> None:
    """Read the articles of `batch` into `progress`, until the site turns us away.

    Articles that are not given to us, as those for subscribers, only end the batch: the next poll begins with
    others.

    Raises:
        Throttled: the site wants to be asked for nothing, and nothing was read.
        Blocked: nothing was read, now as before, and there is no article that was not tried.
    """
    turned_away, all_tried = 0, True
    for link in batch:
        try:
            progress.took(link, await read_article(http, link.url, reading))
        except Blocked as error:
            turned_away += 1
            all_tried = progress.turned_away(link, error.reason) and all_tried
            if not is_about_site(error, turned_away):
                continue
            if _is_trouble(error, progress, all_tried=all_tried):
                raise
            return
        except Unavailable as error:
            progress.postponed(link, error.reason)
        except ScrapeError as error:
            progress.refused(link, error.reason)


def _is_trouble(error: Blocked, progress: Progress, *, all_tried: bool) -> bool:
    """Whether being turned away is a failure of the whole poll, whose cursor is then thrown away."""
    if progress.items:
        return False
    return isinstance(error, Throttled) or (all_tried and progress.shut_out_before >= _SHUT_OUT)


def key_of(link: Link) -> str:
    """The hash by which a link is remembered."""
    return short_hash(link.url.encode())


def dated(item: Item, link: Link) -> Item:
    """The item with the listing's time, where that knows more than the item's own page."""
    if link.published is None or item.published_precision in (Precision.SECOND, Precision.MINUTE):
        return item
    if item.published_precision == link.published.precision:
        return item
    return replace(
        item,
        published_at=link.published.at,
        published_raw=link.published_raw,
        published_precision=link.published.precision,
        published_basis=link.basis,
    )


def same_site(item: Item, wanted: Wanted) -> Item:
    """The item, if the address it was found at has not come to lead to another site."""
    there = host_of(item.url or "")
    if there is not None and there != host_of(wanted.url or ""):
        raise Refused(f"its address leads to {there} now", url=wanted.url)
    return item


def refuse_timezone(timezone: str) -> None:
    """Raises ValueError where `timezone` is no IANA name."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"timezone is not an IANA name: {timezone!r}") from error
