"""Whatever the web shows, in whatever order: deciding and remembering together keep their promises."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from monitor.analyse import analyse
from monitor.decide import decide
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import recall_keys
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import Counters, Cursor, Fetched, Item, ItemKind, Outcome, ShownRange, Source
from storage.model import Decision, RuleDefinition
from storage.store import Store, open_store

# Tracing doubles their time, and the tests of each part reach the same lines.
pytestmark = pytest.mark.no_cover

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGES = (timedelta(minutes=15), timedelta(hours=1))
NAMES = ("wives", "mothers", "sisters")
SOURCES = {
    name: Source(id=name, kind="telegram_web", name=name, options=None, language="ru", refresh=AGES)
    for name in NAMES
}
TEXTS = (
    "Мужьям не дают отпуск уже целый год. Вымышленный пример.",
    "МУЖЬЯМ НЕ ДАЮТ ОТПУСК уже целый год!! Вымышленный пример",  # the same words in another dress
    "Ротации нет, замены не будет до осени. Вымышленный пример.",
    "Ни ротации, ни отпуска, одни обещания. Вымышленный пример.",
    "Погода в Зареченске ясная, ветер слабый. Вымышленный пример.",
    "Да.",  # too short to be anybody's copy
)
QUERIES = {"gone": "is:deleted", "leave": "отпуск", "rotation": "ротация", "loud": "отпуск AND views:>100"}
POLICY = Policy(
    rules=RuleSet(
        Rule(id=name, title=name, severity=Severity.WARNING, query=compile_query(query), version=1)
        for name, query in QUERIES.items()
    ),
    alerting=AlertingOptions(first_poll=True),
    route=Route(receivers=("mail", "chat")),
)


@dataclass(frozen=True)
class Seen:
    """One post as a fetch shows it."""

    name: str
    text: str
    views: int | None
    edited: bool


@dataclass(frozen=True)
class Page:
    """One fetched page of one source. `minutes` since the page before; below zero it arrives late."""

    source: str
    posts: tuple[Seen, ...]
    minutes: int
    more: bool


seen = st.builds(
    Seen,
    name=st.sampled_from("1234"),
    text=st.sampled_from(TEXTS),
    views=st.sampled_from((None, 5, 500)),
    edited=st.booleans(),
)
pages = st.builds(
    Page,
    source=st.sampled_from(NAMES),
    posts=st.lists(seen, max_size=5).map(tuple),
    minutes=st.integers(min_value=-3, max_value=10),
    more=st.booleans(),
)


class Desk:
    """A real store, and the way of a page into it. Time is told in minutes since `START`."""

    def __init__(self, store: Store, file: Path) -> None:
        self.store = store
        self._engine = create_engine(f"sqlite:///{file}")
        self._minute = 0
        store.register(tuple(SOURCES.values()), START)
        store.register_rules(
            [
                RuleDefinition(id=name, title=name, severity="warning", query=QUERIES[name])
                for name in QUERIES
            ],
            START,
        )
        self._rows = {name: store.source(name).id for name in NAMES}

    def close(self) -> None:
        self._engine.dispose()
        self.store.close()

    def take(self, page: Page) -> Decision:
        """Commit a page; deciding on it again must want nothing any more."""
        self._minute += page.minutes
        at = START + timedelta(minutes=self._minute)
        decision = self._commit(page, at)
        before = self.counts()
        again = self._commit(page, at + timedelta(seconds=1), fetched_at=at)
        assert changes(again) == {}
        assert self.counts() == before
        return decision

    def _commit(self, page: Page, now: datetime, fetched_at: datetime | None = None) -> Decision:
        source = SOURCES[page.source]
        fetched = _fetched(page, fetched_at or now)
        analysed = tuple(analyse(item, source) for item in fetched.items)
        known = self.store.recall(self._rows[page.source], recall_keys(fetched, analysed))
        decision = decide(fetched, analysed, known, source=source, policy=POLICY, now=now)
        assert decision == decide(fetched, analysed, known, source=source, policy=POLICY, now=now)
        self.store.commit(decision)
        return decision

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def counts(self) -> dict[str, object]:
        """How many rows each table holds."""
        names = ("item", "revision", "reading", "match", "alert", "notification", "origin_key", "seen")
        return {name: self.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}


def changes(decision: Decision) -> dict[str, object]:
    """All that a decision wants written besides the source's own state and timers."""
    of_items = ("items", "revisions", "readings", "item_updates", "matches")
    parts = (*of_items, "alerts", "alert_updates", "notifications")
    return {part: getattr(decision, part) for part in parts if getattr(decision, part)}


def _fetched(page: Page, at: datetime) -> Fetched:
    return Fetched(
        source_id=page.source,
        outcome=Outcome.ITEMS if page.posts else Outcome.NOTHING_NEW,
        fetched_at=at,
        cursor=Cursor(values={"position": len(page.posts)}),
        items=tuple(_item(page.source, post) for post in page.posts),
        more=page.more,
        shown=ShownRange(lowest=0, highest=9, ids=frozenset(int(post.name) for post in page.posts)),
    )


def _item(source: str, post: Seen) -> Item:
    return Item(
        external_id=post.name,
        kind=ItemKind.POST,
        url=f"https://t.me/sample_{source}/{post.name}",
        title=None,
        text=post.text,
        edited=post.edited,
        counters=None if post.views is None else Counters(views=post.views),
    )


