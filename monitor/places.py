"""Places for polls: so many at once, but those that last keep nobody out."""

import asyncio

SLOW_AFTER = 10.0  # seconds after which a poll no longer counts: its server, or its page, is slow
MOST_SLOW = 4  # polls for every place, the slow ones included


class Places:
    """Who is polled at the moment.

    A poll takes a place for its first seconds only. Were it longer, a handful of servers that do not answer
    would keep every other source waiting. All in all there are never more than a few polls for a place.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._since: dict[asyncio.Task[None], float] = {}

    def change_to(self, number: int) -> None:
        """Have so many from now on."""
        self._number = number

    def take(self, poll: asyncio.Task[None]) -> None:
        """It begins now."""
        self._since[poll] = asyncio.get_running_loop().time()

    def leave(self, poll: asyncio.Task[None]) -> None:
        """It has ended."""
        self._since.pop(poll, None)

    def free(self) -> int:
        """How many more polls may begin."""
        slow_since = asyncio.get_running_loop().time() - SLOW_AFTER
        quick = sum(since > slow_since for since in self._since.values())
        return max(0, min(self._number - quick, MOST_SLOW * self._number - len(self._since)))

    def many_free(self) -> bool:
        """Whether it is worth asking for what could fill them."""
        return self.free() >= max(1, self._number // 4)
