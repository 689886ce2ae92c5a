"""Deciding on what is read again, on values alone: counters, edits, deletions. All texts are fictional."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.analyse import analyse
from monitor.decide import decide, decide_backfill, decide_refresh
from monitor.draft import Policy
from monitor.message import Severity
from monitor.presence import postponed
from monitor.query import compile_query
from monitor.refresh import CONFIRM_AFTER
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.model import (
    ChannelFacts,
    Counters,
    Cursor,
    Fetched,
    Item,
    ItemKind,
    Outcome,
    ShownRange,
    Source,
)
from storage.model import (
    Decision,
    ItemRef,
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    KnownSource,
    NewItem,
    NewRevision,
    SourceUpdate,
    SubjectKind,
)

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AGES = (15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY)
SOURCE = Source(
    id="wives",
    kind="telegram_web",
    name="Wives (sample)",
    options=None,
    language="ru",
    tags=("families",),
    refresh=AGES,
)
COMPLAINT = "Ротации нет уже год, обещают в марте. Вымышленный пример."
MOVED = "Ротации нет уже год, обещают в июне. Вымышленный пример."
WEATHER = "Погода в Зареченске ясная, ветер слабый. Вымышленный пример."


class Desk:
    """What storage would remember of one source, in plain values."""

    def __init__(self, *queries: str, source: Source = SOURCE) -> None:
        self.source = source
        self.policy = Policy(
            rules=RuleSet(
                Rule(
                    id=f"r{n}", title=query, severity=Severity.WARNING, query=compile_query(query), version=1
                )
                for n, query in enumerate(queries or ("ротация", "is:deleted ротация"), start=1)
            ),
            alerting=AlertingOptions(),
            route=Route(receivers=("desk",)),
        )
        self.state = KnownSource(
            id=7,
            config_id=source.id,
            native_id="100",
            cursor=Cursor(),
            version=1,
            first_polled_at=START - DAY,
            last_success_at=START - DAY,
            failures=0,
        )
        self.items: dict[str, KnownItem] = {}
        self.origins: dict[bytes, KnownOrigin] = {}
        self.alerts: dict[str, KnownAlert] = {}
        self.matches: set[tuple[str, int, str, int]] = set()
        self.revisions: list[tuple[str, str, bool]] = []  # external id, text, tombstone
        self.told: list[tuple[str, str]] = []  # alert id, change

    def known(self) -> Known:
        newest = {name: one.current.seq for name, one in self.items.items()}
        return Known(
            source=self.state,
            items=dict(self.items),
            origins=dict(self.origins),
            alerts=tuple(self.alerts.values()),
            matches=frozenset(one for one in self.matches if newest[one[0]] == one[1]),
        )

    def poll(self, page: Fetched, now: datetime | None = None) -> Decision:
        analysed = tuple(analyse(one, self.source) for one in page.items)
        decision = decide(
            page, analysed, self.known(), source=self.source, policy=self.policy, now=now or page.fetched_at
        )
        self.write(decision)
        return decision

    def refresh(
        self, page: Fetched, *asked: str, now: datetime | None = None, after: SourceUpdate | None = None
    ) -> Decision:
        analysed = tuple(analyse(one, self.source) for one in page.items)
        decision = decide_refresh(
            page,
            analysed,
            self.known(),
            asked=asked,
            after=after or AFTER,
            source=self.source,
            policy=self.policy,
            now=now or page.fetched_at,
        )
        self.write(decision)
        return decision

    def write(self, decision: Decision) -> None:
        for new in decision.items:
            stored = self.items[new.external_id] = _known_item(new, decision)
            its = KnownOrigin(ref=stored.origin, source_name="Wives (sample)", first_seen_at=START)
            self.origins.update(dict.fromkeys(new.origin_keys, its))
        for one in decision.revisions:
            stored = self.items[one.external_id]
            self.items[one.external_id] = replace(stored, current=_known_revision(one))
            self.revisions.append((one.external_id, one.text, one.deleted))
        for read in decision.readings:
            stored = self.items[read.external_id]
            self.items[read.external_id] = replace(stored, counters=read.counters, read_at=read.observed_at)
        for update in decision.item_updates:
            self.items[update.external_id] = replace(
                self.items[update.external_id],
                missing_since=update.missing_since,
                refresh_at=update.refresh_at,
            )
        for match in decision.matches:
            self.matches.add((match.external_id, match.seq, match.rule_id, match.rule_version))
        self._write_alerts(decision)
        if decision.source is not None and decision.source.last_success_at is not None:
            self.state = replace(self.state, last_success_at=decision.source.last_success_at)

    def _write_alerts(self, decision: Decision) -> None:
        for alert in decision.alerts:
            if alert.external_id is None:
                continue  # an incident
            self.alerts[alert.id] = KnownAlert(
                id=alert.id,
                rule_id=alert.rule_id,
                rule_version=alert.rule_version,
                severity=alert.severity,
                subject_kind=alert.subject_kind,
                subject_key=alert.subject_key,
                episode=alert.episode,
                labels=alert.labels,
                copies=alert.copies,
                told_copies=alert.told_copies,
                told_at=alert.opened_at,
                version=1,
                opened_by=ItemRef(source_id=7, external_id=alert.external_id),
            )
        for told in decision.notifications:
            self.told.append((told.alert_id, told.change))
            if told.change == "deleted":
                self.alerts[told.alert_id] = replace(self.alerts[told.alert_id], deletion_told=True)


AFTER = SourceUpdate(
    cursor=Cursor(values={"position": 9}),
    next_due_at=START + HOUR,
    polled_at=START,
    outcome="items",
    reason=None,
    failures=0,
    last_success_at=None,
    first_polled_at=START,
    last_new_at=START,
    native_id=None,
)


def _known_revision(new: NewRevision) -> KnownRevision:
    return KnownRevision(
        seq=new.seq,
        observed_at=new.observed_at,
        title=new.title,
        text=new.text,
        text_hash=new.text_hash,
        language=new.language,
        edited=new.edited,
        has=new.has,
        flags=new.flags,
        deleted=new.deleted,
        links=new.links,
    )


def _known_item(new: NewItem, decision: Decision) -> KnownItem:
    ref = ItemRef(source_id=7, external_id=new.external_id)
    (first,) = [one for one in decision.revisions if one.external_id == new.external_id]
    return KnownItem(
        ref=ref,
        first_seen_at=new.first_seen_at,
        origin=new.origin or ref,
        current=_known_revision(first),
        counters=None,
        read_at=None,
        published_at=new.published_at,
        position=int(new.external_id),
        refresh_at=new.refresh_at,
        kind=new.kind,
    )


def post(number: int = 5, text: str = COMPLAINT, *, at: datetime = START, **facts: object) -> Item:
    plain = Item(
        external_id=str(number),
        kind=ItemKind.POST,
        url=f"https://t.me/sample_wives/{number}",
        title=None,
        text=text,
        published_at=at,
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def page(at: datetime, *items: Item, around: bool = True, **facts: object) -> Fetched:
    """A page that shows the posts 1 and 9 and `items` between them; without `around` these alone."""
    ids = {int(one.external_id) for one in items} | ({1, 9} if around else set())
    plain = Fetched(
        source_id=SOURCE.id,
        outcome=Outcome.ITEMS,
        fetched_at=at,
        cursor=Cursor(values={"position": 9}),
        items=items,
        shown=ShownRange(lowest=min(ids), highest=max(ids), ids=frozenset(ids)) if ids else None,
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def wants(decision: Decision) -> dict[str, object]:
    """All that a decision wants written besides the source's own state."""
    parts = ("items", "revisions", "readings", "item_updates", "matches", "alerts", "alert_updates")
    named = (*parts, "notifications", "timers_set", "incidents_opened", "incidents_closed")
    return {part: getattr(decision, part) for part in named if getattr(decision, part)}


