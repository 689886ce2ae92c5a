"""Several workers on one Postgres against one, where sources take their time: 200 ms until they answer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import func, select, update

from benchmarks import postgres
from benchmarks.figures import Figure, ratio
from benchmarks.processes import configuration, daemon, web
from benchmarks.sizes import Sizes
from benchmarks.watch_rules import queries
from monitor.config import load
from storage import migrate
from storage.database import Database, connect
from storage.schema import item, revision, source
from storage.store import open_store

WORKERS = 4
SCALING, CONCURRENCY = 3.5, 0.8
PLACES = 1  # sources that one worker polls at the same time; four times that in the last row
RULES = 20
WARM = 4  # of the sources one is read before the time counts, so that every worker has its dictionaries
REST = timedelta(hours=6)  # of the sources, until all workers are there: within their interval
PATIENCE = 600  # seconds


def run(sizes: Sizes) -> Iterator[Figure]:
    """Nothing where there is no Postgres."""
    with postgres.server() as address:
        if address is not None:
            with TemporaryDirectory(prefix="groundswell-bench-") as folder, web() as port:
                yield from _compared(Path(folder), address, port, sizes)


def _compared(folder: Path, address: str, port: int, sizes: Sizes) -> Iterator[Figure]:
    narrow = _configured(folder / "narrow.toml", port, sizes, places=PLACES)
    wide = _configured(folder / "wide.toml", port, sizes, places=PLACES * WORKERS)
    crews = {"one": [narrow], "four": [narrow] * WORKERS, "wide": [wide]}
    rates: dict[str, list[float]] = {name: [] for name in crews}
    twice = 0
    for _ in range(max(1, sizes.repeats // 2)):
        for name, configs in crews.items():
            rate, repeated = _measure(address, configs, sizes)
            rates[name].append(rate)
            twice += repeated
    raw = {f"{name}_items_per_s": median(found) for name, found in rates.items()}
    yield Figure(
        name=f"{WORKERS} workers on one Postgres / one worker, items a second",
        value=ratio(rates["four"], rates["one"]),
        unit="x",
        target=SCALING,
        bound="least",
        raw={**raw, "stored_twice": float(twice)},
    )
    yield Figure(
        name=f"one worker with {WORKERS} times the concurrency / {WORKERS} workers, items a second",
        value=ratio(rates["wide"], rates["four"]),
        unit="x",
        target=CONCURRENCY,
        bound="least",
    )


def _configured(path: Path, port: int, sizes: Sizes, *, places: int) -> Path:
    facts = [
        {
            "id": f"slow-{number}",
            "kind": "feed",
            "url": f"http://slow-{number}.example.org/slow",
            "interval": "12h",
        }
        for number in range(sizes.worker_sources)
    ]
    return configuration(path, port, facts, queries(RULES), concurrency=places)


def _measure(address: str, configs: Sequence[Path], sizes: Sizes) -> tuple[float, int]:
    """Items a second from when all workers are ready until every source was read; and items stored twice."""
    with postgres.database(address) as url, ExitStack() as crew:
        _prepare(url, configs[0])
        for config in configs:
            crew.enter_context(daemon(config, url))
        return _timed_release(url, sizes)


def _prepare(url: str, config: Path) -> None:
    """Sources that rest until all workers are there."""
    migrate.upgrade(url)
    store = open_store(url)
    store.register(load(config, {"BENCH_DATABASE": url}).sources, datetime.now(UTC) + REST)
    store.close()


def _timed_release(url: str, sizes: Sizes) -> tuple[float, int]:
    database = connect(url)
    try:
        warm = sizes.worker_sources // WARM
        _release(database, warm)
        _await_polls(database, warm, time.perf_counter())
        before = _count_items(database)
        began = time.perf_counter()
        _release(database, sizes.worker_sources)
        _await_polls(database, sizes.worker_sources, began)
        elapsed = time.perf_counter() - began
        items = _count_items(database)
        with database.reading() as connection:
            different = connection.scalar(select(func.count(func.distinct(revision.c.text_hash)))) or 0
    finally:
        database.close()
    return (items - before) / elapsed, items - different


def _release(database: Database, count: int) -> None:
    """Make so many of the sources due, those apart that were read already."""
    first = select(source.c.id).order_by(source.c.id).limit(count)
    due = update(source).where(source.c.id.in_(first), source.c.last_success_at.is_(None))
    with database.writing() as connection:
        connection.execute(due.values(next_due_at=datetime.now(UTC)))


def _count_items(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(item)) or 0


def _await_polls(database: Database, count: int, began: float) -> None:
    """Wait until so many sources were read."""
    read = select(func.count()).where(source.c.last_success_at.is_not(None))
    while True:
        with database.reading() as connection:
            done = connection.scalar(read) or 0
        if done >= count:
            return
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"only {done} of {count} sources were read")
        time.sleep(0.02)
