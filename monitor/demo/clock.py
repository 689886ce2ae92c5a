"""A clock whose hands are turned by the demo."""

import threading
from collections.abc import Callable
from datetime import datetime


class TurnedClock:
    """Stands still until it is moved; read from many threads."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._watchers: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        """Where the hands stand, aware, in UTC."""
        with self._lock:
            return self._now

    def move_to(self, moment: datetime) -> None:
        """Turn the hands forward; never back."""
        with self._lock:
            self._now = max(self._now, moment)
        for watcher in self._watchers:
            watcher(self.now())

    def watch(self, watcher: Callable[[datetime], None]) -> None:
        """Tell `watcher` where the hands stand, whenever they were turned, in the thread that turns them."""
        self._watchers.append(watcher)
