"""Runs commands of Groundswell in processes that kill themselves at their Nth event in the database.

    python tests/flows/killed_at.py

reads lines such as `[85, "-c", "config.toml", "run"]`; for each it forks a process that runs that command and
sends itself SIGKILL at that event (0: never), and when it ended writes a line with its exit code (negative
for a signal) and how many events there were. Events are every statement before and after it ran, every commit
before it is made, every connection put back (the moment right behind a commit), and every connection made to
another server. The product knows nothing of it: it is SQLAlchemy that is listened to. Forked, because most of
a process's short life would be spent importing modules and reading dictionaries.
"""

import itertools
import json
import mmap
import os
import signal
import sys
from collections.abc import Callable

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

import monitor.assembly
import monitor.commands.run
import monitor.daemon  # noqa: F401 - imported once, for all that are forked
from monitor.analyse import analyse
from monitor.cli import main
from scrapers.model import Item, ItemKind, Source


def count_events(last: int, counted: mmap.mmap) -> Callable[..., None]:
    """What counts an event, and at the `last` one ends this process without a word to anybody."""
    numbers = itertools.count(1)  # safe between threads

    def happened(*_: object, **__: object) -> None:
        number = next(numbers)
        counted[:8] = number.to_bytes(8)
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return happened


def listen(happened: Callable[..., None]) -> None:
    """Have everything counted that may leave something half done."""
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, happened)
    event.listen(Pool, "checkin", happened)
    sys.addaudithook(lambda name, _: happened() if name == "socket.connect" else None)


def read_dictionaries() -> None:
    """Load what the first item to be analysed would."""
    source = Source(id="any", kind="feed", name="any", options=None)
    text = "Нам не дают отпуск (вымышленный пример)"
    analyse(Item(external_id="1", kind=ItemKind.POST, url=None, title=None, text=text), source)


def run_once(last: int, arguments: list[str], counted: mmap.mmap) -> int:
    """Fork a process that runs the command; returns how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(2, 1)  # what it says is for the log
    os.close(0)
    sys.argv[1:] = arguments
    listen(count_events(last, counted))
    main()
    return 0  # never: the command exits


if __name__ == "__main__":
    read_dictionaries()
    shared = mmap.mmap(-1, 8)
    for line in sys.stdin:
        shared[:8] = bytes(8)
        event_to_die_at, *command = json.loads(line)
        code = run_once(event_to_die_at, command, shared)
        sys.stdout.write(f"{code} {int.from_bytes(shared[:8])}\n")
        sys.stdout.flush()
