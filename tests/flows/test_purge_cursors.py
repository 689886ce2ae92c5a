"""A purge leaves no name and no open hash in the cursor of a source, and its neighbours are left alone."""

import html
import re
from collections.abc import Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from monitor.assembly import Station, station
from monitor.cli import cli
from monitor.config import load
from monitor.demo.clock import TurnedClock
from tests.fakes.small_web import Reply
from tests.flows.serving import await_true

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SLUG = "lanternkeeper-speaks"
SECRET = "Мужьям не дают отпуск, говорит фонарщик Никто из гавани (вымышленный пример)"
EDITED = "Мужьям снова не дают отпуск, повторяет тот же человек у ворот (вымышленный пример)"
RULES = """
[[rule]]
id = "complaint"
title = "Complaints"
query = "отпуск OR ротация"

[route]
receivers = ["hook"]
group_wait = "0s"

[[source]]
id = "wire"
kind = "feed"
url = "{url}/wire.rss"
interval = "1s"
full_read_every = "1s"

[[source]]
id = "news"
kind = "page"
url = "{url}/news"
items = "h2 a"
articles = {articles}
interval = "1s"
full_read_every = "1s"

[[source]]
id = "map"
kind = "sitemap"
url = "{url}/sitemap.xml"
articles = {articles}
interval = "1s"
full_read_every = "1s"
"""


@dataclass(frozen=True, kw_only=True)
class Story:
    """An article that a site shows in its feed, on its front page and in its sitemap."""

    slug: str
    text: str
    version: int = 0  # part of the id that the feed gives it

    @property
    def guid(self) -> str:
        return f"{self.slug}#{self.version}"


class Site:
    """Shows its stories, newest first."""

    def __init__(self, outside, database_url: str, *, articles: bool = False) -> None:
        self.web = outside.web
        rules = RULES.format(url=self.web.url, articles=str(articles).lower())
        self.config = outside.configure(database_url, rules)
        self.stories: list[Story] = []
        self._changes = count()

    def url(self, story: Story) -> str:
        return f"{self.web.url}/a/{story.slug}"

    def show(self, *stories: Story) -> None:
        """Show these from now on."""
        self.stories = list(stories)
        self.web.always.update({path: _page(body) for path, body in self.pages()})

    def pages(self) -> Iterable[tuple[str, str]]:
        entries = "".join(
            f"<item><title>{html.escape(one.text[:40])}</title><link>{self.url(one)}</link>"
            f'<guid isPermaLink="false">{one.guid}</guid><description>{html.escape(one.text)}</description>'
            f"<pubDate>{format_datetime(START)}</pubDate></item>"
            for one in self.stories
        )
        yield (
            "/wire.rss",
            f"<rss version='2.0'><channel><title>{next(self._changes)}</title>{entries}</channel></rss>",
        )
        links = "".join(f'<h2><a href="/to/{one.slug}">{one.text}</a></h2>' for one in self.stories)
        yield "/news", f"<html><body><p>{next(self._changes)}</p>{links}</body></html>"
        rows = "".join(f"<url><loc>{self.url(one)}</loc></url>" for one in self.stories)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        yield "/sitemap.xml", f'<urlset xmlns="{namespace}"><!-- {next(self._changes)} -->{rows}</urlset>'
        for one in self.stories:
            head = f"<link rel='canonical' href='{self.url(one)}'><title>{one.text[:40]}</title>"
            article = f"<article><h1>{one.text[:40]}</h1><p>{(one.text + '. ') * 6}</p></article>"
            body = f"<html><head>{head}</head><body>{article}</body></html>"
            yield f"/a/{one.slug}", body
            yield f"/to/{one.slug}", body

    def signs(self, *stories: Story) -> set[str]:
        """What may stand nowhere: the names of a story, and all hashes that anybody could make of it."""
        plain = {sign for one in stories for sign in self._plain(one)}
        return {SLUG} | {blake2b(sign.encode(), digest_size=6).hexdigest() for sign in plain}

    def _plain(self, one: Story) -> Iterable[str]:
        here = self.url(one)
        title = one.text[:40]
        yield from (one.guid, here, here.removeprefix("http://"), f"{self.web.url}/to/{one.slug}")
        yield from (f"{self.web.url}/to/{one.slug}".removeprefix("http://"), f"{one.guid}\n{title}\n")
        yield "".join(filter(str.isalnum, f"{title}{one.text}".casefold()))
        yield f"{here}\n" + "".join(re.findall(r"\w", title.casefold()))


def _page(body: str) -> Reply:
    kind = "text/html" if body.startswith("<html") else "application/xml"
    return Reply(body=body.encode(), headers={"Content-Type": f"{kind}; charset=utf-8"})


