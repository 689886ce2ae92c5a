"""What a scraper remembers of earlier reads inside its cursor: short hashes, so many and no more.

What was purged is forgotten: nothing in the cursor names it any more, but what would be remembered of it is
known again. The cursor holds `veil` (a key, in hexadecimal digits) and `forgotten` (hashes under that key of
the short hashes that are not kept).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, Self

from scrapers.model import Cursor

OWNER_MARK: Final = ">"
"""Stands between the hash of an item and what is remembered of that item."""

_MOST_FORGOTTEN: Final = 6_000  # hashes, some three an item; the names of older ones are known to storage


def short_hash(data: bytes) -> str:
    """Twelve hexadecimal digits: among 500 remembered ones a chance likeness is a matter of 1 in 10^11."""
    return blake2b(data, digest_size=6).hexdigest()


def owned(owner: str, hash_: str) -> str:
    """What is remembered of an item, to be forgotten with it; both are short hashes."""
    return f"{owner}{OWNER_MARK}{hash_}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What a cursor no longer names and still knows again."""

    veil: str = ""  # key of the hashes, in hexadecimal digits; "": nothing is forgotten
    hashes: tuple[str, ...] = ()  # oldest first
    _found: frozenset[str] = field(default=frozenset(), init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", frozenset(self.hashes))

    @classmethod
    def read(cls, cursor: Cursor) -> Self:
        """What `cursor` has forgotten."""
        return cls(veil=cursor.text("veil") or "", hashes=tuple((cursor.text("forgotten") or "").split()))

    def __contains__(self, hash_: str) -> bool:
        return bool(self._found) and _veiled(hash_, self.veil) in self._found

    def covers(self, entry: str) -> bool:
        """Whether an entry of a memory, or the item that it belongs to, is forgotten."""
        return bool(self._found) and any(part in self for part in entry.split(OWNER_MARK))

    def write(self, cursor: Cursor) -> Cursor:
        """`cursor` that has forgotten this."""
        return cursor.with_values(veil=self.veil, forgotten=" ".join(self.hashes))


def with_forgotten(cursor: Cursor, hashes: Iterable[str], veil: str) -> Cursor:
    """`cursor` that also knows `hashes` again by what they are under `veil`, its key up to now if it has one.

    It may hold them still: `scrapers.forgetting` takes them out.
    """
    before = Forgotten.read(cursor)
    veil = before.veil or veil
    kept = dict.fromkeys((*before.hashes, *(_veiled(hash_, veil) for hash_ in hashes)))
    return Forgotten(veil=veil, hashes=tuple(kept)[-_MOST_FORGOTTEN:]).write(cursor)


def _veiled(hash_: str, veil: str) -> str:
    return blake2b(hash_.encode(), digest_size=6, key=bytes.fromhex(veil)).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The last `most` hashes, oldest first, kept under `key` of a cursor; those forgotten are known, too."""

    key: str
    most: int
    hashes: tuple[str, ...] = field(default=())
    forgotten: Forgotten = field(default=Forgotten())

    @classmethod
    def read(cls, cursor: Cursor, key: str, most: int) -> Self:
        """What `cursor` remembers under `key`."""
        hashes = tuple((cursor.text(key) or "").split())
        return cls(key=key, most=most, hashes=hashes, forgotten=Forgotten.read(cursor))

    def __contains__(self, hash_: str) -> bool:
        return hash_ in self.hashes or self._is_forgotten(hash_)

    def among(self, hashes: Iterable[str]) -> frozenset[str]:
        """Those of `hashes` that it holds."""
        remembered = frozenset(self.hashes)
        return frozenset(hash_ for hash_ in hashes if hash_ in remembered or self._is_forgotten(hash_))

    def _is_forgotten(self, hash_: str) -> bool:
        return hash_.rpartition(OWNER_MARK)[2] in self.forgotten

    def with_all(self, hashes: Iterable[str]) -> Self:
        """A memory that also holds `hashes`; the oldest are lost first, and forgotten ones stay forgotten."""
        latest = dict.fromkeys(hash_ for hash_ in hashes if not self.forgotten.covers(hash_))
        kept = [hash_ for hash_ in self.hashes if hash_ not in latest]
        return replace(self, hashes=(*kept, *latest)[-self.most :])

    def write(self, cursor: Cursor) -> Cursor:
        """`cursor` with this memory in it."""
        return cursor.with_values(**{self.key: " ".join(self.hashes)})
