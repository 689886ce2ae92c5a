"""Dead letters are listed and get another chance, on both databases."""

from datetime import timedelta

import pytest

from storage.model import Dead, ItemRef, NotificationStatus, Resent, RetryAt, Sent

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
ALL = ("mail", "phone", "desk")


@pytest.fixture
def letters(desk):
    """Three dead notifications and one that was sent, of two alerts."""
    desk.post("1")
    desk.post("2")
    desk.commit(
        alerts=(desk.alert("1"), desk.alert("2", "GS-2", rule_id="other")),
        notifications=(
            desk.notification("mail 1"),
            desk.notification("mail 2", "GS-2"),
            desk.notification("phone 1", receiver="phone"),
            desk.notification("desk 1", receiver="desk"),
        ),
    )
    for delivery in claim(desk):
        retried = delivery
        if retried.receiver == "phone":
            desk.store.settle(retried, RetryAt(at=desk.now, reason="busy"), desk.now)
            (retried,) = claim(desk)
        result = (
            Sent(reference=None) if delivery.receiver == "desk" else Dead(reason=f"no {delivery.receiver}")
        )
        desk.store.settle(retried, result, desk.now)
    return desk


def claim(desk):
    return desk.store.claim(desk.now, worker="w", lease_for=LEASE, limit=10)


def again(desk, receivers=ALL, **chosen):
    return desk.store.resend(desk.now, receivers=receivers, **chosen)


def status(desk, alert="GS-1"):
    return {one.receiver: str(one.status) for one in desk.store.notifications(alert)}


def test_dead_letters_say_what_to_whom_and_why_not(letters):
    found = {one.id: one for one in letters.store.dead_letters(10)}
    assert found.keys() == {"mail 1", "mail 2", "phone 1"}
    phone = found["phone 1"]
    assert (phone.alert_id, phone.rule_id, phone.receiver) == ("GS-1", "rotation", "phone")
    assert (phone.reason, phone.attempts, phone.change) == ("no phone", 2, "opened")
    assert (phone.settled_at, phone.headline) == (letters.now, "(fictional sample)")


def test_dead_letters_can_be_narrowed(letters):
    assert [one.id for one in letters.store.dead_letters(10, rule="other")] == ["mail 2"]
    assert letters.store.dead_letters(10, since=letters.now + timedelta(seconds=1)) == ()
    assert len(letters.store.dead_letters(2)) == 2


def test_those_of_an_alert_are_sent_as_new(letters):
    letters.now += timedelta(days=3)
    assert again(letters, alert_id="GS-1").dead == 2
    assert status(letters) == {"mail": "pending", "phone": "pending", "desk": "sent"}
    assert status(letters, "GS-2") == {"mail": "dead"}
    deliveries = claim(letters)
    assert {(one.receiver, one.attempts, one.first_claimed_at) for one in deliveries} == {
        ("mail", 0, letters.now),
        ("phone", 0, letters.now),
    }
    for delivery in deliveries:
        letters.store.settle(delivery, Sent(reference="taken"), letters.now)
    assert status(letters) == {"mail": "sent", "phone": "sent", "desk": "sent"}
    assert [one.id for one in letters.store.dead_letters(10)] == ["mail 2"]


def test_those_of_a_receiver_are_sent_again(letters):
    assert again(letters, receiver="mail") == Resent(dead=2, waiting=0)
    assert [one.id for one in letters.store.dead_letters(10)] == ["phone 1"]
    assert again(letters, alert_id="GS-2", receiver="phone") == Resent(dead=0, waiting=0)


def test_all_are_sent_again_once(letters):
    assert again(letters) == Resent(dead=3, waiting=0)
    assert again(letters) == Resent(dead=0, waiting=0)
    assert status(letters)["desk"] == NotificationStatus.SENT


def test_a_letter_that_dies_again_is_dead_again(letters):
    again(letters, receiver="phone")
    (delivery,) = claim(letters)
    letters.store.settle(delivery, Dead(reason="still no phone"), letters.now)
    assert [one.reason for one in letters.store.dead_letters(10) if one.receiver == "phone"] == [
        "still no phone"
    ]


def test_what_was_purged_is_not_sent_again(letters):
    again(letters)
    letters.store.purge([ItemRef(source_id=letters.way_home, external_id="1")], letters.now)
    assert again(letters) == Resent(dead=0, waiting=0)
    assert {one.notifications[0].alert.id for one in claim(letters)} == {"GS-2"}


