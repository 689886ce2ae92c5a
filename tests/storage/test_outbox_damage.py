"""Rows that cannot be read, on either database: what they tell of is set aside, and all else goes out."""

import logging
from datetime import timedelta

import pytest

from storage.catch_up import BACKLOG, GATHERED
from storage.model import Dead, LongestWaits, MatchSpan, NotificationStatus, RetryAt, Sent

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
NO_TIME = "UPDATE {} SET {} = 'noon or so'"
NO_TEXT = "UPDATE {} SET {} = CAST(x'D0FF' AS TEXT)"

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def outbox(desk):
    """Three alerts, each on a post of its own, of which one receiver is to be told together."""
    for number in "123":
        desk.post(number)
        desk.commit(
            alerts=(desk.alert(number, f"GS-{number}"),),
            matches=(desk.match(number, f"GS-{number}", spans=(MatchSpan(field="text", start=0, end=4),)),),
            notifications=(desk.notification(f"n{number}", f"GS-{number}"),),
        )
    return desk


def claim(desk, limit=1):
    return desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=limit, receivers=("mail",))


def told(delivery):
    return {one.alert.id: one.alert for one in delivery.notifications}


def fate(desk, alert_id):
    (report,) = desk.store.notifications(alert_id)
    return report.status, report.reason


# ---- the alert -------------------------------------------------------------------------


def test_an_alert_that_cannot_be_read_is_given_up_and_the_others_go_out(outbox, damage, caplog):
    damage("UPDATE alert SET subject_kind = 'strange' WHERE id = 'GS-2'")
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-1", "GS-3"}
    status, reason = fate(outbox, "GS-2")
    assert status is NotificationStatus.DEAD
    assert "GS-2 can't be read" in reason
    assert "strange" in reason
    outbox.store.settle(delivery, Sent(reference=None), outbox.now)
    assert claim(outbox) == ()
    assert [record.levelno for record in caplog.records if "GS-2" in record.message] == [logging.ERROR]
    (letter,) = outbox.store.dead_letters(10)
    assert (letter.alert_id, letter.settled_at, letter.reason) == ("GS-2", outbox.now, reason)
    assert outbox.store.totals().dead == 1


def test_where_nothing_of_a_delivery_can_be_read_the_next_one_is_claimed(outbox, damage):
    damage("UPDATE alert SET status = 'strange'")
    outbox.commit(
        alerts=(outbox.alert("1", "GS-9", rule_id="another rule"),),
        notifications=(outbox.notification("n9", "GS-9", group_key="another", send_after=outbox.now),),
    )
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-9"}
    assert outbox.store.totals().dead == 3


def test_what_was_damaged_can_be_sent_again_when_it_is_mended(outbox, damage):
    damage("UPDATE alert SET status = 'strange' WHERE id = 'GS-2'")
    claim(outbox)
    damage("UPDATE alert SET status = 'open' WHERE id = 'GS-2'")
    assert outbox.store.resend(outbox.now, receivers=["mail"]).dead == 1
    (again,) = claim(outbox)
    assert set(told(again)) == {"GS-2"}


def test_damage_in_a_delivery_that_failed_before_leaves_it_what_is_sound(outbox, damage):
    (first,) = claim(outbox)
    outbox.store.settle(first, RetryAt(at=outbox.now + HOUR, reason="down"), outbox.now)
    damage("UPDATE alert SET severity = severity, status = 'strange' WHERE id = 'GS-1'")
    outbox.now += HOUR
    (again,) = claim(outbox)
    assert (again.delivery_id, again.attempts, set(told(again))) == (first.delivery_id, 1, {"GS-2", "GS-3"})
    outbox.store.settle(again, Sent(reference=None), outbox.now)
    assert fate(outbox, "GS-1")[0] is NotificationStatus.DEAD
    assert fate(outbox, "GS-2")[0] is NotificationStatus.SENT


@on_sqlite
def test_an_alert_whose_source_has_vanished_is_given_up(outbox, damage):
    damage("UPDATE alert SET source_id = 4711 WHERE id = 'GS-2'")
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-1", "GS-3"}
    assert "not there any more" in fate(outbox, "GS-2")[1]


@on_sqlite
@pytest.mark.parametrize(
    ("column", "statement"),
    [
        ("opened_at", NO_TIME),
        ("headline", NO_TEXT),
    ],
)
def test_times_and_texts_of_an_alert_that_a_disk_has_spoilt(outbox, damage, column, statement):
    damage(f"{statement.format('alert', column)} WHERE id = 'GS-2'")
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-1", "GS-3"}
    assert fate(outbox, "GS-2")[0] is NotificationStatus.DEAD
    assert "�" not in fate(outbox, "GS-2")[1]
    assert [letter.alert_id for letter in outbox.store.dead_letters(10)] == ["GS-2"]


# ---- what belongs to it ----------------------------------------------------------------


def test_spans_of_another_shape_keep_only_themselves_from_being_shown(outbox, damage):
    damage("UPDATE match SET spans = '[1, 2]' WHERE alert_id = 'GS-2'")
    (delivery,) = claim(outbox)
    alerts = told(delivery)
    assert set(alerts) == {"GS-1", "GS-2", "GS-3"}
    assert (alerts["GS-2"].spans, alerts["GS-2"].item.text) == ((), "(fictional sample)")
    assert alerts["GS-2"].damage is not None
    assert len(alerts["GS-1"].spans) == 1
    assert alerts["GS-1"].damage is None


