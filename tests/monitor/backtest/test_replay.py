"""A backtest over what real polls stored gives what these polls alerted. All texts are fictional."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from monitor.analyse import analyse
from monitor.backtest.replay import Trial
from monitor.backtest.run import Outcome, Span, backtest
from monitor.backtest.sieve import Sieve
from monitor.correlation.absence import decide_absence, first_timers, timer_questions
from monitor.correlation.decide import correlate, questions
from monitor.correlation.kinds import Condition, Correlation, CorrelationSet, Direction, Kind, Spike
from monitor.decide import decide
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import recall_keys
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from monitor.text import ANALYSIS_VERSION
from scrapers.model import Counters, Cursor, Fetched, Item, ItemKind, Source
from scrapers.model import Outcome as Fetch
from storage.model import Decision, RecallKeys, RuleDefinition
from storage.store import Store, open_store

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TEXTS = (
    "Мужьям не дают отпуск, ротации нет уже год. Вымышленный пример.",
    "Ротацию обещают весной, отпусков не будет. Вымышленный пример.",
    "Завтра дождь и сильный ветер, вымышленный пример о погоде.",
    "Bez rotace už čtrnáct měsíců, smyšlený příklad.",
    "No rotation for a year, and no leave. A fictional sample.",
)
QUERIES = (
    "ротация",
    "ротация -весна",
    "(rotace OR rotation) views:>100",
    "отпуск (tag:families OR views:>1K)",
    "is:deleted",
    "is:deleted ротация",
    "tag:families",
    "views:>100",
    "погода -views:>100",
    "is:edited",
)
SOURCES = (
    Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None, tags=("families",)),
    Source(id="news", kind="feed", name="News (sample)", options=None),
)


def rules(*queries: str) -> RuleSet:
    return RuleSet(
        Rule(id=f"r{number}", title=query, severity=Severity.WARNING, query=compile_query(query), version=1)
        for number, query in enumerate(queries, start=1)
    )


def policy(*queries: str, correlations: tuple[Correlation, ...] = (), **alerting) -> Policy:
    return Policy(
        rules=rules(*queries),
        alerting=replace(AlertingOptions(), **alerting),
        route=Route(receivers=()),
        correlations=CorrelationSet(correlations, {source.id: source.tags for source in SOURCES}),
    )


def item(name: str, text: str = TEXTS[0], *, published: datetime, views: int | None = None, **facts) -> Item:
    plain = Item(
        external_id=name,
        kind=ItemKind.POST,
        url=None,
        title=None,
        text=text,
        published_at=published,
        counters=None if views is None else Counters(views=views),
    )
    return replace(plain, **facts)


def correlation(name: str, kind: Kind, *rules: str, **facts) -> Correlation:
    plain = Correlation(
        id=name,
        title=name,
        severity=Severity.CRITICAL,
        kind=kind,
        rules=rules,
        timespan=40 * MINUTE,
        condition=Condition(gte=2),
        version=1,
    )
    return replace(plain, **facts)


CORRELATIONS = (
    correlation("groundswell", Kind.VALUE_COUNT, "r1", "r3", "r5", field="origin"),
    correlation("often", Kind.EVENT_COUNT, "r1", "r7", group_by=("source",), condition=Condition(gte=3)),
    correlation("both", Kind.TEMPORAL, "r1", "r10", condition=None),
    correlation("then", Kind.TEMPORAL_ORDERED, "r1", "r5", condition=None, group_by=("source",)),
)


class Live:
    """A desk that polls, without the network."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self.store = store
        self.policy = policy
        self.now = START
        self.decisions: list[Decision] = []
        self.begun: datetime | None = None  # the first decision
        self.delay = timedelta(
            seconds=2
        )  # from a fetch to its decision, which only new items leave a trace of
        store.register(SOURCES, START)

    def _begin(self, now: datetime) -> None:
        """Have the rules in force, and the timers set, from the first poll on."""
        self.begun = now
        correlations = tuple(self.policy.correlations.by_id.values())
        asked = [(one.id, one.query.text) for one in self.policy.rules.by_id.values()]
        asked += [(one.id, one.stated()) for one in correlations]
        self.store.register_rules(
            [RuleDefinition(id=name, title=name, severity="info", query=query) for name, query in asked], now
        )
        self.store.start_timers(first_timers(correlations, now, {}))

    def wait(self, until: datetime) -> None:
        """Fire every timer that is due before then, each at its moment."""
        row = self.store.desk().id
        while due := [one for one in self.store.due_timers(until, 1) if one.due_at < until]:
            (timer,) = due
            now = timer.due_at
            answers = self.store.recall_correlations(timer_questions(timer, self.policy, now))
            known = self.store.recall(row, RecallKeys())
            decision = decide_absence(
                timer, known, answers, policy=self.policy, now=now, at_work_since=self.begun
            )
            self.store.commit(decision)
            self.decisions.append(decision)

    def poll(self, *items: Item, source: Source = SOURCES[0], gone: frozenset[str] = frozenset()) -> Decision:
        """One page of a source, fetched now and decided on a little later."""
        fetched = Fetched(
            source_id=source.id,
            outcome=Fetch.ITEMS,
            fetched_at=self.now,
            cursor=Cursor(),
            items=items,
            absent=gone,
        )
        analysed = tuple(analyse(one, source) for one in items)
        row = self.store.source(source.id).id
        known = self.store.recall(row, recall_keys(fetched, analysed, tuple(gone)))
        now = self.now + self.delay
        if self.begun is None:
            self._begin(now)
        self.wait(now)
        decision = decide(fetched, analysed, known, source=source, policy=self.policy, now=now)
        asked = questions(decision, source=source, policy=self.policy)
        answers = self.store.recall_correlations(asked)
        decision = correlate(decision, answers, source=source, policy=self.policy, now=now)
        self.store.commit(decision)
        self.decisions.append(decision)
        return decision

    def alerts(self) -> set[str]:
        """What was alerted."""
        return {alert.id for decision in self.decisions for alert in decision.alerts}

    def withheld(self) -> int:
        """How many matches opened no alert."""
        return sum(match.withheld is not None for one in self.decisions for match in one.matches)

    def matched(self) -> int:
        """How often a rule became true."""
        return sum(len(one.matches) for one in self.decisions)

    def tested(self, *policies: Policy, since: datetime | None = None, **trial) -> Outcome:
        """A backtest of these policies, or of its own."""
        until = self.now + DAY
        self.wait(until)
        configured = {source.id: source for source in SOURCES}
        trials = [
            Trial(policy=one, **{"configured": configured, **trial}) for one in policies or (self.policy,)
        ]
        return backtest(self.store.past(until, ANALYSIS_VERSION), trials, Span(since=since, until=until))


