"""What every store keeps of leases: of long polls, of workers that died, of timers and of early claims."""

from datetime import timedelta

import pytest

from storage.errors import DeskTaken, LeaseLost
from storage.model import RetryAt, Sent, Timer
from storage.store import open_store

LEASE = timedelta(minutes=2)
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("store_url", ["postgres"], indirect=True)


def lease(desk):
    """What the worker that asks gets of the one source."""
    return desk.store.due(desk.now, worker="a:1", lease_for=LEASE, limit=5)


def claim(desk, **asked):
    """What a worker that asks for one delivery gets."""
    return desk.store.claim(desk.now, worker="a:1", lease_for=LEASE, limit=1, **asked)


def queue(desk, **changes):
    """One alert with one notification."""
    desk.commit(
        items=(desk.item("1"),),
        revisions=(desk.revision("1"),),
        alerts=(desk.alert("1"),),
        notifications=(desk.notification("n1", **changes),),
    )


def test_a_renewed_lease_is_nobody_elses(desk):
    held = lease(desk)
    desk.now += LEASE / 2
    desk.store.renew(held, desk.now + LEASE)
    desk.now += LEASE - timedelta(seconds=1)
    assert lease(desk) == ()
    desk.now += timedelta(seconds=1)
    assert len(lease(desk)) == 1


def test_a_lease_that_passed_on_is_not_renewed(desk):
    lost = lease(desk)
    desk.now += LEASE
    held = lease(desk)
    desk.store.renew(lost, desk.now + timedelta(days=1))
    desk.now += LEASE
    assert len(lease(desk)) == 1
    assert held != lost


def test_no_lease_is_renewed_by_asking_for_none(desk):
    desk.store.renew((), desk.now + LEASE)
    assert len(lease(desk)) == 1


def test_a_released_lease_stays_released_when_it_is_renewed_late(desk):
    held = lease(desk)
    desk.store.release(held[0])
    desk.store.renew(held, desk.now + LEASE)
    assert len(lease(desk)) == 1


@on_sqlite
def test_a_worker_on_sqlite_gets_at_once_what_a_killed_one_had_leased(desk):
    queue(desk)
    desk.commit(source=desk.update(next_due_at=desk.now))
    polled, delivered = lease(desk), claim(desk)
    assert polled
    assert delivered
    with desk.store.working():
        assert [again.source_id for again in lease(desk)] == [polled[0].source_id]
        assert [again.delivery_id for again in claim(desk)] == [delivered[0].delivery_id]
    with pytest.raises(LeaseLost):
        desk.store.settle(delivered[0], Sent(reference=None), desk.now)


@on_postgres
def test_workers_on_postgres_leave_each_other_their_leases(desk):
    assert lease(desk)
    with desk.store.working(), desk.store.working():
        assert lease(desk) == ()


@on_sqlite
def test_a_second_worker_on_one_sqlite_file_is_refused(desk, store_url):
    other = open_store(store_url)
    try:
        with desk.store.working(), pytest.raises(DeskTaken, match="one at a time"), other.working():
            pass
        with other.working():
            assert other.totals().items == 0
    finally:
        other.close()


@on_sqlite
def test_readers_come_in_while_a_worker_is_at_it(desk, store_url):
    with desk.store.working():
        other = open_store(store_url)
        assert other.totals().items == 0
        other.close()


def test_a_timer_that_another_worker_decided_on_is_dropped(desk):
    timer = Timer(kind="repeat", key="1:GS-1", due_at=desk.now)
    desk.commit(timers_set=(timer,))
    desk.commit(source=None, timer_fired=timer)
    with pytest.raises(LeaseLost):
        desk.commit(source=None, timer_fired=timer)


def test_a_timer_that_was_moved_is_dropped_and_stays(desk):
    timer = Timer(kind="repeat", key="1:GS-1", due_at=desk.now)
    moved = Timer(kind="repeat", key="1:GS-1", due_at=desk.now + timedelta(hours=1))
    desk.commit(timers_set=(timer,))
    desk.commit(timers_set=(moved,))
    with pytest.raises(LeaseLost):
        desk.commit(source=None, timer_fired=timer)
    assert desk.store.due_timers(moved.due_at, 5) == (moved,)


def test_what_waits_for_its_group_can_be_had_early(desk):
    queue(desk, send_after=desk.now + timedelta(minutes=5))
    assert desk.store.receivers_due(desk.now) == frozenset()
    assert claim(desk) == ()
    assert desk.store.receivers_due(desk.now, timedelta(minutes=5)) == {"mail"}
    assert claim(desk, ahead=timedelta(minutes=5))[0].first_claimed_at == desk.now


def test_what_failed_once_is_never_early(desk):
    queue(desk)
    later = RetryAt(at=desk.now + timedelta(minutes=5), reason="greylisted")
    desk.store.settle(claim(desk)[0], later, desk.now)
    assert desk.store.receivers_due(desk.now, timedelta(hours=1)) == frozenset()
    assert claim(desk, ahead=timedelta(hours=1)) == ()
    desk.now = later.at
    assert claim(desk)[0].attempts == 1
