"""What was found out about words, remembered: half the memory of `functools.lru_cache`, and no slower."""

from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

LONGEST_REMEMBERED = 60
"""Letters of a word; a longer one hardly comes again, and a text may be one word of a megabyte."""

Found = TypeVar("Found")


class Memo(dict[str, Found], Generic[Found]):
    """What `find_out` says of words, by word: `memo[word]`. When it is full, the older half is forgotten.

    For use by several threads, as long as `find_out` may be called twice for one word.
    """

    def __init__(self, find_out: Callable[[str], Found], *, most: int) -> None:
        super().__init__()
        self._find_out = find_out
        self._most = most

    def __missing__(self, word: str) -> Found:
        found = self._find_out(word)
        if len(word) > LONGEST_REMEMBERED or word.isdigit():  # numbers have no end, and say little
            return found
        if len(self) >= self._most:
            for old in list(islice(self, self._most // 2)):
                self.pop(old, None)
        self[word] = found
        return found
