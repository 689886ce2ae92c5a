"""Days and months of simulated time with faults: nothing is lost, nothing grows."""

import json
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import writing
from storage import sqlite
from tests.flows.soak import Figures, Soak, outside


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    """Wait a moment, not half a minute, for a locked database, and keep no log records by thousands."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    monkeypatch.setattr(writing, "STORAGE_PATIENCE", (0.01, 0.01))
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)


async def soak(folder: Path, *, sources: int, days: float, seed: str, minutes: int) -> Figures:
    interval = timedelta(minutes=minutes)
    with outside(folder, sources, seed) as around:
        desk = Soak(folder, around, sources=sources, days=days, seed=seed, interval=interval)
        return await desk.run()


@pytest.mark.no_cover  # it takes longer than anything else, and runs what others have run
@pytest.mark.timeout(300)
async def test_three_days_full_of_faults(tmp_path):
    figures = await soak(tmp_path, sources=20, days=3, seed="make test", minutes=240)
    assert figures.stored["item"] > 300
    assert figures.stored["tombstone"] > 0
    assert json.loads(figures.json())["stored"] == figures.stored
    figures.check_nothing_grew(megabytes=25, since=2)  # dictionaries are loaded as they are met; caches fill


@pytest.mark.soak
async def test_months_full_of_faults(tmp_path):
    sources, days = int(os.environ.get("SOAK_SOURCES", "500")), float(os.environ.get("SOAK_DAYS", "30"))
    minutes = int(os.environ.get("SOAK_INTERVAL", "45"))
    figures = await soak(tmp_path, sources=sources, days=days, seed="soak", minutes=minutes)
    sys.stdout.write(f"{figures.json()}\n")
    figures.check_nothing_grew(megabytes=25, since=min(3, len(figures.daily)))
