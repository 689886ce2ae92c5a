"""When to tell of what was heard of a channel: as soon as one poll would see all of it, and not too often."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from scrapers.model import Heard
from scrapers.telegram_live import News

_ALBUM_SETTLES: Final = 0.6  # seconds in which the parts of an album arrive


@dataclass(slots=True)
class _Changes:
    """What changed in a channel since it was last told."""

    timer: asyncio.TimerHandle
    ids: frozenset[int] = frozenset()


class NewsDesk:
    """Tells of new posts at once, of an album when it is whole, and of changes now and then.

    Every telling of changes is followed by a poll; a channel whose posts are edited all the time, or deleted
    one by one, would otherwise use up what the account may ask.

    Args:
        heard: is told; it must not wait.
        changes_apart: The least time between two tellings of changes in one channel.
    """

    def __init__(self, heard: Callable[[Heard], None], changes_apart: timedelta) -> None:
        self._heard = heard
        self._changes_apart = changes_apart.total_seconds()
        self._settling: dict[str, asyncio.TimerHandle] = {}
        self._changes: dict[str, _Changes] = {}

    def take(self, news: News) -> None:
        """Tell of `news`, now or soon."""
        if news.unfinished:
            self._tell_when_settled(news.heard)
        elif news.heard.changed:
            self._tell_of_changes(news.heard)
        else:
            self._heard(news.heard)

    def close(self) -> None:
        """Tell nothing any more."""
        for timer in (*self._settling.values(), *(one.timer for one in self._changes.values())):
            timer.cancel()
        self._settling.clear()
        self._changes.clear()

    def _tell_when_settled(self, heard: Heard) -> None:
        """A poll between two parts of an album would see half of it."""
        if (timer := self._settling.pop(heard.channel_id, None)) is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._settling[heard.channel_id] = loop.call_later(_ALBUM_SETTLES, self._tell_settled, heard)

    def _tell_settled(self, heard: Heard) -> None:
        self._settling.pop(heard.channel_id, None)
        self._heard(heard)

    def _tell_of_changes(self, heard: Heard) -> None:
        waiting = self._changes.get(heard.channel_id)
        if waiting is not None:
            waiting.ids |= heard.changed
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._changes_apart, self._tell_the_rest, heard.channel_id)
        self._changes[heard.channel_id] = _Changes(timer)
        self._heard(heard)

    def _tell_the_rest(self, channel_id: str) -> None:
        changes = self._changes.pop(channel_id)
        if changes.ids:
            self._tell_of_changes(Heard(channel_id=channel_id, changed=changes.ids))