@pytest.fixture
def desk() -> Desk:
    """A desk that knows one post that alerted."""
    made = Desk()
    made.poll(page(START, post()))
    return made


# ---- when -------------------------------------------------------------------------------


def test_a_new_post_has_its_next_turn_at_the_first_age_that_lies_ahead():
    desk = Desk()
    desk.poll(page(START, post(1), post(2, WEATHER, at=START - 2 * HOUR), post(3, "Да", at=START - 30 * DAY)))
    turns = {name: one.refresh_at for name, one in desk.items.items()}
    assert turns == {"1": START + 15 * MINUTE, "2": START + 4 * HOUR, "3": None}


def test_whatever_reads_a_post_again_moves_its_turn_on(desk):
    desk.poll(page(START + 10 * MINUTE, post()))
    assert desk.items["5"].refresh_at == START + 15 * MINUTE
    desk.poll(page(START + 20 * MINUTE, post()))
    assert desk.items["5"].refresh_at == START + HOUR
    desk.refresh(page(START + 8 * DAY, post()), "5")
    assert desk.items["5"].refresh_at is None


def test_history_is_never_refreshed():
    desk = Desk()
    analysed = (analyse(post(), SOURCE),)
    decision = decide_backfill(
        page(START, post()), analysed, desk.known(), source=SOURCE, policy=desk.policy, now=START
    )
    desk.write(decision)
    assert desk.items["5"].refresh_at is None
    desk.poll(page(START + MINUTE, post()))
    assert desk.items["5"].refresh_at is None


