"""A receiver that was not reached for long: its backlog comes in few deliveries, and nothing is left out."""

from datetime import timedelta

import pytest

from storage.catch_up import BACKLOG, FOLD, GATHERED, PATIENCE
from storage.model import Dead, NotificationStatus, RetryAt, Sent

pytestmark = pytest.mark.no_cover  # what it runs is traced elsewhere

LEASE = timedelta(minutes=3)
STEPS = 24  # of an hour
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def outbox(desk):
    """A desk with a post that alerts are about."""
    desk.post("1")
    return desk


def queue(desk, number, *, alerts=None, first=0, severity="warning", **changes):
    """So many notifications, each of a group of its own, a second apart; of as many alerts, or of fewer."""
    alerts = alerts or number
    names = [f"GS-{first + each}" for each in range(alerts)]
    desk.commit(
        alerts=tuple(
            desk.alert("1", name, subject_key=name, severity=severity, opened_at=desk.now) for name in names
        ),
        notifications=tuple(
            desk.notification(
                f"n{first + each:05}",
                names[each % alerts],
                change="opened" if each < alerts else "updated",
                group_key=f"group {first + each}",
                created_at=desk.now + timedelta(seconds=each),
                **changes,
            )
            for each in range(number)
        ),
    )


def claim(desk, worker="w"):
    """The next delivery to the one receiver, if any."""
    claimed = desk.store.claim(desk.now, worker=worker, lease_for=LEASE, limit=1, receivers=("mail",))
    return claimed[0] if claimed else None


def deliver_all(desk):
    """Everything that is to be had now arrives; returns the deliveries."""
    arrived = []
    while delivery := claim(desk):
        desk.store.settle(delivery, Sent(reference=None), desk.now)
        arrived.append(delivery)
    return arrived


def alert_ids(deliveries):
    return {one.alert.id for delivery in deliveries for one in delivery.notifications}


def test_a_thousand_that_waited_come_in_five_deliveries(outbox):
    queue(outbox, 1000, alerts=300)
    outbox.now += 3 * HOUR
    arrived = deliver_all(outbox)
    assert [len(one.notifications) for one in arrived] == [GATHERED] * 5
    assert alert_ids(arrived) == {f"GS-{number}" for number in range(300)}
    assert len({one.delivery_id for one in arrived}) == 5
    assert outbox.store.totals().pending == 0


def test_what_was_said_of_one_alert_comes_together(outbox):
    queue(outbox, 1000, alerts=250)
    outbox.now += 3 * HOUR
    first = deliver_all(outbox)[0]
    assert len(alert_ids([first])) == GATHERED // 4


def test_a_few_left_are_taken_along(outbox):
    queue(outbox, GATHERED + BACKLOG)
    outbox.now += 2 * HOUR
    assert [len(one.notifications) for one in deliver_all(outbox)] == [GATHERED + BACKLOG]


@pytest.mark.parametrize(("number", "waited"), [(BACKLOG, 2 * HOUR), (BACKLOG + 5, HOUR / 2)])
def test_few_or_fresh_ones_go_out_by_their_groups(outbox, number, waited):
    queue(outbox, number)
    outbox.now += waited
    arrived = deliver_all(outbox)
    assert [len(one.notifications) for one in arrived] == [1] * number
    assert {one.gathered_since for one in arrived} == {None}


def test_a_catch_up_says_since_when_it_waited(outbox):
    queue(outbox, 60)
    began, outbox.now = outbox.now, outbox.now + 2 * HOUR
    (delivery,) = deliver_all(outbox)
    assert delivery.gathered_since == began
    assert (delivery.first_claimed_at, delivery.attempts) == (outbox.now, 0)


def test_what_waits_for_its_group_is_not_gathered(outbox):
    queue(outbox, 60)
    outbox.now += 2 * HOUR
    queue(outbox, 1, first=900, send_after=outbox.now + 5 * MINUTE)
    assert "GS-900" not in alert_ids(deliver_all(outbox))


def test_recent_critical_alerts_are_in_the_first_catch_up(outbox):
    queue(outbox, 500)
    outbox.now += 3 * HOUR
    queue(outbox, 1, first=900, severity="critical")
    queue(outbox, 1, first=901)
    arrived = deliver_all(outbox)
    assert "GS-900" in alert_ids(arrived[:1])
    assert "GS-901" in alert_ids(arrived[-1:])


def test_a_catch_up_that_failed_comes_again_as_it_was(outbox):
    queue(outbox, 300)
    outbox.now += 2 * HOUR
    first = claim(outbox)
    later = outbox.now + 10 * MINUTE
    outbox.store.settle(first, RetryAt(at=later, reason="down"), outbox.now)
    assert claim(outbox) is None, "the receiver rests"
    outbox.now = later
    again = claim(outbox)
    assert (again.delivery_id, again.notifications) == (first.delivery_id, first.notifications)
    assert (again.attempts, again.first_claimed_at) == (1, first.first_claimed_at)
    assert again.gathered_since == first.gathered_since
    outbox.store.settle(again, Sent(reference=None), outbox.now)
    (rest,) = deliver_all(outbox)
    assert not alert_ids([again]) & alert_ids([rest])


