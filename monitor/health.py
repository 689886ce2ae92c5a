"""Whether the service lives, is ready for work, and how it does.

`/healthz`: the process is alive, its event loop answers, ticks go on. `/readyz`: the database answers at the
right schema, can be written, and holds every configured source. `/metrics`: numbers for Prometheus.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from monitor.config_health import HealthOptions
from monitor.desk_health import LOOK_EVERY
from monitor.gauges import Gauges
from monitor.health_server import Answer, listening
from monitor.metrics import Metrics
from scrapers.model import Clock
from storage.errors import StorageError
from storage.store import Store

Result = TypeVar("Result")

log = logging.getLogger(__name__)

STUCK_AFTER = timedelta(
    minutes=2
)  # without a tick; one that waits for a locked database takes up to a minute
UNWRITTEN = 3 * LOOK_EVERY  # after which the database counts as one that cannot be written
PATIENCE = timedelta(seconds=8)  # with the database; Prometheus itself waits for ten seconds
_PLAIN = "text/plain; charset=utf-8"


class Health:
    """Answers requests.

    The database is asked in a thread of our own, one question at a time: while it hangs, no thread of the
    loops is taken.
    """

    def __init__(self, *, store: Store, metrics: Metrics, clock: Clock, stopping: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._stopping = stopping
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")

    def close(self) -> None:
        """Ask nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def answer(self, path: str, accept: str) -> Answer:
        """The answer to `GET path`."""
        match path:
            case "/healthz":
                return self._alive()
            case "/readyz":
                return await self._ready()
            case "/metrics":
                return await self._numbers(accept)
            case _:
                return _json(404, {"error": "there are /healthz, /readyz and /metrics"})

    def _alive(self) -> Answer:
        age = self._metrics.tick_age()
        lives = age is not None and age < STUCK_AFTER.total_seconds()
        told = {"alive": lives, "last_tick_age_seconds": None if age is None else round(age, 3)}
        return _json(200 if lives else 503, told)

    async def _ready(self) -> Answer:
        reasons = ["the service is stopping"] if self._stopping() else []
        reasons += ["the first tick has not ended yet"] if self._metrics.tick_age() is None else []
        trouble = self._metrics.storage_trouble()
        reasons += [] if trouble is None else [f"the database takes nothing: {trouble}"]
        reasons += await self._in_time(self._missing, ["the database does not answer in time"])
        return _json(503 if reasons else 200, {"ready": not reasons, "reasons": reasons})

    async def _numbers(self, accept: str) -> Answer:
        given = await self._in_time(lambda: self._metrics.exposition(accept), None)
        if given is None:
            return Answer(status=503, body=b"the database does not answer in time\n", content_type=_PLAIN)
        return Answer(status=200, body=given[0], content_type=given[1])

    def _missing(self) -> list[str]:
        try:
            self._store.check_schema()
            known = {source.config_id for source in self._store.vitals().sources}
        except StorageError as trouble:
            return [str(trouble)]
        unknown = [f'the source "{name}" is not registered' for name in sorted(self._metrics.sources - known)]
        return [*unknown, *self._unwritten()]

    def _unwritten(self) -> list[str]:
        """Whether the desk's sign of life is missing, which is written every few minutes."""
        written_at = self._store.desk_written_at()
        if written_at is None or self._clock.now() - written_at < UNWRITTEN:
            return []
        return [f"nothing could be written to the database since {written_at:%Y-%m-%d %H:%M} UTC"]

    async def _in_time(self, work: Callable[[], Result], otherwise: Result) -> Result:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError:
            return otherwise


def _json(status: int, told: Mapping[str, object]) -> Answer:
    return Answer(status=status, body=json.dumps(told).encode() + b"\n")


@asynccontextmanager
async def telling(
    options: HealthOptions, metrics: Metrics, clock: Clock, stopping: Callable[[], bool], store: Store
) -> AsyncIterator[None]:
    """Answer at the address in `[health]` while the block runs.

    Raises:
        CannotListen: the address can't be had.
    """
    metrics.registry.register(Gauges(store.vitals, clock, metrics))
    health = Health(store=store, metrics=metrics, clock=clock, stopping=stopping)
    try:
        async with listening(options, health.answer) as (host, port):
            log.info("health and metrics at http://%s:%d", host, port)
            yield
    finally:
        health.close()
