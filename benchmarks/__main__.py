"""`python -m benchmarks`: measure, print a table, write the same as JSON.

The environment chooses: `ONLY=pipeline,parse` some of the benchmarks, `FULL=1` all sizes as the targets name
them, `TINY=1` only to see that everything works, `BENCH_JSON=path` where the JSON goes (bench.json).
"""

import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure, machine
from benchmarks.sizes import chosen
from benchmarks.table import table

BENCHMARKS = (
    "parse",
    "analysis",
    "rules",
    "pipeline",
    "hosts",
    "watch",
    "workers",
    "account",
    "backtest",
    "hostile",
)


def main() -> None:
    """Run the chosen benchmarks in turn; nothing is judged by the exit code."""
    wanted = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(BENCHMARKS)
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    measured_on = machine()
    print(measured_on, file=sys.stderr)
    figures = [figure for name in wanted for figure in _told(name)]
    print(table(figures))
    print(f"\n{measured_on}")
    written = {"machine": measured_on, "figures": [figure.as_json() for figure in figures]}
    Path(os.environ.get("BENCH_JSON", "bench.json")).write_text(json.dumps(written, indent=1) + "\n")


def _told(name: str) -> Iterator[Figure]:
    began = perf_counter()
    for figure in import_module(f"benchmarks.{name}").run(chosen()):
        print(f"{perf_counter() - began:6.0f} s  {figure.name}: {figure.shown}", file=sys.stderr)
        yield figure


if __name__ == "__main__":
    main()