def test_what_was_asked_for_and_not_shown_waits_for_its_next_age_and_is_not_missing(desk):
    decision = desk.refresh(page(START + 20 * MINUTE, around=False, outcome=Outcome.NOTHING_NEW), "5")
    assert desk.items["5"].refresh_at == START + HOUR
    assert desk.items["5"].missing_since is None
    assert decision.revisions == ()


def test_a_refresh_leaves_the_cursor_and_takes_no_post_that_is_not_stored(desk):
    decision = desk.refresh(page(START + HOUR, post(), post(6, WEATHER)), "5")
    assert decision.items == ()
    assert decision.source is not None
    assert (decision.source.cursor, decision.source.next_due_at) == (None, AFTER.next_due_at)


@pytest.mark.parametrize(
    ("longest", "due"), [(None, 60 * MINUTE), (6 * HOUR, 15 * MINUTE)], ids=["fixed", "adaptive"]
)
def test_a_refresh_brings_a_poll_forward_only_where_the_interval_is_not_fixed(longest, due):
    desk = Desk(
        source=replace(SOURCE, interval=HOUR if longest is None else 10 * MINUTE, interval_max=longest)
    )
    desk.state = replace(desk.state, pace=DAY.total_seconds())
    decision = desk.poll(page(START, post()))
    assert decision.source is not None
    assert decision.source.next_due_at - START == pytest.approx(due, rel=0.11)


def test_the_second_look_at_what_is_missing_brings_a_poll_forward():
    desk = Desk(source=replace(SOURCE, interval=5 * MINUTE, interval_max=6 * HOUR))
    desk.state = replace(desk.state, last_new_at=START - 30 * DAY, next_refresh_at=START + 9 * HOUR)
    desk.poll(page(START, post()))
    missed = desk.poll(page(START + HOUR))
    assert missed.source is not None
    assert missed.source.next_due_at == START + HOUR + CONFIRM_AFTER
    desk.poll(page(START + 2 * HOUR, post()))
    reread = desk.refresh(page(START + 3 * HOUR), "5", after=replace(AFTER, next_due_at=START + 9 * HOUR))
    assert reread.source is not None
    assert reread.source.next_due_at == START + 3 * HOUR + CONFIRM_AFTER


# ---- counters and edits -----------------------------------------------------------------


def test_a_counter_that_makes_a_rule_true_alerts_once_however_it_moves():
    desk = Desk("ротация views:>1M")
    shown = (5, 2_000_000, 900_000, 3_000_000)
    for number, views in enumerate(shown):
        at = START + number * HOUR
        one = page(at, post(counters=Counters(views=views)))
        if number:
            desk.refresh(one, "5")
        else:
            desk.poll(one)
    assert [change for _, change in desk.told] == ["opened"]
    assert len(desk.matches) == 1


