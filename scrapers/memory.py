"""What a scraper remembers of earlier reads inside its cursor: short hashes, so many and no more."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self

from scrapers.model import Cursor


def short_hash(data: bytes) -> str:
    """Twelve hexadecimal digits: among 500 remembered ones a chance likeness is a matter of 1 in 10^11."""
    return blake2b(data, digest_size=6).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The last `most` hashes, oldest first, kept under `key` of a cursor."""

    key: str
    most: int
    hashes: tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, cursor: Cursor, key: str, most: int) -> Self:
        """What `cursor` remembers under `key`."""
        return cls(key=key, most=most, hashes=tuple((cursor.text(key) or "").split()))

    def __contains__(self, hash_: str) -> bool:
        return hash_ in self.hashes

    def with_all(self, hashes: Iterable[str]) -> Self:
        """A memory that also holds `hashes`; the oldest are forgotten first."""
        latest = dict.fromkeys(hashes)
        kept = [hash_ for hash_ in self.hashes if hash_ not in latest]
        return type(self)(key=self.key, most=self.most, hashes=(*kept, *latest)[-self.most :])

    def write(self, cursor: Cursor) -> Cursor:
        """`cursor` with this memory in it."""
        return cursor.with_values(**{self.key: " ".join(self.hashes)})
