"""Real processes: the invented web, and the daemon as an owner would start it; what they cost."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60  # seconds until a daemon counts as not starting

_HEAD = """
concurrency = {concurrency}
[database]
url_env = "BENCH_DATABASE"
[health]
listen = "127.0.0.1:0"
[http]
contact = "https://desk.example.org/monitoring"
proxy = "http://127.0.0.1:{port}"
per_host_interval = "0s"
per_host_concurrency = 4
[alerting]
first_poll = true
[[receiver]]
id = "log"
kind = "terminal"
[route]
receivers = ["log"]
"""


@contextmanager
def web() -> Iterator[int]:
    """The port of the invented web, which runs while the block does."""
    command = [sys.executable, "-m", "benchmarks.web"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else "")
        finally:
            process.kill()


def configuration(
    path: Path,
    port: int,
    sources: Sequence[Mapping[str, object]],
    queries: Sequence[str],
    *,
    concurrency: int,
) -> Path:
    """Write a configuration that reaches everything through the invented web."""
    tables = [_HEAD.format(port=port, concurrency=concurrency)]
    tables += [_table("source", source) for source in sources]
    tables += [
        _table("rule", {"id": f"rule-{number}", "title": "Sample", "severity": "warning", "query": query})
        for number, query in enumerate(queries)
    ]
    path.write_text("\n".join(tables))
    return path


def _table(kind: str, facts: Mapping[str, object]) -> str:
    return f"[[{kind}]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in facts.items())


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that runs."""

    pid: int
    seconds_to_start: float  # from the start of the process to READY=1, which follows the first tick

    def cpu_seconds(self) -> float:
        """Processor time of the whole tree, user and system, so far."""
        return sum(map(_ticks, _tree(self.pid))) / os.sysconf("SC_CLK_TCK")

    def pss_mb(self) -> float:
        """Proportional set size of the whole tree: what is shared counts by its share. In 10**6 bytes."""
        return sum(map(_pss, _tree(self.pid))) / 1e6


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [
        pid,
        *(below for task in tasks for child in task.read_text().split() for below in _tree(int(child))),
    ]


def _ticks(pid: int) -> int:
    """proc(5): utime and stime are the 14th and 15th words; the second one, in brackets, may hold spaces."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


@contextmanager
def daemon(config: Path, database_url: str) -> Iterator[Daemon]:
    """`groundswell run`, started, ready, and stopped at the end."""
    notify = config.with_name(f"notify-{time.monotonic_ns()}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(notify))
        listening.settimeout(PATIENCE)
        began = time.perf_counter()
        process = _start(config, database_url, notify)
        try:
            _await_ready(listening)
            yield Daemon(process.pid, time.perf_counter() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _start(config: Path, database_url: str, notify: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "BENCH_DATABASE": database_url,
        "NOTIFY_SOCKET": str(notify),
    }
    with config.with_suffix(".log").open("ab") as log:
        command = [sys.executable, "-m", "monitor", "-c", str(config), "run"]
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _await_ready(listening: socket.socket) -> None:
    while b"READY=1" not in listening.recv(4096):
        pass
