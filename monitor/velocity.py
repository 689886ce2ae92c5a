"""How fast a post spreads: views an hour between its readings. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

_HOUR = timedelta(hours=1)


def views_per_hour(readings: Sequence[tuple[datetime, int | None]]) -> tuple[float | None, ...]:
    """For each reading (when, views; oldest first) the views an hour since the one before that told any.

    None for the first, and where no views are told. Views that fell give a number below zero: previews round.
    """
    return tuple(_paces(readings))


def _paces(readings: Sequence[tuple[datetime, int | None]]) -> Iterator[float | None]:
    before: tuple[datetime, int] | None = None
    for observed_at, views in readings:
        if views is None:
            yield None
            continue
        pause = timedelta(0) if before is None else observed_at - before[0]
        yield None if before is None or pause <= timedelta(0) else (views - before[1]) / (pause / _HOUR)
        before = (observed_at, views)
