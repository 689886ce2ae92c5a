"""What a rule sees of an item: now, and as it was before. Pure."""

from dataclasses import replace
from datetime import datetime

from monitor.analyse import Analysed, read_texts
from monitor.query import Document
from scrapers.model import Counters, Item, Source
from storage.model import KnownItem

SUMMARY = "summary"  # the flag of a revision that holds only a feed's description
FORWARDED = "forwarded"  # the flag of what was first posted elsewhere
DELETED = "deleted"  # the flag of a tombstone
LINK, FORWARD = "link", "forward"
NOT_MEDIA = frozenset({LINK, FORWARD})  # what `has:` sees besides kinds of media


def features(item: Item) -> frozenset[str]:
    """What `has:` sees of an item."""
    found = {media.kind.value for media in item.media}
    if item.links:
        found.add(LINK)
    if item.forwarded:
        found.add(FORWARD)
    return frozenset(found)


def flags(item: Item) -> frozenset[str]:
    """What `is:` sees of an item."""
    found: set[str] = set()
    if item.edited:
        found.add("edited")
    if item.forwarded:
        found.add(FORWARDED)
    if not item.full_text:
        found.add(SUMMARY)
    return frozenset(found)


def present(analysed: Analysed, source: Source, now: datetime | None = None) -> Document:
    """The document that a fetched item is at `now`; without that its age is unknown."""
    item = analysed.item
    counters = item.counters or Counters()
    return Document(
        title=analysed.title,
        text=analysed.text,
        source=source.id,
        kind=source.kind,
        language=analysed.language,
        tags=frozenset(source.tags),
        views=counters.views,
        forwards=counters.forwards,
        has=features(item),
        flags=flags(item),
        links=item.links,
        published_at=item.published_at,
        asked_at=now,
    )


def past(known: KnownItem, source: Source) -> Document:
    """The document that a stored item was at its latest revision and reading, and then as old as then."""
    revision = known.current
    counters = known.counters or Counters()
    title, text = read_texts(revision.title, revision.text, revision.language)
    return Document(
        title=title,
        text=text,
        source=source.id,
        kind=source.kind,
        language=revision.language,
        tags=frozenset(source.tags),
        views=counters.views,
        forwards=counters.forwards,
        has=revision.has,
        flags=revision.flags,
        links=revision.links,
        published_at=known.published_at,
        asked_at=max(revision.observed_at, known.read_at or revision.observed_at),
    )


def last_shown(known: KnownItem, source: Source) -> Document:
    """The document that a stored item was while its source showed it: its return is no news to a rule."""
    before = past(known, source)
    return replace(before, flags=before.flags - {DELETED})


def deleted(known: KnownItem, source: Source, now: datetime | None = None) -> Document:
    """The document that a stored item becomes when its source takes it away; at `now`, if that is given."""
    before = past(known, source)
    return replace(before, flags=before.flags | {DELETED}, asked_at=now or before.asked_at)
