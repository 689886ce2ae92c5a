"""Telegram with an account: from a push to the alert that was delivered, and how much is asked for it."""

import asyncio
import queue
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.account_desk import Hook, configured, hook
from benchmarks.figures import Figure
from benchmarks.processes import daemon
from benchmarks.sizes import Sizes
from benchmarks.watch_rules import queries
from monitor.assembly import Station, station
from monitor.config import load
from monitor.demo.clock import TurnedClock
from monitor.demo.data_centre import Channel, DataCentre, World
from monitor.demo.data_centre.centre import serve_in_thread
from storage import migrate
from storage.store import open_store

LATENCY = 0.5  # seconds
A_POLL = 1.0  # requests
RULES = 100
WARM_UP = 5  # pushes that do not count: dictionaries are read with the first words
PAUSE = 0.2  # seconds between an alert and the next push
PATIENCE = 120  # seconds
INTERVAL = timedelta(minutes=10)
LONG_AGO = timedelta(days=400)  # posts that are read again no more
LOOK_UP = "contacts.resolveUsername"
HISTORY, SINGLE, DESCRIPTION = "messages.getHistory", "channels.getMessages", "channels.getFullChannel"


def run(sizes: Sizes) -> Iterator[Figure]:
    """How soon, and at what cost."""
    with TemporaryDirectory(prefix="groundswell-bench-") as folder:
        yield from _latency(Path(folder), sizes)
    with TemporaryDirectory(prefix="groundswell-bench-") as folder:
        yield from asyncio.run(_requests(Path(folder), sizes))


# ---- how soon --------------------------------------------------------------------------


def _latency(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """Pushes in joined channels, one after the other; the daemon is a process of its own."""
    world = World()
    channels = [world.channel(f"joined_{number}", joined=True) for number in range(sizes.joined)]
    for channel in channels:
        channel.post("Nothing new (fictional sample)")
    url = f"sqlite:///{folder}/latency.db"
    migrate.upgrade(url)
    rules = ["отпуск", *queries(min(RULES, sizes.rules) - 1)]
    with serve_in_thread(world) as centre, hook() as told:
        config = configured(folder, centre, channels, rules, told_at=told.url, interval="1h")
        with daemon(config, url) as running:
            _await_items(url, len(channels))
            taken = [_push(channels, told, number) for number in range(WARM_UP + sizes.pushes)][WARM_UP:]
            memory = running.pss_mb()
        _require_sound(centre)
    raw = {"pushes": float(len(taken)), "fastest_s": min(taken), "pss_MB": memory}
    yield Figure(
        name="from a push to the alert delivered, median",
        value=median(taken),
        unit="s",
        target=LATENCY,
        raw=raw,
    )
    yield Figure(
        name="from a push to the alert delivered, 95th of 100",
        value=quantiles(taken, n=20, method="inclusive")[-1],
        unit="s",
        target=None,
        raw={"slowest_s": max(taken)},
    )


def _push(channels: Sequence[Channel], told: Hook, number: int) -> float:
    """Seconds from a post to the alert about it."""
    time.sleep(PAUSE)
    text = f"Опять не дают отпуск, запись {number} (вымышленный пример)"
    began = perf_counter()
    channels[number % len(channels)].post(text)
    try:
        said, moment = told.arrived.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"nobody was told of post {number}") from None
    if f"запись {number} " not in said:
        raise RuntimeError(f"this is no alert about post {number}: {said}")
    return moment - began


def _await_items(url: str, count: int) -> None:
    """Wait until the first polls have brought so many items."""
    until = time.monotonic() + PATIENCE
    store = open_store(url)
    try:
        while store.totals().items < count:
            if time.monotonic() > until:
                raise TimeoutError(f"the first polls did not bring {count} items")
            time.sleep(0.05)
    finally:
        store.close()


