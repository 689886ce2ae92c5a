"""What a clock that ran ahead has put off is due now; what rightly waits goes on waiting."""

from dataclasses import replace
from datetime import datetime, timedelta

from storage.model import LongestWaits, RetryAt, Timer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONGEST = LongestWaits(
    sources={"way_home": HOUR},
    failing=7 * DAY,
    lease=5 * MINUTE,
    group=30 * MINUTE,
    retry=3 * DAY,
    timer=100 * DAY,
)


def due_in(desk) -> timedelta:
    due: datetime = desk.store.next_due(desk.now)
    wait: timedelta = due - desk.now
    return wait


def test_a_source_that_is_well_waits_no_longer_than_its_longest_pause(desk):
    desk.commit(source=desk.update(next_due_at=desk.now + HOUR))
    assert desk.store.bring_forward(desk.now, LONGEST) == 0
    assert due_in(desk) == HOUR
    assert desk.store.bring_forward(desk.now - MINUTE, LONGEST) == 1
    assert due_in(desk) == -MINUTE


def test_a_source_that_fails_waits_as_long_as_its_server_may_ask(desk):
    desk.commit(source=desk.update(next_due_at=desk.now + 7 * DAY, failures=1))
    assert desk.store.bring_forward(desk.now, LONGEST) == 0
    assert desk.store.bring_forward(desk.now - HOUR, LONGEST) == 1


def test_one_that_rests_is_left_alone(desk):
    desk.commit(source=desk.update(next_due_at=desk.now + DAY))
    desk.register("another")
    assert desk.store.bring_forward(desk.now - DAY, replace(LONGEST, sources={"another": HOUR})) == 1


def test_a_lease_that_no_worker_can_have_taken_is_void(desk):
    (lease,) = desk.store.due(desk.now, worker="w", lease_for=4 * MINUTE, limit=1)
    desk.store.bring_forward(desk.now, LONGEST)
    assert desk.store.due(desk.now, worker="v", lease_for=MINUTE, limit=1) == ()
    desk.store.bring_forward(desk.now - 2 * MINUTE, LONGEST)
    (again,) = desk.store.due(desk.now, worker="v", lease_for=MINUTE, limit=1)
    assert again.source_id == lease.source_id


def test_what_waits_for_its_group_and_what_failed_keep_their_own_limits(desk):
    desk.post("1")
    desk.commit(
        source=desk.update(next_due_at=desk.now),
        alerts=(desk.alert("1"),),
        notifications=(
            desk.notification("tried"),
            desk.notification("fresh", receiver="chat", send_after=desk.now + 20 * MINUTE),
        ),
    )
    (claimed,) = desk.store.claim(desk.now, worker="w", lease_for=MINUTE, limit=1, receivers=("mail",))
    desk.store.settle(claimed, RetryAt(at=desk.now + HOUR, reason="(sample)"), desk.now)
    assert desk.store.bring_forward(desk.now, LONGEST) == 0
    before = desk.now - 2 * HOUR
    assert desk.store.bring_forward(before, replace(LONGEST, sources={})) == 2
    assert desk.store.receivers_due(before) == {"chat"}
    assert desk.store.receivers_due(before + HOUR - MINUTE) == {"chat"}
    assert desk.store.receivers_due(before + HOUR) == {"chat", "mail"}


def failed_at(desk, moment: datetime, pause: timedelta) -> None:
    (claimed,) = desk.store.claim(moment, worker="w", lease_for=MINUTE, limit=1)
    desk.store.settle(claimed, RetryAt(at=moment + pause, reason="(sample)"), moment)


def test_what_failed_before_the_clock_was_set_back_several_times_never_waits_for_where_it_was(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("n"),))
    failed_at(desk, desk.now, 15 * MINUTE)
    for back in (HOUR, DAY):
        desk.store.bring_forward(desk.now - back, LONGEST)
    assert desk.store.receivers_due(desk.now - DAY) == {"mail"}
    failed_at(desk, desk.now - DAY, MINUTE)
    assert desk.store.bring_forward(desk.now - DAY, LONGEST) == 0
    assert desk.store.receivers_due(desk.now - DAY) == frozenset()
    assert desk.store.receivers_due(desk.now - DAY + MINUTE) == {"mail"}


def test_a_timer_far_beyond_all_timers_is_due(desk):
    timer = Timer(kind="copies", key=f"{desk.way_home}/GS-1", due_at=desk.now + 90 * DAY)
    desk.commit(timers_set=(timer,))
    assert desk.store.bring_forward(desk.now, LONGEST) == 0
    desk.store.bring_forward(desk.now - 20 * DAY, LONGEST)
    assert len(desk.store.due_timers(desk.now, limit=5)) == 1
