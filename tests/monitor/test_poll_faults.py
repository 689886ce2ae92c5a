"""What polling does when nothing it decides can be written. Texts are fictional."""

from dataclasses import replace

from monitor import poll, writing
from monitor.alerts import alert_id
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import Poller
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, Source
from storage.model import AlertStatus, SubjectKind

SOURCE = Source(id="way_home", kind="page", name="WAY_HOME", options=None, language="ru")


class OnePost:
    """Clock and scraper of a source with one post."""

    def __init__(self, desk) -> None:
        self._desk = desk

    def now(self):
        return self._desk.now

    async def fetch(self, source: Source, cursor: Cursor) -> Fetched:
        item = Item(external_id="9", kind=ItemKind.POST, url=None, title=None, text="Ротация (вымышленное)")
        return Fetched(
            source_id=source.id,
            outcome=Outcome.ITEMS,
            fetched_at=self._desk.now,
            cursor=cursor.with_values(after="9"),
            items=(item,),
        )


async def test_a_page_that_can_never_be_written_is_a_failure_of_its_source_and_said_so(desk, monkeypatch):
    monkeypatch.setattr(writing, "STORAGE_PATIENCE", (0.0,))
    desk.post("1")
    name = alert_id("rotation", SubjectKind.ORIGIN, f"{desk.way_home}/9")
    blocking = replace(desk.alert("1", name), subject_key="another", status=AlertStatus.CLOSED)
    desk.commit(alerts=(blocking,))
    desk.store.register([SOURCE], desk.now)
    rule = Rule(
        id="rotation", title="r", severity=Severity.WARNING, query=compile_query("ротация"), version=1
    )
    policy = Policy(rules=RuleSet([rule]), alerting=AlertingOptions(), route=Route(receivers=("mail",)))
    post = OnePost(desk)
    poller = Poller(
        store=desk.store, scrapers={"page": post}, sources={SOURCE.id: SOURCE}, policy=policy, clock=post
    )
    desk.now = desk.store.next_due(desk.now)
    (lease,) = desk.store.due(desk.now, worker="w", lease_for=poll.LEASE, limit=1)

    report = await poller.poll(lease)

    assert report.outcome == "internal_error"
    known = desk.store.source("way_home")
    assert (known.failures, known.cursor.values) == (1, {"after": 1})
    (shown,) = desk.store.sources()
    assert "internal error" in shown.reason
    assert shown.next_due_at > desk.now
