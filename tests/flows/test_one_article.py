"""One article at two addresses, from pages over HTTP to alerts, by a turned clock. All is invented."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.clock import TurnedClock
from tests.fakes.news_site import NewsSite
from tests.flows.at_work import AtWork, at_work
from tests.flows.small_desk import NEWS_DESK

pytestmark = pytest.mark.usefixtures("parsed_here")

START = datetime(2026, 3, 6, 12, tzinfo=UTC)
OWN = "/domaci/vojaci-cekaji-17"
TITLE = "Vojáci čekají na vystřídání"
TEXT = "Muži jsou na místě osmnáct měsíců a čekají na vystřídání (smyšlený příklad). " * 6


def story(title: str, more: str) -> str:
    link = f'<link rel="canonical" href="{OWN}">'
    body = f"<article><h1>{title}</h1><p>{TEXT} {more}</p></article>"
    return f'<html lang="cs"><head><title>{title}</title>{link}</head><body>{body}</body></html>'


def listing(*paths: str) -> str:
    return "".join(f'<p class="teaser"><a href="{path}">Zpráva</a></p>' for path in paths)


def told(desk: AtWork, site: NewsSite) -> list[tuple[str, str]]:
    alerts = desk.running.store.alerts(limit=50)
    return [(one.rule_id, (one.item.url or "").removeprefix(site.url)) for one in alerts if one.item]


@pytest.mark.parametrize("other", ["/a/17", "/valka/vojaci-cekaji-17"], ids=["short", "another section"])
async def test_two_addresses_of_an_article_on_one_listing_are_one_alert(tmp_path: Path, other: str) -> None:
    path = tmp_path / "config.toml"
    with NewsSite() as site:
        path.write_text(NEWS_DESK.format(folder=tmp_path, url=site.url), encoding="utf-8")
        site.put("/zpravy", listing(OWN, other))
        site.put(OWN, story(TITLE, "Čteno 10x."))
        site.put(other, story(TITLE, "Čteno 11x."))
        async with at_work(path, TurnedClock(START)) as desk:
            await desk.pass_time(timedelta(minutes=40), step=timedelta(minutes=5))
            assert {OWN, other} <= set(site.asked)
            assert told(desk, site) == [("leave", OWN)]


async def test_an_article_with_another_headline_in_another_section_is_a_revision(tmp_path: Path) -> None:
    path, other = tmp_path / "config.toml", "/valka/vojaci-cekaji-17"
    with NewsSite() as site:
        path.write_text(NEWS_DESK.format(folder=tmp_path, url=site.url), encoding="utf-8")
        site.put("/zpravy", listing(OWN))
        site.put(OWN, story(TITLE, ""))
        async with at_work(path, TurnedClock(START)) as desk:
            await desk.tick()
            changed = story("Velitel čekajících vojáků byl odvolán", "Velitel byl v pondělí odvolán.")
            for address in (OWN, other):
                site.put(address, changed)
            site.put("/zpravy", listing(other, OWN))
            await desk.pass_time(timedelta(minutes=40), step=timedelta(minutes=5))
            assert other in site.asked
            history = desk.running.store.history("noviny", f"{site.url}{OWN}")
            assert history is not None
            assert [one.edited for one in history.revisions] == [False, True]
            assert told(desk, site) == [("leave", OWN)]
