"""One measured figure, and how it is taken: in turns, since the speed of a machine drifts."""

import gc
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Literal

Bound = Literal["most", "least"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What was measured, what was hoped for, and the raw numbers behind it."""

    name: str
    value: float
    unit: str  # "x" for ratios
    target: float | None  # None: told for comparison only
    bound: Bound = "most"  # whether the target is the most or the least that is allowed
    raw: dict[str, float] = field(
        default_factory=dict
    )  # the timings and counts, each with its unit in its name
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target holds."""
        if self.target is None:
            return ""
        held = self.value <= self.target if self.bound == "most" else self.value >= self.target
        return "ok" if held else "missed"

    @property
    def shown(self) -> str:
        """The value with its unit, in three digits."""
        return f"{self.value:.3g} {self.unit}"

    def as_json(self) -> dict[str, object]:
        """The figure for programs."""
        return {**asdict(self), "verdict": self.verdict}


Clock = Callable[[], float]

CPU: Clock = process_time
"""Counts only what this process does, so that other work on the machine weighs less."""


def timed(work: Callable[[], object], clock: Clock = perf_counter) -> float:
    """Seconds that `work` takes. What it leaves behind is collected before, not within, the next."""
    gc.collect()
    began = clock()
    work()
    return clock() - began


def in_turns(repeats: int, *works: Callable[[int], object], clock: Clock = perf_counter) -> list[list[float]]:
    """Seconds of each of `works`, called A B A B ... with the number of the round; one list for each."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(repeats):
        for seconds, work in zip(taken, works, strict=True):
            seconds.append(timed(partial(work, turn), clock))
    return taken


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """The median of one divided by the other, pair by pair: each pair ran side by side."""
    return median(first / second for first, second in zip(one, other, strict=True))


def machine() -> str:
    """What it was measured on."""
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start"
    )
