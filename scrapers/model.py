"""The words that every scraper speaks. Frozen values; every time is an aware UTC `datetime`.

What comes from outside is made printable as the value is made, so that what is stored under an id is found
under it again: a database would replace what it does not take.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Protocol

from scrapers.characters import printable

LONGEST_ALBUM = 10
"""Messages that one post of Telegram may have; its id is the smallest of theirs."""

LONGEST_TEXT = 200_000
"""Characters of one item that are kept: three times a long report, and no more than a minute of our work."""

MOST_LINKS = 1_000
MOST_MEDIA = 100
MOST_REACTIONS = 200
"""What one item may have; a page can be written to have a hundred thousand of each."""


class Clock(Protocol):
    """Where the time comes from, so that a demo or a test can turn the hands."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...


def _make_printable(value: object, *names: str) -> None:
    """Take unprintable characters out of the text fields `names` of a frozen value that is being made."""
    for name in names:
        text = getattr(value, name)
        # As nearly always; it is asked here because calling `printable` takes longer than asking.
        if text is None or text.isprintable():
            continue
        if (cleaned := printable(text)) is not text:
            object.__setattr__(value, name, cleaned)


class ItemKind(StrEnum):
    """What sort of thing an item is."""

    POST = "post"  # a message of a channel
    ARTICLE = "article"  # an entry of a feed or a news page
    SERVICE = "service"  # "channel created", "message pinned": stored, never matched


class MediaKind(StrEnum):
    """What hangs on an item; the words that `has:` of the query language knows."""

    PHOTO = "photo"
    VIDEO = "video"
    ROUND_VIDEO = "round_video"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    POLL = "poll"
    LOCATION = "location"
    LINK_PREVIEW = "link_preview"


class Precision(StrEnum):
    """How exactly a publication time is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Outcome(StrEnum):
    """What a fetch that did not fail brought. Failures are `scrapers.errors`."""

    ITEMS = "items"  # items were read (perhaps all of them known already)
    NOTHING_NEW = "nothing_new"  # the source said or showed that nothing came since the cursor
    EMPTY = "empty"  # the source is readable and holds no posts at all


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """One attachment. Nothing of it is downloaded."""

    kind: MediaKind
    native_id: str | None = None  # the origin's own id for the file, if it shows one
    duration: timedelta | None = None  # of audio and video
    size: int | None = None  # bytes
    title: str | None = None  # file name, track title, poll question, place name

    def __post_init__(self) -> None:
        _make_printable(self, "native_id", "title")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """An item's counters as shown; `raw` keeps the shown texts ("9.69M") beside the rounded numbers."""

    views: int | None = None
    forwards: int | None = None
    replies: int | None = None
    reactions: Mapping[str, int] = field(default_factory=dict)  # emoji, "paid", or "custom:<id>" -> count
    raw: Mapping[str, str] = field(default_factory=dict)  # "views" or a reaction's name -> the text as shown

    def __post_init__(self) -> None:
        for name in ("reactions", "raw"):
            shown = getattr(self, name)
            if len(shown) > MOST_REACTIONS:
                object.__setattr__(self, name, dict(islice(shown.items(), MOST_REACTIONS)))
                shown = getattr(self, name)
            if not "".join(shown).isprintable():
                object.__setattr__(self, name, {printable(key): value for key, value in shown.items()})
        if not "".join(self.raw.values()).isprintable():
            object.__setattr__(self, "raw", {key: printable(text) for key, text in self.raw.items()})


