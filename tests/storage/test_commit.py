"""Committing: what makes a decision stale, and what alerts, timers and readings become."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scrapers.model import ChannelFacts, Counters, Cursor, Forward, Media, MediaKind
from storage.errors import LeaseLost, Stale, UnknownSource
from storage.model import AlertStatus, AlertUpdate, ItemRef, MatchSpan, NewIncident, RecallKeys, Timer


def alert_update(desk, version=1, **changes):
    plain = AlertUpdate(
        alert_id="GS-1", version=version, updated_at=desk.now, copies=1, told_copies=0, told_at=desk.now
    )
    return replace(plain, **changes)


def known_alert(desk):
    return desk.store.recall(desk.way_home, RecallKeys(alert_ids=("GS-1",))).alerts


def test_a_poll_on_an_older_version_is_stale(desk):
    decision = desk.decision()
    desk.commit()
    with pytest.raises(Stale, match="version 1, not 0"):
        desk.store.commit(decision)


def test_without_a_source_update_the_version_stays(desk):
    timer_or_backfill = desk.decision(source=None, items=(desk.item("1"),), revisions=(desk.revision("1"),))
    desk.commit()
    desk.store.commit(timer_or_backfill)
    assert desk.known().source.version == 1
    assert desk.store.totals().items == 1


def test_a_failed_poll_keeps_the_cursor(desk):
    desk.commit(source=desk.update(cursor=Cursor(values={"after": 5})))
    failed = desk.update(cursor=None, outcome="blocked", reason="429", failures=1, first_polled_at=None)
    desk.commit(source=failed)
    known = desk.known().source
    assert (known.cursor, known.failures, known.first_polled_at) == (Cursor(values={"after": 5}), 1, None)
    (report,) = desk.store.sources()
    assert (report.outcome, report.reason, report.failures) == ("blocked", "429", 1)


def test_a_backfill_has_a_cursor_of_its_own(desk):
    desk.commit(source=desk.update(cursor=Cursor(values={"after": 5})))
    desk.commit(source=None, backfill_cursor=Cursor(values={"before": 2}))
    assert desk.store.backfill_cursor("way_home") == Cursor(values={"before": 2})
    assert desk.known().source.cursor == Cursor(values={"after": 5})


def test_what_a_channel_says_of_itself_is_kept(desk):
    facts = ChannelFacts(
        native_id="1001",
        username="way_home_sample",
        title="Way home (fictional sample)",
        description=None,
        labels=frozenset({"verified", "fake"}),
        subscribers=3_000_000_000,
        subscribers_raw="3B",
    )
    desk.commit(source=desk.update(channel=facts, native_id="1001"))
    desk.commit()
    assert desk.known().source.channel == facts
    assert desk.known().source.native_id == "1001"
    (report,) = desk.store.sources()
    assert (report.title, report.labels, report.subscribers) == (facts.title, facts.labels, facts.subscribers)


def test_everything_about_an_item_is_kept(desk):
    forward = Forward(channel="another_sample", title="Another (fictional sample)", message_id="9")
    video = Media(
        kind=MediaKind.VIDEO, native_id="v1", duration=timedelta(seconds=90.5), size=2**33, title="clip"
    )
    desk.commit(
        items=(desk.item("1", forward=forward, reply_to="0"),),
        revisions=(desk.revision("1", media=(video,), links=("https://example.org/a",), title="A title"),),
        readings=(
            replace(
                desk.reading("1", 0), counters=Counters(views=7, reactions={"👍": 3}, raw={"views": "7"})
            ),
        ),
    )
    (item,) = desk.store.items(5)
    assert (item.forward, item.title, item.views, item.url) == (
        forward,
        "A title",
        7,
        "https://example.org/1",
    )
    known = desk.known("1").items["1"]
    assert known.counters == Counters(views=7, reactions={"👍": 3}, raw={"views": "7"})
    assert known.read_at == desk.now
    assert known.current.has == frozenset({"photo"})


def test_a_copy_points_to_its_origin_also_within_one_decision(desk):
    origin = ItemRef(source_id=desk.way_home, external_id="1")
    desk.commit(
        items=(desk.item("2", origin=origin), desk.item("1", origin_keys=(b"k",))),
        revisions=(desk.revision("2"), desk.revision("1")),
    )
    other = desk.register("way_home", "other")["other"]
    desk.post("3", source_id=other, origin=origin, origin_keys=(b"k2",))
    known = desk.known("3", keys=(b"k", b"k2"), source_id=other)
    assert known.items["3"].origin == origin
    assert {key: (one.ref, one.source_name, one.items) for key, one in known.origins.items()} == {
        b"k": (origin, "WAY_HOME", 3),
        b"k2": (origin, "WAY_HOME", 3),
    }
    assert desk.store.totals().copies == 2


def test_a_copy_of_what_is_gone_is_stale(desk):
    gone = ItemRef(source_id=desk.way_home, external_id="gone")
    with pytest.raises(Stale, match="gone"):
        desk.post("2", origin=gone)
    assert desk.store.totals().items == 0


def test_a_revision_of_what_is_gone_is_stale(desk):
    with pytest.raises(Stale):
        desk.commit(revisions=(desk.revision("1", 2),))


def test_the_latest_reading_is_the_one_known(desk):
    desk.commit(items=(desk.item("1"),), revisions=(desk.revision("1"),), readings=(desk.reading("1", 10),))
    desk.now += timedelta(hours=1)
    desk.commit(readings=(desk.reading("1", 12),))
    assert desk.known("1").items["1"].counters.views == 12
    assert desk.known("1").items["1"].read_at == desk.now
    assert desk.store.items(1)[0].views == 12


def test_an_alert_is_updated_and_its_version_rises(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1", copies=2, told_copies=2),))
    desk.now += timedelta(hours=1)
    desk.commit(alert_updates=(alert_update(desk, copies=5, told_copies=2),))
    (alert,) = known_alert(desk)
    assert (alert.copies, alert.told_copies, alert.told_at, alert.version) == (5, 2, desk.now, 2)
    assert desk.store.alerts(1)[0].reason == 'matched "rotation"'


def test_an_update_of_an_alert_that_moved_on_is_stale(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),))
    late = desk.decision(source=None, alert_updates=(alert_update(desk, copies=9),))
    desk.commit(alert_updates=(alert_update(desk, copies=5),))
    with pytest.raises(Stale, match="GS-1"):
        desk.store.commit(late)
    assert known_alert(desk)[0].copies == 5


def test_an_update_of_an_alert_that_is_gone_is_stale(desk):
    with pytest.raises(Stale, match="GS-1"):
        desk.commit(alert_updates=(alert_update(desk),))


def test_a_closed_alert_is_no_longer_recalled(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),))
    desk.commit(alert_updates=(alert_update(desk, status=AlertStatus.CLOSED, reason="over after 3 hours"),))
    assert known_alert(desk) == ()
    assert desk.store.alerts(1)[0].reason == "over after 3 hours"
    assert desk.store.alerts(1)[0].status is AlertStatus.CLOSED


def test_a_match_that_comes_true_again_adds_nothing(desk):
    desk.post("1")
    spans = (MatchSpan(field="text", start=1, end=10),)
    desk.commit(alerts=(desk.alert("1"),), matches=(desk.match("1", spans=spans),))
    desk.commit(matches=(desk.match("1", by_reading=True),))
    assert desk.store.alerts(1)[0].spans == spans


def test_a_timer_fires_once(desk):
    timer = Timer(kind="repeat", key="a", due_at=desk.now)
    desk.commit(timers_set=(timer,))
    fired = desk.decision(source=None, timer_fired=timer)
    desk.store.commit(fired)
    assert desk.store.due_timers(desk.now, 5) == ()
    with pytest.raises(LeaseLost, match="repeat a"):
        desk.store.commit(fired)


def test_a_timer_that_was_moved_does_not_fire(desk):
    timer = Timer(kind="repeat", key="a", due_at=desk.now)
    moved = replace(timer, due_at=desk.now + timedelta(hours=1))
    desk.commit(timers_set=(timer,))
    desk.commit(timers_set=(moved,))
    with pytest.raises(LeaseLost):
        desk.commit(source=None, timer_fired=timer)
    assert desk.store.due_timers(moved.due_at, 5) == (moved,)


def test_a_timer_can_be_set_anew_as_it_fires(desk):
    timer = Timer(kind="repeat", key="a", due_at=desk.now)
    again = replace(timer, due_at=desk.now + timedelta(hours=1))
    desk.commit(timers_set=(timer,))
    desk.commit(source=None, timer_fired=timer, timers_set=(again,))
    assert desk.store.due_timers(again.due_at, 5) == (again,)


def test_a_tombstone_is_a_revision(desk):
    desk.post("1")
    desk.commit(revisions=(desk.revision("1", 2, deleted=True),))
    assert desk.known("1").items["1"].current.deleted


def test_a_decision_on_a_source_that_is_gone_is_told_so(desk):
    with pytest.raises(UnknownSource):
        desk.store.commit(replace(desk.decision(), source_id=987654))


def test_an_incident_judged_on_what_no_longer_holds_is_stale_also_from_a_timer(desk):
    before = desk.decision(source=None, incidents_opened=(_incident(desk.now),))
    desk.commit()

    with pytest.raises(Stale):
        desk.store.commit(before)
    desk.commit(source=None, incidents_opened=(_incident(desk.now),))


def _incident(opened_at):
    return NewIncident(id="GS-7", kind="silent", opened_at=opened_at, reason="(fictional sample)")
