"""The chore that keeps a desk within its limits: what waits in vain is given up, what is too old goes."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from monitor.chores import Chore
from monitor.schedule import GIVE_UP_AFTER
from monitor.settings import Retention
from scrapers.counted import counted
from storage.store import Store

log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(days=1)
KEPT_WHATEVER_THE_SIZE = timedelta(days=1)


class Pruner:
    """Applies the retention of a configuration.

    Args:
        store: What is pruned.
        retention: How much of the past is kept.
        receivers: The ids of the configured receivers; what waits for others is given up in time.
    """

    def __init__(self, *, store: Store, retention: Retention, receivers: Collection[str]) -> None:
        self._store = store
        self._retention = retention
        self._receivers = tuple(receivers)

    def chore(self) -> Chore:
        """What a daemon does once a day."""
        return Chore(name="prune", every=PRUNE_EVERY, work=self.prune)

    async def prune(self, now: datetime) -> None:
        """Give up, then remove what is older than retention allows, then what is too much.

        Raises:
            StorageError: the database is away; what was removed so far stays removed.
        """
        ended = await asyncio.to_thread(self._store.give_up, self._receivers, now - GIVE_UP_AFTER, now)
        if ended:
            log.error(
                "given up: %s for receivers that are no longer configured", counted(ended, "notification")
            )
        removed = await asyncio.to_thread(self._store.prune, now - self._retention.longest, now)
        if removed:
            log.info("retention removed %s", counted(removed, "item"))
        if self._retention.size is not None:
            await self._prune_to_size(self._retention.size, now)

    async def _prune_to_size(self, size: int, now: datetime) -> None:
        removed = await asyncio.to_thread(self._store.prune_to_size, size, now - KEPT_WHATEVER_THE_SIZE)
        if removed:
            log.warning("retention_size removed %s, the oldest", counted(removed, "item"))
