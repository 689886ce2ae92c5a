"""Figures as a Markdown table: for a terminal and for the docs alike."""

from collections.abc import Iterable

from benchmarks.figures import Figure


def table(figures: Iterable[Figure]) -> str:
    """One row a figure: what, how much, the target, whether it holds, and the raw numbers behind it."""
    rows = [("figure", "measured", "target", "", "raw"), *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≤" if figure.bound == "most" else "≥"
    target = "" if figure.target is None else f"{sign} {figure.target:g} {figure.unit}"
    raw = ", ".join(f"{name} {number:.4g}" for name, number in figure.raw.items())
    return figure.name, figure.shown, target, figure.verdict, f"{raw}; {figure.note}" if figure.note else raw


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
