"""Words that stand near each other: chains of NEAR and BEFORE, and loose phrases."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.query.view import Place, Proof, View
from monitor.query.words import Exact, Operand

MOST_RUNS = 20_000
"""Ways to read one text as one chain inside another that are looked at; only a text made for it has more."""


@dataclass(slots=True)
class Near:
    """Operands each of which stands near the one before it.

    A step is how many words further on the next one may begin (1: side by side), and whether it must come
    after. Two neighbours never share a word.
    """

    operands: tuple[Operand, ...]
    steps: tuple[tuple[int, bool], ...]

    def holds(self, view: View) -> bool:
        """Whether one of each operand stand like that."""
        return all(operand.holds(view) for operand in self.operands) and bool(self._reached(view)[-1])

    def find(self, view: View) -> list[Proof] | None:
        """Every place of an operand that has its neighbours, and these theirs."""
        layers = self._reached(view)
        if not layers[-1]:
            return None
        proofs: list[Proof] = [*layers[-1]]
        later = layers[-1]
        for layer, (distance, ordered) in zip(reversed(layers[:-1]), reversed(self.steps), strict=True):
            later = _before(layer, later, distance, ordered=ordered)
            proofs += later
        return proofs

    def places(self, view: View) -> list[Place]:
        """The runs from the first to the last word of each such chain."""
        layers = self._reached(view)
        if not layers[-1]:
            return []
        runs = [(place, place) for place in layers[0]]  # what the chain covers so far, and its latest place
        for layer, (distance, ordered) in zip(layers[1:], self.steps, strict=True):
            runs = list(dict.fromkeys(_longer(runs, layer, distance, ordered=ordered)))
        return sorted({run for run, _ in runs})

    def _reached(self, view: View) -> list[list[Place]]:
        """For each operand, its places that a chain from the first operand reaches."""
        layers = [self.operands[0].places(view)]
        for operand, (distance, ordered) in zip(self.operands[1:], self.steps, strict=True):
            places = operand.places(view) if layers[-1] else []
            layers.append(_after(layers[-1], places, distance, ordered=ordered))
        return layers


def _after(earlier: Sequence[Place], later: Sequence[Place], distance: int, *, ordered: bool) -> list[Place]:
    """Those of `later` that one of `earlier` is near to."""
    ends = sorted(last for _, last in earlier)
    starts = [] if ordered else sorted(first for first, _ in earlier)
    return [place for place in later if _is_near(place, ends, starts, distance)]


def _before(earlier: Sequence[Place], later: Sequence[Place], distance: int, *, ordered: bool) -> list[Place]:
    """Those of `earlier` that one of `later` is near to."""
    starts = sorted(first for first, _ in later)
    ends = [] if ordered else sorted(last for _, last in later)
    return [place for place in earlier if _is_near(place, ends, starts, distance)]


def _is_near(place: Place, ends: Sequence[int], starts: Sequence[int], distance: int) -> bool:
    """Whether something ends shortly before `place`, or begins shortly after it. Both are sorted."""
    first, last = place
    before = bisect_left(ends, first - distance)
    if before < len(ends) and ends[before] < first:
        return True
    after = bisect_right(starts, last)
    return after < len(starts) and starts[after] <= last + distance


def _longer(
    runs: Iterable[tuple[Place, Place]], later: Sequence[Place], distance: int, *, ordered: bool
) -> Iterator[tuple[Place, Place]]:
    """Each of `runs` with each of `later` that is near its latest place; at most `MOST_RUNS`."""
    by_start = sorted(later)
    starts = [first for first, _ in by_start]
    by_end = [] if ordered else sorted(later, key=lambda place: place[1])
    ends = [last for _, last in by_end]
    count = 0
    for run, (first, last) in runs:
        following = by_start[bisect_right(starts, last) : bisect_right(starts, last + distance)]
        preceding = by_end[bisect_left(ends, first - distance) : bisect_left(ends, first)]
        for place in (*following, *preceding):
            yield (min(run[0], place[0]), max(run[1], place[1])), place
            count += 1
            if count == MOST_RUNS:
                return


@dataclass(slots=True)
class Loose:
    """A phrase in which other words may stand, or whose words changed places.

    Every word is moved from where the phrase alone would have it; between the one that is moved most and the
    one that is moved least, these moves differ by `looseness` at most. That is what `"…"~n` means to Lucene:
    so many words between, and two for two neighbours turned round.
    """

    steps: tuple[Exact, ...]
    looseness: int

    def holds(self, view: View) -> bool:
        """Whether there is such a run."""
        return all(step.holds(view) for step in self.steps) and any(True for _ in self._windows(view))

    def find(self, view: View) -> list[Proof] | None:
        """Every word of it that stands in such a run."""
        windows = list(self._windows(view))
        if not windows:
            return None
        return [
            (position, position)
            for number, positions in enumerate(self._positions(view))
            for position in positions
            if _in_one(position - number, windows, self.looseness)
        ]

    def _positions(self, view: View) -> list[Sequence[int]]:
        return [step.positions(view) for step in self.steps]

    def _windows(self, view: View) -> Iterator[int]:
        """The least moves, in order, from which on every word has a place."""
        positions = self._positions(view)
        least = {place - number for number, places in enumerate(positions) for place in places}
        return (move for move in sorted(least) if self._fits(positions, move))

    def _fits(self, positions: Sequence[Sequence[int]], move: int) -> bool:
        """Whether every word has a place of its own that is moved by `move` to `move + looseness`.

        Where two words are the same, the one whose places end first takes the first that is free: their
        ranges are of one length, so nobody could do better.
        """
        taken: set[int] = set()
        for number, places in enumerate(positions):
            first = bisect_left(places, move + number)
            until = bisect_right(places, move + number + self.looseness)
            free = next((place for place in places[first:until] if place not in taken), None)
            if free is None:
                return False
            taken.add(free)
        return True


def _in_one(move: int, windows: Sequence[int], looseness: int) -> bool:
    nearest = bisect_right(windows, move) - 1
    return nearest >= 0 and move <= windows[nearest] + looseness
