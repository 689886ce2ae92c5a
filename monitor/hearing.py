"""What a live connection heard, until a poll has seen it.

Nothing of it is news in itself: it only makes channels due at once. What is heard while a channel is being
polled waits for the end of the poll, which may have been too early to see it and would overwrite the due
time. What a failed poll has not seen is asked for again, after a rest.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import refresh
from scrapers.errors import Blocked, TooCostly, Unavailable
from scrapers.model import Heard

MOST_CHANGED = refresh.MAX_REFRESHED  # messages of one channel that are passed on at once
CONFIRM_AFTER = refresh.CONFIRM_AFTER + timedelta(seconds=30)  # a deletion is one at the second look
REST = timedelta(minutes=1)  # after a failed poll, doubled with every further one
LONGEST_REST = timedelta(minutes=15)  # but what a server asks for is obeyed, however long
_MAY_PASS = frozenset(
    {Unavailable.outcome, Blocked.outcome, TooCostly.outcome, "storage_unavailable", "lease_lost"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What is to be made due."""

    heard: tuple[Heard, ...]
    kinds: tuple[str, ...]  # every source of them: anything may have been missed
    sources: tuple[str, ...]  # by configured id, likewise


class Hearing:
    """Takes note of what is heard. All in the event loop's thread.

    Args:
        woken: Is called when there is something to pass on.
    """

    def __init__(self, woken: Callable[[], None] = lambda: None) -> None:
        self._woken = woken
        self._changed: dict[str, set[int]] = {}  # numbers of messages, by channel
        self._later: dict[str, datetime] = {}  # when a channel is to be looked at once more
        self._underway: set[str] = set()  # channels that were made due and not polled well since
        self._rests: dict[str, datetime] = {}  # until when a channel whose poll failed is left alone
        self._failures: dict[str, int] = {}
        self._deaf_kinds: set[str] = set()
        self._deaf_polls: set[str] = set()  # ids of sources that were being polled when nobody listened
        self._deaf_sources: set[str] = set()

    # ---- hearing -------------------------------------------------------------------------

    def hear(self, heard: Heard) -> None:
        """Something came or changed in a channel."""
        self._changed.setdefault(heard.channel_id, set()).update(heard.changed)
        self._woken()

    def was_deaf(self, kind: str) -> None:
        """Something may have been missed in any source of a kind: a connection was lost and is back."""
        self._deaf_kinds.add(kind)
        self._woken()

    # ---- passing on ----------------------------------------------------------------------

    def pending(self, busy: Collection[str | None], now: datetime) -> bool:
        """Whether there is something to pass on, when the channels `busy` are being polled."""
        return bool(self._deaf_kinds or self._deaf_sources or self._ready(busy, now))

    def take(self, busy: Collection[str | None], polled: Iterable[str], now: datetime) -> Taken:
        """What is to be made due, but for channels that are `busy`.

        The sources `polled`, by configured id, are in the middle of a poll that may have begun too early:
        their turn comes when it has ended.
        """
        ready = sorted(self._ready(busy, now))
        heard = tuple(Heard(channel_id=channel, changed=self._some_of(channel)) for channel in ready)
        for one in heard:
            self._underway.add(one.channel_id)
            self._later.pop(one.channel_id, None)
            if one.changed:
                self._later[one.channel_id] = now + CONFIRM_AFTER
        kinds, self._deaf_kinds = tuple(sorted(self._deaf_kinds)), set()
        sources, self._deaf_sources = tuple(sorted(self._deaf_sources)), set()
        if kinds:
            self._deaf_polls.update(polled)
        return Taken(heard=heard, kinds=kinds, sources=sources)

    def put_back(self, taken: Taken) -> None:
        """Keep what could not be passed on. Wakes nobody: the next tick tries again."""
        self._deaf_kinds.update(taken.kinds)
        self._deaf_sources.update(taken.sources)
        self.keep(taken.heard)

    def keep(self, heard: Iterable[Heard]) -> None:
        """Pass these on once more: no source is known to be that channel yet."""
        for one in heard:
            self._underway.discard(one.channel_id)
            self._changed.setdefault(one.channel_id, set()).update(one.changed)

    def polled(
        self,
        config_id: str,
        channel: str | None,
        *,
        failed: str | None,
        retry_after: timedelta | None,
        now: datetime,
    ) -> None:
        """A poll has ended; `failed` is its outcome where it did not go well."""
        if config_id in self._deaf_polls:
            self._deaf_polls.discard(config_id)
            self._deaf_sources.add(config_id)
        if channel is None:
            return
        if failed is None:
            for known in (self._failures, self._rests):
                known.pop(channel, None)
        elif channel in self._underway and failed in _MAY_PASS:
            self._rest(channel, now, retry_after or timedelta(0))
        self._underway.discard(channel)

    # ---- within --------------------------------------------------------------------------

    def _ready(self, busy: Collection[str | None], now: datetime) -> set[str]:
        due = self._changed.keys() | {channel for channel, moment in self._later.items() if moment <= now}
        return {channel for channel in due - set(busy) if self._rests.get(channel, now) <= now}

    def _some_of(self, channel: str) -> frozenset[int]:
        """Changed messages of a channel, as many as a poll can read; the others stay."""
        changed = sorted(self._changed.pop(channel, ()))
        if len(changed) > MOST_CHANGED:
            self._changed[channel] = set(changed[MOST_CHANGED:])
        return frozenset(changed[:MOST_CHANGED])

    def _rest(self, channel: str, now: datetime, asked: timedelta) -> None:
        failures = self._failures.get(channel, 0)
        self._failures[channel] = failures + 1
        self._rests[channel] = now + max(asked, min(REST * (1 << min(failures, 10)), LONGEST_REST))
        self._changed.setdefault(channel, set())
