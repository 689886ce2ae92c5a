"""A clock that a test sets; it stands still otherwise."""

from datetime import UTC, datetime

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time
