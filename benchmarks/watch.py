"""The daemon left alone: what watching quiet sources costs, how much memory it holds, how fast it starts."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import insert, update

from benchmarks.figures import Figure
from benchmarks.processes import Daemon, configuration, daemon, web
from benchmarks.sizes import Sizes
from benchmarks.watch_rules import queries
from monitor.clock import SystemClock
from scrapers.feed import Feed, Options
from scrapers.http import HttpClient, HttpOptions
from scrapers.model import Cursor, Source
from storage import migrate
from storage.database import connect
from storage.schema import source
from storage.store import Store, open_store

CPU_SHARE = 5.0  # percent of one core
LEAN, WITH_ARTICLES, GROWN = 120.0, 200.0, 1.1  # MB, MB, and times what it was
START = 1.5  # seconds
INTERVAL = timedelta(minutes=5)
RULES = 100
SETTLE = 5.0  # seconds after the start that are not counted
PATIENCE = 3_000  # seconds until so many items are collected

Facts = dict[str, object]


def run(sizes: Sizes) -> Iterator[Figure]:
    """Everything about one daemon on one SQLite file."""
    with TemporaryDirectory(prefix="groundswell-bench-") as folder, web() as port:
        yield from _starts(Path(folder), port, sizes)
        yield _quiet(Path(folder), port, sizes)
        yield from _memory(Path(folder), port, sizes)


# ---- starting --------------------------------------------------------------------------


def _starts(folder: Path, port: int, sizes: Sizes) -> Iterator[Figure]:
    config = configuration(folder / "start.toml", port, _feeds(20, "/quiet"), queries(20), concurrency=8)
    url = f"sqlite:///{folder}/start.db"
    fresh = _start(config, url)
    again = [_start(config, url) for _ in range(sizes.repeats)]
    yield Figure(
        name="start to the first tick, 20 sources, 20 rules",
        value=median(again),
        unit="s",
        target=START,
        raw={"new_database_s": fresh, "slowest_s": max(again)},
    )
    many, several = _feeds(sizes.sources, "/quiet"), queries(1_000 if sizes.sources >= 1_000 else 20)
    config = configuration(folder / "start.toml", port, many, several, concurrency=8)
    _start(config, url)
    yield Figure(
        name=f"start to the first tick, {len(many):,} sources, {len(several):,} rules",
        value=median(_start(config, url) for _ in range(sizes.repeats)),
        unit="s",
        target=None,
    )


def _start(config: Path, url: str) -> float:
    with daemon(config, url) as running:
        return running.seconds_to_start


# ---- watching what is quiet ------------------------------------------------------------


def _quiet(folder: Path, port: int, sizes: Sizes) -> Figure:
    """At the real rate: each source is due once in five minutes, all of them evenly spread over that time."""
    facts = _feeds(sizes.sources, "/quiet")
    config = configuration(folder / "quiet.toml", port, facts, queries(RULES), concurrency=8)
    url = f"sqlite:///{folder}/quiet.db"
    _prepare(url, port, facts)
    with daemon(config, url) as running:
        time.sleep(SETTLE)
        polled, spent, began = _attempts(url), running.cpu_seconds(), time.perf_counter()
        time.sleep(sizes.watch_seconds)
        spent, elapsed = running.cpu_seconds() - spent, time.perf_counter() - began
        polled = _attempts(url) - polled
        memory = running.pss_mb()
    if new := _asked(url, lambda store: store.totals().items):
        raise RuntimeError(f"{new} items came from sources that should have answered 304")
    return Figure(
        name=f"{sizes.sources:,} sources answering 304 every five minutes: share of a core",
        value=100 * spent / elapsed,
        unit="%",
        target=CPU_SHARE,
        raw={
            "polls_a_second": polled / elapsed,
            "cpu_ms_a_poll": 1e3 * spent / max(polled, 1),
            "pss_MB": memory,
        },
    )


def _prepare(url: str, port: int, facts: list[Facts]) -> None:
    """Rows of sources that were read before and are due one after the other from now on."""
    migrate.upgrade(url)
    now = datetime.now(UTC)
    read = asyncio.run(_read_once(str(facts[0]["url"]), port))
    cursor = dict(read.with_values(address=None, site=None).values)  # as good for the others
    database = connect(url)
    rows = [
        {
            "config_id": one["id"],
            "kind": "feed",
            "name": one["id"],
            "active": True,
            "cursor": cursor,
            "version": 1,
            "first_polled_at": now,
            "last_attempt_at": now - timedelta(days=1),
            "last_success_at": now,
            "last_new_at": now,
            "failures": 0,
            "outcome": "items",
            "next_due_at": now + INTERVAL * number / len(facts),
        }
        for number, one in enumerate(facts)
    ]
    with database.writing() as connection:
        connection.execute(insert(source), rows)
        connection.execute(update(source).values(active=True))
    database.close()


async def _read_once(address: str, port: int) -> Cursor:
    """The cursor that a feed's first read leaves."""
    options = HttpOptions(proxy=f"http://127.0.0.1:{port}")
    feed = Source(id="feed-0", kind="feed", name="feed-0", options=Options(url=address))
    async with HttpClient(options, SystemClock()) as client:
        return (await Feed(client, client.clock).fetch(feed, Cursor())).cursor