def raised(outcome: Outcome, trial: int = 0) -> set[str]:
    return {alert.id for result in outcome.trials[trial] for alert in result.alerts}


@contextmanager
def live(template: Path, *queries: str, **alerting) -> Iterator[Live]:
    with TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "desk.db")
        store = open_store(f"sqlite:///{folder}/desk.db")
        try:
            yield Live(store, policy(*queries, **alerting))
        finally:
            store.close()


# ---- whatever is polled ----------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What one random poll shows."""

    source: int
    pause: int  # minutes before it
    shown: list[tuple[int, int, int, bool]]  # item, text, views, edited
    gone: frozenset[int]


PAGES = st.lists(
    st.builds(
        Page,
        source=st.integers(0, 1),
        pause=st.integers(1, 30),
        shown=st.lists(
            st.tuples(
                st.integers(0, 4),
                st.integers(0, len(TEXTS) - 1),
                st.sampled_from((50, 500, 5_000)),
                st.booleans(),
            ),
            max_size=4,
            unique_by=lambda one: one[0],
        ),
        gone=st.frozensets(st.integers(0, 4), max_size=2),
    ),
    max_size=14,
)


def play(desk: Live, pages: list[Page]) -> None:
    for page in pages:
        desk.now += page.pause * MINUTE
        items = [
            item(str(name), TEXTS[text], published=START, views=views if name else None, edited=edited)
            for name, text, views, edited in page.shown
        ]
        gone = frozenset(map(str, page.gone)) - {one.external_id for one in items}
        desk.poll(*items, source=SOURCES[page.source], gone=gone)


EXAMPLES = int(os.environ.get("GROUNDSWELL_TEST_EXAMPLES", "8"))


@settings(max_examples=EXAMPLES, phases=(Phase.generate,))
@given(pages=PAGES)
def test_the_same_rules_raise_the_same_alerts_again(sqlite_template, pages):
    with live(sqlite_template, *QUERIES, correlations=CORRELATIONS) as desk:
        play(desk, pages)
        outcome = desk.tested()

        assert raised(outcome) == desk.alerts()
        assert sum(result.matched for result in outcome.trials[0]) == desk.matched()
        assert sum(sum(one.withheld.values()) for one in outcome.trials[0]) == desk.withheld()


