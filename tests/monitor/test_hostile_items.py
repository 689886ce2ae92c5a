"""What no database takes as it is, all the way from a scraper to the store. All texts are fictional."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import Poller
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import (
    ChannelFacts,
    Counters,
    Cursor,
    Fetched,
    Forward,
    Item,
    ItemKind,
    Media,
    MediaKind,
    Outcome,
    Refusal,
    Source,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BAD = "\x00\ud800"
TEXT = "Мужьям не дают отпуск, ротации нет уже год. Вымышленный пример."
SOURCE = Source(id="s", kind="page", name="Source (sample)", options=None, language="ru")
LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=4000))


class Desk:
    """Polls one source whose pages are given, an hour apart."""

    def __init__(self, store) -> None:
        self.store = store
        self.moment = NOW
        self.page: tuple[Item, ...] = ()
        store.register([SOURCE], NOW)
        rule = Rule(id="r", title="r", severity=Severity.WARNING, query=compile_query("ротация"), version=1)
        self.poller = Poller(
            store=store,
            scrapers={"page": self},
            sources={SOURCE.id: SOURCE},
            policy=Policy(
                rules=RuleSet([rule]),
                alerting=AlertingOptions(first_poll=True),
                route=Route(receivers=("desk",)),
            ),
            clock=self,
        )

    def now(self) -> datetime:
        return self.moment

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:  # noqa: ARG002
        return Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS,
            fetched_at=self.moment,
            cursor=Cursor(values={f"key{BAD}": f"value{BAD}"}),
            items=self.page,
            gap=f"missed{BAD}",
            channel=ChannelFacts(
                native_id="1",
                username=f"name{BAD}",
                title=f"title{BAD}",
                description=f"said{BAD}",
                labels=frozenset({f"label{BAD}"}),
                subscribers_raw=f"5{BAD}",
            ),
            refusals=(Refusal(url=None, reason=f"refused{BAD}"),),
        )

    def poll(self, *page: Item):
        self.page = page
        self.moment += timedelta(hours=1)
        (lease,) = self.store.due(
            self.moment + timedelta(days=1), worker="w", lease_for=timedelta(minutes=5), limit=1
        )
        return asyncio.run(self.poller.poll(lease))


@pytest.fixture
def reading(store) -> Desk:
    return Desk(store)


def hostile(name: str = f"1{BAD}", text: str = f"{BAD} {TEXT}") -> Item:
    return Item(
        external_id=name,
        kind=ItemKind.POST,
        url=f"https://example.org/{BAD}",
        title=f"Ротация{BAD}",
        text=text,
        published_at=NOW,
        published_raw=f"noon{BAD}",
        published_basis=f"meta{BAD}",
        language=f"ru{BAD}",
        counters=Counters(views=2**40, reactions={f"x{BAD}": 2**70}, raw={f"views{BAD}": f"1{BAD}"}),
        forward=Forward(channel="sample", title=f"Sample{BAD}", message_id="4"),
        forwarded=True,
        reply_to=f"0{BAD}",
        media=(Media(kind=MediaKind.PHOTO, native_id=f"id{BAD}", title=f"photo{BAD}"),),
        links=(f"https://example.org/{BAD}",),
    )


@pytest.mark.parametrize("name", ["1", f"1{BAD}", LONG], ids=["plain", "unstorable", "long"])
def test_no_character_and_no_length_keeps_an_item_from_being_stored_once(reading, name):
    reports = [reading.poll(hostile(name)), reading.poll(hostile(name)), reading.poll(hostile(name, TEXT))]

    assert [report.outcome for report in reports] == ["items"] * 3
    assert [report.new_items for report in reports] == [1, 0, 0]
    totals = reading.store.totals()
    assert (totals.items, totals.revisions) == (1, 2)
    assert len([alert for alert in reading.store.alerts(9) if alert.rule_id == "r"]) == 1


@pytest.mark.no_cover  # every line is reached above, and tracing a million characters takes long
def test_very_long_and_empty_texts_are_stored_and_polled_again(reading):
    page = (
        replace(hostile("1", f"{TEXT} {'слово ' * 100_000}"), media=()),
        replace(hostile("2", ""), title=None, url=None, forward=None),
        replace(hostile("3", "я" * 600_000), url=None, forward=None),
    )

    reports = [reading.poll(*page), reading.poll(*page)]

    assert [report.outcome for report in reports] == ["items"] * 2
    assert reading.store.totals().revisions == 3
