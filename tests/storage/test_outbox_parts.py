"""A delivery that was not taken whole: its parts, what of it arrived, and one that goes out short."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, make_url, text

from storage.catch_up import GATHERED
from storage.model import Apart, Dead, NotificationStatus, RetryAt, Sent, Shortened

LEASE = timedelta(minutes=5)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def outbox(desk):
    """A desk with a post that alerts are about."""
    desk.post("1")
    return desk


def queue(desk, number, *, first=0, group="all"):
    """So many alerts of which one receiver is to be told."""
    names = [f"GS-{first + each}" for each in range(number)]
    desk.commit(
        alerts=tuple(desk.alert("1", name, subject_key=name) for name in names),
        notifications=tuple(desk.notification(f"of {name}", name, group_key=group) for name in names),
    )
    return names


def claim(desk, worker="w"):
    claimed = desk.store.claim(desk.now, worker=worker, lease_for=LEASE, limit=1, receivers=("mail",))
    return claimed[0] if claimed else None


def told(delivery):
    return [one.alert.id for one in delivery.notifications]


def one_by_one(delivery, *, taken=(), reason="too long"):
    """Everything apart but what was taken."""
    left = [one.id for one in delivery.notifications if one.alert.id not in taken]
    arrived = tuple(one.id for one in delivery.notifications if one.alert.id in taken)
    return Apart(parts=tuple((one,) for one in left), reason=reason, taken=arrived)


def status(desk, alert_id):
    (report,) = desk.store.notifications(alert_id)
    return report.status, report.reason


def test_each_part_is_a_delivery_of_its_own_due_now_and_before_what_came_later(outbox):
    names = queue(outbox, 3)
    whole = claim(outbox)
    queue(outbox, 1, first=9, group="later")
    outbox.now += MINUTE
    outbox.store.settle(whole, one_by_one(whole), outbox.now)
    parts = [claim(outbox) for _ in names]
    assert [told(part) for part in parts] == [[name] for name in names]
    assert {(part.attempts, part.refused, part.first_claimed_at) for part in parts} == {
        (0, None, whole.first_claimed_at)
    }
    assert len({whole.delivery_id, *(part.delivery_id for part in parts)}) == 4
    for part in parts:
        outbox.store.settle(part, Sent(reference=None), outbox.now)
    assert {status(outbox, name)[0] for name in names} == {NotificationStatus.SENT}
    assert told(claim(outbox)) == ["GS-9"]


def test_what_was_taken_is_sent_and_comes_in_no_part(outbox):
    queue(outbox, 4)
    whole = claim(outbox)
    outbox.store.settle(whole, one_by_one(whole, taken={"GS-0", "GS-1"}), outbox.now)
    assert [told(claim(outbox)) for _ in range(2)] == [["GS-2"], ["GS-3"]]
    assert claim(outbox) is None
    assert status(outbox, "GS-0") == (NotificationStatus.SENT, "too long")
    assert status(outbox, "GS-1") == (NotificationStatus.FOLDED, "too long")


def test_what_is_in_no_part_waits_and_is_not_lost(outbox):
    queue(outbox, 2)
    whole = claim(outbox)
    outbox.store.settle(whole, Apart(parts=(("of GS-0",),), reason="too long"), outbox.now)
    assert sorted([*told(claim(outbox)), *told(claim(outbox))]) == ["GS-0", "GS-1"]


def test_a_part_whose_worker_died_comes_again_as_it_was(outbox):
    queue(outbox, 2)
    whole = claim(outbox)
    outbox.store.settle(whole, one_by_one(whole), outbox.now)
    lost = claim(outbox)
    outbox.now += LEASE
    again = claim(outbox, "another")
    assert (again.delivery_id, told(again), again.attempts) == (lost.delivery_id, told(lost), 0)


def test_another_worker_leaves_the_parts_alone_for_as_long_as_after_any_delivery(outbox):
    queue(outbox, 2)
    whole = claim(outbox)
    outbox.store.settle(whole, one_by_one(whole), outbox.now)
    assert claim(outbox, "another") is None
    outbox.now += timedelta(seconds=4)
    assert claim(outbox, "another") is not None


def test_one_that_was_refused_comes_again_with_the_reason_until_it_is_settled(outbox):
    queue(outbox, 1)
    full = claim(outbox)
    outbox.store.settle(full, Shortened(reason="554 unwanted"), outbox.now)
    short = claim(outbox)
    assert (short.delivery_id, short.attempts, short.refused) == (full.delivery_id, 1, "554 unwanted")
    outbox.store.settle(short, RetryAt(at=outbox.now + MINUTE, reason="451"), outbox.now)
    outbox.now += MINUTE
    again = claim(outbox)
    assert (again.attempts, again.refused) == (2, "554 unwanted")
    outbox.store.settle(again, Dead(reason="refused in full and short"), outbox.now)
    assert status(outbox, "GS-0") == (NotificationStatus.DEAD, "refused in full and short")
    assert outbox.store.resend(outbox.now, receivers=["mail"]).dead == 1
    assert claim(outbox).refused is None


@on_sqlite
def test_the_parts_of_a_catch_up_are_gathered_no_more_and_come_before_the_rest(outbox):
    names = queue(outbox, 2 * GATHERED, group="each")
    outbox.now += 2 * HOUR
    whole = claim(outbox)
    assert len(whole.notifications) == GATHERED
    ids = [one.id for one in whole.notifications]
    parts = tuple(tuple(ids[start : start + 20]) for start in range(0, GATHERED, 20))
    outbox.store.settle(whole, Apart(parts=parts, reason="413"), outbox.now)
    arrived = []
    while part := claim(outbox):
        outbox.store.settle(part, Sent(reference=None), outbox.now)
        arrived.append(told(part))
    assert [len(one) for one in arrived] == [20] * 10 + [GATHERED]
    assert sorted(name for one in arrived for name in one) == sorted(names)


@on_sqlite
def test_every_attempt_and_every_part_is_written_down(outbox, store_url):
    queue(outbox, 2)
    whole = claim(outbox)
    outbox.store.settle(whole, one_by_one(whole), outbox.now)
    outbox.store.settle(claim(outbox), Shortened(reason="can't parse"), outbox.now)
    outbox.store.settle(claim(outbox), Sent(reference="1"), outbox.now)
    engine = create_engine(make_url(store_url))
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT attempt, outcome, notifications, detail FROM delivery ORDER BY rowid")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        (0, "part", 1, "too long"),
        (0, "part", 1, "too long"),
        (1, "parted", 2, "too long"),
        (1, "shortened", 1, "can't parse"),
        (2, "sent", 1, None),
    ]
