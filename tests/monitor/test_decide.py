"""Deciding, on values alone: no database, no network, no clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alerts import REPEAT, alert_id
from monitor.analyse import analyse
from monitor.decide import decide, decide_backfill, decide_failure, decide_timer
from monitor.draft import Policy
from monitor.message import Severity
from monitor.query import compile_query
from monitor.routing import Route
from monitor.rules import Rule, RuleSet
from monitor.settings import AlertingOptions
from scrapers.errors import Gone, Unavailable
from scrapers.model import ChannelFacts, Counters, Cursor, Fetched, Item, ItemKind, Outcome, Source
from storage.model import (
    AlertStatus,
    Decision,
    ItemRef,
    Known,
    KnownAlert,
    KnownItem,
    KnownOrigin,
    KnownRevision,
    KnownSource,
    OpenIncident,
    SubjectKind,
    Timer,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Source(id="wives", kind="telegram_web", name="Wives (sample)", options=None, language="ru")
COMPLAINT = "Мужьям не дают отпуск, ротации нет уже год. Вымышленный пример."
EDITED = "Это вымышленный пример о погоде: завтра будет дождь и сильный ветер."


def rules(*queries: str) -> RuleSet:
    return RuleSet(
        Rule(id=f"r{number}", title=query, severity=Severity.WARNING, query=compile_query(query), version=1)
        for number, query in enumerate(queries, start=1)
    )


def policy(*queries: str, **alerting: Any) -> Policy:
    return Policy(
        rules=rules(*(queries or ("ротация",))),
        alerting=replace(AlertingOptions(), **alerting),
        route=Route(receivers=("desk",)),
    )


def item(
    name: str = "1", text: str = COMPLAINT, *, age: timedelta = timedelta(hours=1), **facts: Any
) -> Item:
    base = Item(
        external_id=name,
        kind=ItemKind.POST,
        url=f"https://t.me/sample_wives/{name}",
        title=None,
        text=text,
        published_at=NOW - age,
    )
    return replace(base, **facts)


def fetched(*items: Item, at: datetime = NOW, **facts: Any) -> Fetched:
    base = Fetched(
        source_id=SOURCE.id,
        outcome=Outcome.ITEMS,
        fetched_at=at,
        cursor=Cursor(values={"position": "9"}),
        items=items,
    )
    return replace(base, **facts)


def polled_before(**facts: Any) -> KnownSource:
    base = KnownSource(
        id=7,
        config_id=SOURCE.id,
        native_id=None,
        cursor=Cursor(),
        version=3,
        first_polled_at=NOW - timedelta(days=30),
        last_success_at=NOW - timedelta(minutes=15),
        failures=0,
        last_new_at=NOW,
    )
    return replace(base, **facts)


def run(page: Fetched, known: Known | None = None, wanted: Policy | None = None) -> Decision:
    return decide(
        page,
        tuple(analyse(one, SOURCE) for one in page.items),
        known or Known(source=polled_before()),
        source=SOURCE,
        policy=wanted or policy(),
        now=NOW,
    )


def stored(
    one: Item, *, origin: ItemRef | None = None, seen: datetime = NOW - timedelta(hours=1)
) -> KnownItem:
    read = analyse(one, SOURCE)
    ref = ItemRef(source_id=7, external_id=one.external_id)
    return KnownItem(
        ref=ref,
        first_seen_at=seen,
        origin=origin or ref,
        current=KnownRevision(
            seq=1,
            observed_at=seen,
            title=one.title,
            text=one.text,
            text_hash=read.text_hash,
            language=read.language,
            edited=one.edited,
            has=frozenset(),
            flags=frozenset(),
        ),
        counters=one.counters,
        read_at=seen,
    )


def open_alert(
    *, copies: int = 0, told_at: datetime = NOW - timedelta(hours=1), origin: str = "5/1"
) -> KnownAlert:
    return KnownAlert(
        id=alert_id("r1", SubjectKind.ORIGIN, origin),
        rule_id="r1",
        rule_version=1,
        severity="warning",
        subject_kind=SubjectKind.ORIGIN,
        subject_key=origin,
        episode=0,
        labels={"rule": ("r1",)},
        copies=copies,
        told_copies=copies,
        told_at=told_at,
        version=2,
    )


def elsewhere(text: str = COMPLAINT, *, items: int = 1, alerts: tuple[KnownAlert, ...] = ()) -> Known:
    """A source that was polled before, and an origin of `text` in source row 5."""
    key = analyse(item(text=text), SOURCE).origin_keys[0]
    origin = KnownOrigin(
        ref=ItemRef(source_id=5, external_id="1"),
        source_name="Elsewhere",
        first_seen_at=NOW - timedelta(hours=2),
        items=items,
    )
    return Known(source=polled_before(), origins={key: origin}, alerts=alerts)


def test_a_new_item_that_matches_opens_one_alert_with_its_proof_and_tells_its_receiver():
    decision = run(fetched(item()))

    assert [one.external_id for one in decision.items] == ["1"]
    (alert,) = decision.alerts
    (match,) = decision.matches
    (notification,) = decision.notifications
    assert alert.id == match.alert_id == notification.alert_id
    assert (notification.receiver, notification.change) == ("desk", "opened")
    assert notification.send_after == NOW + timedelta(seconds=30)
    assert [COMPLAINT[span.start : span.end] for span in match.spans] == ["ротации"]
    assert '"ротации"' in alert.reason
    assert decision.source is not None
    assert decision.source.cursor == Cursor(values={"position": "9"})


def test_deciding_is_repeatable():
    assert run(fetched(item())) == run(fetched(item()))


def test_an_item_that_does_not_match_is_stored_without_an_alert():
    decision = run(fetched(item(text=EDITED)))

    assert len(decision.items) == 1
    assert decision.matches == decision.alerts == decision.notifications == ()


def test_service_messages_are_stored_and_never_matched():
    decision = run(fetched(item(kind=ItemKind.SERVICE)))

    assert len(decision.items) == 1
    assert decision.matches == ()


def test_a_known_unchanged_item_changes_nothing():
    decision = run(fetched(item()), Known(source=polled_before(), items={"1": stored(item())}))

    assert (decision.items, decision.revisions, decision.matches, decision.alerts) == ((), (), (), ())


def test_an_item_that_retention_removed_is_neither_stored_nor_alerted_again():
    read = analyse(item(), SOURCE)
    decision = run(fetched(item()), Known(source=polled_before(), seen=frozenset({("1", read.text_hash)})))

    assert (decision.items, decision.matches) == ((), ())


def test_the_first_poll_stores_and_matches_but_withholds_alerts_with_the_reason():
    known = Known(source=polled_before(first_polled_at=None, last_success_at=None))

    decision = run(fetched(item()), known)

    assert decision.alerts == ()
    assert "first poll" in (decision.matches[0].withheld or "")
    assert run(fetched(item()), known, policy(first_poll=True)).alerts


def test_an_old_item_is_withheld_but_not_one_published_since_the_last_good_poll():
    old = item(age=timedelta(days=10))
    asleep = Known(source=polled_before(last_success_at=NOW - timedelta(days=12)))

    assert run(fetched(old)).alerts == ()
    assert "10 days" in (run(fetched(old)).matches[0].withheld or "")
    assert run(fetched(old), asleep).alerts


def test_an_undated_item_counts_as_new():
    assert run(fetched(item(published_at=None))).alerts


def test_only_the_last_page_of_a_burst_counts_as_a_good_poll():
    before = polled_before(first_polled_at=None, last_success_at=None)

    middle = run(fetched(item(), more=True), Known(source=before)).source
    last = run(fetched(item()), Known(source=before)).source

    assert middle is not None
    assert last is not None
    assert (middle.first_polled_at, middle.last_success_at, middle.next_due_at) == (None, None, NOW)
    assert (last.first_polled_at, last.last_success_at) == (NOW, NOW)


def test_a_copy_points_to_its_origin_and_updates_the_alert_instead_of_opening_one():
    decision = run(fetched(item()), elsewhere(alerts=(open_alert(),)))

    assert decision.items[0].origin == ItemRef(source_id=5, external_id="1")
    assert decision.alerts == ()
    (update,) = decision.alert_updates
    assert (update.copies, update.told_copies, update.version) == (1, 1, 2)
    assert [one.change for one in decision.notifications] == ["updated"]


def test_the_second_copy_waits_for_the_repeat_interval():
    decision = run(fetched(item()), elsewhere(items=2, alerts=(open_alert(copies=1),)))

    assert decision.notifications == ()
    assert decision.alert_updates[0].copies == 2
    (timer,) = decision.timers_set
    assert (timer.kind, timer.due_at) == (REPEAT, NOW - timedelta(hours=1) + timedelta(hours=12))


@pytest.mark.parametrize(("before", "told"), [(8, False), (9, True), (98, False), (99, True)])
def test_the_tenth_and_the_hundredth_copy_are_told(before, told):
    decision = run(fetched(item()), elsewhere(items=before + 1, alerts=(open_alert(copies=before),)))

    assert bool(decision.notifications) is told


def test_a_burst_of_copies_in_one_page_is_told_once():
    posts = [item(str(number)) for number in range(1, 13)]

    decision = run(fetched(*posts), elsewhere(alerts=(open_alert(),)))

    assert decision.alert_updates[0].copies == 12
    assert len(decision.notifications) == 1


def test_copies_inside_one_fetch_have_one_origin_and_one_alert():
    decision = run(fetched(item("1"), item("2", text=COMPLAINT + " 🙏"), item("3")))

    assert [one.origin and one.origin.external_id for one in decision.items] == [None, "1", "1"]
    (alert,) = decision.alerts
    assert (alert.copies, alert.told_copies) == (2, 2)
    assert [one.change for one in decision.notifications] == ["opened"]


def test_a_copy_of_an_origin_without_an_alert_opens_one_that_counts_the_others():
    decision = run(fetched(item()), elsewhere(items=3))

    (alert,) = decision.alerts
    assert alert.subject_key == "5/1"
    assert alert.copies == 3


def test_copies_that_arrive_with_a_first_poll_are_counted_silently():
    known = replace(
        elsewhere(alerts=(open_alert(),)), source=polled_before(first_polled_at=None, last_success_at=None)
    )

    decision = run(fetched(item()), known)

    assert decision.alert_updates[0].copies == 1
    assert decision.notifications == decision.timers_set == ()


def test_an_edit_is_a_revision_and_alerts_when_it_makes_a_rule_true():
    known = Known(source=polled_before(), items={"1": stored(item(text=EDITED))})

    decision = run(fetched(item()), known)

    assert [(one.seq, one.text) for one in decision.revisions] == [(2, COMPLAINT)]
    assert decision.items == ()
    assert len(decision.alerts) == 1


def test_an_edit_that_leaves_a_rule_true_does_not_alert_again():
    known = Known(source=polled_before(), items={"1": stored(item())})

    decision = run(fetched(item(text=COMPLAINT + " Добавлено позже.")), known)

    assert len(decision.revisions) == 1
    assert decision.matches == decision.alerts == ()


def test_the_edited_mark_alone_is_a_revision_that_rules_can_watch():
    known = Known(source=polled_before(), items={"1": stored(item())})

    decision = run(fetched(item(edited=True)), known, policy("ротация AND is:edited"))

    assert decision.revisions[0].edited
    assert len(decision.alerts) == 1


def test_counters_are_readings_and_a_rule_fires_when_views_pass_its_mark():
    before = stored(item(counters=Counters(views=900_000)))
    known = Known(source=polled_before(), items={"1": before})

    decision = run(fetched(item(counters=Counters(views=1_200_000))), known, policy("views:>=1M ротация"))

    assert decision.revisions == ()
    assert decision.readings[0].counters.views == 1_200_000
    assert decision.alerts[0].reason == 'matched "ротации"; 1,200,000 views'
    assert decision.matches[0].by_reading
    assert len(decision.alerts) == 1


def test_a_fetch_older_than_the_latest_revision_is_ignored():
    known = Known(source=polled_before(), items={"1": stored(item(), seen=NOW + timedelta(minutes=1))})

    decision = run(fetched(item(text=EDITED)), known)

    assert decision.revisions == ()


def test_a_summary_never_replaces_a_full_text():
    known = Known(source=polled_before(), items={"1": stored(item())})

    assert run(fetched(item(text="Кратко.", full_text=False)), known).revisions == ()


def test_a_name_that_another_channel_took_over_stores_nothing_and_says_so():
    facts = ChannelFacts(native_id="222", username="sample_wives", title=None, description=None)
    known = Known(source=polled_before(native_id="111"))

    decision = run(fetched(item(), channel=facts), known)

    assert decision.items == ()
    assert decision.source is not None
    assert decision.source.cursor is None
    assert decision.source.outcome == "identity_changed"
    assert [one.kind for one in decision.incidents_opened] == ["identity_changed"]


def test_a_possible_gap_is_an_incident():
    decision = run(fetched(item(), gap="of 20 entries none was in the last read"))

    assert [one.kind for one in decision.incidents_opened] == ["possible_gap"]
    assert "gap" not in decision.alerts[0].headline
    assert len(decision.notifications) == 2


def test_failures_keep_the_cursor_back_off_and_become_one_incident():
    known = Known(source=polled_before(failures=1))
    error = Unavailable("no answer", retry_after=timedelta(hours=2))

    second = decide_failure(error, known, source=SOURCE, policy=policy(), now=NOW)
    third = decide_failure(
        error, replace(known, source=polled_before(failures=2)), source=SOURCE, policy=policy(), now=NOW
    )

    assert second.source is not None
    assert (second.source.cursor, second.source.failures) == (None, 2)
    assert second.source.next_due_at >= NOW + timedelta(hours=2)
    assert second.incidents_opened == ()
    assert [one.kind for one in third.incidents_opened] == ["unavailable"]
    assert third.alerts[0].subject_kind is SubjectKind.INCIDENT
    assert [one.change for one in third.notifications] == ["opened"]


def test_an_open_incident_is_not_opened_again_and_a_later_one_is_another_episode():
    gone = OpenIncident(id="GS-X", kind="gone", opened_at=NOW, alert_version=1)
    still = Known(source=polled_before(failures=9, incidents={"gone": gone}))
    later = Known(source=polled_before(failures=9, outcome="gone", incident_episodes={"gone": 1}))

    again = decide_failure(Gone("404"), still, source=SOURCE, policy=policy(), now=NOW)
    anew = decide_failure(Gone("404"), later, source=SOURCE, policy=policy(), now=NOW)

    assert again.incidents_opened == again.notifications == ()
    assert anew.alerts[0].episode == 1


def test_a_good_poll_ends_the_incident_and_tells_so():
    name = alert_id("source-health", SubjectKind.INCIDENT, "7/gone")
    told = replace(
        open_alert(),
        id=name,
        rule_id="source-health",
        subject_kind=SubjectKind.INCIDENT,
        subject_key="7/gone",
    )
    incident = OpenIncident(id=name, kind="gone", opened_at=NOW - timedelta(hours=6), alert_version=2)
    known = Known(source=polled_before(failures=4, incidents={"gone": incident}), alerts=(told,))

    decision = run(fetched(), known)

    assert [one.id for one in decision.incidents_closed] == [name]
    assert decision.alert_updates[0].status is AlertStatus.CLOSED
    assert [one.change for one in decision.notifications] == ["closed"]
    assert decision.source is not None
    assert decision.source.failures == 0


def test_a_repeat_timer_tells_of_untold_copies_once():
    waiting = replace(open_alert(copies=4), told_copies=1)
    timer = Timer(kind=REPEAT, key=f"5:{waiting.id}", due_at=NOW)

    told = decide_timer(timer, Known(source=polled_before(), alerts=(waiting,)), policy=policy(), now=NOW)
    idle = decide_timer(
        timer, Known(source=polled_before(), alerts=(open_alert(),)), policy=policy(), now=NOW
    )

    assert [one.change for one in told.notifications] == ["updated"]
    assert told.alert_updates[0].told_copies == 4
    assert told.timer_fired == timer
    assert idle.notifications == ()


def test_backfill_stores_and_matches_without_alerts_and_leaves_the_source_alone():
    page = fetched(item())

    decision = decide_backfill(
        page,
        tuple(analyse(one, SOURCE) for one in page.items),
        Known(source=polled_before()),
        source=SOURCE,
        policy=policy(),
        now=NOW,
    )

    assert len(decision.items) == 1
    assert decision.alerts == ()
    assert decision.source is None
    assert decision.backfill_cursor == page.cursor
    assert "past" in (decision.matches[0].withheld or "")


def test_an_item_that_stands_twice_in_one_page_is_decided_on_once():
    known = Known(source=polled_before(), items={"1": stored(item(text=EDITED))})

    decision = run(fetched(item(), item(text=COMPLAINT + " И ещё раз.")), known)

    assert [(one.seq, one.text) for one in decision.revisions] == [(2, COMPLAINT)]


def test_an_origin_that_matches_late_opens_an_alert_that_counts_its_copies():
    before = stored(item(counters=Counters(views=900_000)))
    key = analyse(item(), SOURCE).origin_keys[0]
    origin = KnownOrigin(ref=before.ref, source_name="Wives", first_seen_at=NOW, items=10)
    known = Known(source=polled_before(), items={"1": before}, origins={key: origin})

    decision = run(fetched(item(counters=Counters(views=2_000_000))), known, policy("views:>=1M ротация"))

    assert decision.alerts[0].copies == 9


def test_an_alert_of_a_copy_counts_the_origin_that_was_held_back_beside_it():
    old = timedelta(days=10)

    decision = run(fetched(item("1", age=old), item("2", age=old), item("3"), item("4")))

    assert decision.alerts[0].copies == 3


def test_decisions_do_not_depend_on_the_order_of_sets():
    queries = [f"ротация OR нет{number}" for number in range(12)]
    alerts = tuple(
        replace(open_alert(), id=alert_id(f"r{number}", SubjectKind.ORIGIN, "5/1"), rule_id=f"r{number}")
        for number in range(1, 13)
    )

    decision = run(fetched(item()), elsewhere(alerts=alerts), policy(*queries))

    told = [update.alert_id for update in decision.alert_updates]
    assert told == sorted(told)
    assert [one.alert_id for one in decision.notifications] == told


def test_a_reading_older_than_the_latest_is_ignored():
    before = replace(stored(item(counters=Counters(views=100))), read_at=NOW + timedelta(minutes=1))

    decision = run(
        fetched(item(counters=Counters(views=90))), Known(source=polled_before(), items={"1": before})
    )

    assert decision.readings == ()


def test_a_reason_names_nobody_even_where_a_rule_found_a_name():
    text = "Пишите @wives_primer и звоните +420 777 123 456. Вымышленный пример."

    decision = run(fetched(item(text=text)), wanted=policy("wives* OR 777 OR пишите"))
    open_one = run(fetched(item(text=text)), wanted=policy("wives*", mask=False))

    assert "пишите" in decision.alerts[0].reason.lower()
    assert "wives" not in decision.alerts[0].reason
    assert "777" not in decision.alerts[0].reason
    assert open_one.alerts[0].reason == 'matched "wives"'


def test_what_becomes_true_before_the_first_poll_is_through_is_held_back_too():
    known = Known(
        source=polled_before(first_polled_at=None, last_success_at=None),
        items={"1": stored(item(counters=Counters(views=900_000)))},
    )

    decision = run(fetched(item(counters=Counters(views=2_000_000))), known, policy("views:>=1M ротация"))

    assert decision.alerts == ()
    assert "first poll" in (decision.matches[0].withheld or "")


# ---- articles that are touched all day ---------------------------------------------------

REPORT = f"{COMPLAINT}\nЖенщины написали о ротации командиру части.\nПросмотров: 1 204"


def article(text: str = REPORT, title: str = "Год без ротации (вымышленный пример)") -> Item:
    return item(text=text, kind=ItemKind.ARTICLE, title=title)


def reread(after: Item, before: Item | None = None, **alerting: Any) -> Decision:
    first = before or article()
    known = stored(first)
    known = replace(known, kind=first.kind)
    return run(
        fetched(after), Known(source=polled_before(), items={"1": known}), policy("ротация", **alerting)
    )


@pytest.mark.parametrize(
    "touched",
    [REPORT.replace("1 204", "98 311"), REPORT.replace("командиру", "командеру"), f"{REPORT}\nРеклама"],
)
def test_a_touched_article_is_no_revision(touched: str):
    assert reread(article(touched)).revisions == ()


def test_a_rewritten_article_is_a_revision():
    (revision,) = reread(article(REPORT.replace("написали", "не написали"))).revisions
    assert revision.seq == 2


def test_another_headline_is_a_revision():
    (revision,) = reread(article(title="Год без отпуска (вымышленный пример)")).revisions
    assert revision.title == "Год без отпуска (вымышленный пример)"


def test_a_trifle_that_makes_a_rule_true_is_a_revision():
    before = article(f"{EDITED}\nО ротацыи не сказали ни слова.", "Погода (вымышленный пример)")
    decision = reread(replace(before, text=before.text.replace("ротацыи", "ротации")), before)

    assert len(decision.revisions) == len(decision.matches) == 1


def test_every_letter_can_count():
    assert reread(article(REPORT.replace("командиру", "командеру")), typo_distance=0).revisions


def test_a_post_is_edited_by_a_letter():
    before, after = item(text=REPORT), item(text=REPORT.replace("командиру", "командеру"))

    assert reread(after, before).revisions
