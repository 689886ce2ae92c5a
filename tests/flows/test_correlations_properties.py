"""Judged with every decision out of what storage recalls, or from nothing each time: the same alerts.

The reference below keeps all posts in a list and asks every question of all of them. All texts are fictional.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from monitor.analyse import analyse
from monitor.correlation.decide import correlate, questions
from monitor.correlation.kinds import Condition, Correlation, CorrelationSet, Direction, Kind, Spike
from monitor.correlation.remembered import Remembered
from monitor.decide import decide
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import recall_keys
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome, ShownRange, Source
from storage.model import RuleDefinition
from storage.store import Store, open_store

# Tracing doubles their time, and the tests of each part reach the same lines.
pytestmark = pytest.mark.no_cover

EXAMPLES = int(os.environ.get("GROUNDSWELL_TEST_EXAMPLES", "8"))  # thousands, where there is time

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TAGS = {"wives": ("east", "north"), "mothers": ("north",), "sisters": ()}
SOURCES = {
    name: Source(id=name, kind="telegram_web", name=name, options=None, language="ru", tags=tags)
    for name, tags in TAGS.items()
}
TEXTS = {  # and the rules that are true of them
    "Мужьям не дают отпуск уже целый год. Вымышленный пример один.": {"leave"},
    "Отпуска снова перенесли на осень, обещают весну. Вымышленный пример два.": {"leave"},
    "Это наш ультиматум командованию: ждём ответа. Вымышленный пример три.": {"threat"},
    "Отпуск отменён, объявляем ультиматум командованию. Вымышленный пример четыре.": {"leave", "threat"},
    "Хотим извиниться за сказанное вчера на видео. Вымышленный пример пять.": {"sorry"},
    "Погода в Зареченске ясная, ветер слабый. Вымышленный пример шесть.": set(),
}
QUERIES = {"leave": "отпуск", "threat": "ультиматум", "sorry": "извиниться"}


def asked(name: str, kind: Kind, rules: str, **changes) -> Correlation:
    plain = Correlation(
        id=name,
        title=name,
        severity=Severity.WARNING,
        kind=kind,
        rules=tuple(rules.split()),
        timespan=4 * HOUR,
        version=1,
    )
    return replace(plain, **changes)


AT_LEAST = {"condition": Condition(gte=3)}
SPIKE = Spike(height=1.5, direction=Direction.UP, threshold_ref=1, threshold_cur=2)
CORRELATIONS = (
    asked("posts", Kind.EVENT_COUNT, "leave threat", **AT_LEAST),
    asked("range", Kind.EVENT_COUNT, "leave", condition=Condition(gt=1, lte=3), group_by=("source",)),
    asked("origins", Kind.VALUE_COUNT, "leave threat sorry", field="origin", **AT_LEAST),
    asked("tags", Kind.VALUE_COUNT, "leave", field="source", group_by=("tag",), condition=Condition(gte=2)),
    asked("copies", Kind.EVENT_COUNT, "leave threat", group_by=("origin",), condition=Condition(gte=2)),
    asked("both", Kind.TEMPORAL, "leave threat sorry"),
    asked("about-face", Kind.TEMPORAL_ORDERED, "threat sorry", group_by=("source",)),
    asked("chain", Kind.TEMPORAL_ORDERED, "leave threat sorry"),
    asked("surge", Kind.SPIKE, "leave threat", spike=SPIKE),
    asked("new", Kind.NEW_TERM, "leave", field="source"),
)
POLICY = Policy(
    rules=RuleSet(
        Rule(id=name, title=name, severity=Severity.WARNING, query=compile_query(query), version=1)
        for name, query in QUERIES.items()
    ),
    alerting=AlertingOptions(first_poll=False),
    route=Route(receivers=("desk",)),
    correlations=CorrelationSet(CORRELATIONS, tags=TAGS),
)


@dataclass(frozen=True)
class Post:
    """One post as a fetch shows it: which, what it says, and how many hours old it is."""

    name: str
    words: int
    age: int


@dataclass(frozen=True)
class Page:
    """One fetched page, some minutes after the one before."""

    source: str
    posts: tuple[Post, ...]
    minutes: int
    whole: bool  # whether posts that are missing are known to be missing
    restart: bool


posts = st.builds(
    Post, name=st.sampled_from("1234"), words=st.integers(0, len(TEXTS) - 1), age=st.integers(0, 9)
)
pages = st.builds(
    Page,
    source=st.sampled_from(list(SOURCES)),
    posts=st.lists(posts, max_size=4, unique_by=lambda post: post.name).map(tuple),
    minutes=st.integers(1, 240),
    whole=st.booleans(),
    restart=st.booleans(),
)


# ---- what really happens ---------------------------------------------------------------


class Desk:
    """A real store, which every page goes through as a poll would have it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.store = self._open()
        self._engine = create_engine(f"sqlite:///{file}")
        self.now = START
        self._remembered = Remembered()
        self.store.register(tuple(SOURCES.values()), START)
        of_rules = list(QUERIES.items())
        of_correlations = [(one.id, one.stated()) for one in CORRELATIONS]
        self.store.register_rules(
            [
                RuleDefinition(id=name, title=name, severity="warning", query=query)
                for name, query in of_rules + of_correlations
            ],
            START,
        )

    def _open(self) -> Store:
        return open_store(f"sqlite:///{self._file}")

    def close(self) -> None:
        self._engine.dispose()
        self.store.close()

    def take(self, page: Page) -> None:
        if page.restart:
            self.store.close()
            self.store = self._open()
        self.now += timedelta(minutes=page.minutes)
        source = SOURCES[page.source]
        fetched = _fetched(page, self.now)
        analysed = tuple(analyse(item, source) for item in fetched.items)
        known = self.store.recall(self.store.source(page.source).id, recall_keys(fetched, analysed))
        decision = decide(fetched, analysed, known, source=source, policy=POLICY, now=self.now)
        asked = questions(decision, source=source, policy=POLICY)
        answers = self.store.recall_correlations(asked)
        correlated = correlate(decision, answers, source=source, policy=POLICY, now=self.now)
        self.store.commit(correlated)
        remembered = self._remembered.answers(asked)
        again = correlate(decision, remembered, source=source, policy=POLICY, now=self.now)
        assert replace(again, groups=correlated.groups) == correlated
        self._remembered.take(again, source)

    def alerts(self) -> set[tuple[object, ...]]:
        """Correlation, size, and the first and last hour at which the condition held."""
        query = (
            "SELECT rule_id, copies, began_at, lasted_until, episode FROM alert WHERE subject_kind = 'group'"
        )
        with self._engine.connect() as connection:
            return {tuple(row) for row in connection.execute(text(query))}

    def opened(self) -> list[tuple[str, int]]:
        """How often it was told of each alert that it was opened."""
        query = (
            "SELECT alert.id, count(notification.id) FROM alert LEFT JOIN notification "
            "ON alert_id = alert.id AND change = 'opened' WHERE subject_kind = 'group' GROUP BY alert.id"
        )
        with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(text(query))]


