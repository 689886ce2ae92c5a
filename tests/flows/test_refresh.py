"""Posts that change and vanish: the real scraper over HTTP, the real poller, a real store, a turned clock.

Every text is fictional.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.demo.clock import TurnedClock
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import LEASE, MAX_REFRESH_PAGES, Poller
from monitor.poll_report import PollReport
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.http import HttpClient
from scrapers.model import Source
from scrapers.telegram_web import Options, TelegramWeb
from storage.model import RuleDefinition
from storage.store import Store, open_store
from tests.fakes.loopback import LOOPBACK
from tests.fakes.raw_server import RawServer, http_bytes
from tests.fakes.telegram_preview import InventedChannel, InventedPost, TelegramPreview
from tests.flows.database import rows

START = datetime(2026, 10, 5, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AGES = (15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY)
COMPLAINT = "Ротации нет уже год, обещают в марте (вымышленный пример)"
MOVED = "Ротации нет уже год, обещают в июне (вымышленный пример)"
QUERIES = {"rotation": "ротация", "taken-back": "is:deleted ротация", "viral": "ротация views:>1M"}
PREVIEW_OFF = http_bytes("302 Found", Location="https://t.me/river_sample")

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


class Desk:
    """A channel that is polled, and the hands of the clock."""

    def __init__(self, store: Store, url: str, server: RawServer, preview: TelegramPreview) -> None:
        self.store = store
        self.clock = TurnedClock(START)
        self.channel = InventedChannel(name="river_sample", native_id=2_000_000_017)
        self.server = server
        self.preview = preview
        self.preview.channels["river_sample"] = self.channel
        self.source = Source(
            id="river",
            kind="telegram_web",
            name="River (sample)",
            options=Options(channel="river_sample", base_url=server.url),
            language="ru",
            refresh=AGES,
        )
        self.queries = dict(QUERIES)
        self.poller: Poller | None = None
        self.reports: list[PollReport] = []
        self._url = url

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def start(self, client: HttpClient) -> None:
        self.store.register([self.source], self.now)
        definitions = [
            RuleDefinition(id=name, title=name, severity="warning", query=query)
            for name, query in self.queries.items()
        ]
        versions = self.store.register_rules(definitions, self.now)
        rules = [
            Rule(
                id=name,
                title=name,
                severity=Severity.WARNING,
                query=compile_query(query),
                version=versions[name],
            )
            for name, query in self.queries.items()
        ]
        self.poller = Poller(
            store=self.store,
            scrapers={"telegram_web": TelegramWeb(client)},
            sources={self.source.id: self.source},
            policy=Policy(rules=RuleSet(rules), alerting=AlertingOptions(), route=Route(receivers=("mail",))),
            clock=self.clock,
        )

    def write(self, number: int, words: str) -> None:
        """Somebody publishes a post now."""
        self.channel.posts.append(InventedPost(id=number, text=words, published=self.now.isoformat()))

    async def until(self, moment: datetime) -> None:
        """Let time go by, with a poll whenever one is due."""
        while (due := self.store.vitals().sources[0].next_due_at) <= moment:
            self.clock.move_to(max(due, self.now))
            await self.poll()
        self.clock.move_to(moment)

    async def poll(self) -> None:
        """One poll, which is due."""
        assert self.poller is not None
        (lease,) = self.store.due(self.now, worker="w", lease_for=LEASE, limit=1)
        self.reports.append(await self.poller.poll(lease))

    async def after(self, span: timedelta) -> None:
        await self.until(self.now + span)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self._url, query)

    def fates(self, number: int) -> list[tuple[str, bool]]:
        """Text and tombstone of every revision of a post."""
        found = self.store.history("river", str(number))
        assert found is not None
        return [(one.text, one.deleted) for one in found.revisions]

    def told(self) -> list[tuple[object, ...]]:
        """Rule, subject and change of every notification."""
        return self.rows(
            "SELECT rule_id, subject_kind, change FROM notification JOIN alert ON alert.id = alert_id "
            "WHERE rule_id <> 'source-health' ORDER BY rule_id, notification.created_at, change"
        )


@asynccontextmanager
async def desk(url: str, **changes) -> AsyncIterator[Desk]:
    """A desk whose first poll is over: what comes next is news."""
    store = open_store(url)
    preview = TelegramPreview()
    try:
        async with RawServer(preview) as server:
            made = Desk(store, url, server, preview)
            made.source = replace(made.source, **changes)
            async with HttpClient(LOOPBACK, made.clock) as client:
                made.write(1, "Первая запись (вымышленный пример)")
                made.start(client)
                await made.after(MINUTE)
                yield made
    finally:
        store.close()


async def test_a_post_is_deleted_once_two_fetches_ten_minutes_apart_have_missed_it(store_url):
    async with desk(store_url) as d:
        d.write(2, COMPLAINT)
        d.write(3, "Соседняя запись (вымышленный пример)")
        await d.after(16 * MINUTE)
        d.channel.delete(2)
        await d.after(18 * MINUTE)
        assert d.fates(2) == [(COMPLAINT, False)]
        await d.after(18 * MINUTE)
        assert d.fates(2) == [(COMPLAINT, False), (COMPLAINT, True)]
        await d.after(6 * HOUR)
        assert len(d.fates(2)) == 2
        assert d.told() == [
            ("rotation", "origin", "opened"),
            ("rotation", "origin", "deleted"),
            ("taken-back", "deletion", "opened"),
        ]
        assert sum(report.deletions for report in d.reports) == 1
        assert d.store.search((("ротация",),), limit=1)[0].deleted


@on_sqlite
async def test_two_misses_that_lie_close_together_are_one(store_url):
    async with desk(store_url, interval=2 * MINUTE) as d:
        d.write(2, COMPLAINT)
        d.write(3, "Соседняя запись (вымышленный пример)")
        await d.after(3 * MINUTE)
        d.channel.delete(2)
        await d.after(9 * MINUTE)
        missing = d.store.history("river", "2")
        assert missing is not None
        assert missing.missing_since is not None
        assert d.fates(2) == [(COMPLAINT, False)]
        await d.until(missing.missing_since + 13 * MINUTE)
        assert d.fates(2)[-1] == (COMPLAINT, True)


@on_sqlite
async def test_an_emptied_page_or_a_preview_that_is_off_deletes_nothing(store_url):
    async with desk(store_url) as d:
        d.write(2, COMPLAINT)
        d.write(3, "Соседняя запись (вымышленный пример)")
        await d.after(16 * MINUTE)
        posts, d.channel.posts = d.channel.posts, []
        await d.after(90 * MINUTE)
        d.preview.instead["river_sample"] = PREVIEW_OFF
        await d.after(DAY)
        d.preview.instead.clear()
        d.channel.posts = posts
        await d.after(8 * HOUR)
        assert d.fates(2) == [(COMPLAINT, False)]
        assert d.fates(3)[-1][1] is False
        assert d.told() == [("rotation", "origin", "opened")]


async def test_a_post_that_comes_back_is_a_revision_and_nobody_is_told_twice(store_url):
    async with desk(store_url) as d:
        d.write(2, COMPLAINT)
        d.write(3, "Соседняя запись (вымышленный пример)")
        await d.after(16 * MINUTE)
        for _ in range(2):
            taken = d.channel.post(2)
            d.channel.delete(2)
            await d.after(HOUR)
            d.channel.posts.insert(1, taken)
            await d.after(HOUR)
        assert [gone for _, gone in d.fates(2)] == [False, True, False, True, False]
        assert len(d.told()) == 3


@on_sqlite
async def test_an_edit_is_found_behind_thirty_newer_posts_at_the_age_of_an_hour(store_url):
    async with desk(store_url) as d:
        published = d.now
        d.write(2, COMPLAINT)
        await d.after(20 * MINUTE)
        for number in range(3, 33):
            d.write(number, f"Другая запись {number} (вымышленный пример)")
        await d.until(published + 39 * MINUTE)
        d.channel.edit(2, MOVED)
        await d.until(published + 59 * MINUTE)
        assert d.fates(2) == [(COMPLAINT, False)]
        await d.until(published + HOUR + 20 * MINUTE)
        assert d.fates(2) == [(COMPLAINT, False), (MOVED, False)]


async def test_views_that_pass_a_million_alert_at_the_age_of_six_hours(store_url):
    async with desk(store_url) as d:
        d.write(2, COMPLAINT)
        for number in range(3, 33):
            d.write(number, f"Другая запись {number} (вымышленный пример)")
        await d.after(2 * HOUR)
        d.channel.post(2).views = "1.2M"
        await d.after(3 * HOUR)
        assert "viral" not in {rule for rule, *_ in d.told()}
        await d.after(90 * MINUTE)
        assert [told for told in d.told() if told[0] == "viral"] == [("viral", "origin", "opened")]
        history = d.store.history("river", "2")
        assert history is not None
        assert [one.counters.views for one in history.readings] == [1, 1_200_000]


@on_sqlite
async def test_one_poll_reads_a_few_pages_again_and_leaves_the_rest_to_the_next(store_url):
    async with desk(store_url, interval=30 * MINUTE) as d:
        for number in range(1, 11):
            d.write(100 * number, f"Запись {number} (вымышленный пример)")
            for between in range(1, 21):
                d.channel.posts.append(
                    InventedPost(
                        id=100 * number + between, text="…", published=(START - 30 * DAY).isoformat()
                    )
                )
        await d.after(40 * MINUTE)
        asked = len(d.server.paths)
        await d.after(30 * MINUTE)
        assert len(d.server.paths) - asked <= 1 + 2 * MAX_REFRESH_PAGES
        assert d.store.refresh_due(d.store.source("river").id, d.now, 60)
        await d.after(3 * HOUR)
        assert not d.store.refresh_due(d.store.source("river").id, d.now - HOUR, 60)


@on_sqlite
async def test_a_poll_that_is_asked_to_stop_reads_nothing_again(store_url):
    async with desk(store_url) as d:
        d.write(2, COMPLAINT)
        await d.after(16 * MINUTE)
        asked = len(d.server.paths)
        assert d.poller is not None
        d.poller.stop()
        d.clock.move_to(d.now + HOUR)
        await d.poll()
        assert len(d.server.paths) == asked


@on_sqlite
async def test_a_refresh_that_fails_is_a_failed_poll(store_url, monkeypatch):
    async with desk(store_url) as d:
        for number in range(2, 33):
            d.write(number, f"Запись {number} (вымышленный пример)")
        await d.after(16 * MINUTE)
        answer = d.preview.answer

        def broken(path: str) -> bytes:
            return http_bytes("503 Service Unavailable") if "before=" in path else answer(path)

        monkeypatch.setattr(d.preview, "answer", broken)
        await d.after(20 * MINUTE)
        assert d.reports[-1].outcome == "unavailable"
        assert d.store.source("river").failures >= 1


@on_sqlite
async def test_a_page_that_cannot_be_had_keeps_no_other_from_being_read_again(store_url, monkeypatch):
    async with desk(store_url) as d:
        for number in range(2, 41):
            d.write(number, f"Запись {number} (вымышленный пример)")
        await d.after(17 * MINUTE)
        answer = d.preview.answer

        def broken(path: str) -> bytes:
            return http_bytes("503 Service Unavailable") if path.endswith("before=20") else answer(path)

        monkeypatch.setattr(d.preview, "answer", broken)
        d.channel.posts[24].text = MOVED
        await d.after(2 * HOUR)
        assert d.fates(25) == [("Запись 25 (вымышленный пример)", False), (MOVED, False)]
        assert "unavailable" in {report.outcome for report in d.reports}
        assert d.reports[-1].outcome != "unavailable"


@on_sqlite
async def test_a_site_that_never_lets_anything_be_read_again_is_an_incident(store_url, monkeypatch):
    async with desk(store_url) as d:
        for number in range(2, 41):
            d.write(number, f"Запись {number} (вымышленный пример)")
        await d.after(17 * MINUTE)
        answer = d.preview.answer

        def turned_away(path: str) -> bytes:
            return http_bytes("429 Too Many Requests") if "before=" in path else answer(path)

        monkeypatch.setattr(d.preview, "answer", turned_away)
        await d.after(DAY)
        told = d.rows("SELECT change FROM notification JOIN alert ON alert.id = alert_id ORDER BY created_at")
        assert ("blocked",) in d.rows("SELECT kind FROM incident")
        assert 1 <= len(told) <= 4
