"""Taking what was purged out of the cursors that remember items by name. Pure.

A cursor must neither name such an item nor hold a hash of its address or words that anybody could make
again. What it held stays known under a key (`scrapers.memory`), so that the item is not read again, and
counts as one that was there where gaps are looked for.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from scrapers import feed_names
from scrapers.memory import OWNER_MARK, Forgotten, short_hash, with_forgotten
from scrapers.model import Cursor

KINDS: Final = frozenset({"feed", "page", "sitemap"})
"""Those whose cursors remember items by name; those of Telegram hold how far was read, as a number."""

_MEMORIES: Final = ("window", "seen", "told", "led")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unwanted:
    """An item that is to be forgotten."""

    external_id: str
    url: str | None = None  # None: it has none, or it was never stored


def without(cursor: Cursor, items: Collection[Unwanted], veil: str) -> Cursor:
    """`cursor` that names none of `items`, and knows them again.

    Args:
        cursor: of a source of one of `KINDS`.
        items: of that source.
        veil: the key under which they are known again, 2 to 128 hexadecimal digits; the same every time.
    """
    named = {short_hash(one.external_id.encode()) for one in items}
    named |= {short_hash(one.url.encode()) for one in items if one.url is not None}
    signs = feed_names.signs_of(cursor, {one.external_id for one in items})
    return _cleared(with_forgotten(cursor, sorted(named | signs | _belongings(cursor, named)), veil))


def still_without(cursor: Cursor, stored: Cursor) -> Cursor:
    """`cursor` without what `stored` has forgotten, perhaps since the fetch that made `cursor` began."""
    forgotten = Forgotten.read(stored)
    if forgotten == Forgotten.read(cursor):
        return cursor
    return _cleared(forgotten.write(cursor))


def _belongings(cursor: Cursor, owners: Collection[str]) -> set[str]:
    """What is remembered of these items under other hashes than their own."""
    entries = (entry.partition(OWNER_MARK) for entry in _entries(cursor))
    return {hash_ for owner, _, hash_ in entries if hash_ and owner in owners}


def _entries(cursor: Cursor) -> Iterable[str]:
    return " ".join(cursor.text(key) or "" for key in _MEMORIES).split()


def _cleared(cursor: Cursor) -> Cursor:
    """`cursor` without a hash, name or address of what it has forgotten."""
    forgotten = Forgotten.read(cursor)
    for key in _MEMORIES:
        cursor = _with_memory_cleared(cursor, key, forgotten)
    cursor = _with_waiting_cleared(cursor, forgotten)
    return _with_site_cleared(feed_names.cleared(cursor), forgotten)


def _with_memory_cleared(cursor: Cursor, key: str, forgotten: Forgotten) -> Cursor:
    """Of a feed's entries those whose pages were asked for were once kept as hashes that name no owner."""
    written = cursor.text(key)
    if written is None:
        return cursor
    nameless = key == "seen" and feed_names.is_of_feed(cursor)
    kept = [
        entry
        for entry in written.split()
        if not forgotten.covers(entry) and not (nameless and OWNER_MARK not in entry)
    ]
    return cursor.with_values(**{key: " ".join(kept)})


def _with_waiting_cleared(cursor: Cursor, forgotten: Forgotten) -> Cursor:
    """Without the addresses that were to be read, or to be tried again."""
    tries: dict[str, int] = json.loads(cursor.text("tries") or "{}")
    pending: list[list[str | None]] = json.loads(cursor.text("pending") or "[]")
    left = {key: count for key, count in tries.items() if key not in forgotten}
    waiting = [row for row in pending if short_hash((row[0] or "").encode()) not in forgotten]
    if len(left) < len(tries):
        cursor = cursor.with_values(tries=json.dumps(left, sort_keys=True) if left else None)
    if len(waiting) < len(pending):
        kept = json.dumps(waiting, ensure_ascii=False) if waiting else None
        cursor = cursor.with_values(pending=kept)
    return cursor


def _with_site_cleared(cursor: Cursor, forgotten: Forgotten) -> Cursor:
    """Of a feed's standing still: the hash of all its entries goes, and a look at its site that shows one."""
    links = (cursor.text("links") or "").split()
    if any(link in forgotten for link in links):
        cursor = cursor.with_values(links=None, looked=None)
    return cursor.with_values(entries=None)
