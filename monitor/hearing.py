"""What a live connection heard, until it can be passed on to the database as due times.

What is heard of a channel while it is being polled waits for the end of the poll, which may have been too
early to see it and would overwrite the due time.
"""

from collections.abc import Callable, Collection

from scrapers.model import Heard


class Hearing:
    """Takes note of what is heard. All in the event loop's thread."""

    def __init__(self, woken: Callable[[], None] = lambda: None) -> None:
        self._woken = woken
        self._changed: dict[str, set[int]] = {}  # numbers of messages, by channel
        self._deaf: set[str] = set()  # kinds of sources of which anything may have been missed

    def hear(self, heard: Heard) -> None:
        """Something came or changed in a channel."""
        self._changed.setdefault(heard.channel_id, set()).update(heard.changed)
        self._woken()

    def was_deaf(self, kind: str) -> None:
        """Something may have been missed in any source of a kind: a connection was lost and is back."""
        self._deaf.add(kind)
        self._woken()

    def pending(self, busy: Collection[str | None]) -> bool:
        """Whether there is something to pass on, when the channels `busy` are being polled."""
        return bool(self._deaf or self._changed.keys() - set(busy))

    def take(self, busy: Collection[str | None]) -> tuple[tuple[Heard, ...], tuple[str, ...]]:
        """What was heard of all other channels, and the kinds of which anything may have been missed."""
        ready = self._changed.keys() - set(busy)
        heard = tuple(
            Heard(channel_id=channel, changed=frozenset(self._changed.pop(channel)))
            for channel in sorted(ready)
        )
        deaf, self._deaf = tuple(sorted(self._deaf)), set()
        return heard, deaf

    def put_back(self, heard: Collection[Heard], deaf: Collection[str]) -> None:
        """Keep what could not be passed on. Wakes nobody: the next tick tries again."""
        self._deaf.update(deaf)
        for one in heard:
            self._changed.setdefault(one.channel_id, set()).update(one.changed)
