"""A clock that a test sets; it stands still otherwise."""

from datetime import UTC, datetime

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


class HandClock:
    """Stands at `moment`, which may be moved either way."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
