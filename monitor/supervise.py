"""Telling systemd how the daemon is: sd_notify's protocol, a datagram of NAME=value lines to a socket.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html and sd_watchdog_enabled.html
"""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import CLOCK_MONOTONIC, clock_gettime_ns, monotonic

from monitor.ports import Supervisor

log = logging.getLogger(__name__)

MORE_TIME = timedelta(
    minutes=30
)  # for what comes after a wait: the upgrade of a large database, the first tick
MICROSECOND = timedelta(microseconds=1)


class Unsupervised:
    """A `Supervisor` for a daemon that nobody watches."""

    def waiting(self) -> None:
        """Nothing."""

    def alive(self) -> None:
        """Nothing."""

    def reloading(self) -> None:
        """Nothing."""

    def reloaded(self) -> None:
        """Nothing."""

    def stopping(self) -> None:
        """Nothing."""


UNSUPERVISED: Supervisor = Unsupervised()


class Systemd:
    """Says READY=1 after the first tick, WATCHDOG=1 twice in each watchdog interval as long as ticks go on.

    Args:
        address: Of the datagram socket; one that begins with "@" is in Linux's abstract namespace.
        watchdog: How long systemd waits for a sign of life; None: for ever.
        seconds: A clock that only goes forward.
    """

    def __init__(
        self, address: str, watchdog: timedelta | None, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = watchdog.total_seconds() / 2 if watchdog else None
        self._seconds = seconds
        self._told_at: float | None = None

    def waiting(self) -> None:
        """Tell it that the start takes longer: its own time-out is over when this one is."""
        self._send(f"EXTEND_TIMEOUT_USEC={MORE_TIME // MICROSECOND}")

    def alive(self) -> None:
        """Tell it, if that is due."""
        now = self._seconds()
        if self._told_at is None:
            self._send("READY=1")
        elif self._every is None or now - self._told_at < self._every:
            return
        else:
            self._send("WATCHDOG=1")
        self._told_at = now

    def reloading(self) -> None:
        """Tell it, and when: from now on it waits for a new READY=1."""
        microseconds = clock_gettime_ns(CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def reloaded(self) -> None:
        """Tell it that the reload is over, whatever came of it."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Tell it: from now on the watchdog waits, and the stop's own time-out counts."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        """A lost datagram is not worth a crash; systemd notices what matters by what does not come."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(0)
                sender.sendto(state.encode(), self._address)
        except OSError as error:
            log.warning("systemd could not be told %s: %s", state, error.strerror)


def supervisor(environ: Mapping[str, str] | None = None) -> Supervisor:
    """What the environment says about who started this process."""
    given = os.environ if environ is None else environ
    address = given.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return UNSUPERVISED
    return Systemd(address, _watchdog(given))


def _watchdog(environ: Mapping[str, str]) -> timedelta | None:
    """The interval, unless it is meant for another process, as a parent whose environment we have."""
    microseconds, meant_for = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdecimal() or meant_for != str(os.getpid()):
        return None
    return timedelta(microseconds=int(microseconds)) or None
