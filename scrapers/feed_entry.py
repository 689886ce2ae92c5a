"""What the feed formats have in common: an entry read from any of them, and the item that it makes."""

import mimetypes
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from scrapers.characters import printable
from scrapers.feed_time import Times
from scrapers.markup import Prose
from scrapers.model import Item, ItemKind, Media, MediaKind

_LONGEST_ID: Final = 500  # characters; a longer one is hashed
_KINDS: Final = {
    "image": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "application": MediaKind.DOCUMENT,
    "text": MediaKind.DOCUMENT,
    "document": MediaKind.DOCUMENT,  # the word of Media RSS
}
_CLOCK: Final = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,7})(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a feed, whatever its format. Authors are not read."""

    id: str | None  # as written: guid, id, rdf:about
    url: str | None  # canonical
    title: str | None
    content: Prose | None  # the whole text, if the feed carries it
    summary: Prose | None
    times: Times
    language: str | None
    media: tuple[Media, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A feed as read, whatever its format."""

    entries: tuple[Entry, ...]  # in its order
    site: str | None  # the page that it names as its own, canonical


def to_items(entries: Sequence[Entry]) -> tuple[Item, ...]:
    """The items that entries make, oldest first; an entry that stands twice is taken once.

    An id that several different addresses share identifies none of them: their addresses do.
    """
    addresses = Counter(id_ for id_, _ in {(entry.id, entry.url) for entry in entries})
    unshared = [replace(entry, id=None) if addresses[entry.id] > 1 else entry for entry in entries]
    items: dict[str, Item] = {}
    for entry in unshared:
        item = _item(entry)
        items.setdefault(item.external_id, item)
    return _oldest_first(items.values())


def media_kind(mime: str | None, url: str) -> MediaKind | None:
    """The kind of a file by its MIME type or Media RSS medium, else by the ending of its address."""
    kind = _KINDS.get((mime or "").partition("/")[0].strip().lower())
    if kind is not None:
        return kind
    guessed, _ = mimetypes.guess_type(urlsplit(url).path)
    return _KINDS.get((guessed or "").partition("/")[0])


def read_duration(written: object) -> timedelta | None:
    """A length as feeds write it: seconds, or `hours:minutes:seconds`."""
    match = _CLOCK.fullmatch(str(written).strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None


def _item(entry: Entry) -> Item:
    prose, whole = _richest(entry)
    published = entry.times.published
    return Item(
        external_id=_identity(entry, prose.text),
        kind=ItemKind.ARTICLE,
        url=entry.url,
        title=entry.title,
        text=prose.text,
        published_at=published.at if published else None,
        published_raw=entry.times.published_raw,
        published_precision=published.precision if published else None,
        published_basis=entry.times.basis,
        modified_at=entry.times.modified_at,
        language=entry.language,
        media=entry.media,
        links=prose.links,
        full_text=whole,
    )


def _richest(entry: Entry) -> tuple[Prose, bool]:
    """The longer of content and summary, and whether it is the content."""
    nothing = Prose(text="")
    content, summary = entry.content or nothing, entry.summary or nothing
    if content.text and len(content.text) >= len(summary.text):
        return content, True
    return summary, False


def _identity(entry: Entry, text: str) -> str:
    identity = printable(entry.id or "").strip() or entry.url
    if identity is None:
        return "sha256:" + sha256(f"{entry.title or ''}\n{text}".encode()).hexdigest()
    if len(identity) > _LONGEST_ID:
        return "sha256:" + sha256(identity.encode()).hexdigest()
    return identity


def _oldest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """By time where every item has one, else the feed's order turned round: feeds begin with the newest."""
    turned = list(items)[::-1]
    times = [item.published_at or item.modified_at for item in turned]
    known = [time for time in times if time is not None]
    if len(known) < len(turned):
        return tuple(turned)
    order = sorted(range(len(turned)), key=known.__getitem__)
    return tuple(turned[index] for index in order)