@contextmanager
def opened(template: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        copy(template, file)
        desk = Desk(open_store(f"sqlite:///{file}"), file)
        try:
            yield desk
        finally:
            desk.close()


@pytest.fixture(scope="module", autouse=True)
def _dictionaries():
    """Load them before the clock of any example runs."""
    for one in TEXTS:
        analyse(_item("wives", Seen("1", one, None, edited=False)), SOURCES["wives"])


@settings(max_examples=40, deadline=None)
@given(shown=st.lists(pages, min_size=1, max_size=8))
def test_items_alerts_and_notifications_are_there_once(sqlite_template, shown):
    with opened(sqlite_template) as desk:
        for page in shown:
            desk.take(page)
        named = {(page.source, post.name) for page in shown for post in page.posts}
        stored = desk.rows(
            "SELECT source.config_id, external_id FROM item JOIN source ON source.id = source_id"
        )
        assert sorted(stored) == sorted(named)
        subjects = desk.rows("SELECT rule_id, subject_key FROM alert")
        assert len(set(subjects)) == len(subjects)
        opened_for = desk.rows(
            "SELECT alert_id, receiver FROM notification WHERE change = 'opened' ORDER BY 1, 2"
        )
        alerts = [str(name) for (name,) in desk.rows("SELECT id FROM alert ORDER BY id")]
        assert opened_for == [(name, receiver) for name in alerts for receiver in ("chat", "mail")]
        assert desk.rows("SELECT 1 FROM match WHERE (alert_id IS NULL) = (withheld IS NULL)") == []


@settings(max_examples=40, deadline=None)
@given(shown=st.lists(st.tuples(st.sampled_from(TEXTS), st.booleans()), min_size=1, max_size=8))
def test_every_change_of_a_post_is_one_revision(sqlite_template, shown):
    with opened(sqlite_template) as desk:
        for words, edited in shown:
            desk.take(Page("wives", (Seen("1", words, 5, edited=edited),), minutes=1, more=False))
        states = [state for state, _ in groupby(shown)]
        stored = desk.rows("SELECT seq, text, edited FROM revision ORDER BY seq")
        assert stored == [(seq, *state) for seq, state in enumerate(states, start=1)]


def test_there_and_back_again_is_three_revisions_and_one_alert(sqlite_template):
    with opened(sqlite_template) as desk:
        there, elsewhere = TEXTS[0], TEXTS[4]
        for words in (there, elsewhere, there):
            desk.take(Page("wives", (Seen("1", words, None, edited=False),), minutes=1, more=False))
        assert desk.counts()["revision"] == 3
        assert desk.rows("SELECT rule_id FROM alert") == [("leave",)]


def test_a_page_from_before_the_last_look_says_nothing_new(sqlite_template):
    with opened(sqlite_template) as desk:
        for words, views, minutes in ((TEXTS[4], 5, 0), (TEXTS[4], 6, 10), (TEXTS[0], 5, -5)):
            desk.take(Page("wives", (Seen("1", words, views, edited=False),), minutes=minutes, more=False))
        assert desk.rows("SELECT text FROM revision") == [(TEXTS[4],)]
        assert desk.rows("SELECT views FROM reading ORDER BY observed_at") == [(5,), (6,)]
        assert desk.counts()["alert"] == 0


@settings(max_examples=20, deadline=None)
@given(
    posts=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(TEXTS[:5])), min_size=1, max_size=10, unique=True
    ),
    splits=st.lists(st.integers(min_value=1, max_value=4), min_size=10, max_size=10),
)
def test_an_alert_counts_the_copies_of_its_origin_however_pages_split(sqlite_template, posts, splits):
    with opened(sqlite_template) as desk:
        left = {name: [words for source, words in posts if source == name] for name in NAMES}
        numbered = {
            name: [Seen(str(number), words, None, edited=False) for number, words in enumerate(left[name], 1)]
            for name in NAMES
        }
        for length in splits:
            for name in NAMES:
                page, numbered[name] = numbered[name][:length], numbered[name][length:]
                if page:
                    desk.take(Page(name, tuple(page), minutes=1, more=bool(numbered[name])))
        counted = desk.rows(
            "SELECT alert.copies, (SELECT count(*) FROM item AS copy WHERE copy.origin_id = item.id) "
            "FROM alert JOIN item ON alert.subject_key = item.source_id || '/' || item.external_id"
        )
        assert all(told == really for told, really in counted)
        words = [words.casefold().replace("!!", ".").rstrip(".") for _, words in posts]
        matching = {one for one in words if "отпуск" in one}, {one for one in words if "ротаци" in one}
        assert len(counted) == sum(map(len, matching))


@settings(max_examples=40, deadline=None)
@given(shown=st.lists(pages, min_size=1, max_size=6))
def test_a_replay_of_everything_changes_nothing(sqlite_template, shown):
    """What was seen at some minute and is delivered again, late, with the time at which it was fetched."""
    calm = [replace(page, minutes=abs(page.minutes) + 1) for page in shown]
    with opened(sqlite_template) as desk:
        for page in calm:
            desk.take(page)
        before = desk.counts()
        minute, desk._minute = desk._minute, 0
        for page in calm:
            desk.take(page)
        assert desk.counts() == before
        assert desk._minute == minute
