"""Watching the work: what observes nothing, and what measures how long something takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from monitor.ports import Observer, Stage

if TYPE_CHECKING:
    from monitor.poll_report import PollReport


class Unobserved:
    """An `Observer` that takes no note."""

    def ticked(self, seconds: float, trouble: str | None = None) -> None:
        """Nothing."""

    def took(self, stage: Stage, seconds: float) -> None:
        """Nothing."""

    def polled(self, report: "PollReport") -> None:
        """Nothing."""

    def source_waits(self, source_id: str, pause: timedelta) -> None:
        """Nothing."""

    def delivered(self, receiver: str, outcome: str) -> None:
        """Nothing."""

    def receiver_waits(self, receiver: str, pause: timedelta) -> None:
        """Nothing."""

    def reloaded(self, outcome: str) -> None:
        """Nothing."""


UNOBSERVED: Observer = Unobserved()


@contextmanager
def timed(observer: Observer, stage: Stage) -> Iterator[None]:
    """Tell `observer` how long the block took, however it ends."""
    began = perf_counter()
    try:
        yield
    finally:
        observer.took(stage, perf_counter() - began)
