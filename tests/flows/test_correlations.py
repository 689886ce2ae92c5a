"""Correlations from a fetched page to what a person reads. All texts are fictional."""

import asyncio
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from monitor.config import load_text
from monitor.correlation.absence import first_timers, last_timers
from monitor.correlation.events import group_values
from monitor.draft import Policy
from monitor.message import AlertView, Change
from monitor.poll import Poller
from monitor.registration import correlation_set, rule_definitions, rule_set
from monitor.render import alert_view
from monitor.routing import Route
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, ShownRange, Source
from storage.model import CorrelationKeys, ItemRef, SourceLease
from storage.store import Store, open_store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = tuple(f"s{number}" for number in range(8))

LEAVE = """
[[rule]]
id = "leave"
query = "отпуск"
alert = false
"""
GROUNDSWELL = (
    LEAVE
    + """
[[correlation]]
id = "groundswell"
type = "value_count"
field = "origin"
rules = ["leave"]
timespan = "7d"
condition = { gte = 3 }
"""
)
ABOUT_FACE = """
[[rule]]
id = "threats"
query = "ультиматум"
[[rule]]
id = "retraction"
query = "извиниться"
[[correlation]]
id = "about-face"
type = "temporal_ordered"
rules = ["threats", "retraction"]
group_by = ["source"]
timespan = "3d"
"""


def complaint(number: int) -> str:
    return f"Письмо номер {number}: отпуск обещали давно и снова отменили. Вымышленный пример."