def _fetched(page: Page, at: datetime) -> Fetched:
    items = tuple(_item(page.source, post, at) for post in page.posts)
    shown = ShownRange(lowest=0, highest=9, ids=frozenset(int(post.name) for post in page.posts))
    return Fetched(
        source_id=page.source,
        outcome=Outcome.ITEMS if items else Outcome.NOTHING_NEW,
        fetched_at=at,
        cursor=Cursor(values={}),
        items=items,
        shown=shown if page.whole and items else None,
    )


def _item(source: str, post: Post, at: datetime) -> Item:
    return Item(
        external_id=post.name,
        kind=ItemKind.POST,
        url=f"https://t.me/sample_{source}/{post.name}",
        title=None,
        text=list(TEXTS)[post.words],
        published_at=at - post.age * HOUR,
    )


# ---- what should happen ----------------------------------------------------------------


Happened = tuple[datetime, str, str, str]  # when, source, post, rule


@dataclass
class Written:
    """A post of the reference, with the rules that count of it, and since when; and all that ever did."""

    source: str
    name: str
    at: datetime
    origin: str
    says: set[str]
    counts: dict[str, datetime]
    happened: list[tuple[datetime, str]]


@dataclass
class Alert:
    correlation: str
    group: object
    number: int
    began: datetime
    until: datetime
    size: int


