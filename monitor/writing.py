"""Recall, decide, commit: again where another poll came between, and patiently where the database is away."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from monitor.correlation.decide import correlate, questions
from monitor.draft import Policy
from monitor.observe import UNOBSERVED, timed
from monitor.ports import Observer, Stage
from scrapers.model import Clock, Source
from storage.errors import Stale, StorageUnavailable
from storage.model import Decision, Known, RecallKeys
from storage.store import Store

log = logging.getLogger(__name__)

MAX_DECISIONS = 20  # how often a decision is made anew when other polls come between
STORAGE_PATIENCE = (0.2, 1.0, 3.0, 10.0)  # seconds between tries while the database is away


class Writer:
    """Writes what is decided on the sources of a daemon.

    Args:
        store: Where it is written.
        sources: As configured, by their ids.
        policy: What the owner wants.
        clock: Tells the time.
        committed: Is called when there is something to deliver.
        observer: Is told how long each step took.
    """

    def __init__(
        self,
        *,
        store: Store,
        sources: Mapping[str, Source],
        policy: Policy,
        clock: Clock,
        committed: Callable[[], None] = lambda: None,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._store = store
        self._sources = sources
        self._policy = policy
        self._clock = clock
        self._committed = committed
        self._observer = observer

    async def write(
        self, source_id: int, keys: RecallKeys, decide_now: Callable[[Known, datetime], Decision]
    ) -> Decision:
        """Recall, decide and commit in one thread; again when another poll came between.

        Raises:
            StorageUnavailable: the database stayed away.
            Stale: what was recalled never held. No crowd of polls does that: it is a fault, to be recorded.
        """
        for pause in (*STORAGE_PATIENCE, None):
            try:
                decision = await asyncio.to_thread(self._write_once, source_id, keys, decide_now)
            except (StorageUnavailable, Stale) as trouble:
                if pause is None:
                    raise
                log.warning("nothing could be written, trying again: %s", trouble)
                await asyncio.sleep(pause)
            else:
                if decision.notifications:
                    self._committed()
                return decision
        raise StorageUnavailable("the database stayed away")

    def _write_once(
        self, source_id: int, keys: RecallKeys, decide_now: Callable[[Known, datetime], Decision]
    ) -> Decision:
        for _ in range(MAX_DECISIONS):
            with timed(self._observer, Stage.RECALL):
                known = self._store.recall(source_id, keys)
            with timed(self._observer, Stage.DECIDE):
                decision = self._correlated(known, decide_now(known, self._clock.now()))
            try:
                with timed(self._observer, Stage.COMMIT):
                    self._store.commit(decision)
            except Stale as stale:
                log.debug("deciding again: %s", stale)
            else:
                return decision
        raise Stale(f"source {source_id}: what was recalled did not hold, {MAX_DECISIONS} times")

    def _correlated(self, known: Known, decision: Decision) -> Decision:
        """The decision with what its matches mean together with those that are stored."""
        source = self._sources.get(known.source.config_id)
        if source is None:
            return decision
        wanted = questions(decision, source=source, policy=self._policy)
        if not wanted:
            return decision
        answers = self._store.recall_correlations(wanted)
        return correlate(decision, answers, source=source, policy=self._policy, now=decision.decided_at)
