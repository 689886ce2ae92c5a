"""Chores: work that comes round by itself, beside polls and deliveries, and that nothing waits for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from storage.errors import StorageError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chore:
    """Something to be done every so often, and at the start."""

    name: str
    every: timedelta  # from one beginning to the next
    work: Callable[[datetime], Awaitable[None]]  # is given the moment at which it began


class Chores:
    """Starts chores when their time has come, none twice at once; a failed one waits for its round."""

    def __init__(self, chores: Collection[Chore]) -> None:
        self._chores = tuple(chores)
        self._begun_at: dict[str, datetime] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def change_to(self, chores: Collection[Chore]) -> None:
        """Do these from now on; one of the same name was last begun when it was."""
        self._chores = tuple(chores)

    @property
    def in_flight(self) -> tuple[asyncio.Task[None], ...]:
        """The tasks of those that run."""
        return tuple(self._running.values())

    def start(self, now: datetime) -> None:
        """Begin what is due at `now`; does not wait for it."""
        for chore in self._chores:
            if chore.name not in self._running and self._is_due(chore, now):
                self._begin(chore, now)

    def _is_due(self, chore: Chore, now: datetime) -> bool:
        """Also when the clock was set back: waiting until it is where it was could take for ever."""
        begun = self._begun_at.get(chore.name)
        return begun is None or not timedelta(0) <= now - begun < chore.every

    def _begin(self, chore: Chore, now: datetime) -> None:
        self._begun_at[chore.name] = now
        task = asyncio.create_task(_done(chore, now), name=f"chore {chore.name}")
        self._running[chore.name] = task
        task.add_done_callback(partial(self._ended, chore.name))

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        del self._running[name]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("the chore %s failed inside Groundswell", name, exc_info=error)


async def _done(chore: Chore, now: datetime) -> None:
    try:
        await chore.work(now)
    except StorageError as trouble:
        log.warning("the chore %s is left for its next round: %s", chore.name, trouble)
