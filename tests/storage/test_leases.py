"""Leases on sources, due timers, and when something is due next."""

from datetime import timedelta

from storage.model import Timer

LEASE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def lease(desk, now, limit=10):
    return desk.store.due(now, worker="w", lease_for=LEASE, limit=limit)


def test_a_leased_source_is_nobody_elses_until_the_lease_ends(desk):
    (first,) = lease(desk, desk.now)
    assert (first.source_id, first.config_id, first.until) == (desk.way_home, "way_home", desk.now + LEASE)
    assert lease(desk, desk.now + LEASE - timedelta(seconds=1)) == ()
    (second,) = lease(desk, desk.now + LEASE)
    assert second.token != first.token


def test_a_released_source_can_be_leased_at_once(desk):
    (first,) = lease(desk, desk.now)
    desk.store.release(first)
    assert len(lease(desk, desk.now)) == 1


def test_an_old_lease_releases_nothing(desk):
    (old,) = lease(desk, desk.now)
    lease(desk, desk.now + LEASE)
    desk.store.release(old)
    assert lease(desk, desk.now + LEASE) == ()


def test_a_commit_keeps_the_lease_and_moves_the_due_time(desk):
    (mine,) = lease(desk, desk.now)
    desk.commit(lease=mine.token, source=desk.update(next_due_at=desk.now))
    assert lease(desk, desk.now) == ()
    desk.commit(lease=mine.token, source=desk.update(next_due_at=desk.now + HOUR))
    desk.store.release(mine)
    assert lease(desk, desk.now + HOUR - timedelta(seconds=1)) == ()
    assert len(lease(desk, desk.now + HOUR)) == 1


def test_those_that_have_waited_longest_come_first(desk):
    rows = desk.register("a", "b", "c")
    for name, hours in (("a", 3), ("b", 1), ("c", 2)):
        desk.commit(rows[name], source=desk.update(next_due_at=desk.now + hours * HOUR))
    assert [one.config_id for one in lease(desk, desk.now + 9 * HOUR, limit=2)] == ["b", "c"]


def test_timers_fall_due_and_a_later_one_replaces_the_earlier(desk):
    soon, late = desk.now + HOUR, desk.now + 2 * HOUR
    desk.commit(
        timers_set=(Timer(kind="repeat", key="a", due_at=soon), Timer(kind="repeat", key="b", due_at=soon))
    )
    desk.commit(timers_set=(Timer(kind="repeat", key="a", due_at=late),))
    assert desk.store.due_timers(desk.now, 5) == ()
    assert [timer.key for timer in desk.store.due_timers(soon, 5)] == ["b"]
    assert [timer.key for timer in desk.store.due_timers(late, 5)] == ["b", "a"]
    assert [timer.key for timer in desk.store.due_timers(late, 1)] == ["b"]


def test_a_cleared_timer_is_gone(desk):
    desk.commit(timers_set=(Timer(kind="repeat", key="a", due_at=desk.now),))
    desk.commit(timers_cleared=(("repeat", "a"), ("repeat", "never set")))
    assert desk.store.due_timers(desk.now, 5) == ()


def test_nothing_is_due_next_on_an_empty_desk(desk):
    desk.register()
    assert desk.store.next_due(desk.now) is None


def test_the_next_due_moment_is_the_earliest_of_all(desk):
    desk.commit(source=desk.update(next_due_at=desk.now + 9 * HOUR))
    assert desk.store.next_due(desk.now) == desk.now + 9 * HOUR
    desk.post("1")
    desk.commit(
        source=desk.update(next_due_at=desk.now + 9 * HOUR),
        alerts=(desk.alert("1"),),
        notifications=(desk.notification("n", send_after=desk.now + 5 * HOUR),),
    )
    assert desk.store.next_due(desk.now) == desk.now + 5 * HOUR
    desk.commit(
        source=desk.update(next_due_at=desk.now + 9 * HOUR),
        timers_set=(Timer(kind="repeat", key="a", due_at=desk.now + 2 * HOUR),),
    )
    assert desk.store.next_due(desk.now) == desk.now + 2 * HOUR


def test_what_is_leased_is_due_when_the_lease_ends(desk):
    lease(desk, desk.now)
    assert desk.store.next_due(desk.now) == desk.now + LEASE
    assert desk.store.next_due(desk.now + LEASE) == desk.now