def test_a_match_that_was_held_back_does_not_alert_when_its_counter_falls_and_rises():
    desk = Desk("ротация views:>1M")
    desk.state = replace(desk.state, first_polled_at=None)
    desk.poll(page(START, post(counters=Counters(views=2_000_000))))
    desk.state = replace(desk.state, first_polled_at=START)
    for number, views in enumerate((900_000, 3_000_000), start=1):
        desk.refresh(page(START + number * HOUR, post(counters=Counters(views=views))), "5")
    assert desk.told == []


def test_an_age_is_that_of_the_moment_and_is_compared_with_the_one_before():
    desk = Desk("ротация age:<2h views:>1K", "ротация age:>=3h views:>1K")
    for hours in range(5):
        one = page(START + hours * HOUR, post(at=START, counters=Counters(views=2_000 + hours)))
        desk.refresh(one, "5") if hours else desk.poll(one)
    assert [rule for _, _, rule, _ in sorted(desk.matches)] == ["r1", "r2"]
    assert [change for _, change in desk.told] == ["opened", "opened"]


def test_a_link_that_was_there_before_is_no_news():
    desk = Desk("link:example.org")
    there = ("https://example.org/", "https://example.net/")
    desk.poll(page(START, post(links=there[1:])))
    desk.poll(page(START + HOUR, post(text=MOVED, links=there)))
    desk.poll(page(START + 2 * HOUR, post(text=WEATHER, links=there)))
    assert [seq for _, seq, _, _ in desk.matches] == [2]


def test_an_edit_that_alerts_says_what_it_changed():
    desk = Desk("is:edited")
    desk.poll(page(START, post()))
    decision = desk.refresh(page(START + HOUR, post(text=MOVED, edited=True)), "5")
    (alert,) = decision.alerts
    assert "обещают в [-марте-] {+июне+}." in alert.reason


def test_the_change_that_an_alert_tells_is_masked():
    desk = Desk("is:edited")
    desk.poll(page(START, post(text=f"{COMPLAINT} Звоните.")))
    edited = post(text=f"{COMPLAINT} Звоните +7 916 555-01-23.", edited=True)
    (alert,) = desk.refresh(page(START + HOUR, edited), "5").alerts
    assert "555" not in alert.reason
    assert "[phone]" in alert.reason


def test_a_mark_without_a_change_says_so():
    desk = Desk("is:edited")
    desk.poll(page(START, post()))
    (alert,) = desk.refresh(page(START + HOUR, post(edited=True)), "5").alerts
    assert alert.reason.endswith("its words unchanged")


def test_a_preview_that_cannot_show_a_post_takes_nothing_back_of_what_an_account_has_read(desk):
    desk.poll(page(START + HOUR, post(text="", unreadable=True)))
    desk.poll(page(START + 2 * HOUR, post()))
    assert desk.revisions == [("5", COMPLAINT, False)]
    desk.poll(page(START + 3 * HOUR, post(text=MOVED)))
    assert desk.revisions[1:] == [("5", MOVED, False)]


def test_what_only_an_account_can_read_is_a_revision_when_one_reads_it():
    desk = Desk()
    desk.poll(page(START, post(text="", unreadable=True)))
    desk.poll(page(START + HOUR, post()))
    assert [text for _, text, _ in desk.revisions] == ["", COMPLAINT]


def test_what_a_channel_did_is_not_edited_when_it_is_told_in_other_words():
    desk = Desk()
    desk.poll(page(START, post(text="Wives (sample) pinned «Приходите» (пример)", kind=ItemKind.SERVICE)))
    desk.poll(page(START + HOUR, post(text="A post was pinned", kind=ItemKind.SERVICE)))
    assert len(desk.revisions) == 1


# ---- deletions --------------------------------------------------------------------------


def test_a_post_is_deleted_when_two_fetches_ten_minutes_apart_miss_it(desk):
    first = desk.poll(page(START + HOUR))
    assert first.revisions == ()
    assert desk.items["5"].missing_since == START + HOUR
    assert desk.items["5"].refresh_at == START + HOUR + CONFIRM_AFTER
    desk.refresh(page(START + HOUR + 9 * MINUTE), "5")
    assert not desk.items["5"].current.deleted
    second = desk.refresh(page(START + HOUR + CONFIRM_AFTER), "5")
    assert desk.revisions[-1] == ("5", COMPLAINT, True)
    assert second.revisions[0].search_lemmas == analyse(post(), SOURCE).search_lemmas
    assert second.revisions[0].fingerprint == analyse(post(), SOURCE).fingerprint
    assert desk.items["5"].refresh_at == START + 6 * HOUR


