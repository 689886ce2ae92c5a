"""Articles of which none can be read: pages over HTTP, a real station, a turned clock. All is invented."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.demo.clock import TurnedClock
from tests.fakes.news_site import NewsSite
from tests.flows.at_work import AtWork, at_work
from tests.flows.small_desk import SMALL_DESK

pytestmark = pytest.mark.usefixtures("parsed_here")

START = datetime(2026, 3, 6, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
AROUND = (
    SMALL_DESK
    + """
[[rule]]
id = "leave"
query = "vystřídání"
[[source]]
id = "noviny"
interval = "10m"
refresh = []
language = "cs"
"""
)
PAGE = 'kind = "page"\nurl = "{url}/zpravy"\nitems = ".teaser"\narticle_body = "{body}"\n'
FEED = 'kind = "feed"\nurl = "{url}/rss"\nfull_text = true\narticle_body = "{body}"\n'
SITEMAP = 'kind = "sitemap"\nurl = "{url}/sitemap.xml"\npaths = ["{body}"]\n'
RIGHT, STALE = "div.story", "div.stale"
WHY = "nothing on the page matches article_body = 'div.stale'"
TEXT = "Muži čekají na vystřídání osmnáct měsíců (smyšlený příklad). "


class Paper:
    """A site that publishes article after article, and the desk's own files."""

    def __init__(self, site: NewsSite, folder: Path) -> None:
        self.site = site
        self.config = folder / "config.toml"
        self.numbers: list[int] = []

    def configure(self, kind: str, body: str) -> None:
        text = AROUND.replace("{folder}", str(self.config.parent))
        self.config.write_text(text + kind.format(url=self.site.url, body=body), encoding="utf-8")

    def publish(self, *numbers: int, status: int = 200) -> None:
        self.numbers = [*numbers, *self.numbers]
        for number in numbers:
            body = f"<article><h1>Zpráva {number}</h1><div class='story'><p>{TEXT * 5}</p></div></article>"
            self.site.put(f"/zpravy/{number}", f"<html lang='cs'><body>{body}</body></html>", status=status)
        teasers = (f'<p class="teaser"><a href="/zpravy/{n}">Zpráva {n}</a></p>' for n in self.numbers)
        self.site.put("/zpravy", "".join(teasers))
        links = [f"{self.site.url}/zpravy/{n}" for n in self.numbers]
        entries = (f"<item><title>Z</title><guid>{link}</guid><link>{link}</link></item>" for link in links)
        self.site.put(
            "/rss", f"<rss version='2.0'><channel><title>N</title>{''.join(entries)}</channel></rss>"
        )
        urls = (f"<url><loc>{link}</loc><lastmod>2026-03-06</lastmod></url>" for link in links)
        self.site.put("/sitemap.xml", f"<urlset>{''.join(urls)}</urlset>")

    def sources(self) -> str:
        """What `groundswell sources` says of sources beneath its table, on one line."""
        shown = CliRunner().invoke(cli, ["-c", str(self.config), "sources"], env={"COLUMNS": "200"})
        said = " ".join(shown.output.partition("\n\n")[2].split())
        return said.partition("Times are those")[0].strip()

    @asynccontextmanager
    async def desk(self, clock: TurnedClock) -> AsyncIterator[AtWork]:
        async with at_work(self.config, clock) as desk:
            await desk.tick()
            yield desk

    async def one_by_one(self, desk: AtWork, *numbers: int) -> None:
        for number in numbers:
            self.publish(number)
            await desk.pass_time(QUARTER)


@pytest.fixture
async def paper(tmp_path: Path) -> AsyncIterator[Paper]:
    with NewsSite() as site:
        yield Paper(site, tmp_path)


def incidents(desk: AtWork) -> list[tuple[str, str]]:
    found = desk.running.store.alerts(limit=50)
    return [(one.headline, one.status) for one in found if one.rule_id == "source-health"]