SPIKE = Spike(height=1.5, direction=Direction.DOWN, threshold_ref=2, threshold_cur=1)
ABSENCES = (
    correlation("silence", Kind.FLATLINE, "r1", "r7", condition=Condition(lt=2)),
    correlation("hushed", Kind.FLATLINE, "r1", condition=Condition(lt=1), group_by=("source",)),
    correlation("drop", Kind.SPIKE, "r1", "r5", condition=None, spike=SPIKE),
    correlation("turn", Kind.SPIKE, "r1", condition=None, spike=replace(SPIKE, direction=Direction.BOTH)),
)


@settings(max_examples=EXAMPLES, phases=(Phase.generate,))
@given(pages=PAGES, ages=st.lists(st.integers(0, 90), min_size=14, max_size=14))
def test_what_did_not_come_is_found_again_by_waiting(sqlite_template, pages, ages):
    with live(sqlite_template, *QUERIES, correlations=ABSENCES) as desk:
        desk.delay = timedelta(0)
        for number, (page, age) in enumerate(zip(pages, ages, strict=False)):
            desk.now += page.pause * MINUTE
            shown = [
                item(f"{number % 3}-{name}", TEXTS[text], published=desk.now - age * MINUTE, edited=edited)
                for name, text, _, edited in page.shown
            ]
            desk.poll(*shown, source=SOURCES[page.source])
        outcome = desk.tested()

        assert {(one.id, one.at) for trial in outcome.trials[0] for one in trial.alerts} == {
            (one.id, one.opened_at) for decision in desk.decisions for one in decision.alerts
        }


@settings(max_examples=EXAMPLES, phases=(Phase.generate,))
@given(pages=PAGES, after=st.integers(0, 200))
def test_the_last_days_are_the_end_of_the_whole(sqlite_template, pages, after):
    since = START + after * MINUTE
    with live(sqlite_template, *QUERIES) as desk:
        play(desk, pages)
        whole, last = desk.tested(), desk.tested(since=since)

    lately = {one.id for result in whole.trials[0] for one in result.alerts if one.at >= since}
    assert raised(last) == lately


ASKING = (
    *QUERIES,
    "rotac*",
    "отпуск*",
    '"ротации нет"',
    "=ротацию",
    "/ротац/",
    "title:ротация OR source:news",
    "погода views:>100 -tag:families",
    "views:>100 -погода",
    "views:>100 -title:(погода OR ротация) -отпуск",
    "-погода tag:families",
    "ротация age:<1h",
    "čtrnáct",
)


def counted(outcome: Outcome) -> list[tuple[object, ...]]:
    """All but the seconds between a fetch and its decision, which only new items have left."""
    return [
        ([alert.id for alert in one.alerts], one.matched, one.origins, one.sources, one.withheld)
        for one in outcome.trials[0]
    ]


@settings(max_examples=EXAMPLES, phases=(Phase.generate,))
@given(pages=PAGES, asked=st.sets(st.sampled_from(ASKING), min_size=1, max_size=4))
def test_what_is_sifted_out_would_come_to_nothing(sqlite_template, pages, asked):
    with live(sqlite_template, *sorted(asked)) as desk, pytest.MonkeyPatch.context() as patch:
        play(desk, pages)
        sifted = desk.tested()
        patch.setattr(Sieve, "may_match", lambda *_, **__: True)
        everything = desk.tested()

    assert counted(sifted) == counted(everything)
    assert sifted.replayed <= everything.replayed


def test_a_text_without_any_needed_word_is_not_read(sqlite_template):
    with live(sqlite_template, "ротация", "views:>100 tag:families") as desk:
        desk.poll(item("1", TEXTS[2], published=START, views=50), item("2", TEXTS[3], published=START))
        desk.poll(item("3", TEXTS[0], published=START), item("4", TEXTS[4], published=START, views=500))
        outcome = desk.tested()

    assert (outcome.looked_at, outcome.replayed) == (4, 2)


# ---- what is told apart ----------------------------------------------------------------


@pytest.fixture
def desk(sqlite_template) -> Iterator[Live]:
    """A desk whose sources were polled once, when they held nothing."""
    with live(sqlite_template, "ротация") as opened:
        for source in SOURCES:
            opened.poll(source=source)
        opened.now += DAY
        yield opened


def result(outcome: Outcome, trial: int = 0):
    (only,) = outcome.trials[trial]
    return only