def test_a_post_that_shows_again_in_between_is_not_deleted(desk):
    desk.poll(page(START + HOUR))
    desk.poll(page(START + HOUR + MINUTE, post()))
    assert desk.items["5"].missing_since is None
    desk.poll(page(START + 2 * HOUR))
    assert len(desk.revisions) == 1
    assert desk.items["5"].missing_since == START + 2 * HOUR


def test_a_page_of_the_past_that_shows_a_missing_post_counts_as_well(desk):
    desk.poll(page(START + HOUR))
    past = page(START + HOUR + 5 * MINUTE, post())
    analysed = (analyse(post(), SOURCE),)
    desk.write(
        decide_backfill(past, analysed, desk.known(), source=SOURCE, policy=desk.policy, now=past.fetched_at)
    )
    desk.poll(page(START + 2 * HOUR))
    assert [deleted for _, _, deleted in desk.revisions] == [False]


def test_a_post_whose_number_shows_is_there_though_it_cannot_be_read(desk):
    desk.poll(page(START + HOUR))
    shown = ShownRange(lowest=1, highest=9, ids=frozenset({1, 5, 9}))
    desk.poll(page(START + HOUR + 20 * MINUTE, shown=shown))
    assert desk.items["5"].missing_since is None
    assert len(desk.revisions) == 1


@pytest.mark.parametrize(
    "empty",
    [
        {"shown": None, "outcome": Outcome.EMPTY},
        {"shown": ShownRange(lowest=6, highest=9, ids=frozenset({6, 9}))},
        {"shown": ShownRange(lowest=1, highest=4, ids=frozenset({1, 4}))},
        {"channel": ChannelFacts(native_id="999", username="x", title=None, description=None)},
    ],
    ids=["empty page", "later posts", "earlier posts", "another channel"],
)
def test_what_does_not_show_the_place_of_a_post_does_not_delete_it(desk, empty):
    for number in range(1, 5):
        desk.poll(page(START + number * HOUR, **empty))
        desk.refresh(page(START + number * HOUR + MINUTE, **empty), "5")
    assert len(desk.revisions) == 1
    assert desk.items["5"].missing_since is None


def test_an_article_that_is_gone_is_deleted_by_name(desk):
    for minutes in (60, 75):
        gone = page(START + minutes * MINUTE, around=False, absent=frozenset({"5"}))
        desk.refresh(gone, "5")
    assert desk.revisions[-1] == ("5", COMPLAINT, True)


def test_an_article_whose_page_never_could_be_read_is_not_deleted_for_want_of_it():
    """Its feed still shows the summary that is all there ever was."""
    desk = Desk()
    desk.poll(page(START, post(full_text=False)))
    for minutes in (60, 75, 90):
        desk.refresh(page(START + minutes * MINUTE, around=False, absent=frozenset({"5"})), "5")
    assert [deleted for _, _, deleted in desk.revisions] == [False]
    assert desk.items["5"].refresh_at == START + 6 * HOUR


def test_a_page_from_before_the_last_good_poll_proves_nothing_missing(desk):
    desk.poll(page(START + HOUR, post()))
    assert wants(desk.refresh(page(START + HOUR - MINUTE), "5")) == {}


def test_without_refreshing_a_deletion_waits_for_the_polls_that_read_the_latest_posts_again():
    desk = Desk(source=replace(SOURCE, refresh=()))
    for hours in range(3):
        desk.poll(page(START + hours * HOUR, *([post()] if not hours else [])))
    assert desk.items["5"].refresh_at is None
    assert desk.revisions[-1] == ("5", COMPLAINT, True)


def gone(desk: Desk, since: datetime) -> Decision:
    desk.poll(page(since))
    return desk.refresh(page(since + CONFIRM_AFTER), "5")


