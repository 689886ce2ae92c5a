"""An article that is taken back: pages over HTTP, a real station, a turned clock. All is invented."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.demo.clock import TurnedClock
from tests.fakes.news_site import NewsSite
from tests.flows.at_work import AtWork, at_work
from tests.flows.small_desk import NEWS_DESK

pytestmark = pytest.mark.usefixtures("parsed_here")

START = datetime(2026, 3, 6, 12, tzinfo=UTC)
CONFIG = (
    NEWS_DESK
    + """
[[rule]]
id = "rewritten"
query = "is:edited"
"""
)
OLD = "Vojáci čekají na vystřídání"
NEW = "Oprava: zpráva nebyla pravdivá"
WAITING = "Muži jsou na místě osmnáct měsíců a čekají na vystřídání"
TEXT = f"{WAITING} (smyšlený příklad)."
OTHER = "Domácí fotbalisté vyhráli tři nula a slavili s diváky na stadionu (smyšlený příklad). " * 6
SAID = "Zpráva se nezakládala na pravdě"
FIRST = (OLD, WAITING, False)
AGES = (timedelta(minutes=40), timedelta(minutes=50), timedelta(hours=6))
PAYWALL = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def story(title: str, text: str, head: str = "") -> str:
    claim = f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
    body = f"<nav><a href='/'>Noviny</a></nav><article><h1>{title}</h1><p>{text}</p></article>"
    return f'<html lang="cs"><head><title>{title}</title>{claim}{head}</head><body>{body}</body></html>'


def states(desk: AtWork, site: NewsSite) -> list[tuple[str | None, str, bool]]:
    history = desk.running.store.history("noviny", f"{site.url}/zpravy/17")
    assert history is not None
    return [(one.title, one.text.split("(")[0].strip(), one.edited) for one in history.revisions]


def told(desk: AtWork) -> list[str]:
    return sorted(alert.rule_id for alert in desk.running.store.alerts(limit=50))


async def reread(tmp_path: Path, *later: str) -> tuple[list[tuple[str | None, str, bool]], list[str]]:
    """Title, text and mark of every revision of an article whose page becomes each of `later`; the alerts."""
    path = tmp_path / "config.toml"
    with NewsSite() as site:
        path.write_text(CONFIG.format(folder=tmp_path, url=site.url), encoding="utf-8")
        site.put("/zpravy", '<p class="teaser"><a href="/zpravy/17">Zpráva</a></p>')
        site.put("/zpravy/17", story(OLD, f"{TEXT} " * 6))
        async with at_work(path, TurnedClock(START)) as desk:
            await desk.tick()
            assert told(desk) == ["leave"]
            for markup, ages in zip(later, AGES, strict=False):
                site.put("/zpravy/17", markup)
                await desk.pass_time(ages, step=timedelta(minutes=5))
                assert site.asked.count("/zpravy/17") > 1
            return states(desk, site), told(desk)


async def test_a_retraction_in_one_line_is_a_revision_and_alerts(tmp_path: Path) -> None:
    revisions, alerts = await reread(tmp_path, story(NEW, f"{SAID} (smyšlený příklad)."))
    assert revisions == [FIRST, (NEW, SAID, True)]
    assert alerts == ["leave", "rewritten"]


async def test_a_new_headline_before_a_paywall_is_a_revision_over_the_text_that_is_known(
    tmp_path: Path,
) -> None:
    revisions, alerts = await reread(tmp_path, story(NEW, TEXT, PAYWALL))
    assert revisions == [FIRST, (NEW, FIRST[1], True)]
    assert alerts == ["leave", "rewritten"]


async def test_what_says_nothing_of_the_article_overwrites_nothing(tmp_path: Path) -> None:
    paywall = story(OLD, TEXT, PAYWALL)
    shell = story(OLD, "Načítáme článek, chvíli strpení.")
    error = story("Stránka nenalezena", "Hledaný obsah se tu nenachází (smyšlený příklad).")
    assert await reread(tmp_path, paywall, shell, error) == ([FIRST], ["leave"])


@pytest.mark.parametrize("status", [302, 200], ids=["led to another", "put in its place"])
async def test_another_article_at_its_address_overwrites_nothing_and_tells_a_deletion(
    tmp_path: Path, status: int
) -> None:
    path = tmp_path / "config.toml"
    with NewsSite() as site:
        config = CONFIG.replace("is:edited", "is:deleted").format(folder=tmp_path, url=site.url)
        path.write_text(config, encoding="utf-8")
        site.put("/zpravy", '<p class="teaser"><a href="/zpravy/17">Zpráva</a></p>')
        site.put("/zpravy/17", story(OLD, f"{TEXT} " * 6))
        async with at_work(path, TurnedClock(START)) as desk:
            await desk.tick()
            other = story("Domácí vyhráli zápas", OTHER, '<link rel="canonical" href="/zpravy/18">')
            site.put("/zpravy/18", other)
            site.put("/zpravy/17", other, status=status, headers={"Location": "/zpravy/18"})
            await desk.pass_time(timedelta(minutes=90), step=timedelta(minutes=5))
            assert states(desk, site) == [FIRST, FIRST]
            assert told(desk) == ["leave", "rewritten"]


async def test_a_list_at_its_address_overwrites_nothing(tmp_path: Path) -> None:
    teasers = "".join(f"<p>{number}. zpráva: {OTHER[:90]}</p>" for number in range(9))
    section = f"<html><title>Zprávy | Noviny</title><h1>Zprávy</h1>{teasers}</html>"
    assert await reread(tmp_path, section) == ([FIRST], ["leave"])


async def test_of_a_feed_the_headline_comes_first_and_then_what_is_left_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with NewsSite() as site:
        as_feed = CONFIG.replace('kind = "page"', 'kind = "feed"\nfull_text = true')
        as_feed = as_feed.replace('items = ".teaser"\n', "").replace("/zpravy", "/rss")
        path.write_text(as_feed.format(folder=tmp_path, url=site.url), encoding="utf-8")
        site.put("/rss", rss(site, OLD))
        site.put("/zpravy/17", story(OLD, f"{TEXT} " * 6))
        async with at_work(path, TurnedClock(START)) as desk:
            await desk.tick()
            site.put("/rss", rss(site, NEW))
            site.put("/zpravy/17", story(NEW, f"{SAID} (smyšlený příklad)."))
            await desk.pass_time(timedelta(hours=2), step=timedelta(minutes=5))
            assert states(desk, site) == [FIRST, (NEW, WAITING, True), (NEW, SAID, True)]
            assert told(desk) == ["leave", "rewritten"]


def rss(site: NewsSite, title: str) -> str:
    link = f"{site.url}/zpravy/17"
    entry = f"<item><guid>{link}</guid><title>{title}</title><link>{link}</link></item>"
    return f"<rss version='2.0'><channel><title>Noviny (smyšlený příklad)</title>{entry}</channel></rss>"
