"""Incidents: told when they open and when they end, and never more than a few times, over a real store."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import incidents as kinds
from monitor.analyse import analyse
from monitor.channel_changes import certain_loss
from monitor.decide import decide, decide_failure
from monitor.draft import Policy
from monitor.routing import Route
from monitor.rules import RuleSet
from monitor.settings import AlertingOptions
from scrapers.errors import (
    AccountUnusable,
    Blocked,
    Gone,
    LayoutChanged,
    PreviewOff,
    ScrapeError,
    Throttled,
    Unavailable,
    Waiting,
)
from scrapers.model import ChannelFacts, Cursor, Fetched, Item, ItemKind, Outcome, Source
from storage.model import Decision, RecallKeys
from storage.store import Store, open_store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None, language="ru")
FACTS = ChannelFacts(
    native_id="4242",
    username="sample_wives",
    title="Wives (sample)",
    description="Мы за ротацию (вымышленный пример)",
    labels=frozenset({"verified"}),
    subscribers=12_300,
    subscribers_raw="12.3K",
)


@dataclass
class Watch:
    """One source under watch, and the hands of its clock."""

    store: Store
    alerting: AlertingOptions = field(default_factory=AlertingOptions)
    now: datetime = START
    told: list[tuple[str, str]] = field(default_factory=list)  # (kind, change), in order
    reasons: list[str] = field(default_factory=list)  # of what was opened, closed or noted

    def __post_init__(self) -> None:
        self.store.register((SOURCE,), self.now)
        self.row = self.store.source(SOURCE.id).id
        self._kinds: dict[str, str] = {}

    @property
    def policy(self) -> Policy:
        return Policy(rules=RuleSet(()), alerting=self.alerting, route=Route(receivers=("desk",)))

    def see(self, facts: ChannelFacts | None = None, *, after: timedelta = 15 * MINUTE, **page) -> Decision:
        """A good poll, some time after the one before; deciding on it again changes nothing."""
        self.now += after
        fetched = replace(
            Fetched(
                source_id=SOURCE.id,
                outcome=Outcome.NOTHING_NEW,
                fetched_at=self.now,
                cursor=Cursor(),
                channel=facts,
            ),
            **page,
        )
        decision = self._take(fetched)
        before = self.told[:]
        again = self._take(fetched)
        assert self.told == before
        assert again.alert_updates == again.incidents_opened == again.incidents_closed == ()
        return decision

    def fail(self, error: ScrapeError, *, after: timedelta = 15 * MINUTE) -> Decision:
        """A failed poll."""
        self.now += after
        known = self.store.recall(self.row, RecallKeys())
        decision = decide_failure(error, known, source=SOURCE, policy=self.policy, now=self.now)
        return self._commit(decision)

    def open(self) -> set[str]:
        """The kinds of the incidents that are open."""
        return set(self.store.source(SOURCE.id).incidents)

    def changes(self, kind: str) -> list[str]:
        """What was told of incidents of a kind."""
        return [change for told, change in self.told if told == kind]

    def _take(self, fetched: Fetched) -> Decision:
        analysed = tuple(analyse(one, SOURCE) for one in fetched.items)
        keys = RecallKeys(external_ids=tuple(one.external_id for one in fetched.items))
        known = self.store.recall(self.row, keys)
        return self._commit(decide(fetched, analysed, known, source=SOURCE, policy=self.policy, now=self.now))

    def _commit(self, decision: Decision) -> Decision:
        self.store.commit(decision)
        self._kinds.update({one.id: one.kind for one in decision.incidents_opened})
        self.told += [(self._kinds[one.alert_id], one.change) for one in decision.notifications]
        self.reasons += [one.reason for one in decision.incidents_opened]
        self.reasons += [one.reason for one in decision.alert_updates if one.reason]
        return decision


@pytest.fixture
def watch(sqlite_store_url: str) -> Iterator[Watch]:
    store = open_store(sqlite_store_url)
    yield Watch(store)
    store.close()


def labelled(*labels: str) -> ChannelFacts:
    return replace(FACTS, labels=frozenset(labels))


def post(name: str, at: datetime) -> Item:
    return Item(
        external_id=name,
        kind=ItemKind.POST,
        url=None,
        title=None,
        text=f"Вымышленный пример номер {name}",
        published_at=at,
    )


# ---- channels --------------------------------------------------------------------------


def test_the_first_look_has_nothing_to_compare_with(watch: Watch):
    watch.see(labelled("fake"))

    assert watch.told == []


@pytest.mark.parametrize(("label", "kind"), [("fake", kinds.FAKE), ("scam", kinds.SCAM)])
def test_a_mark_is_told_when_it_comes_and_when_it_goes(watch: Watch, label: str, kind: str):
    watch.see(labelled())
    marked = watch.see(labelled(label))
    watch.see(labelled(label), after=5 * HOUR)
    assert watch.open() == {kind}
    watch.see(labelled())

    assert [one.severity for one in marked.alerts] == ["critical"]
    assert marked.alerts[0].headline == f"Wives (sample) is marked as {label}"
    assert watch.told == [(kind, "opened"), (kind, "closed")]
    assert watch.reasons[-1] == "over after 5 hours and 15 minutes"
    assert watch.open() == set()


def test_a_lost_verification_is_told_until_it_is_back(watch: Watch):
    watch.see(FACTS)
    watch.see(labelled())
    watch.see(labelled(), after=30 * DAY)
    assert watch.told == [(kinds.UNVERIFIED, "opened")]
    watch.see(FACTS)

    assert watch.told == [(kinds.UNVERIFIED, "opened"), (kinds.UNVERIFIED, "closed")]


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"title": "Mothers (sample)"}, kinds.NAME, 'was "Wives (sample)", is "Mothers (sample)"'),
        ({"username": "sample_mothers"}, kinds.USERNAME, 'was "sample_wives", is "sample_mothers"'),
        (
            {"description": None},
            kinds.DESCRIPTION,
            'was "Мы за ротацию (вымышленный пример)", is empty',
        ),
    ],
)
def test_other_words_are_told_with_the_old_and_the_new(watch: Watch, changes, kind, reason):
    watch.see(FACTS)
    watch.see(replace(FACTS, **changes))

    assert watch.told == [(kind, "opened")]
    assert watch.reasons == [reason]


def test_a_change_is_over_when_nothing_more_changed_for_a_day(watch: Watch):
    watch.see(FACTS)
    watch.see(replace(FACTS, title="Mothers (sample)"))
    watch.see(replace(FACTS, title="Sisters (sample)"), after=10 * HOUR)
    watch.see(replace(FACTS, title="Sisters (sample)"), after=20 * HOUR)
    assert watch.told == [(kinds.NAME, "opened")]
    assert watch.reasons[-1] == 'changed again: was "Mothers (sample)", is "Sisters (sample)"'
    watch.see(replace(FACTS, title="Sisters (sample)"), after=5 * HOUR)

    assert watch.told == [(kinds.NAME, "opened"), (kinds.NAME, "closed")]
    assert watch.reasons[-1] == (
        'over after 1 day and 11 hours: no further change for a day, it says "Sisters (sample)"'
    )


def test_what_is_only_written_otherwise_is_no_change(watch: Watch):
    watch.see(FACTS)
    watch.see(replace(FACTS, username="Sample_Wives", title="Wives  (sample)", subscribers=12_290))

    assert watch.told == []


def test_a_page_without_the_header_says_nothing_of_labels_and_words(watch: Watch):
    bare = ChannelFacts(native_id="4242", username="sample_wives", title=None, description=None)
    watch.see(FACTS)
    watch.see(bare)
    watch.see(FACTS)

    assert watch.told == []
    assert watch.store.source(SOURCE.id).channel == FACTS


def by_account(*labels: str, **changes) -> ChannelFacts:
    """What every answer to an account says: all labels, no words and no numbers."""
    unsaid = replace(FACTS, description=None, subscribers=None, subscribers_raw=None, live=True)
    return replace(unsaid, labels=FACTS.labels | frozenset(labels), **changes)


def test_an_account_sees_labels_with_every_answer_and_words_when_it_asks(watch: Watch):
    watch.see(FACTS)
    watch.see(by_account("fake"))
    watch.see(by_account())
    watch.see(replace(FACTS, live=True, description="Другое описание (вымышленный пример)"))

    assert watch.told == [(kinds.FAKE, "opened"), (kinds.FAKE, "closed"), (kinds.DESCRIPTION, "opened")]


def test_a_restriction_that_previews_do_not_show_lasts_while_the_preview_is_read(watch: Watch):
    watch.see(replace(FACTS, live=True))
    watch.see(by_account("restricted"))
    watch.see(FACTS)
    watch.see(by_account("restricted"))
    watch.see(by_account())

    assert watch.told == [(kinds.RESTRICTED, "opened"), (kinds.RESTRICTED, "closed")]


def test_what_is_told_of_words_leads_to_nobody_and_is_short(watch: Watch):
    before = "Вымышленный пример. " * 20 + "Пишите."
    after = "Вымышленный пример. " * 20 + "Пишите @someone_sample, +420 777 123 456."
    watch.see(replace(FACTS, description=before))
    watch.see(replace(FACTS, description=after))

    (reason,) = watch.reasons
    assert "[@name]" in reason
    assert "[phone]" in reason
    assert "777" not in reason
    assert len(reason) < 250


def test_a_channel_that_changes_with_every_look_does_not_flood(watch: Watch):
    other = replace(FACTS, title="Another (sample)", description="Другой пример", labels=frozenset({"fake"}))
    for _ in range(30):
        for pause in (15 * MINUTE, 2 * HOUR, 9 * HOUR + 45 * MINUTE):
            watch.see(FACTS, after=pause)
            watch.see(other, after=pause)

    for kind in (kinds.NAME, kinds.DESCRIPTION):
        assert watch.changes(kind) == ["opened"]
    for kind in (kinds.FAKE, kinds.UNVERIFIED):
        assert watch.changes(kind) == ["opened", "closed", "opened"]


def test_what_came_and_went_is_over_when_it_has_stayed_away_for_a_day(watch: Watch):
    for _ in range(10):
        watch.see(labelled())
        watch.see(labelled("fake"))
    watch.see(labelled(), after=12 * HOUR)
    watch.see(labelled(), after=11 * HOUR)
    assert watch.changes(kinds.FAKE) == ["opened", "closed", "opened"]
    watch.see(labelled(), after=3 * HOUR)

    assert watch.changes(kinds.FAKE) == ["opened", "closed", "opened", "closed"]


# ---- subscribers -----------------------------------------------------------------------


def followed(number: int, raw: str | None = None) -> ChannelFacts:
    return replace(FACTS, subscribers=number, subscribers_raw=raw or str(number))


def test_a_tenth_fewer_subscribers_than_within_the_last_week_is_told_and_its_end(watch: Watch):
    watch.see(followed(10_000))
    watch.see(followed(9_100), after=DAY)
    assert watch.told == []
    watch.see(followed(8_990), after=DAY)
    watch.see(followed(9_300), after=DAY)
    assert watch.told == [(kinds.SHRINKING, "opened")]
    assert watch.reasons == ["8,990 subscribers, 10 % fewer than the 10,000 within the last week"]
    watch.see(followed(9_600), after=DAY)

    assert watch.told == [(kinds.SHRINKING, "opened"), (kinds.SHRINKING, "closed")]


def test_a_fall_that_is_told_at_a_fiftieth_is_not_over_while_it_lasts(watch: Watch):
    watch.alerting = replace(watch.alerting, subscribers_drop=0.02)
    watch.see(followed(10_000))
    for _ in range(8):
        watch.see(followed(9_700), after=6 * HOUR)

    assert watch.told == [(kinds.SHRINKING, "opened")]


def test_after_a_week_the_new_number_is_what_is_normal(watch: Watch):
    watch.see(followed(10_000))
    watch.see(followed(5_000), after=HOUR)
    for _ in range(40):
        watch.see(followed(5_000), after=DAY / 4)

    assert watch.told == [(kinds.SHRINKING, "opened"), (kinds.SHRINKING, "closed")]


def test_a_small_channel_may_lose_some(watch: Watch):
    watch.see(followed(300))
    watch.see(followed(210), after=DAY)

    assert watch.told == []


@pytest.mark.parametrize(
    ("most", "now", "raw", "least"),
    [
        (1_200, 1_100, "1.1K", 0),
        (1_200, 1_000, "1K", 100),
        (12_300, 11_000, "11K", 750),
        (1_000, 900, "900", 100),
        (10_000, 9_000, None, 1_000),
    ],
)
def test_rounded_numbers_count_for_what_they_prove(most: int, now: int, raw: str | None, least: int):
    assert certain_loss(most, now, raw) == pytest.approx(least, abs=1)


def test_the_number_of_subscribers_is_kept_hourly_where_it_changes_and_else_daily(watch: Watch):
    kept = [
        decision.source is not None and decision.source.subscribers
        for decision in (
            watch.see(followed(1_000)),
            watch.see(followed(1_010)),
            watch.see(followed(1_020), after=HOUR),
            watch.see(followed(1_020), after=2 * HOUR),
            watch.see(followed(1_020), after=DAY),
        )
    ]

    assert kept == [1_000, None, 1_020, None, 1_020]


# ---- failing ---------------------------------------------------------------------------


def test_what_is_told_at_the_second_look_wants_two_that_agree(watch: Watch):
    watch.see(FACTS)
    for error in (Unavailable("no answer"), Unavailable("no answer"), Gone("404"), PreviewOff("302")):
        watch.fail(error)
    assert watch.told == []
    watch.fail(PreviewOff("302"))

    assert watch.told == [("preview_off", "opened")]


def test_the_first_look_at_what_seems_gone_is_soon_followed_by_a_second(watch: Watch):
    watch.fail(Unavailable("no answer"))
    first = watch.fail(Gone("404")).source
    second = watch.fail(Gone("404")).source

    assert first is not None
    assert second is not None
    assert 15 * MINUTE <= first.next_due_at - first.polled_at <= 30 * MINUTE
    assert second.next_due_at - second.polled_at >= 6 * HOUR


def test_an_account_that_cannot_be_used_is_trouble_of_the_desk_and_not_of_every_source(watch: Watch):
    for _ in range(5):
        watch.fail(AccountUnusable("(sample) sign in again"))

    assert watch.told == []
    watch.fail(Unavailable("(sample) no answer"))
    assert watch.told == [("unavailable", "opened")]


def test_a_pause_that_is_waited_out_is_no_failure_more(watch: Watch):
    hour = timedelta(hours=1)
    watch.fail(Throttled("(sample) asked to wait", retry_after=hour))
    for _ in range(5):
        decision = watch.fail(Waiting("(sample) not before noon", retry_after=hour))

    assert watch.told == []
    assert decision.source is not None
    assert (decision.source.failures, decision.source.reason) == (1, "(sample) not before noon")
    assert hour <= decision.source.next_due_at - watch.now <= 1.1 * hour


def test_a_source_fails_in_one_way_at_a_time(watch: Watch):
    for error in (*[Unavailable("no answer")] * 3, Blocked("429"), *[Gone("404")] * 2, *[Blocked("429")] * 5):
        watch.fail(error)
    assert watch.told == [("unavailable", "opened"), ("unavailable", "closed"), ("gone", "opened")]
    assert watch.open() == {"gone"}
    assert "over after 45 minutes: now it is gone" in watch.reasons
    watch.see(FACTS)

    assert watch.told[3:] == [("gone", "closed")]


def test_a_source_that_fails_and_recovers_all_day_does_not_flood(watch: Watch):
    for _ in range(40):
        for _ in range(3):
            watch.fail(Unavailable("no answer"), after=45 * MINUTE)
        watch.see(FACTS, after=45 * MINUTE)

    assert watch.changes("unavailable") == ["opened", "closed", "opened"]


def test_changed_markup_that_comes_and_goes_does_not_flood(watch: Watch):
    for _ in range(40):
        watch.fail(LayoutChanged("no item"))
        watch.fail(LayoutChanged("no item"))
        watch.see(FACTS)

    assert watch.changes("layout_changed") == ["opened", "closed", "opened"]


# ---- gaps, standing still, silence -----------------------------------------------------


def test_a_source_that_stands_still_is_told_until_it_brings_news(watch: Watch):
    watch.see(stuck="the same 20 entries for a week, and the site shows newer ones")
    watch.see(after=HOUR)
    assert watch.told == [(kinds.STUCK, "opened")]
    watch.see(items=(post("1", watch.now),), outcome=Outcome.ITEMS, stuck="still")
    assert watch.open() == {kinds.STUCK}
    watch.see(items=(post("2", watch.now),), outcome=Outcome.ITEMS)

    assert watch.told == [(kinds.STUCK, "opened"), (kinds.STUCK, "closed")]


def test_a_feed_with_a_gap_every_hour_does_not_flood(watch: Watch):
    for _ in range(60):
        watch.see(gap="of 20 entries none was in the last read")
        watch.see()

    assert watch.changes(kinds.GAP) == ["opened", "closed", "opened"]


def test_several_at_once_are_told_each_in_its_own_words(watch: Watch):
    watch.see(FACTS)
    watch.see(replace(FACTS, title="Mothers (sample)", labels=frozenset({"fake"})), gap="a gap")

    assert sorted(watch.told) == sorted(
        (kind, "opened") for kind in (kinds.FAKE, kinds.UNVERIFIED, kinds.NAME, kinds.GAP)
    )