def test_a_rule_on_deletions_alerts_and_the_alert_on_the_post_is_told_too(desk):
    decision = gone(desk, START + HOUR)
    (alert,) = decision.alerts
    assert (alert.rule_id, alert.subject_kind, alert.subject_key) == ("r2", SubjectKind.DELETION, "7/5")
    assert alert.labels["subject"] == ("deletion",)
    assert alert.reason.startswith("the source took it away; it said “Ротации нет")
    assert sorted(change for _, change in desk.told) == ["deleted", "opened", "opened"]
    assert [one.alert_id for one in decision.alert_updates] == [
        name for name, change in desk.told if change == "deleted"
    ]


def test_there_and_gone_and_there_and_gone_again_is_told_once(desk):
    gone(desk, START + HOUR)
    back = desk.poll(page(START + 2 * HOUR, post()))
    assert desk.revisions[-1] == ("5", COMPLAINT, False)
    assert not back.revisions[0].flags
    assert back.alerts == ()
    gone(desk, START + 3 * HOUR)
    assert [deleted for _, _, deleted in desk.revisions] == [False, True, False, True]
    assert sorted(change for _, change in desk.told) == ["deleted", "opened", "opened"]


def test_a_link_that_is_back_with_its_post_is_no_news():
    desk = Desk("link:example.org")
    linked = post(links=("https://example.org/",))
    desk.poll(page(START, linked))
    gone(desk, START + HOUR)
    assert desk.items["5"].current.deleted
    assert desk.items["5"].current.links == linked.links
    desk.poll(page(START + 2 * HOUR, linked))
    assert desk.items["5"].current.seq == 3  # it is back
    assert [(seq, rule) for _, seq, rule, _ in desk.matches] == [(1, "r1")]


def test_only_the_item_that_opened_an_alert_takes_it_along(desk):
    desk.poll(page(START + MINUTE, post(), post(6)))  # a copy
    for minutes in (60, 75):
        desk.poll(page(START + minutes * MINUTE, post()))
    assert desk.items["6"].current.deleted
    assert "deleted" not in {change for _, change in desk.told}


def test_a_copy_in_the_same_page_is_counted_beside_the_deletion(desk):
    desk.poll(page(START + HOUR))
    decision = desk.poll(page(START + 2 * HOUR, post(6)))
    (update,) = decision.alert_updates
    assert (update.copies, update.told_copies) == (1, 1)
    assert {change for _, change in desk.told} == {"opened", "updated", "deleted"}


def test_a_service_message_that_goes_is_no_alert():
    desk = Desk("is:deleted")
    desk.poll(page(START, post(text="закреплено", kind=ItemKind.SERVICE)))
    decision = gone(desk, START + HOUR)
    assert desk.items["5"].current.deleted
    assert decision.alerts == ()


def test_a_text_that_was_purged_elsewhere_alerts_no_more_when_its_copy_goes(desk):
    desk.poll(page(START + HOUR))
    mark = analyse(post(), SOURCE).fingerprint
    assert mark is not None
    known = replace(desk.known(), purged_keys=frozenset({b"text:" + mark}))
    late = page(START + 2 * HOUR)
    decision = decide(late, (), known, source=SOURCE, policy=desk.policy, now=late.fetched_at)
    (match,) = decision.matches
    assert match.withheld is not None
    assert decision.alerts == ()


def test_the_example_of_the_documentation_alerts_when_a_complaint_is_taken_back():
    text = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    (query,) = re.findall(r'^query = "(is:deleted .*)"$', text, re.MULTILINE)
    desk = Desk(query)
    desk.poll(page(START, post(5), post(6, WEATHER)))
    for minutes in (60, 75):
        desk.poll(page(START + minutes * MINUTE))
    assert [alert.subject_key for alert in desk.alerts.values()] == ["7/5"]


# ---- whatever happens -------------------------------------------------------------------

states = st.sampled_from((None, COMPLAINT, MOVED, WEATHER))
looks = st.lists(
    st.tuples(states, st.integers(min_value=-3, max_value=30), st.booleans(), st.sampled_from((None, 5, 9))),
    max_size=12,
)


