"""Small bars for a terminal. Pure."""

from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"


def bars(counts: Sequence[int], width: int, *, unicode: bool = True) -> str:
    """One character a count, as high as it is beside the highest; neighbours are added up beyond `width`.

    Only nothing is drawn as nothing: the lowest count has a bar.
    """
    shown = binned(counts, width)
    levels = BLOCKS if unicode else ASCII
    highest = max(shown, default=0)
    return "".join(levels[_level(count, highest, len(levels) - 1)] for count in shown)


def binned(counts: Sequence[int], width: int) -> list[int]:
    """`counts` in at most `width` sums of as many neighbours each; the last one may be of fewer."""
    each = max(1, -(-len(counts) // width))
    return [sum(counts[start : start + each]) for start in range(0, len(counts), each)]


def _level(count: int, highest: int, top: int) -> int:
    return 0 if count == 0 else max(1, round(count / highest * top))