@dataclass
class Reference:
    """Everything that was ever seen, in lists."""

    now: datetime = START
    written: dict[tuple[str, str], Written] = field(default_factory=dict)
    polled: set[str] = field(default_factory=set)
    carriers: dict[int, str] = field(default_factory=dict)  # who first carried a text
    alerts: list[Alert] = field(default_factory=list)

    def take(self, page: Page) -> None:
        self.now += timedelta(minutes=page.minutes)
        news: list[tuple[Written, str]] = []
        for post in page.posts:
            news += self._see(page.source, post)
        if page.source in self.polled:
            for one in CORRELATIONS:
                self._judge(one, [(post, rule) for post, rule in news if rule in one.rules])
        self.polled.add(page.source)

    def _see(self, source: str, post: Post) -> list[tuple[Written, str]]:
        """The rules that became true: of a new post when it was written, of an edited one now."""
        true = list(TEXTS.values())[post.words]
        known = self.written.get((source, post.name))
        if known is None:
            origin = self.carriers.setdefault(post.words, f"{source}/{post.name}")
            at = self.now - post.age * HOUR
            known = Written(source, post.name, at, origin, set(), {}, [])
            self.written[source, post.name] = known
        else:
            at = self.now
        fresh = sorted(true - known.says)
        known.counts = {rule: since for rule, since in known.counts.items() if rule in true}
        known.counts |= dict.fromkeys(fresh, at)
        known.happened += [(at, rule) for rule in fresh]
        known.says = true
        return [(known, rule) for rule in fresh]

    def _judge(self, asked: Correlation, news: list[tuple[Written, str]]) -> None:
        for group in {group for post, _ in news for group in groups(asked, post)}:
            events = sorted(
                (at, post.source, post.name, rule)
                for post in self.written.values()
                for at, rule in counting(asked, post)
                if rule in asked.rules and group in groups(asked, post)
            )
            fresh = [post.counts[rule] for post, rule in news if group in groups(asked, post)]
            self._judge_group(asked, group, events, fresh)

    def _judge_group(
        self, asked: Correlation, group: object, events: list[Happened], fresh: list[datetime]
    ) -> None:
        for end in sorted({event[0] for event in events}):
            since = end - asked.timespan
            reached = since - asked.timespan if asked.kind is Kind.SPIKE else since
            if not any(reached < at <= end for at in fresh):
                continue
            size = self._size(asked, events, since, end)
            if size is not None:
                self._join(asked, group, end, size)

    def _size(self, asked: Correlation, events: list[Happened], since: datetime, end: datetime) -> int | None:
        """How much there is in a window; None: not what was asked for."""
        inside = [event for event in events if since < event[0] <= end]
        rules = {event[3] for event in inside}
        things = {event[1:3] for event in inside}
        match asked.kind:
            case Kind.EVENT_COUNT:
                bounds = bounds_of(asked)
                enough = bounds.get("gte", bounds.get("gt", 0) + 1) <= len(things) <= bounds.get("lte", 99)
                return len(things) if enough else None
            case Kind.VALUE_COUNT:
                values = {
                    self.written[thing].origin if asked.field == "origin" else thing[0] for thing in things
                }
                return len(values) if len(values) >= bounds_of(asked)["gte"] else None
            case Kind.TEMPORAL:
                return len(rules) if rules == set(asked.rules) else None
            case Kind.TEMPORAL_ORDERED:
                return len(asked.rules) if in_turn(asked.rules, inside) else None
            case Kind.SPIKE:
                before = {event[1:3] for event in events if since - asked.timespan < event[0] <= since}
                much = len(things) >= 2 and len(before) >= 1 and len(things) > 1.5 * len(before)
                return len(things) if much else None
        return len(things) if all(event[0] == end for event in inside) else None

    def _join(self, asked: Correlation, group: object, end: datetime, size: int) -> None:
        own = [one for one in self.alerts if (one.correlation, one.group) == (asked.id, group)]
        for one in own:
            if one.began - asked.timespan < end < one.until + asked.timespan:
                one.began, one.until = min(one.began, end), max(one.until, end)
                one.size = max(one.size, size)
                return
        self.alerts.append(Alert(asked.id, group, len(own), end, end, size))

    def told(self) -> set[tuple[object, ...]]:
        return {
            (one.correlation, one.size, stored(one.began), stored(one.until), one.number)
            for one in self.alerts
        }


def bounds_of(asked: Correlation) -> dict[str, int]:
    assert asked.condition is not None
    return dict(asked.condition.bounds())


def counting(asked: Correlation, post: Written) -> list[tuple[datetime, str]]:
    """What counts of a post: in turn all that happened, else what it says now."""
    if asked.kind is Kind.TEMPORAL_ORDERED:
        return post.happened
    return [(at, rule) for rule, at in post.counts.items()]


def groups(asked: Correlation, post: Written) -> list[object]:
    """The groups that a post belongs to."""
    if asked.kind is Kind.NEW_TERM or asked.group_by == ("source",):
        return [post.source]
    if asked.group_by == ("tag",):
        return list(TAGS[post.source])
    return [post.origin] if asked.group_by == ("origin",) else ["everything"]


def in_turn(rules: tuple[str, ...], inside: list[Happened]) -> bool:
    """Whether any choice of events has the rules one after the other."""
    return any(
        tuple(event[3] for event in chosen) == rules
        and all(one[0] < other[0] for one, other in pairwise(chosen))
        for chosen in combinations(inside, len(rules))
    )


def stored(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# ---- and whether it does ---------------------------------------------------------------


@contextmanager
def opened(template: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        copy(template, file)
        desk = Desk(file)
        try:
            yield desk
        finally:
            desk.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(shown=st.lists(pages, min_size=6, max_size=30))
def test_decisions_one_by_one_come_to_what_a_recomputation_comes_to(sqlite_template, shown):
    reference = Reference()
    with opened(sqlite_template) as desk:
        for page in shown:
            desk.take(page)
            reference.take(page)
            assert desk.alerts() == reference.told()
        assert {count for _, count in desk.opened()} <= {1}