@pytest.fixture
def failed(desk):
    """A notification for mail and one for the phone that failed and wait for hours, and one never tried."""
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=(desk.notification("mail 1"), desk.notification("phone 1", receiver="phone")),
    )
    for delivery in claim(desk):
        desk.store.settle(delivery, RetryAt(at=desk.now + HOUR, reason="down"), desk.now)
    later = desk.now + HOUR
    desk.commit(notifications=(desk.notification("mail 2", change="updated", send_after=later),))
    return desk


def ids(deliveries):
    return sorted(one.id for delivery in deliveries for one in delivery.notifications)


def test_the_pauses_of_some_receivers_are_ended_and_no_others(failed):
    assert failed.store.end_pauses(failed.now, ["mail", "desk"]) == 1
    (delivery,) = claim(failed)
    assert (ids([delivery]), delivery.attempts) == (["mail 1"], 1)


def test_what_is_on_its_way_is_not_hastened(failed):
    failed.store.end_pauses(failed.now, ["mail"])
    assert len(claim(failed)) == 1
    assert failed.store.end_pauses(failed.now, ["mail"]) == 0
    assert again(failed, receiver="mail") == Resent(dead=0, waiting=0)
    assert again(failed, ["mail"], receiver="mail", to="mail") == Resent(dead=0, waiting=0)


def test_what_waits_after_a_failure_is_sent_again_too_as_the_delivery_it_was(failed):
    assert again(failed, alert_id="GS-9") == Resent(dead=0, waiting=0)
    assert again(failed, alert_id="GS-1", receiver="phone") == Resent(dead=0, waiting=1)
    (delivery,) = claim(failed)
    assert (ids([delivery]), delivery.attempts) == (["phone 1"], 1)
    assert again(failed) == Resent(dead=0, waiting=1)
    assert ids(claim(failed)) == ["mail 1"]


def test_what_is_for_a_receiver_that_is_not_configured_is_left(letters):
    letters.commit(notifications=(letters.notification("phone 2", receiver="phone", change="updated"),))
    assert again(letters, ["mail", "desk"]) == Resent(dead=2, waiting=0, left={"phone": 2})
    assert status(letters)["mail"] == "pending"
    assert {one.id for one in letters.store.dead_letters(10)} == {"phone 1"}
    assert again(letters, ["mail", "desk"], receiver="desk").left == {}


def test_another_receiver_is_told_instead_of_one_that_is_gone(letters):
    letters.commit(notifications=(letters.notification("phone 2", receiver="phone", change="updated"),))
    letters.now += HOUR
    assert again(letters, ["mail", "spare"], receiver="phone", to="spare") == Resent(dead=1, waiting=1)
    (delivery,) = [one for one in claim(letters) if one.receiver == "spare"]
    assert sorted((one.alert.id, one.change) for one in delivery.notifications) == [
        ("GS-1", "opened"),
        ("GS-1", "updated"),
    ]
    replaced = [one for one in letters.store.notifications("GS-1") if one.receiver == "phone"]
    assert {(one.status, one.reason) for one in replaced} == {("replaced", "spare is told instead")}
    letters.store.settle(delivery, Sent(reference=None), letters.now)
    assert again(letters, ["mail", "spare"], receiver="phone", to="spare") == Resent(dead=0, waiting=0)
    letters.now += 90 * timedelta(days=1)
    assert [one.receiver for one in claim(letters)] == []


def test_a_receiver_is_not_told_again_of_what_it_was_told(letters):
    assert again(letters, ["desk"], to="desk") == Resent(dead=1, waiting=0, told_anyway=2)
    assert {one.notifications[0].alert.id for one in claim(letters)} == {"GS-2"}
    assert letters.store.dead_letters(10) == ()


def test_of_a_later_change_it_is_told_all_the_same(letters):
    letters.now += HOUR
    letters.commit(notifications=(letters.notification("phone 2", receiver="phone", change="updated"),))
    letters.commit(
        notifications=(
            letters.notification(
                "desk 0",
                receiver="desk",
                change="updated",
                created_at=letters.now - HOUR,
                send_after=letters.now,
            ),
        )
    )
    assert again(letters, ["desk"], receiver="phone", to="desk") == Resent(dead=0, waiting=1, told_anyway=1)


def test_several_receivers_that_did_not_get_it_are_replaced_by_one_message(letters):
    assert again(letters, ["spare"], to="spare") == Resent(dead=2, waiting=0, told_anyway=1)
    (delivery,) = claim(letters)
    assert sorted(one.alert.id for one in delivery.notifications) == ["GS-1", "GS-2"]


def test_what_the_other_receiver_itself_did_not_get_is_sent_again(letters):
    assert again(letters, ["mail"], to="mail") == Resent(dead=2, waiting=0, told_anyway=1)
    assert status(letters) == {"mail": "pending", "phone": "replaced", "desk": "sent"}
