"""What a change of receivers means for what waits: those mended are tried at once, those gone told of."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime

from monitor.schedule import GIVE_UP_AFTER
from scrapers.counted import counted
from storage.store import Store

log = logging.getLogger(__name__)


class Changeover:
    """Follows which receivers there are, from one configuration to the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mended: frozenset[str] = frozenset()  # their pauses are to be ended
        self._taken_out: frozenset[str] = frozenset()  # of what waits for them is to be told
        self._told: frozenset[str] = frozenset()

    def change(self, before: Collection[str], after: Collection[str], mended: Collection[str]) -> None:
        """Take note of another configuration.

        Args:
            before: The receivers that there were.
            after: Those that there are.
            mended: Those of them that are not as they were.
        """
        self._mended = self._mended.union(mended).intersection(after)
        self._taken_out = self._taken_out.union(before).difference(after)
        self._told = self._told.difference(after)

    async def end_pauses(self, now: datetime, busy: Collection[str]) -> None:
        """Make due what waits for mended receivers after attempts that failed.

        Those that are `busy` come later: the attempt under way may be the old configuration's and fail, too.

        Raises:
            StorageUnavailable: the database is away; it is done the next time.
        """
        ready = self._mended.difference(busy)
        if ready:
            await asyncio.to_thread(self._store.end_pauses, now, ready)
            self._mended -= ready

    async def tell(self, unreached: frozenset[str]) -> None:
        """Warn, once, of what waits for receivers that were taken out, or are `unreached` for other reasons.

        Raises:
            StorageUnavailable: the database is away; it is done the next time.
        """
        news = (unreached | self._taken_out) - self._told
        if not news:
            return
        waiting = await asyncio.to_thread(self._store.waiting, news)
        for receiver, number in waiting.items():
            _warn(receiver, number, taken_out=receiver in self._taken_out)
        self._told |= unreached | self._taken_out
        self._taken_out = frozenset()


def _warn(receiver: str, number: int, *, taken_out: bool) -> None:
    log.warning(
        '%s for receiver "%s", which %s; given up after %d days, if not sent with `groundswell resend --to`',
        counted(number, "notification waits", "notifications wait"),
        receiver,
        "was taken out" if taken_out else "is not configured",
        GIVE_UP_AFTER.days,
        extra={"receiver": receiver},
    )