def look(desk: Desk, at: datetime, text: str | None, views: int | None, *, again: bool) -> Decision:
    counters = None if views is None else Counters(views=views)
    shown = page(at, *([] if text is None else [post(text=text, counters=counters)]))
    return desk.refresh(shown, "5", now=at + MINUTE) if again else desk.poll(shown, now=at + MINUTE)


@given(seen=looks)
def test_what_was_decided_is_decided(seen):
    """Whatever a page shows, early or late: the same page once more changes nothing."""
    desk = Desk("ротация", "is:deleted", "ротация views:>7", "is:edited")
    desk.poll(page(START, post()))
    at = START
    for text, minutes, again, views in seen:
        at += minutes * MINUTE
        look(desk, at, text, views, again=again)
        assert wants(look(desk, at, text, views, again=again)) == {}


@given(seen=looks)
def test_no_tombstone_follows_another_and_every_one_was_confirmed(seen):
    desk = Desk()
    desk.poll(page(START, post()))
    at, missed = START, None
    for text, minutes, again, views in seen:
        at += abs(minutes) * MINUTE
        before = desk.items["5"].current.deleted
        look(desk, at, text, views, again=again)
        missed = None if text is not None else missed or at
        if desk.items["5"].current.deleted and not before:
            assert missed is not None
            assert at - missed >= CONFIRM_AFTER
    fates = [deleted for _, _, deleted in desk.revisions]
    assert not any(one and other for one, other in pairwise(fates))
    assert sum(change == "deleted" for _, change in desk.told) <= 1


@given(
    first=st.integers(min_value=1, max_value=60),
    second=st.integers(min_value=1, max_value=60),
    early=states,
    late=states,
)
def test_a_page_that_comes_late_takes_nothing_for_gone(first, second, early, late):
    pages = (START + first * MINUTE, early), (START + (first + second) * MINUTE, late)
    in_order, reversed_order = Desk(), Desk()
    for desk, order in ((in_order, pages), (reversed_order, pages[::-1])):
        desk.poll(page(START, post()))
        for at, text in order:
            look(desk, at, text, None, again=False)
    assert not reversed_order.items["5"].current.deleted
    assert reversed_order.items["5"].missing_since == (pages[1][0] if late is None else None)
    assert in_order.items["5"].current.deleted == (
        early is None and late is None and second * MINUTE >= CONFIRM_AFTER
    )


def test_what_was_held_back_is_no_news_when_it_comes_back() -> None:
    desk = Desk("ротация NOT is:deleted")
    desk.state = replace(desk.state, first_polled_at=None)
    desk.poll(page(START, post()))
    desk.state = replace(desk.state, first_polled_at=START)
    desk.poll(page(START + HOUR))
    desk.poll(page(START + 2 * HOUR))
    back = desk.poll(page(START + 3 * HOUR, post()))
    assert [one.deleted for one in back.revisions] == [False]
    assert desk.told == []


def test_what_comes_back_in_other_words_says_which() -> None:
    desk = Desk("июнь")
    for hours, shown in enumerate(((post(),), (), ())):
        desk.poll(page(START + hours * HOUR, *shown))
    (alert,) = desk.poll(page(START + 4 * HOUR, post(text=MOVED))).alerts
    assert "shows it again" in alert.reason
    assert "{+июне+}" in alert.reason


@pytest.mark.parametrize(
    ("missing_for", "next_turn"),
    [(None, timedelta(days=1)), (timedelta(minutes=10), HOUR), (timedelta(days=3), timedelta(days=1))],
)
def test_a_missing_post_whose_second_look_failed_is_soon_looked_for_again(missing_for, next_turn):
    desk = Desk()
    desk.poll(page(START, post()))
    now = desk.items["5"].first_seen_at + timedelta(days=6)
    source = replace(SOURCE, refresh=(timedelta(days=7),))
    stored = replace(
        desk.items["5"],
        published_at=now - timedelta(days=6),
        first_seen_at=now - timedelta(days=6),
        missing_since=None if missing_for is None else now - missing_for,
    )
    assert postponed(stored, now, source).refresh_at == now + next_turn