# ---- at what cost ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """What was asked for after the first polls."""

    hours: int
    requests: Counter[tuple[int | None, str]]  # by channel and method
    polls: Counter[str]  # by user name

    def asked(self, channels: Sequence[Channel], *methods: str) -> int:
        """Requests about these channels, of some methods or of all."""
        wanted = {channel.id for channel in channels}
        return sum(
            count
            for (channel, method), count in self.requests.items()
            if channel in wanted and (not methods or method in methods)
        )

    def polled(self, channels: Sequence[Channel]) -> int:
        """Polls of these channels."""
        return sum(self.polls[channel.profile.username or ""] for channel in channels)

    def an_hour(self, channels: Sequence[Channel], *methods: str) -> float:
        """Requests for each of these channels and hour."""
        return self.asked(channels, *methods) / len(channels) / self.hours


async def _requests(folder: Path, sizes: Sizes) -> tuple[Figure, ...]:
    """Hours of the desk's own clock, every source once in ten minutes; one half of the channels is idle."""
    clock = TurnedClock(datetime.now(UTC))
    world = World(now=clock.now)
    idle = [world.channel(f"idle_{number}") for number in range(sizes.polled)]
    busy = [world.channel(f"busy_{number}") for number in range(sizes.polled)]
    for channel in (*idle, *busy):
        for _ in range(30):
            channel.post("As always (fictional sample)", at=clock.now() - LONG_AGO)
    async with DataCentre(world) as centre:
        nowhere = "http://127.0.0.1:9/alerts"
        config = configured(folder, centre, (*idle, *busy), ["rotation"], told_at=nowhere, interval="10m")
        counted = await _counted(config, f"sqlite:///{folder}/requests.db", centre, clock, busy, sizes.hours)
        _require_sound(centre)
    return _costs(counted, idle, busy)


async def _counted(
    config: Path, url: str, centre: DataCentre, clock: TurnedClock, busy: Sequence[Channel], hours: int
) -> _Counted:
    """Poll for so many hours; in each of the busy channels there is a post every half hour."""
    polls: Counter[str] = Counter()
    read = load(config, {"BENCH_DATABASE": url})
    async with station(read, clock, polled=lambda report: polls.update([report.source_id])) as running:
        await _work_off(running, clock)
        centre.calls.clear()
        polls.clear()
        begin = clock.now()
        for minute in range(1, 60 * hours + 1):
            clock.move_to(begin + timedelta(minutes=minute))
            for channel in busy if minute % 30 == 15 else ():
                channel.post(f"News of minute {minute} (fictional sample)")
            await _work_off(running, clock)
    requests = Counter((call.channel_id, call.method) for call in centre.calls)
    return _Counted(hours=hours, requests=requests, polls=polls)


async def _work_off(running: Station, clock: TurnedClock) -> None:
    """Ticks until nothing is due."""
    while (due := running.store.next_due(clock.now())) is not None and due <= clock.now():
        await running.daemon.tick(clock.now())
        await running.daemon.settled()


def _costs(counted: _Counted, idle: Sequence[Channel], busy: Sequence[Channel]) -> tuple[Figure, ...]:
    polls = counted.polled(idle)
    return (
        Figure(
            name="requests for a poll of an idle channel",
            value=(counted.asked(idle) - counted.asked(idle, DESCRIPTION)) / polls,
            unit="requests",
            target=A_POLL,
            raw={"polls": polls, "descriptions": counted.asked(idle, DESCRIPTION)},
            note="besides its description, once in six hours",
        ),
        Figure(
            name="look-ups of names after the first poll",
            value=sum(count for (_, method), count in counted.requests.items() if method == LOOK_UP),
            unit="requests",
            target=0,
            raw={"names": len(idle) + len(busy)},
        ),
        Figure(
            name="requests for an idle channel an hour, polled every ten minutes",
            value=counted.an_hour(idle),
            unit="requests",
            target=None,
            raw=_by_method(counted, idle),
        ),
        Figure(
            name="the same for a channel with a post every half hour",
            value=counted.an_hour(busy),
            unit="requests",
            target=None,
            raw=_by_method(counted, busy),
        ),
    )


def _by_method(counted: _Counted, channels: Sequence[Channel]) -> dict[str, float]:
    methods = (HISTORY, SINGLE, DESCRIPTION)
    return {method.rpartition(".")[2]: counted.an_hour(channels, method) for method in methods}


def _require_sound(centre: DataCentre) -> None:
    """What the data centre itself got wrong would spoil the figures."""
    if centre.errors:
        raise RuntimeError(f"the data centre failed: {centre.errors}")
