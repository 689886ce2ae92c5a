"""The benchmarks run, at sizes that prove nothing about speed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import Figure
from benchmarks.table import table

ROOT = Path(__file__).resolve().parents[2]


def run(only: str, folder: Path) -> tuple[str, dict[str, Any]]:
    environment = {**os.environ, "TINY": "1", "ONLY": only, "BENCH_JSON": str(folder / "bench.json")}
    command = [sys.executable, "-W", "error", "-m", "benchmarks"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "bench.json").read_text())


def test_the_pipeline_is_measured_against_rows_written_bare(tmp_path):
    printed, written = run("pipeline", tmp_path)

    figures = {figure["name"]: figure for figure in written["figures"]}
    compared = [figure for name, figure in figures.items() if "bare executemany" in name]
    assert len([one for one in compared if one["name"].startswith("SQLite")]) == 4
    assert all(one["value"] > 1 for one in compared)
    assert all(name in printed for name in figures)


@pytest.mark.parametrize("only", ["parse", "analysis", "rules", "hosts", "account", "backtest", "hostile"])
def test_the_other_figures_come_with_their_raw_numbers(only, tmp_path):
    _, written = run(only, tmp_path)

    assert written["figures"]
    assert all(figure["raw"] for figure in written["figures"])


def test_an_unknown_benchmark_is_named():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks"],
        cwd=ROOT,
        env={**os.environ, "ONLY": "speed"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "no such benchmark: speed" in done.stderr


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [("most", 1.0, "ok"), ("most", 1.1, "missed"), ("least", 1.0, "ok"), ("least", 0.9, "missed")],
)
def test_a_figure_knows_whether_it_meets_its_target(bound, value, verdict):
    figure = Figure(name="sample", value=value, unit="x", target=1.0, bound=bound)

    assert figure.verdict == verdict
    assert f"| {verdict}" in table([figure])