def test_an_alert_is_told_without_a_post_that_cannot_be_read(outbox, damage):
    damage("UPDATE item SET kind = 'strange' WHERE external_id = '2'")
    (delivery,) = claim(outbox)
    alerts = told(delivery)
    assert (alerts["GS-2"].item, alerts["GS-2"].headline) == (None, "(fictional sample)")
    assert "strange" in alerts["GS-2"].damage
    assert alerts["GS-1"].item is not None


@on_sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE match SET spans = '[[\"text\", 0,' WHERE alert_id = 'GS-2'",
        "UPDATE revision SET text = CAST(x'D0FF' AS TEXT) WHERE item_id = 2",
        "UPDATE alert SET labels = '{\"rule\":' WHERE id = 'GS-2'",
    ],
)
def test_bytes_that_a_disk_has_spoilt_keep_nothing_from_being_told(outbox, damage, statement):
    damage(statement)
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-1", "GS-2", "GS-3"}
    assert "�" not in (told(delivery)["GS-2"].damage or "")


def test_of_many_alerts_the_damaged_ones_are_found(outbox, damage):
    names = [f"GS-{number}" for number in range(100, 300)]
    outbox.commit(
        alerts=tuple(outbox.alert("1", name, subject_key=name) for name in names),
        notifications=tuple(outbox.notification(name, name, group_key=name) for name in names),
    )
    damage("UPDATE alert SET status = 'strange' WHERE id IN ('GS-100', 'GS-207', 'GS-299')")
    outbox.now += 2 * HOUR
    (delivery,) = claim(outbox)
    assert BACKLOG < len(told(delivery)) <= GATHERED + BACKLOG
    assert set(told(delivery)) == {*names, "GS-1", "GS-2", "GS-3"} - {"GS-100", "GS-207", "GS-299"}
    assert outbox.store.totals().dead == 3


# ---- the notification ------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("column", "statement"),
    [
        ("created_at", NO_TIME),
        ("settled_at", NO_TIME),
        ("change", NO_TEXT),
    ],
)
def test_a_damaged_notification_is_mended_and_goes_out(outbox, damage, caplog, column, statement):
    damage(f"{statement.format('notification', column)} WHERE id = 'n2'")
    first, *rest = claim(outbox, limit=5)
    assert {name for one in (first, *rest) for name in told(one)} == {"GS-1", "GS-2", "GS-3"}
    for one in (first, *rest):
        outbox.store.settle(one, Sent(reference=None), outbox.now)
    assert fate(outbox, "GS-2")[0] in {NotificationStatus.SENT, NotificationStatus.FOLDED}
    assert f"n2 was damaged and is sent all the same: {column}" in caplog.text


@on_sqlite
def test_a_backlog_with_a_damaged_notification_is_gathered(outbox, damage):
    names = [f"GS-{number}" for number in range(100, 160)]
    outbox.commit(
        alerts=tuple(outbox.alert("1", name, subject_key=name) for name in names),
        notifications=tuple(outbox.notification(name, name, group_key=name) for name in names),
    )
    damage("UPDATE notification SET created_at = 'noon or so' WHERE id = 'GS-107'")
    outbox.now += 2 * HOUR
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {*names, "GS-1", "GS-2", "GS-3"}


@on_sqlite
def test_a_dead_letter_whose_alert_has_gone_is_still_shown(outbox, damage):
    (delivery,) = claim(outbox)
    outbox.store.settle(delivery, Dead(reason="550"), outbox.now)
    damage("DELETE FROM alert WHERE id = 'GS-2'")
    assert {letter.alert_id for letter in outbox.store.dead_letters(10)} == {"GS-1", "GS-2", "GS-3"}


# ---- what stands beside ----------------------------------------------------------------


@on_sqlite
def test_one_whose_receiver_cannot_be_read_holds_up_no_receiver(outbox, damage):
    damage(f"{NO_TEXT.format('notification', 'receiver')} WHERE id = 'n2'")
    assert outbox.store.receivers_due(outbox.now) == {"mail"}
    (delivery,) = claim(outbox)
    assert set(told(delivery)) == {"GS-1", "GS-3"}
    (letter,) = outbox.store.dead_letters(10)
    assert (letter.alert_id, letter.receiver) == ("GS-2", "(damaged)")


@on_sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notification SET send_after = 'noon or so'",
        "UPDATE delivery SET settled_at = 'noon or so'",
        "UPDATE source SET next_due_at = 'noon or so' WHERE config_id = 'way_home'",
    ],
)
def test_times_that_a_disk_has_spoilt_keep_no_daemon_from_its_start(outbox, damage, statement):
    (first,) = claim(outbox)
    outbox.store.settle(first, RetryAt(at=outbox.now + HOUR, reason="down"), outbox.now)
    damage(statement)
    waits = LongestWaits(sources={}, failing=HOUR, lease=HOUR, group=HOUR, retry=HOUR, timer=HOUR)
    assert outbox.store.bring_forward(outbox.now, waits) > 0
    assert outbox.store.receivers_due(outbox.now + HOUR) == {"mail"}
    outbox.now += HOUR
    (again,) = claim(outbox)
    assert set(told(again)) == {"GS-1", "GS-2", "GS-3"}


def test_the_alerts_that_can_be_read_are_listed(outbox, damage, caplog):
    damage("UPDATE alert SET status = 'strange' WHERE id = 'GS-2'")
    assert {alert.id for alert in outbox.store.alerts(10)} == {"GS-1", "GS-3"}
    assert "alert GS-2 can't be read from the database" in caplog.text