class Desk:
    """A real store, a real poller, and a web of which every page is given by hand."""

    def __init__(self, store: Store, rules: str, *, first_poll: bool = True) -> None:
        self.store = store
        self.now_is = START
        self.sources = {
            name: Source(
                id=name,
                kind="telegram_web",
                name=f"Channel {name} (sample)",
                options=None,
                language="ru",
                tags=("families", f"region-{name}"),
            )
            for name in NAMES
        }
        store.register(tuple(self.sources.values()), START)
        self.pages: dict[str, Fetched] = {}
        self.barrier: Barrier | None = None
        self.first_poll = first_poll
        self.configure(rules)

    def configure(self, rules: str) -> None:
        """Begin anew with these rules, as after a restart."""
        config = load_text(rules, Path("config.toml"), {})
        config = replace(config, sources=tuple(self.sources.values()))
        definitions = rule_definitions(config, self.store.rule_queries())
        versions = self.store.register_rules(definitions, self.now_is)
        judged_before = self.store.judged_groups([one.id for one in config.correlations])
        first = first_timers(config.correlations, self.now_is, judged_before)
        last = last_timers(config.correlations, self.now_is, self.store.alerted_groups())
        self.store.start_timers((*first, *last))
        self.policy = Policy(
            rules=rule_set(config, versions),
            alerting=AlertingOptions(first_poll=self.first_poll),
            route=Route(receivers=("desk",)),
            correlations=correlation_set(config, versions, self.store.naming_key()),
        )
        self.hire()

    def hire(self) -> None:
        """Poll by the policy from now on."""
        self.poller = Poller(
            store=self.store,
            scrapers={"telegram_web": self},
            sources=self.sources,
            policy=self.policy,
            clock=self,
        )

    def now(self) -> datetime:
        return self.now_is

    async def fetch(self, source: Source, _cursor: Cursor) -> Fetched:
        if self.barrier is not None:
            self.barrier.wait(timeout=30)
        return self.pages[source.id]

    async def fetch_older(self, source: Source, _cursor: Cursor) -> Fetched:
        return self.pages[source.id]

    def page(self, name: str, *items: Item, shown: tuple[int, int] | None = None) -> None:
        self.pages[name] = Fetched(
            source_id=name,
            outcome=Outcome.ITEMS,
            fetched_at=self.now_is,
            cursor=Cursor(values={"after": 1}),
            items=items,
            shown=None
            if shown is None
            else ShownRange(
                lowest=shown[0], highest=shown[1], ids=frozenset(int(item.external_id) for item in items)
            ),
        )

    def poll(self, name: str, *items: Item, after: timedelta = timedelta(0), **page) -> None:
        """Poll one source, some time after the one before; its posts are as old then as they say."""
        self.now_is += after
        self.page(
            name,
            *(replace(item, published_at=(item.published_at or self.now_is) + after) for item in items),
            **page,
        )
        report = asyncio.run(self.poller.poll(self._lease(name)))
        assert report.reason is None, report.reason

    def _lease(self, name: str) -> SourceLease:
        far = self.now_is + timedelta(days=3650)
        leases = self.store.due(far, worker="w", lease_for=timedelta(minutes=5), limit=len(NAMES))
        (wanted,) = [lease for lease in leases if lease.config_id == name]
        for lease in leases:
            if lease is not wanted:
                self.store.release(lease)
        return wanted

    def wait(self, span: timedelta) -> None:
        """Let time pass, and fire every timer at its moment."""
        until = self.now_is + span
        while due := self.store.due_timers(until, 10):
            self.now_is = max(self.now_is, due[0].due_at)
            asyncio.run(self.poller.fire(due[0]))
        self.now_is = until

    def poll_together(self, *names: str) -> None:
        """Poll these sources at one moment, each in a thread of its own."""
        far = self.now_is + timedelta(days=3650)
        leases = self.store.due(far, worker="w", lease_for=timedelta(minutes=5), limit=len(NAMES))
        self.barrier = Barrier(len(names))
        with ThreadPoolExecutor(len(names)) as threads:
            chosen = [lease for lease in leases if lease.config_id in names]
            reports = list(threads.map(lambda lease: asyncio.run(self.poller.poll(lease)), chosen))
        self.barrier = None
        assert [report.reason for report in reports] == [None] * len(names)

    def post(self, number: int, text: str | None = None, *, ago: timedelta = timedelta(0), **facts) -> Item:
        plain = Item(
            external_id=str(number),
            kind=ItemKind.POST,
            url=f"https://example.org/{number}",
            title=None,
            text=complaint(number) if text is None else text,
            published_at=self.now_is - ago,
        )
        return replace(plain, **facts)

    def told(self, rule: str) -> list[tuple[int, tuple[str, ...]]]:
        """How large its alerts are, first opened first, and the posts that they rest on."""
        alerts = reversed(self.store.alerts(50, rule=rule))
        return [(one.copies, tuple(proof.item.ref.external_id for proof in one.evidence)) for one in alerts]

    def views(self, rule: str) -> list[AlertView]:
        alerts = self.store.alerts(50, rule=rule)
        return [alert_view(one, Change.OPENED, names=(), masked=True) for one in alerts]


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk that looks for a groundswell, once on each sort of database."""
    return Desk(store, GROUNDSWELL)


@pytest.fixture
def sqlite_store(sqlite_store_url: str) -> Iterator[Store]:
    """A store for what does not depend on the database."""
    opened = open_store(sqlite_store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_desk(sqlite_store: Store) -> Desk:
    """A desk that looks for a groundswell."""
    return Desk(sqlite_store, GROUNDSWELL)


# ---- the groundswell -------------------------------------------------------------------


def test_complaints_of_unrelated_channels_are_a_groundswell(desk):
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number, ago=timedelta(hours=1)), after=DAY)
    assert desk.told("groundswell") == [(3, ("1", "2", "3"))]
    assert desk.store.alerts(50, rule="leave") == ()  # which only feeds the correlation
    (alert,) = desk.store.alerts(50)
    assert [one.change for one in desk.store.notifications(alert.id)] == ["opened"]


def test_one_text_that_many_channels_carry_is_none(sqlite_desk):
    desk = sqlite_desk
    for name in NAMES:
        desk.poll(name, desk.post(1), after=timedelta(hours=1))
    assert desk.told("groundswell") == []


def test_what_is_told_says_from_where_in_what_time_and_why(sqlite_desk):
    desk = sqlite_desk
    for number, name in enumerate(NAMES[:4], 1):
        text = f"{complaint(number)} Пишите на {number}@example.org"
        desk.poll(name, desk.post(number, text), after=DAY)
    (view,) = desk.views("groundswell")
    assert view.headline == "4 origins from 4 sources in 3 days"
    assert view.reason == (
        "asked for at least 3 different origins in 7d; 4 items from 4 sources; matched by leave"
    )
    assert view.source_name == "Channel s0 (sample), Channel s1 (sample), Channel s2 (sample), …"
    assert [one.url for one in view.evidence] == [f"https://example.org/{n}" for n in (1, 2, 3, 4)]
    assert all("@" not in one.headline for one in view.evidence)


def test_it_grows_quietly_and_is_told_at_ten(sqlite_desk):
    desk = sqlite_desk
    for number in range(1, 13):
        desk.poll(NAMES[number % 8], desk.post(number), after=timedelta(hours=2))
    ((size, evidence),) = desk.told("groundswell")
    assert (size, len(evidence)) == (12, 10)
    (alert,) = desk.store.alerts(50)
    assert [one.change for one in desk.store.notifications(alert.id)] == ["opened", "updated"]


def test_many_at_once_open_one_alert(sqlite_desk):
    desk = sqlite_desk
    desk.poll("s0", *(desk.post(number) for number in range(1, 6)))
    assert desk.told("groundswell") == [(5, ("1", "2", "3", "4", "5"))]


def test_after_a_pause_it_is_a_new_one(sqlite_desk):
    desk = sqlite_desk
    for start in (0, 10):
        for number in range(1, 4):
            desk.poll(NAMES[number], desk.post(start + number), after=timedelta(hours=1))
        desk.now_is += 14 * DAY
    assert [evidence for _, evidence in desk.told("groundswell")] == [("1", "2", "3"), ("11", "12", "13")]


def test_a_window_does_not_hold_its_very_beginning(sqlite_desk):
    desk = sqlite_desk
    desk.poll("s0", desk.post(1), desk.post(2))
    desk.poll("s1", desk.post(3), after=7 * DAY)
    assert desk.told("groundswell") == []
    desk.poll("s2", desk.post(4, ago=timedelta(hours=1)))
    assert desk.told("groundswell") == [(3, ("1", "2", "4"))]  # up to 4 all three are younger than a week


def test_late_posts_count_where_they_belong(desk):
    desk.poll("s0", desk.post(1))
    desk.poll("s1", desk.post(2), after=9 * DAY)
    assert desk.told("groundswell") == []
    desk.poll("s2", desk.post(3, ago=4 * DAY))  # within a week of either, which are nine days apart
    assert desk.told("groundswell") == []
    desk.poll("s3", desk.post(4, ago=DAY))
    assert desk.told("groundswell") == [(3, ("3", "4", "2"))]


def test_an_edit_takes_an_event_away_and_a_deletion_does_not(desk):
    desk.poll("s0", desk.post(1))
    desk.poll("s0", desk.post(1, "Всё хорошо, спасибо. Вымышленный пример."), after=timedelta(hours=1))
    desk.poll("s1", desk.post(2), shown=(1, 9))
    for _ in range(2):
        desk.poll("s1", after=timedelta(hours=1), shown=(1, 9))
    desk.poll("s2", desk.post(3))
    assert desk.told("groundswell") == []
    desk.poll("s3", desk.post(4))
    assert desk.told("groundswell") == [(3, ("2", "3", "4"))]
    assert [one.deleted for one in desk.views("groundswell")[0].evidence] == [True, False, False]


def test_an_edit_that_keeps_the_rule_true_keeps_the_event(sqlite_desk):
    desk = sqlite_desk
    desk.poll("s0", desk.post(1))
    desk.poll("s0", desk.post(1, f"{complaint(1)} Дополнено."), after=timedelta(hours=1))
    desk.poll("s1", desk.post(2))
    desk.poll("s2", desk.post(3))
    assert desk.told("groundswell") == [(3, ("1", "2", "3"))]


def test_a_restart_forgets_nothing(sqlite_desk):
    desk = sqlite_desk
    for number in (1, 2):
        desk.poll(NAMES[number], desk.post(number))
        desk.configure(GROUNDSWELL)
    desk.poll("s0", desk.post(3))
    assert [size for size, _ in desk.told("groundswell")] == [3]


@pytest.mark.parametrize("query", [" отпуск", "(отпуск)", "отпуск OR отпускной"])
def test_a_rule_that_asks_what_it_asked_before_forgets_nothing(sqlite_desk, query):
    desk = sqlite_desk
    for number in (1, 2):
        desk.poll(NAMES[number], desk.post(number))
    desk.configure(GROUNDSWELL.replace("отпуск", query))
    if "OR" in query:
        desk.configure(GROUNDSWELL)
    desk.poll("s0", desk.post(3))
    assert [size for size, _ in desk.told("groundswell")] == [3]


def test_a_changed_rule_begins_anew(sqlite_desk):
    desk = sqlite_desk
    for number in (1, 2):
        desk.poll(NAMES[number], desk.post(number))
    desk.configure(GROUNDSWELL.replace("отпуск", "отпуск OR ротация"))
    desk.poll("s0", desk.post(3))
    assert desk.told("groundswell") == []


def test_a_changed_correlation_counts_what_is_there_but_only_with_something_new(sqlite_desk):
    desk = sqlite_desk
    for number in (1, 2):
        desk.poll(NAMES[number], desk.post(number))
    desk.configure(GROUNDSWELL.replace("gte = 3", "gte = 2"))
    desk.poll("s3", desk.post(9, "Погода ясная. Вымышленный пример."))
    assert desk.told("groundswell") == []
    desk.poll("s0", desk.post(3))
    assert [size for size, _ in desk.told("groundswell")] == [3]


def test_first_polls_and_history_count_but_open_nothing(sqlite_store):
    desk = Desk(sqlite_store, GROUNDSWELL, first_poll=False)
    for number, name in enumerate(NAMES[:4], 1):
        desk.poll(name, desk.post(number))
    desk.page("s5", desk.post(5))
    asyncio.run(desk.poller.backfill(desk.sources["s5"], Cursor()))
    assert desk.told("groundswell") == []
    desk.poll("s0", desk.post(6), after=timedelta(hours=1))
    assert [size for size, _ in desk.told("groundswell")] == [6]


def test_purged_posts_are_gone_from_counts_and_from_what_is_told(desk):
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number))
    source = desk.store.source("s0").id
    desk.store.purge([ItemRef(source_id=source, external_id="1")], desk.now_is)
    assert desk.told("groundswell") == [(3, ("2", "3"))]


# ---- who is told of what joins ---


def told_of(desk: Desk) -> list[tuple[str, str]]:
    """Who was told of the only alert, and what."""
    (alert,) = desk.store.alerts(50)
    return sorted((one.receiver, one.change) for one in desk.store.notifications(alert.id))


def routed(*children: Route) -> Route:
    return Route(receivers=("desk",), routes=children)


def test_a_source_that_joins_later_brings_its_own_receivers(desk):
    far = Route(receivers=("far",), match={"tag": ("region-s7",)}, place="1")
    desk.policy = replace(desk.policy, route=routed(far))
    desk.hire()
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number), after=timedelta(minutes=1))
    assert told_of(desk) == [("desk", "opened")]
    desk.poll("s7", desk.post(4), after=timedelta(minutes=1))
    assert told_of(desk) == [("desk", "opened"), ("far", "opened")]
    asked = CorrelationKeys(correlation_id="groundswell", subject_keys=("",), rules=(), spans=())
    (alert,) = desk.store.recall_correlations([asked])["groundswell"].alerts
    assert alert.labels["source"] == ("s0", "s1", "s2", "s7")
    assert {"region-s0", "region-s7"} <= set(alert.labels["tag"])
    assert (alert.labels["rule"], alert.labels["severity"]) == (("groundswell",), ("warning",))
    for number in range(5, 11):
        desk.poll("s0", desk.post(number), after=timedelta(minutes=1))
    assert told_of(desk) == [(name, change) for name in ("desk", "far") for change in ("opened", "updated")]


def test_what_joins_without_making_it_larger_is_routed_too(sqlite_store):
    desk = Desk(sqlite_store, GROUNDSWELL)
    desk.policy = replace(
        desk.policy, route=routed(Route(receivers=("far",), match={"source": ("s7",)}, place="1"))
    )
    desk.hire()
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number))
    desk.poll("s7", desk.post(1), after=timedelta(hours=1))  # a copy: no further origin
    assert told_of(desk) == [("desk", "opened"), ("far", "opened")]
    assert desk.told("groundswell")[0][0] == 3


# ---- other conditions ------------------------------------------------------------------


def test_a_threat_that_is_taken_back_is_an_about_face(store):
    desk = Desk(store, ABOUT_FACE)
    threat, apology = (
        "Это наш ультиматум: ждём до пятницы. Вымышленный пример.",
        "Хотим извиниться за сказанное. Вымышленный пример.",
    )
    desk.poll("s0", desk.post(1, apology))
    desk.poll("s0", desk.post(2, threat), after=timedelta(hours=5))
    desk.poll("s1", desk.post(3, apology), after=timedelta(hours=5))
    assert desk.told("about-face") == []
    desk.poll("s0", desk.post(4, apology), after=timedelta(hours=5))
    assert [evidence for _, evidence in desk.told("about-face")] == [("2", "4")]
    (view,) = desk.views("about-face")
    assert view.headline == "threats, then retraction in 10 hours (source=s0)"
    assert [one.rule_title for one in view.evidence] == ["threats", "retraction"]


THREAT = "Это наш ультиматум: ждём до пятницы. Вымышленный пример."
APOLOGY = "Хотим извиниться за сказанное. Вымышленный пример."


def test_a_threat_that_is_edited_into_an_apology_is_an_about_face(store):
    desk = Desk(store, ABOUT_FACE)
    desk.poll("s0", desk.post(1, APOLOGY), desk.post(2, THREAT))
    published = desk.now_is
    desk.poll("s0", desk.post(1, THREAT, published_at=published), after=timedelta(hours=3))
    assert desk.told("about-face") == []
    desk.poll("s0", desk.post(2, APOLOGY, published_at=published), after=timedelta(hours=7))
    assert [evidence for _, evidence in desk.told("about-face")] == [("1", "2")]
    (view,) = desk.views("about-face")
    assert view.headline == "threats, then retraction in 7 hours (source=s0)"


def test_what_an_edit_ended_still_comes_before_what_follows(sqlite_store):
    desk = Desk(sqlite_store, ABOUT_FACE)
    desk.poll("s0", desk.post(1, THREAT))
    desk.poll("s0", desk.post(1, "Погода ясная. Вымышленный пример."), after=timedelta(hours=1))
    desk.configure(ABOUT_FACE)
    desk.poll("s0", desk.post(2, APOLOGY), after=timedelta(hours=1))
    assert [evidence for _, evidence in desk.told("about-face")] == [("1", "2")]


def test_a_threat_that_is_taken_away_happened_before_it_was(sqlite_store):
    rules = ABOUT_FACE.replace('query = "извиниться"', 'query = "ультиматум is:deleted"')
    assert rules != ABOUT_FACE
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1, THREAT), desk.post(2), shown=(1, 2))
    for _ in range(2):
        desk.poll("s0", desk.post(2), after=timedelta(hours=1), shown=(1, 2))
    assert [evidence for _, evidence in desk.told("about-face")] == [("1", "1")]
    assert desk.views("about-face")[0].headline == "threats, then retraction in 2 hours (source=s0)"


def test_an_old_post_that_an_edit_makes_a_complaint_counts_from_then_on(sqlite_desk):
    desk = sqlite_desk
    old = desk.now_is
    desk.poll("s1", desk.post(1, "Погода ясная. Вымышленный пример.", published_at=old))
    for number in (2, 3):
        desk.poll(NAMES[number], desk.post(number), after=20 * DAY)
    desk.poll("s1", desk.post(1, published_at=old), after=DAY)
    desk.poll("s4", desk.post(4))
    assert desk.told("groundswell") == [(3, ("3", "1", "4"))]


def test_groups_of_tags_are_judged_apart(sqlite_store):
    rules = GROUNDSWELL.replace('field = "origin"', 'field = "source"') + 'group_by = ["tag"]\n'
    desk = Desk(sqlite_store, rules)
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number))
    (alert,) = desk.store.alerts(50)
    assert alert.subject_key == "tag=families"
    assert alert.headline == "3 sources in less than a minute (tag=families)"


def test_values_of_prefixed_tags_are_counted(sqlite_store):
    desk = Desk(sqlite_store, GROUNDSWELL.replace('"origin"', '"tag:region-"'))
    for number, name in enumerate(NAMES[:3], 1):
        desk.poll(name, desk.post(number), desk.post(number + 10))
    assert [size for size, _ in desk.told("groundswell")] == [3]


def test_copies_count_as_events(store):
    desk = Desk(store, GROUNDSWELL.replace("value_count", "event_count").replace('field = "origin"', ""))
    for name in NAMES[:3]:
        desk.poll(name, desk.post(1), after=timedelta(hours=1))
    assert [size for size, _ in desk.told("groundswell")] == [3]


def test_a_source_that_never_complained_is_a_new_term(sqlite_store):
    rules = LEAVE + (
        '[[correlation]]\nid = "new"\ntype = "new_term"\nfield = "source"\n'
        'rules = ["leave"]\ntimespan = "30d"\n'
    )
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1))
    desk.poll("s0", desk.post(2), after=DAY)
    desk.poll("s1", desk.post(3), after=DAY)
    assert desk.told("new") == [(1, ("1",)), (1, ("3",))]
    desk.poll("s0", desk.post(4), after=31 * DAY)
    assert [evidence for _, evidence in desk.told("new")] == [("1",), ("3",), ("4",)]


def test_nothing_is_new_of_which_a_changed_rule_knows_nothing_yet(sqlite_store):
    rules = LEAVE + (
        '[[correlation]]\nid = "new"\ntype = "new_term"\nfield = "source"\n'
        'rules = ["leave"]\ntimespan = "3d"\n'
    )
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1))
    desk.configure(rules.replace("отпуск", "отпуск OR ротация"))
    desk.poll("s0", desk.post(2), after=DAY)
    desk.poll("s1", desk.post(3), after=DAY)
    assert desk.told("new") == [(1, ("1",))]
    desk.poll("s2", desk.post(4), after=DAY)
    assert [evidence for _, evidence in desk.told("new")] == [("1",), ("4",)]


def test_a_spike_is_many_more_than_before(sqlite_store):
    rules = LEAVE + (
        '[[correlation]]\nid = "surge"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"\n'
        "spike_height = 2\nthreshold_ref = 2\nthreshold_cur = 3\n"
    )
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1), desk.post(2))
    for number in range(3, 7):
        desk.poll(
            NAMES[number], desk.post(number), after=timedelta(hours=5) if number > 3 else timedelta(hours=25)
        )
    assert desk.told("surge") == []
    desk.poll("s0", desk.post(7), after=timedelta(hours=2))
    assert [size for size, _ in desk.told("surge")] == [5]


def test_a_post_that_comes_late_may_be_what_a_spike_is_measured_by(sqlite_store):
    rules = LEAVE + (
        '[[correlation]]\nid = "surge"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"\n'
        "spike_height = 2\nthreshold_ref = 3\nthreshold_cur = 7\n"
    )
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1), desk.post(2))
    desk.poll("s2", *(desk.post(number) for number in range(10, 18)), after=timedelta(hours=25.5))
    assert desk.told("surge") == []
    desk.poll("s1", desk.post(3, ago=timedelta(hours=25)))
    assert [size for size, _ in desk.told("surge")] == [8]


# ---- too little ------------------------------------------------------------------------

FLATLINE = """
[[correlation]]
id = "silence"
type = "flatline"
rules = ["leave"]
timespan = "2d"
condition = { lt = 2 }
"""


def fates(desk: Desk) -> list[tuple[str, str, list[str]]]:
    """Every alert on a group, first opened first: its group, its status, and what its receivers were told."""
    return [
        (one.subject_key, one.status, [told.change for told in desk.store.notifications(one.id)])
        for one in reversed(desk.store.alerts(50))
    ]


def test_where_nothing_ever_comes_that_is_told_once(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    desk.wait(timedelta(hours=47))
    assert fates(desk) == []
    desk.wait(timedelta(hours=1))
    desk.wait(30 * DAY)
    assert fates(desk) == [("", "open", ["opened"])]
    (view,) = desk.views("silence")
    assert view.headline == "only 0 items in 2d"


def test_it_is_told_when_there_is_enough_again_and_anew_when_there_is_not(store):
    desk = Desk(store, LEAVE + FLATLINE)
    desk.wait(3 * DAY)
    desk.poll("s0", desk.post(1))
    assert fates(desk) == [("", "open", ["opened"])]
    desk.poll("s1", desk.post(2), after=timedelta(hours=1))
    assert fates(desk) == [("", "closed", ["opened", "closed"])]
    desk.wait(timedelta(hours=46))
    assert len(fates(desk)) == 1
    desk.wait(timedelta(hours=1))
    assert fates(desk) == [("", "closed", ["opened", "closed"]), ("", "open", ["opened"])]


def test_an_edit_that_leaves_too_little_is_told_at_once(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    desk.wait(3 * DAY)
    desk.poll("s0", desk.post(1), desk.post(2))
    assert fates(desk) == [("", "closed", ["opened", "closed"])]
    calm = "Всё хорошо, спасибо. Вымышленный пример."
    desk.poll("s0", desk.post(1, calm), after=timedelta(hours=1))
    assert fates(desk)[1:] == [("", "open", ["opened"])]


def test_a_group_is_watched_from_its_first_event_on(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE + 'group_by = ["source"]\n')
    desk.wait(9 * DAY)
    desk.poll("s0", desk.post(1))
    desk.poll("s1", desk.post(2))
    desk.wait(DAY)
    desk.poll("s1", desk.post(3), desk.post(4))
    assert fates(desk) == []
    desk.wait(DAY)
    assert fates(desk) == [("source=s0", "open", ["opened"])]
    desk.wait(DAY)
    assert [group for group, _, _ in fates(desk)] == ["source=s0", "source=s1"]


def test_a_desk_that_stood_gives_its_polls_time_first(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    desk.now_is += 5 * DAY
    (timer,) = desk.store.due_timers(desk.now_is, 10)
    asyncio.run(desk.poller.fire(timer))
    assert fates(desk) == []
    desk.poll("s0", desk.post(1, ago=DAY), desk.post(2, ago=DAY))
    desk.wait(timedelta(hours=23))
    assert fates(desk) == []
    desk.wait(timedelta(hours=1))
    assert fates(desk) == [("", "open", ["opened"])]


def test_a_desk_that_has_just_begun_gives_its_polls_time_first(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    desk.now_is += 2 * DAY + timedelta(minutes=30)
    (timer,) = desk.store.due_timers(desk.now_is, 10)
    begun = desk.now_is - timedelta(seconds=1)
    asyncio.run(desk.poller.fire(timer, begun))
    assert fates(desk) == []
    (timer,) = desk.store.due_timers(desk.now_is + DAY, 10)
    assert timer.due_at == begun + timedelta(hours=1)
    desk.now_is = timer.due_at
    asyncio.run(desk.poller.fire(timer, begun))
    assert fates(desk) == [("", "open", ["opened"])]


def test_a_flatline_that_is_made_shorter_looks_sooner(store):
    desk = Desk(store, LEAVE + FLATLINE.replace("2d", "60d"))
    desk.wait(DAY)
    desk.configure(LEAVE + FLATLINE)
    desk.wait(2 * DAY)
    assert fates(desk) == [("", "open", ["opened"])]


def test_a_grouped_flatline_that_was_away_watches_its_groups_again(sqlite_store):
    rules = LEAVE + FLATLINE + 'group_by = ["source"]\n'
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1))
    desk.configure(LEAVE)
    desk.wait(9 * DAY)
    desk.configure(rules)
    desk.wait(2 * DAY)
    assert fates(desk) == [("source=s0", "open", ["opened"])]


@pytest.mark.parametrize("away", [True, False])
def test_a_flatline_that_groups_otherwise_forgets_its_former_groups(sqlite_store, away):
    rules = LEAVE + FLATLINE + 'group_by = ["source"]\n'
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", desk.post(1))
    if away:
        desk.configure(LEAVE)
        desk.wait(9 * DAY)
    desk.configure(rules.replace('["source"]', '["tag:none-"]'))
    desk.wait(9 * DAY)
    assert fates(desk) == []


def test_a_flatline_over_a_changed_rule_begins_anew(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    for number in range(1, 6):
        desk.poll("s0", desk.post(number), after=timedelta(hours=20))
        desk.wait(timedelta(0))
    desk.configure(LEAVE.replace("отпуск", "отпуск OR ротация") + FLATLINE)
    desk.poll("s0", desk.post(6), after=timedelta(hours=20))
    desk.wait(timedelta(hours=27))
    assert fates(desk) == []
    desk.wait(timedelta(hours=1))
    assert fates(desk) == [("", "open", ["opened"])]


def test_a_timer_of_a_correlation_that_is_no_longer_configured_ends(sqlite_store):
    desk = Desk(sqlite_store, LEAVE + FLATLINE)
    desk.configure(LEAVE)
    desk.wait(9 * DAY)
    assert (fates(desk), desk.store.due_timers(desk.now_is + 99 * DAY, 10)) == ([], ())


def test_an_alert_that_nobody_watches_any_more_is_ended_once(store):
    desk = Desk(store, LEAVE + FLATLINE)
    desk.wait(3 * DAY)
    for _ in range(2):
        desk.configure(LEAVE)
        desk.wait(timedelta(minutes=1))
    assert fates(desk) == [("", "closed", ["opened", "closed"])]
    assert "no longer watched" in desk.views("silence")[0].reason
    desk.configure(LEAVE + FLATLINE)
    desk.wait(3 * DAY)
    assert fates(desk)[1:] == [("", "open", ["opened"])]


def test_an_alert_on_a_group_of_a_former_grouping_is_ended(sqlite_store):
    grouped = LEAVE + FLATLINE + 'group_by = ["source"]\n'
    desk = Desk(sqlite_store, grouped)
    desk.poll("s0", desk.post(1))
    desk.wait(3 * DAY)
    desk.configure(LEAVE + FLATLINE)
    desk.wait(timedelta(minutes=1))
    assert fates(desk) == [("source=s0", "closed", ["opened", "closed"])]


def test_of_a_correlation_that_is_taken_out_only_the_latest_alert_is_told_of(sqlite_desk):
    desk = sqlite_desk
    for number in range(1, 7):
        desk.poll(NAMES[number], desk.post(number), after=30 * DAY if number == 4 else DAY)
    desk.configure(LEAVE)
    desk.wait(timedelta(minutes=1))
    assert fates(desk) == [("", "closed", ["opened"]), ("", "closed", ["opened", "closed"])]
    desk.configure(GROUNDSWELL)
    desk.poll("s7", desk.post(7))  # what was ended goes on, for it is watched again
    assert fates(desk)[1][:2] == ("", "open")


def test_a_spike_down_is_found_while_nothing_happens(sqlite_store):
    rules = LEAVE + (
        '[[correlation]]\nid = "drop"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"\n'
        'spike_height = 2\nspike_type = "down"\nthreshold_ref = 4\n'
    )
    desk = Desk(sqlite_store, rules)
    desk.poll("s0", *(desk.post(number) for number in range(1, 6)), after=DAY)
    desk.poll("s1", desk.post(6), desk.post(7), after=timedelta(hours=12))
    desk.wait(timedelta(hours=11))
    assert fates(desk) == []
    desk.wait(timedelta(hours=1))  # two after five
    desk.wait(9 * DAY)
    assert fates(desk) == [("", "open", ["opened"])]
    assert desk.views("drop")[0].headline.startswith("2 items after 5 in the 1d before")


SPIKES = LEAVE + (
    '[[correlation]]\nid = "change"\ntype = "spike"\nrules = ["leave"]\ntimespan = "1d"\n'
    'spike_height = 2\nspike_type = "both"\nthreshold_ref = 2\nthreshold_cur = 3\n'
)


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ([2.5] * 6 + [1.5] * 3, [(6, "opened"), (0, "opened")]),  # far from each other: an alert of each
        ([1.1] * 6 + [0.9], [(7, "opened")]),  # within a time span: one alert, of the larger
    ],
)
def test_one_poll_may_bring_a_spike_up_and_one_down(sqlite_store, days_ago, expected):
    desk = Desk(sqlite_store, SPIKES)
    first = max(days_ago) * DAY + DAY
    desk.poll("s0", desk.post(1), desk.post(2), after=DAY)
    late = [desk.post(10 + number, ago=days * DAY) for number, days in enumerate(days_ago)]
    desk.poll("s1", *late, after=first)
    alerts = reversed(desk.store.alerts(50))
    assert [
        (one.copies, told.change) for one in alerts for told in desk.store.notifications(one.id)
    ] == expected


def test_a_spike_up_that_goes_on_and_one_down_are_written_both(sqlite_store):
    desk = Desk(sqlite_store, SPIKES)
    desk.poll("s0", desk.post(1), desk.post(2), after=DAY)
    desk.poll("s1", *(desk.post(10 + number) for number in range(5)), after=1.3 * DAY)
    desk.poll("s1", desk.post(16), after=0.6 * DAY)
    assert [size for size, _ in desk.told("change")] == [6]
    late = [desk.post(20 + number, ago=1.25 * DAY) for number in range(7)]
    desk.poll("s2", *late, after=0.6 * DAY)  # by now there is one after twelve
    assert [size for size, _ in desk.told("change")] == [13]


# ---- what may not be told --------------------------------------------------------------


def test_nobody_can_try_out_which_post_a_group_is_of(store):
    carried = ('type = "event_count"', 'group_by = ["origin"]')
    desk = Desk(store, GROUNDSWELL.replace('type = "value_count"\nfield = "origin"', "\n".join(carried)))
    for name in NAMES[:3]:
        desk.poll(name, desk.post(1), after=timedelta(hours=1))
    (alert,) = desk.store.alerts(50)
    (named,) = group_values(alert.subject_key)["origin"]
    assert named not in {_hashed(f"{row}/{post}") for row in range(20) for post in range(20)}
    assert alert.headline == "3 items from 3 sources in 2 hours (one origin)"
    desk.poll("s3", desk.post(1), after=timedelta(hours=1))
    assert [one.copies for one in desk.store.alerts(50)] == [4]


def _hashed(address: str) -> str:
    return hashlib.blake2b(address.encode(), digest_size=12).hexdigest()


# ---- polls that meet -------------------------------------------------------------------


def test_events_that_come_at_the_same_moment_do_not_both_miss(store):
    desk = Desk(store, GROUNDSWELL.replace("gte = 3", "gte = 6"))
    for number, name in enumerate(NAMES[:6], 1):
        desk.page(name, desk.post(number))
    desk.poll_together(*NAMES[:6])
    assert [size for size, _ in desk.told("groundswell")] == [6]


def test_groups_that_come_at_the_same_moment_each_open_one_alert(store):
    desk = Desk(store, GROUNDSWELL + 'group_by = ["lang", "tag"]\n')
    for round_ in range(3):
        for number, name in enumerate(NAMES, 1):
            desk.page(name, desk.post(10 * number + round_), desk.post(10 * number + round_ + 5))
        desk.poll_together(*NAMES)
    subjects = sorted(alert.subject_key for alert in desk.store.alerts(50))
    assert subjects == sorted(["lang=ru, tag=families", *(f"lang=ru, tag=region-{name}" for name in NAMES)])