@dataclass(frozen=True, kw_only=True, slots=True)
class Forward:
    """Where a forwarded post came from: a PUBLIC CHANNEL. Forwards of people's messages keep no origin."""

    channel: str  # the channel's public user name, lower case, without @
    title: str | None = None  # the channel's shown title
    message_id: str | None = None  # decimal id of the original message, if shown

    def __post_init__(self) -> None:
        _make_printable(self, "channel", "title", "message_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleMarks:
    """What a page says around its article, and where its parts were read. Shown by `preview`; not stored."""

    section: str | None = None  # that the site puts it into
    image: str | None = None  # address of the picture that stands for it
    paywalled: bool = False  # only subscribers see the whole of it
    text_basis: str | None = None  # "trafilatura, readability", "json-ld", "selector", "description"
    title_basis: str | None = None  # "h1", "json-ld", "meta", "title", "selector", "feed"
    day: date | None = None  # of publication, as readers of the page are told it: in its zone, not in UTC
    read_at: str | None = None  # the canonical spelling of the address that its page was read at
    found_nothing: tuple[str, ...] = ()  # options whose selectors the page has nothing for: "article_time"

    def __post_init__(self) -> None:
        _make_printable(self, "section", "image", "read_at")


_TEXTS_OF_ITEM = (
    "external_id",
    "url",
    "title",
    "text",
    "published_raw",
    "published_basis",
    "language",
    "reply_to",
)


_EXTENT_OF_ITEM = (("text", LONGEST_TEXT), ("links", MOST_LINKS), ("media", MOST_MEDIA))


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One post or article as it was seen once."""

    external_id: (
        str  # unique within its source: decimal message id (album: its smallest), feed guid, canonical URL
    )
    kind: ItemKind
    url: str | None  # where a person can read it
    title: str | None
    text: str  # plain text; newlines kept; "" where there is only media
    published_at: datetime | None = None  # never the time of the fetch
    published_raw: str | None = None  # the time as the source wrote it
    published_precision: Precision | None = None
    published_basis: str | None = None  # where it was read: "message", "feed", "json-ld", "meta", "url", ...
    modified_at: datetime | None = None
    edited: bool = False  # the source itself marks it as edited
    language: str | None = None  # as the source declares it (ISO 639-1), not as we detect it
    counters: Counters | None = None
    forward: Forward | None = None
    forwarded: bool = False  # true also where the origin is a person and is not kept
    reply_to: str | None = None  # external id, in the same source, of the post this one answers
    media: tuple[Media, ...] = ()
    links: tuple[str, ...] = ()  # absolute http(s) addresses in the text, in order, without repeats
    unreadable: bool = False  # neither text nor media came: "open Telegram to view this post"
    full_text: bool = True  # False: a summary, e.g. a feed's description
    marks: ArticleMarks | None = None  # of articles that were read from their pages

    def __post_init__(self) -> None:
        for name, most in _EXTENT_OF_ITEM:
            if len(value := getattr(self, name)) > most:
                object.__setattr__(self, name, value[:most])
        _make_printable(self, *_TEXTS_OF_ITEM)
        if not "".join(self.links).isprintable():
            object.__setattr__(self, "links", tuple(map(printable, self.links)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelFacts:
    """What a channel says about itself; a change is news."""

    native_id: str | None  # decimal channel id, without Telegram's -100 prefix
    username: str | None
    title: str | None
    description: str | None
    labels: frozenset[str] = frozenset()  # of "verified", "scam", "fake", "restricted"
    subscribers: int | None = None
    subscribers_raw: str | None = None
    live: bool | None = None  # as an account sees it: whether its posts are heard at once; None: not asked

    def __post_init__(self) -> None:
        _make_printable(self, "native_id", "username", "title", "description", "subscribers_raw")
        object.__setattr__(self, "labels", frozenset(map(printable, self.labels)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A channel said at once that something came or changed; what it is, only a poll tells."""

    channel_id: str  # decimal, without Telegram's -100 prefix
    changed: frozenset[int] = frozenset()  # numbers of messages that were edited or deleted


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Something on a readable source that was not taken, and why."""

    url: str | None
    reason: str
    for_good: bool = field(default=False, compare=False)  # of an article: it is not asked for again

    def __post_init__(self) -> None:
        _make_printable(self, "url", "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a pure parser read from bytes."""

    items: tuple[Item, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    channel: ChannelFacts | None = None
    older: str | None = None  # position from which older items can be asked for; None at the beginning
    newer: str | None = None  # position from which newer items can be asked for; None at the end


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a source's next fetch begins. The keys are the scraper's own; storage keeps them as JSON."""

    values: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """The value of `key` as a string, or None."""
        value = self.values.get(key)
        return None if value is None else str(value)

    def number(self, key: str) -> int:
        """The value of `key` as a whole number, 0 where absent."""
        return int(self.values.get(key, 0))

    def with_values(self, **changes: str | int | None) -> "Cursor":
        """A cursor with `changes` made; None removes a key."""
        merged: dict[str, str | int] = {
            key: value for key, value in self.values.items() if key not in changes
        }
        merged.update({key: value for key, value in changes.items() if value is not None})
        return Cursor(values=merged)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One channel, feed or page that is polled, as configured."""

    id: str  # the owner's own short name for it
    kind: str  # key in `scrapers.registry.KINDS`
    name: str  # as shown to people
    options: object  # the kind's own frozen Options
    interval: timedelta = timedelta(minutes=15)  # between two polls; the shortest, where there is a longest
    interval_max: timedelta | None = None  # the longest, while it brings nothing; None: `interval` is fixed
    refresh: tuple[timedelta, ...] = ()  # ages at which its items are read again, growing; (): never
    tags: tuple[str, ...] = ()
    language: str | None = None  # what the owner knows of it (ISO 639-1), used where detection is weak
    country: str | None = None  # ISO 3166-1 alpha-2; its zone dates a page that names none
    contact_url: str | None = None  # where a person can read the source


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A stored item that is to be read again."""

    external_id: str
    url: str | None
    title: str | None = None  # as it is stored
    text: str | None = None  # as it is stored: a part of it may have come from elsewhere than its page


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRange:
    """What a page of numbered posts shows without a hole of its own making.

    A number between the two ends that is not among `ids` is not there any more, or never was.
    """

    lowest: int
    highest: int
    ids: frozenset[int]  # every number the page shows, whether it was taken as an item or refused


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What one fetch of one page of a source brought."""

    source_id: str
    outcome: Outcome
    fetched_at: datetime
    cursor: Cursor  # to be stored in the same transaction as the items
    items: tuple[Item, ...] = ()  # oldest first
    more: bool = False  # another page waits behind `cursor`: fetch again at once
    gap: str | None = None  # why items may have been missed between the last fetch and this one
    channel: ChannelFacts | None = None
    refusals: tuple[Refusal, ...] = ()
    shown: ShownRange | None = (
        None  # of sources whose items are numbered: what this page proves to be missing
    )
    absent: frozenset[str] = frozenset()  # items asked for by name that the source says it no longer has
    stuck: str | None = None  # why the source seems to stand still while its site moves on
    by_fallback: str | None = None  # why another way of reading the source stood in for its own
    refused_of_late: str | None = None  # how many new articles in a row could not be read, and why
    unread: str | None = None  # the same, once it is about the source and not about some articles