def test_one_text_in_many_places_is_one_alert_from_one_origin(desk):
    for number, source in enumerate((*SOURCES, SOURCES[1])):
        desk.now += MINUTE
        desk.poll(item(str(number), published=desk.now), source=source)
    found = result(desk.tested())

    assert (len(found.alerts), found.origins, found.matched, found.sources) == (1, 1, 3, 1)


def test_a_new_rule_is_tried_on_what_came_before_it(desk):
    desk.poll(item("1", TEXTS[3], published=desk.now))
    outcome = desk.tested(policy("rotace"), policy("střídání"))

    assert len(raised(outcome, 0)) == 1
    assert raised(outcome, 1) == set()
    assert desk.alerts() == set()


def test_what_was_too_old_is_held_back_with_the_reason(desk):
    desk.poll(item("1", TEXTS[2], published=desk.now))
    desk.now += DAY
    desk.poll(item("2", published=desk.now - 9 * DAY))
    found = result(desk.tested())

    assert found.alerts == ()
    assert found.withheld == {"published 9 days before it was first seen (alerting.max_age)": 1}


def test_what_came_since_the_last_news_of_a_source_is_never_too_old(desk):
    desk.poll(item("1", TEXTS[2], published=desk.now))
    desk.now += 20 * DAY
    desk.poll(item("2", published=desk.now - 9 * DAY))

    assert raised(desk.tested()) == desk.alerts()
    assert len(desk.alerts()) == 1


def test_the_first_poll_of_a_source_is_held_back_unless_told_as_published(sqlite_template):
    with live(sqlite_template, "ротация") as desk:
        desk.poll(item("1", published=START - 60 * DAY), item("2", TEXTS[1], published=START - DAY))
        held, freed = desk.tested(), desk.tested(as_published=True)

    assert (raised(held), sum(result(held).withheld.values())) == (set(), 2)
    assert [one.at for one in result(freed).alerts] == [START - 60 * DAY, START - DAY]
    assert result(freed).withheld == {}


def test_a_silence_is_none_before_anything_was_watched(desk):
    silence = correlation("silence", Kind.FLATLINE, "r1", condition=Condition(lt=1), timespan=3 * DAY)
    for number, days in enumerate((2, 2, 2, 5, 1)):  # five days without a word, and a day at the end
        desk.now += days * DAY
        desk.poll(item(str(number), published=desk.now))
    tried = policy("ротация", correlations=(silence,))

    _, quiet = desk.tested(tried).trials[0]
    assert [(one.at - START).days for one in quiet.alerts] == [10]  # three days after the last of the first
    assert (quiet.alerts[0].headline, quiet.alerts[0].source) == ("only 0 items in 3d", "groundswell")
    assert (quiet.origins, quiet.sources) == (0, 0)


def test_a_silence_as_published_begins_with_the_first_that_was_published(sqlite_template):
    silence = correlation("silence", Kind.FLATLINE, "r1", condition=Condition(lt=1), timespan=10 * DAY)
    with live(sqlite_template, "ротация", correlations=(silence,)) as desk:
        weather = item("0", TEXTS[2], published=START - 60 * DAY)
        desk.poll(weather, *(item(str(days), published=START - days * DAY) for days in (35, 30, 9)))
        (_, held), (_, freed) = (desk.tested(as_published=flag).trials[0] for flag in (False, True))

    assert held.alerts == ()
    assert [(START - one.at).days for one in freed.alerts] == [50, 20]


def test_items_of_a_source_that_is_not_configured_do_not_count(desk):
    desk.poll(item("1", published=desk.now), source=SOURCES[0])
    desk.poll(item("1", TEXTS[1], published=desk.now), source=SOURCES[1])
    outcome = desk.tested(configured={SOURCES[1].id: SOURCES[1]})

    assert [one.source for one in result(outcome).alerts] == ["news"]


def test_a_tag_counts_as_it_is_configured_now(desk):
    desk.poll(item("1", published=desk.now), source=SOURCES[1])
    tagged = {"news": replace(SOURCES[1], tags=("families",))}
    query = policy("ротация tag:families")

    assert raised(desk.tested(query)) == set()
    assert len(raised(desk.tested(query, configured=tagged))) == 1


def test_a_backtest_writes_nothing(desk):
    desk.poll(item("1", TEXTS[3], published=desk.now))
    before = desk.store.totals(), desk.store.source("wives"), desk.store.alerts(10)
    desk.tested(policy("rotace"))

    assert (desk.store.totals(), desk.store.source("wives"), desk.store.alerts(10)) == before