def _attempts(url: str) -> int:
    """How many sources were asked since they were prepared."""
    day_ago = datetime.now(UTC) - timedelta(hours=12)
    return _asked(
        url,
        lambda store: sum(one.last_attempt_at > day_ago for one in store.sources() if one.last_attempt_at),
    )


def _asked(url: str, question: Callable[[Store], int]) -> int:
    store = open_store(url)
    try:
        return question(store)
    finally:
        store.close()


# ---- memory ----------------------------------------------------------------------------


def _memory(folder: Path, port: int, sizes: Sizes) -> Iterator[Figure]:
    count = sizes.collected
    lean = [*_feeds(60, "/feed", "1m"), *_channels(60)]
    config = configuration(folder / "lean.toml", port, lean, queries(RULES), concurrency=8)
    url = f"sqlite:///{folder}/lean.db"
    migrate.upgrade(url)  # as at every start but the first: what upgrades is not loaded then
    with daemon(config, url) as running:
        first, early = _await_items(url, count // 4, running)  # when all dictionaries are in use
        last, late = _await_items(url, count, running)
    raw = {"items": float(last), "early_items": float(first), "early_MB": early}
    yield Figure(name="memory, feeds and previews only", value=late, unit="MB", target=LEAN, raw=raw)
    yield Figure(
        name=f"memory after {last:,} collected items / after {first:,}",
        value=late / early,
        unit="x",
        target=GROWN,
        note="no growth is wanted; a tenth is allowed for what allocators do",
    )
    yield _with_articles(folder, port, count // 20)


def _with_articles(folder: Path, port: int, count: int) -> Figure:
    facts = [*_feeds(20, "/feed", "1m"), *_channels(20), *_feeds(100, "/linked", "1m", full_text=True)]
    config = configuration(folder / "articles.toml", port, facts, queries(RULES), concurrency=8)
    url = f"sqlite:///{folder}/articles.db"
    migrate.upgrade(url)
    with daemon(config, url) as running:
        items, memory = _await_items(url, count, running)
    raw = {"items": float(items)}
    return Figure(name="memory, with article pages", value=memory, unit="MB", target=WITH_ARTICLES, raw=raw)


def _await_items(url: str, count: int, running: Daemon) -> tuple[int, float]:
    """Wait until so many items are stored; how many there are then, and the memory in MB."""
    until = time.monotonic() + PATIENCE
    while (items := _asked(url, lambda store: store.totals().items)) < count:
        if time.monotonic() > until:
            raise TimeoutError(f"only {items} of {count} items were collected")
        time.sleep(0.5)
    return items, running.pss_mb()


# ---- sources ---------------------------------------------------------------------------


def _feeds(count: int, path: str, interval: str = "5m", **more: object) -> list[Facts]:
    prefix = path.strip("/")
    return [
        {
            "id": f"{prefix}-{number}",
            "kind": "feed",
            "url": f"http://{prefix}-{number}.example.org{path}",
            "interval": interval,
            **more,
        }
        for number in range(count)
    ]


def _channels(count: int) -> list[Facts]:
    return [
        {
            "id": f"channel-{number}",
            "kind": "telegram_web",
            "channel": f"channel_{number}",
            "base_url": f"http://channel-{number}.example.org",
            "interval": "1m",
        }
        for number in range(count)
    ]
