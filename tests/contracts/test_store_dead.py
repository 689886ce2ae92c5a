"""Dead letters are listed and get another chance, on both databases."""

from datetime import timedelta

import pytest

from storage.model import Dead, ItemRef, NotificationStatus, RetryAt, Sent

LEASE = timedelta(minutes=5)


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
    assert letters.store.resend(letters.now, alert_id="GS-1") == 2
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
    assert letters.store.resend(letters.now, receiver="mail") == 2
    assert [one.id for one in letters.store.dead_letters(10)] == ["phone 1"]
    assert letters.store.resend(letters.now, alert_id="GS-2", receiver="phone") == 0


def test_all_are_sent_again_once(letters):
    assert letters.store.resend(letters.now) == 3
    assert letters.store.resend(letters.now) == 0
    assert status(letters)["desk"] == NotificationStatus.SENT


def test_a_letter_that_dies_again_is_dead_again(letters):
    letters.store.resend(letters.now, receiver="phone")
    (delivery,) = claim(letters)
    letters.store.settle(delivery, Dead(reason="still no phone"), letters.now)
    assert [one.reason for one in letters.store.dead_letters(10) if one.receiver == "phone"] == [
        "still no phone"
    ]


def test_what_was_purged_is_not_sent_again(letters):
    letters.store.resend(letters.now)
    letters.store.purge([ItemRef(source_id=letters.way_home, external_id="1")], letters.now)
    assert letters.store.resend(letters.now) == 0
    assert {one.notifications[0].alert.id for one in claim(letters)} == {"GS-2"}
