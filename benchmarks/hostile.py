"""What one source that means harm can take: memory, time, and the time of all others."""

import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from benchmarks.figures import Figure
from benchmarks.hostile_documents import DOCUMENTS
from benchmarks.processes import Daemon, configuration, daemon, web
from benchmarks.sizes import Sizes
from storage import migrate

MEMORY, DELAY = 150.0, 1.0  # MB above the idle daemon, seconds
SECONDS = 60.0 + 20.0  # a request, and the reading of its answer, by the defaults
PATIENCE = 180  # seconds until a poll counts as hanging
_LISTENS = re.compile(r"health and metrics at (http://[\d.:]+)")
_POLLED = re.compile(r'^groundswell_polls_total\{.*source="hostile".*\} [1-9]', re.MULTILINE)


@dataclass(kw_only=True)
class Toll:
    """What one document took."""

    seconds: float
    memory: float = 0.0  # MB above the idle daemon, the whole tree, at most
    delay: float = 0.0  # seconds until the daemon answered, at most


def run(sizes: Sizes) -> Iterator[Figure]:
    """The dearest of all documents, as long as the default allows, each with a daemon of its own."""
    with TemporaryDirectory(prefix="groundswell-bench-") as folder, web() as port:
        tolls = {
            f"{kind}_{name}": _toll(Path(folder), port, kind, name, sizes.hostile)
            for kind, name in list(DOCUMENTS)[: sizes.hostile_kinds]
        }
    told = f"hostile documents of {sizes.hostile / 1e6:.3g} MB"
    memory = {f"{name}_MB": toll.memory for name, toll in tolls.items()}
    delay = {f"{name}_s": toll.delay for name, toll in tolls.items()}
    seconds = {f"{name}_s": toll.seconds for name, toll in tolls.items()}
    yield Figure(
        name=f"{told}: memory above the idle daemon",
        value=max(memory.values()),
        unit="MB",
        target=MEMORY,
        raw=memory,
    )
    yield Figure(
        name=f"{told}: delay of everything else", value=max(delay.values()), unit="s", target=DELAY, raw=delay
    )
    yield Figure(
        name=f"{told}: until the poll is over",
        value=max(seconds.values()),
        unit="s",
        target=SECONDS,
        raw=seconds,
    )


def _toll(folder: Path, port: int, kind: str, name: str, size: int) -> Toll:
    place = folder / f"{kind}-{name}"
    place.mkdir()
    address = f"http://hostile.example.org/hostile/{kind}/{name}/{size}"
    where = {
        "feed": {"url": address},
        "telegram_web": {"channel": "river_sample", "base_url": address},
        "page": {"url": f"http://hostile.example.org/to-hostile/{name}/{size}", "items": "li"},
    }
    source = {"id": "hostile", "kind": kind, "interval": "1h", **where[kind]}
    config = configuration(place / "desk.toml", port, [source], ["sample"], concurrency=8)
    url = f"sqlite:///{place}/desk.db"
    migrate.upgrade(url)
    with daemon(config, url) as running:
        return _watched(running, config.with_suffix(".log"))


def _watched(running: Daemon, log: Path) -> Toll:
    """Ask the daemon without pause how it is until the hostile source was polled."""
    idle, began, over = running.pss_mb(), time.perf_counter(), Event()
    toll = Toll(seconds=0.0)
    weighing = Thread(target=_weigh, args=(running, idle, toll, over))
    weighing.start()
    try:
        while toll.seconds < PATIENCE:
            asked = time.perf_counter()
            is_over = bool(_POLLED.search(_metrics(log)))
            toll.seconds = time.perf_counter() - began
            toll.delay = max(toll.delay, time.perf_counter() - asked)
            if is_over:
                return toll
            time.sleep(0.02)
    finally:
        over.set()
        weighing.join()
    raise RuntimeError(f"a hostile source was not done within {PATIENCE} s")


def _weigh(running: Daemon, idle: float, toll: Toll, over: Event) -> None:
    while not over.wait(0.05):
        try:
            toll.memory = max(toll.memory, running.pss_mb() - idle)
        except OSError:  # a process of the tree has just ended
            continue


def _metrics(log: Path) -> str:
    listens = _LISTENS.search(log.read_text())
    if listens is None:
        return ""
    with urllib.request.urlopen(f"{listens[1]}/metrics", timeout=PATIENCE) as answer:
        return str(answer.read(), "utf-8")
