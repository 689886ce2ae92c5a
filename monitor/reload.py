"""Taking over a changed configuration while the daemon goes on.

A new configuration is taken whole or refused whole, with every reason; then the old one goes on.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from time import monotonic

from monitor.config import Config, ConfigInvalid, load
from monitor.config_changes import changes, needs_restart
from monitor.logs import show_times_in
from monitor.observe import UNOBSERVED
from monitor.ports import Observer, Supervisor
from monitor.supervise import UNSUPERVISED
from storage.errors import StorageError

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0  # seconds between two looks at the file


class Outcome(StrEnum):
    """What became of a reload."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"  # says the same as before
    REFUSED = "refused"  # faulty, or a change that needs a restart
    DELAYED = "delayed"  # the database is away: tried again at the next tick


class FileWatch:
    """Tells when a file says something else than before, and has been left alone since the last look.

    Half a file, as an editor may leave it for a moment, is not taken for a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = self._look()
        self._digest = self._read()
        self._restless = False

    def changed(self) -> bool:
        """Whether there is something new to read; says so once."""
        state = self._look()
        if state != self._state:
            self._state, self._restless = state, True
            return False
        if not self._restless:
            return False
        self._restless = False
        return self.taken_note_of()

    def taken_note_of(self) -> bool:
        """Know what the file says now; whether that is something else than before."""
        before, self._digest = self._digest, self._read()
        return before != self._digest

    def _look(self) -> tuple[int, int, int] | None:
        """What differs after any change that can be told without reading; None: there is no file."""
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size, state.st_ino

    def _read(self) -> bytes | None:
        try:
            return hashlib.sha256(self._path.read_bytes()).digest()
        except OSError:
            return None


class Reloader:
    """Takes over what the configuration file says, when asked to and when the file changed.

    Args:
        config: What is in force.
        watch: Began to watch the file before `config` was read, so that no change falls between.
        asked: Is set to have the file read at the next step, whether it changed or not.
        change_to: Makes the daemon work by another configuration.
        observer: Is told how it went.
        supervisor: Is told while it goes on.
    """

    def __init__(
        self,
        *,
        config: Config,
        watch: FileWatch,
        asked: asyncio.Event,
        change_to: Callable[[Config], Awaitable[None]],
        observer: Observer = UNOBSERVED,
        supervisor: Supervisor = UNSUPERVISED,
    ) -> None:
        self._config = config
        self._watch = watch
        self._change_to = change_to
        self._observer = observer
        self._supervisor = supervisor
        self._asked = asked
        self._looked_at = monotonic()

    async def step(self) -> None:
        """Reload, if that is asked for."""
        if not self._asked.is_set() and not await self._file_changed():
            return
        self._asked.clear()
        self._supervisor.reloading()
        try:
            outcome = await self._reload()
        finally:
            self._supervisor.reloaded()
        self._observer.reloaded(outcome)

    async def _file_changed(self) -> bool:
        if monotonic() - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = monotonic()
        return await asyncio.to_thread(self._watch.changed)

    async def _reload(self) -> Outcome:
        new = await asyncio.to_thread(self._load)
        if new is None or self._must_restart(new):
            return Outcome.REFUSED
        told = changes(self._config, new)
        if not told:
            log.info("%s says the same as before", new.path)
            return Outcome.UNCHANGED
        try:
            await self._change_to(new)
        except StorageError as away:
            log.warning("the new configuration waits for the database: %s", away)
            self._asked.set()
            return Outcome.DELAYED
        self._config = new
        show_times_in(new.timezone)
        log.info("new configuration taken over: %s", ", ".join(told))
        return Outcome.TAKEN

    def _load(self) -> Config | None:
        self._watch.taken_note_of()
        path = self._config.path
        try:
            new = load(path)
        except ConfigInvalid as invalid:
            for problem in invalid.problems:
                log.error("%s", problem)  # noqa: TRY400 - the problem says it all
            log.error("%s was refused; the configuration of before goes on", path)  # noqa: TRY400
            return None
        for warning in new.warnings:
            log.warning("%s", warning)
        return new

    def _must_restart(self, new: Config) -> bool:
        keys = needs_restart(self._config, new)
        if keys:
            log.error(
                "%s was refused: a changed %s needs a restart; the configuration of before goes on",
                new.path,
                " and ".join(f"[{key}]" for key in keys),
            )
        return bool(keys)