@pytest.mark.parametrize("kind", [PAGE, FEED], ids=["page", "feed"])
async def test_a_selector_gone_stale_is_told_once_though_articles_come_one_by_one(
    paper: Paper, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="monitor.poll_report")
    clock = TurnedClock(START)
    told = "noviny links to articles of which none can be read"
    paper.configure(kind, RIGHT)
    paper.publish(1)
    async with paper.desk(clock) as desk:
        assert incidents(desk) == []

    paper.configure(kind, STALE)
    async with paper.desk(clock) as desk:
        await paper.one_by_one(desk, 2, 3, 4)
        assert incidents(desk) == []
        assert f"noviny refused of late: 3 new articles in a row: {WHY}" in paper.sources()
        await paper.one_by_one(desk, 5)
        assert incidents(desk) == [(told, "open")]
    async with paper.desk(clock) as desk:
        await paper.one_by_one(desk, 6, 7)
        await desk.pass_time(timedelta(hours=2))
        assert incidents(desk) == [(told, "open")]
        said = f"articles unread: none of the last 4 new articles could be read: {WHY}"
        assert said in paper.sources()

    paper.configure(kind, RIGHT)
    async with paper.desk(clock) as desk:
        assert incidents(desk) == [(told, "open")]
        await paper.one_by_one(desk, 8)
        assert incidents(desk) == [(told, "closed")]
        assert paper.sources() == ""

    named = [line.getMessage() for line in caplog.records if ": refused " in line.getMessage()]
    assert len(named) == 6
    for number in (2, 3, 4, 5, 6, 7):
        assert sum(f"/zpravy/{number}: " in line and WHY in line for line in named) == 1


@pytest.mark.parametrize("kind", [PAGE, FEED], ids=["page", "feed"])
async def test_a_preview_tells_where_things_were_read_and_which_selector_found_nothing(
    paper: Paper, kind: str
) -> None:
    paper.configure(f"{kind}article_time = '.kdy'\n", RIGHT)
    paper.publish(1)
    command = ["-c", str(paper.config), "preview", "noviny"]
    shown = await asyncio.to_thread(CliRunner().invoke, cli, command, env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    title = "h1" if kind == PAGE else "feed"
    assert f"title from {title}, text from selector" in shown.output
    assert "article_time found nothing" in shown.output


async def test_one_article_that_is_refused_is_no_incident_but_is_shown(paper: Paper) -> None:
    paper.configure(PAGE, STALE)
    paper.publish(1)
    async with paper.desk(TurnedClock(START)) as desk:
        await desk.pass_time(timedelta(hours=3))
        assert incidents(desk) == []
        assert paper.sources() == f"noviny refused of late: 1 new article: {WHY}."


async def test_three_that_are_refused_at_once_are_told_until_one_is_read(paper: Paper) -> None:
    paper.configure(PAGE, STALE)
    paper.publish(1, 2, 3)
    async with paper.desk(TurnedClock(START)) as desk:
        await desk.pass_time(timedelta(hours=1))
        assert [status for _, status in incidents(desk)] == ["open"]


async def test_one_that_is_read_in_between_begins_the_count_anew(paper: Paper) -> None:
    paper.configure(PAGE, RIGHT)
    paper.publish(1)
    async with paper.desk(TurnedClock(START)) as desk:
        for number in range(2, 10):
            paper.publish(number, status=200 if number == 5 else 404)
            await desk.pass_time(QUARTER)
            assert (number == 9) == bool(incidents(desk))


async def test_paths_that_fit_no_address_are_told_until_one_fits(paper: Paper) -> None:
    clock = TurnedClock(START)
    paper.configure(SITEMAP, "/domaci/")
    paper.publish(1, 2)
    async with paper.desk(clock) as desk:
        await desk.pass_time(timedelta(hours=1))
        assert [status for _, status in incidents(desk)] == ["open"]
        assert "articles unread: of 2 addresses none begins as paths say" in paper.sources()

    paper.configure(SITEMAP, "/zpravy/")
    async with paper.desk(clock) as desk:
        await desk.pass_time(QUARTER)
        assert [status for _, status in incidents(desk)] == ["closed"]
        assert desk.running.store.totals().items == 2

    paper.configure(SITEMAP, "/zpravyy/")
    async with paper.desk(clock) as desk:
        await paper.one_by_one(desk, 3, 4)
        assert sorted(status for _, status in incidents(desk)) == ["closed", "open"]

    paper.configure(SITEMAP, "/zpravy/")
    async with paper.desk(clock) as desk:
        await desk.pass_time(QUARTER)
        assert desk.running.store.totals().items == 4