OLD = Story(slug="the-weather-of-today", text="Погода ясная и тёплая, ветер слабый (вымышленный пример)")
OTHER = Story(
    slug="a-letter-to-the-minister", text="Просят ротацию, пишут министру письмо (вымышленный пример)"
)
WHISPER = Story(slug=SLUG, text=SECRET)
LATER = Story(
    slug="another-word-of-leave", text="Опять отменили отпуск в порту, пишут матери (вымышленный пример)"
)


def traces(database_url: str, signs: Iterable[str]) -> set[str]:
    """Which of these stand in the files of a database."""
    path = Path(make_url(database_url).database or "")
    written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return {sign for sign in signs if sign.encode() in written}


@dataclass
class Desk:
    running: Station
    clock: TurnedClock
    config: Path

    async def tick(self) -> None:
        for _ in ("collect", "go on", "deliver"):
            self.clock.move_to(self.clock.now() + MINUTE)
            await self.running.daemon.tick(self.clock.now())
            await self.running.daemon.settled()

    def purge(self, names: Mapping[str, str]) -> None:
        for source, name in names.items():
            purged = CliRunner().invoke(cli, ["-c", str(self.config), "purge", source, name, "--yes"])
            assert (purged.exit_code, purged.stderr) == (0, "")

    def items(self) -> list[tuple[str, str]]:
        return sorted((item.source_config_id, item.ref.external_id) for item in self.running.store.items(50))

    def texts(self) -> str:
        return "".join(f"{item.title}{item.text}" for item in self.running.store.items(50))


@asynccontextmanager
async def desk_of(site: Site):
    clock = TurnedClock(START)
    async with station(load(site.config), clock) as running:
        yield Desk(running, clock, site.config)


def names(site: Site, *, articles: bool) -> dict[str, str]:
    """What the whisper is called in each source."""
    listed = site.url(WHISPER) if articles else f"{site.web.url}/to/{SLUG}"
    called = {"wire": WHISPER.guid, "news": listed}
    return called | {"map": site.url(WHISPER)} if articles else called


@pytest.mark.parametrize("articles", [False, True], ids=["listed", "read"])
async def test_nothing_of_it_is_left_in_a_cursor_nor_comes_back(outside, sqlite_store_url, articles):
    site = Site(outside, sqlite_store_url, articles=articles)
    site.show(OLD)
    async with desk_of(site) as desk:
        await desk.tick()
        site.show(WHISPER, OTHER, OLD)
        await desk.tick()
        renamed = replace(WHISPER, version=1)
        site.show(renamed, OTHER, OLD)
        await desk.tick()
        every = site.signs(WHISPER, renamed)
        assert SECRET in desk.texts()
        assert len(traces(sqlite_store_url, every)) >= 5
        told, before = len(outside.hook.posted), desk.items()

        desk.purge(names(site, articles=articles))
        assert traces(sqlite_store_url, every) == set()
        await desk.tick()
        site.show(LATER, renamed, OTHER, OLD)
        await desk.tick()
        after = desk.items()
        whispers = set(names(site, articles=articles).items())
        assert set(before) - set(after) == whispers
        assert all(LATER.slug in name for _, name in set(after) - set(before))
        assert len(outside.hook.posted) == told + 1  # LATER, and its copies in the other sources
        told = len(outside.hook.posted)
        outside.web.asked.clear()
        again = replace(WHISPER, version=2, text=EDITED)
        site.show(LATER, again, OTHER, OLD)
        for _ in range(2):
            await desk.tick()
        assert desk.items() == after
        assert len(outside.hook.posted) == told
        assert "Никто" not in desk.texts() + EDITED
        assert not [path for path in outside.web.asked if SLUG in path]
        assert traces(sqlite_store_url, every) == set()


async def test_a_poll_that_began_before_brings_nothing_back(outside, sqlite_store_url):
    site, released = Site(outside, sqlite_store_url), Event()
    site.show(OLD)
    async with desk_of(site) as desk:
        await desk.tick()
        site.show(WHISPER, OTHER, OLD)
        await desk.tick()
        site.show(OTHER, OLD)  # the cursors remember what the pages do not show any more
        for path in ("/wire.rss", "/news"):
            outside.web.always[path] = replace(outside.web.always[path], wait_for=released)
        outside.web.asked.clear()
        desk.clock.move_to(desk.clock.now() + MINUTE)
        await desk.running.daemon.tick(desk.clock.now())
        await await_true(lambda: {"/wire.rss", "/news"} <= set(outside.web.asked))
        desk.purge(names(site, articles=False))
        released.set()
        await desk.running.daemon.settled()
        told = len(outside.hook.posted)
        assert traces(sqlite_store_url, site.signs(WHISPER)) == set()
        site.show(WHISPER, OTHER, OLD)
        await desk.tick()
        assert SECRET not in desk.texts()
        assert len(outside.hook.posted) == told
        assert traces(sqlite_store_url, site.signs(WHISPER)) == set()
