"""What a worker process does with one document: read it within bounds that the system itself keeps.

The bounds hold inside C code too, and also where nobody is left to kill the worker.
"""

import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final, TypeVar

from scrapers.errors import TooCostly

_T = TypeVar("_T")

_IN_USE: Final = Path("/proc/self/statm")  # Linux alone has it: proc_pid_statm(5)
_TOO_MUCH_TO_KEEP: Final = 72 * 1024 * 1024  # bytes in use when a document was read
_BRIEFLY: Final = 0.3  # seconds that a worker which uses more waits for the next one


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What reading one document may take."""

    seconds: float = 20.0  # by the clock
    cpu_seconds: int = 10  # of work
    memory: int = 80 * 1024 * 1024  # bytes beside what the worker uses already, where the system tells that
    idle_seconds: float = 60.0  # how long a worker waits for the next document before it ends


def within_bounds(job: Callable[[], _T], bounds: Bounds) -> _T:
    """What `job` returns; the system ends this process where it takes too long.

    Raises:
        TooCostly: it would have needed more memory than it may take.
        Exception: whatever `job` raises, with the lines it came from as a note: tracebacks do not travel.
    """
    _leave_signals_to_the_parent()
    try:
        with _limited_time(bounds), _limited_memory(bounds.memory):
            return job()
    except (MemoryError, SystemError) as error:  # the latter from C code that did not ask whether it got any
        raise TooCostly(f"reading it takes more than {bounds.memory >> 20} MB of memory") from error
    except Exception as error:
        error.add_note(traceback.format_exc())
        raise


def _leave_signals_to_the_parent() -> None:
    """A terminal or a service manager signals the whole group: the parent decides what that means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def _limited_time(bounds: Bounds) -> Iterator[None]:
    """SIGXCPU and SIGALRM, which nothing here catches, end the process."""
    worked = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _limit(resource.RLIMIT_CPU, ceil(worked) + bounds.cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
    try:
        yield
    finally:
        _limit(resource.RLIMIT_CPU, None)
        keeps_much = _bytes_in_use(resident=True) > _TOO_MUCH_TO_KEEP
        signal.setitimer(signal.ITIMER_REAL, _BRIEFLY if keeps_much else bounds.idle_seconds)


@contextmanager
def _limited_memory(memory: int) -> Iterator[None]:
    """Allocations fail that would take `memory` bytes more than there are now."""
    if mapped := _bytes_in_use():
        _limit(resource.RLIMIT_AS, mapped + memory)
    try:
        yield
    finally:
        _limit(resource.RLIMIT_AS, None)


def _limit(kind: int, most: int | None) -> None:
    """Set a soft limit; None: as high as it may be."""
    _, hard = resource.getrlimit(kind)
    allowed = hard if most is None or most > hard != resource.RLIM_INFINITY else most
    resource.setrlimit(kind, (allowed, hard))


def _bytes_in_use(*, resident: bool = False) -> int:
    """Of address space, or of memory; 0 where the system does not tell."""
    try:
        mapped, in_memory = _IN_USE.read_text().split()[:2]
    except OSError:
        return 0
    return int(in_memory if resident else mapped) * resource.getpagesize()
