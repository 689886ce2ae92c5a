"""A feed that gives its entries new ids and dates brings nothing new, all the way. All is invented."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.demo.clock import TurnedClock
from tests.fakes.news_site import NewsSite
from tests.flows.at_work import at_work
from tests.flows.small_desk import SMALL_DESK

START = datetime(2026, 3, 6, 12, tzinfo=UTC)
BEFORE = START - timedelta(hours=5)
CONFIG = (
    SMALL_DESK
    + """
[alerting]
first_poll = true
[[source]]
id = "wire"
kind = "feed"
url = "{url}/rss"
interval = "15m"
[[rule]]
id = "leave"
query = "leave"
"""
)


def rss(ids: str, at: datetime, *numbers: int) -> str:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{ids}-{n}</guid><title>Story {n}</title><link>/stories/{n}</link>"
        f"<pubDate>{at.isoformat()}</pubDate><description>The families of unit {n} asked for leave again, at "
        "the gate and in letters (fictional sample).</description></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{entries}</channel></rss>"


@pytest.mark.parametrize("links", [True, False], ids=["same links", "same texts"])
async def test_new_ids_and_dates_bring_no_item_and_no_alert(tmp_path: Path, *, links: bool) -> None:
    path = tmp_path / "config.toml"
    clock = TurnedClock(START)
    with NewsSite() as site:
        path.write_text(CONFIG.format(folder=tmp_path, url=site.url), encoding="utf-8")
        site.put("/rss", rss("old", BEFORE, 2, 1))
        async with at_work(path, clock) as desk:
            await desk.tick()
            later = rss("new", START + timedelta(minutes=10), 3, 2, 1)
            site.put("/rss", later if links else later.replace("/stories/", "/moved/"))
            await desk.pass_time(timedelta(hours=2))
            opened = sorted(alert.headline for alert in desk.running.store.alerts(limit=50))
    assert opened == ["Story 1", "Story 2", "Story 3"]
    with create_engine(f"sqlite:///{tmp_path}/desk.db").connect() as connection:
        items = connection.execute(text("SELECT external_id, published_at FROM item ORDER BY external_id"))
        assert [(name, at[:16]) for name, at in items] == [
            ("new-3", "2026-03-06T12:10"),
            ("old-1", "2026-03-06T07:00"),
            ("old-2", "2026-03-06T07:00"),
        ]