def test_a_catch_up_whose_worker_died_comes_again_as_it_was(outbox):
    queue(outbox, 300)
    outbox.now += 2 * HOUR
    first = claim(outbox)
    outbox.now += LEASE
    again = claim(outbox, worker="another")
    assert (again.delivery_id, again.notifications) == (first.delivery_id, first.notifications)
    assert len(alert_ids([again, *deliver_all_as(outbox, again)])) == 300


def deliver_all_as(desk, held):
    desk.store.settle(held, Sent(reference=None), desk.now)
    desk.now += MINUTE
    return deliver_all(desk)


def fail_for_a_day(desk):
    """Alerts come while every attempt fails; returns how many attempts there were."""
    attempts, began = 0, desk.now
    for number in range(STEPS):
        desk.now = began + number * HOUR
        queue(desk, 8, first=10 * number)
        while delivery := claim(desk):
            pause = MINUTE * 2 ** min(delivery.attempts, 6)
            desk.store.settle(delivery, RetryAt(at=desk.now + pause, reason="down"), desk.now)
            attempts += 1
    return attempts


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_after_a_day_of_failures_all_arrives_in_few_deliveries(outbox):
    attempts = fail_for_a_day(outbox)
    outbox.now += 2 * HOUR
    arrived = deliver_all(outbox)
    assert alert_ids(arrived) == {f"GS-{10 * number + each}" for number in range(STEPS) for each in range(8)}
    assert len(arrived) <= 4
    assert attempts < 200, "a receiver that fails is left alone between tries"


def test_what_failed_before_is_gathered_with_the_rest_though_its_pause_lasts(outbox):
    queue(outbox, 30)
    for _ in range(30):
        failed = claim(outbox)
        outbox.store.settle(failed, RetryAt(at=outbox.now + 9 * HOUR, reason="down"), outbox.now)
    queue(outbox, 30, first=100)
    outbox.now += 2 * HOUR
    assert claim(outbox) is None
    outbox.now += 7 * HOUR
    probe, *rest = deliver_all(outbox)
    assert len(probe.notifications) == 1
    assert [len(one.notifications) for one in rest] == [59]


def test_a_failure_of_before_the_clock_was_set_back_does_not_count(outbox):
    queue(outbox, 100)
    outbox.now += 5 * HOUR
    failed = claim(outbox)
    outbox.store.settle(failed, RetryAt(at=outbox.now + MINUTE, reason="down"), outbox.now)
    outbox.now -= 2 * HOUR
    queue(outbox, 100, first=500)
    outbox.now += 90 * MINUTE
    assert [len(one.notifications) for one in deliver_all(outbox)] == [100]


def test_one_delivery_that_always_fails_holds_up_the_others_for_a_while_only(outbox):
    queue(outbox, 60)
    outbox.now += 2 * HOUR
    poisoned = claim(outbox)
    for _ in range(PATIENCE):
        outbox.store.settle(poisoned, RetryAt(at=outbox.now + MINUTE, reason="500"), outbox.now)
        outbox.now += MINUTE
        queue(outbox, 50, first=int(outbox.now.timestamp()))
        poisoned = claim(outbox)
    other = claim(outbox)
    assert not alert_ids([other]) & alert_ids([poisoned])


def test_a_catch_up_refused_for_good_is_dead_whole_and_can_be_resent(outbox):
    queue(outbox, 60)
    outbox.now += 2 * HOUR
    outbox.store.settle(claim(outbox), Dead(reason="413 too large"), outbox.now)
    assert outbox.store.totals().dead == 60
    assert outbox.store.resend(outbox.now, receivers=["mail"]).dead == 60
    assert [len(one.notifications) for one in deliver_all(outbox)] == [1] * 60


def test_of_a_catch_up_one_is_sent_and_the_others_are_folded(outbox):
    queue(outbox, 60, alerts=1)
    outbox.now += 2 * HOUR
    deliver_all(outbox)
    fates = [one.status for one in outbox.store.notifications("GS-0")]
    assert fates == [NotificationStatus.SENT] + [NotificationStatus.FOLDED] * 59


def test_each_receiver_catches_up_by_itself(outbox):
    queue(outbox, 60)
    queue(outbox, 5, first=900, receiver="phone")
    outbox.now += 2 * HOUR
    claimed = outbox.store.claim(outbox.now, worker="w", lease_for=LEASE, limit=10)
    assert (
        sorted((one.receiver, len(one.notifications)) for one in claimed)
        == [("mail", 60)] + [("phone", 1)] * 5
    )


def test_an_ordinary_delivery_is_never_as_large_as_a_catch_up():
    assert FOLD < BACKLOG < GATHERED
