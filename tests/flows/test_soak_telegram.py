"""An account at work among faults, its daemon killed again and again: nothing missed, nobody named."""

import os
import sys

import pytest

from tests.fakes.webhook_sink import WebhookSink
from tests.flows.telegram_desk import telegram
from tests.flows.telegram_soak import KNOWN_AND_GONE, Figures, Soak
from tests.telegram_dc.harmless import count_of


def soak(folder, *, channels: int, **how) -> Figures:
    """One soak; the data centre itself holds that nothing harmful was called."""
    with telegram() as around, WebhookSink() as hook:
        desk = Soak(folder, around, hook, channels=channels, seed="soak")
        figures = desk.run(**how)
        assert count_of(around.centre, "contacts.resolveUsername") <= min(channels, 20) + figures.kills
    sys.stdout.write(f"\n{figures.text()}")
    return figures


@pytest.mark.no_cover  # the daemon is a process of its own, and what runs here others have run
@pytest.mark.timeout(300)
def test_an_account_at_work_among_faults(tmp_path):
    figures = soak(tmp_path, channels=20, lives=2, seconds=2.0, fault_every=0.4, deeds=30, recovers=False)
    assert figures.stored["tombstones"] >= KNOWN_AND_GONE
    assert figures.told["alerts"] > 50
    assert len(figures.met) > 3


@pytest.mark.soak
def test_two_hundred_channels_among_faults(tmp_path):
    minutes = float(os.environ.get("SOAK_MINUTES", "10"))
    figures = soak(
        tmp_path,
        channels=200,
        lives=max(2, round(minutes / 2)),
        seconds=120.0,
        fault_every=3,
        deeds=2,
        recovers=True,
    )
    assert figures.stored["tombstones"] >= KNOWN_AND_GONE
    assert figures.met.keys() >= {"hang", "hang up", "lost push", "garbled push", "shortened push", "garble"}
