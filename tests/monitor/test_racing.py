"""Polls that meet: several sources bring the same text at the same moment. All texts are fictional."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import Poller
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Counters, Cursor, Fetched, Item, ItemKind, Outcome, Source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
COMPLAINT = "Мужьям не дают отпуск, ротации нет уже год. Вымышленный пример."
SOURCES = tuple(
    Source(id=f"s{number}", kind="page", name=f"Source {number} (sample)", options=None, language="ru")
    for number in range(6)
)


class Now:
    def now(self) -> datetime:
        return NOW


class OnePage:
    """Gives every source the same page, to all of them at once."""

    def __init__(self, together: int, *items: Item, at: datetime = NOW) -> None:
        self.barrier = Barrier(together)
        self.items = items
        self.at = at

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        self.barrier.wait(timeout=30)
        return Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS,
            fetched_at=self.at,
            cursor=Cursor(values={"polled": cursor.number("polled") + 1}),
            items=self.items,
        )


def post(name: str = "1", text: str = COMPLAINT, **facts) -> Item:
    plain = Item(
        external_id=name,
        kind=ItemKind.ARTICLE,
        url=f"https://example.org/{name}",
        title=None,
        text=text,
        published_at=NOW,
    )
    return replace(plain, **facts)


def poll_together(store, scraper, sources=SOURCES):
    """Poll all `sources`, each in a thread and a loop of its own."""
    store.register(sources, NOW)
    rule = Rule(id="r", title="r", severity=Severity.WARNING, query=compile_query("ротация"), version=1)
    poller = Poller(
        store=store,
        scrapers={"page": scraper},
        sources={source.id: source for source in sources},
        policy=Policy(
            rules=RuleSet([rule]),
            alerting=AlertingOptions(first_poll=True),
            route=Route(receivers=("desk",)),
        ),
        clock=Now(),
    )
    later = NOW + timedelta(days=1)
    leases = store.due(later, worker="w", lease_for=timedelta(minutes=5), limit=len(sources))
    with ThreadPoolExecutor(len(sources)) as threads:
        return list(threads.map(lambda lease: asyncio.run(poller.poll(lease)), leases))


@pytest.fixture
def first_polls(store):
    return poll_together(store, OnePage(len(SOURCES), post()))


def test_the_same_text_in_many_sources_at_once_has_one_origin_and_one_alert(store, first_polls):
    assert [report.reason for report in first_polls] == [None] * len(SOURCES)
    (alert,) = store.alerts(10)
    assert (alert.copies, len(alert.also_in)) == (5, 5)
    totals = store.totals()
    assert (totals.items, totals.copies, totals.alerts) == (6, 5, 1)
    changes = sorted(one.change for one in store.notifications(alert.id))
    assert changes == ["opened", "updated"]  # the first copy is told, the others wait for the tenth


@pytest.mark.usefixtures("first_polls")
def test_polling_the_same_again_changes_nothing(store):
    before = store.totals()

    reports = poll_together(store, OnePage(len(SOURCES), post(), at=NOW + timedelta(hours=1)))

    assert [report.reason for report in reports] == [None] * len(SOURCES)
    assert store.totals() == before


@pytest.mark.usefixtures("first_polls")
def test_many_new_posts_and_edits_at_once_end_with_one_alert_a_text(store):
    others = [post(str(number), f"{COMPLAINT} Письмо номер {number}.") for number in range(2, 12)]
    edited = post(text=f"{COMPLAINT} Исправлено.", counters=Counters(views=7))

    reports = poll_together(store, OnePage(len(SOURCES), *others, edited, at=NOW + timedelta(hours=1)))

    assert [report.reason for report in reports] == [None] * len(SOURCES)
    assert sorted(alert.copies for alert in store.alerts(50)) == [5] * 11
    assert store.totals().items == 66
