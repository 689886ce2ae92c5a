"""What is heard is kept until it can be passed on, once, and makes its channel due at once."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.hearing import Hearing, Taken
from scrapers.model import Heard
from storage.errors import StorageUnavailable
from tests.monitor.test_daemon import without_receivers

NOW = datetime(2026, 3, 5, 10, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def heard(channel, *changed):
    return Heard(channel_id=channel, changed=frozenset(changed))


def taken(hearing, busy=(), polled=(), now=NOW):
    return hearing.take(busy, polled, now)


def end_poll(hearing, config_id="wives", channel="77", failed=None, retry_after=None, now=NOW):
    hearing.polled(config_id, channel, failed=failed, retry_after=retry_after, now=now)


def test_what_is_heard_of_a_channel_is_passed_on_once_and_together():
    hearing = Hearing()
    for one in (heard("77"), heard("77", 3), heard("77", 5), heard("78")):
        hearing.hear(one)
    assert taken(hearing) == Taken(heard=(heard("77", 3, 5), heard("78")), kinds=(), sources=())
    assert not hearing.pending((), NOW)
    assert taken(hearing) == Taken(heard=(), kinds=(), sources=())


def test_a_channel_that_is_being_polled_waits_for_the_end_of_it():
    hearing = Hearing()
    hearing.hear(heard("77"))
    assert not hearing.pending({"77", None}, NOW)
    assert taken(hearing, {"77"}).heard == ()
    assert taken(hearing, {"78"}).heard == (heard("77"),)


def test_more_changes_than_a_poll_can_read_again_wait_for_the_next():
    hearing = Hearing()
    hearing.hear(heard("77", *range(100)))
    assert len(taken(hearing).heard[0].changed) == 60
    assert not hearing.pending({"77"}, NOW)
    assert taken(hearing).heard == (heard("77", *range(60, 100)),)


def test_what_changed_is_looked_at_once_more_because_a_deletion_takes_two_looks():
    hearing = Hearing()
    hearing.hear(heard("77", 5))
    taken(hearing)
    end_poll(hearing)
    assert not hearing.pending((), NOW + 10 * MINUTE)
    assert taken(hearing, now=NOW + 11 * MINUTE).heard == (heard("77"),)
    assert not hearing.pending((), NOW + 60 * MINUTE)


def test_what_a_failed_poll_has_not_seen_is_asked_for_again_more_and_more_seldom():
    hearing, now = Hearing(), NOW
    hearing.hear(heard("77"))
    rests = []
    for _ in range(6):
        assert taken(hearing, now=now).heard == (heard("77"),)
        end_poll(hearing, failed="unavailable", now=now)
        rests.append(next(minutes for minutes in range(60) if hearing.pending((), now + minutes * MINUTE)))
        now += rests[-1] * MINUTE
    assert rests == [1, 2, 4, 8, 15, 15]
    taken(hearing, now=now)
    end_poll(hearing, now=now)
    assert not hearing.pending((), now + 60 * MINUTE)


def test_a_pause_that_was_asked_for_is_kept_whatever_is_heard_meanwhile():
    hearing = Hearing()
    hearing.hear(heard("77"))
    taken(hearing)
    end_poll(hearing, failed="blocked", retry_after=timedelta(hours=2))
    hearing.hear(heard("77", 9))
    assert not hearing.pending((), NOW + timedelta(hours=1))
    assert taken(hearing, now=NOW + timedelta(hours=2)).heard == (heard("77", 9),)


@pytest.mark.parametrize("failed", ["gone", "refused", "identity_changed", "not_configured"])
def test_what_waits_for_its_owner_is_not_asked_again(failed):
    hearing = Hearing()
    hearing.hear(heard("77"))
    taken(hearing)
    end_poll(hearing, failed=failed)
    assert not hearing.pending((), NOW + timedelta(days=1))


def test_a_poll_that_nobody_asked_for_is_left_to_its_own_schedule():
    hearing = Hearing()
    end_poll(hearing, failed="unavailable")
    assert not hearing.pending((), NOW + timedelta(days=1))


def test_a_lost_connection_means_every_channel_and_those_being_polled_once_more():
    hearing = Hearing()
    hearing.was_deaf("telegram")
    assert hearing.pending({"77"}, NOW)
    assert taken(hearing, {"77"}, ["wives"]) == Taken(heard=(), kinds=("telegram",), sources=())
    assert not hearing.pending((), NOW)
    end_poll(hearing)
    assert taken(hearing) == Taken(heard=(), kinds=(), sources=("wives",))
    end_poll(hearing)
    assert not hearing.pending((), NOW)


def test_what_could_not_be_passed_on_is_kept():
    hearing = Hearing()
    hearing.hear(heard("77", 3))
    hearing.was_deaf("telegram")
    first = taken(hearing)
    hearing.put_back(first)
    assert taken(hearing) == first


def test_whoever_waits_for_news_is_woken():
    woken = []
    hearing = Hearing(lambda: woken.append(1))
    hearing.hear(heard("77"))
    hearing.was_deaf("telegram")
    assert len(woken) == 2


class Away:
    """A store that is away for its first questions."""

    def __init__(self, store, times):
        self._store, self._times = store, times

    def __getattr__(self, name):
        return getattr(self._store, name)

    def hasten(self, *asked, **more):
        self._times -= 1
        if self._times >= 0:
            raise StorageUnavailable("(sample) away")
        return self._store.hasten(*asked, **more)


async def test_a_daemon_makes_due_what_it_hears_also_after_the_database_was_away(desk):
    desk.commit(source=desk.update(native_id="77", next_due_at=desk.now + timedelta(hours=1)))
    desk.post("5")
    hearing = Hearing()
    daemon = without_receivers(desk, store=Away(desk.store, 1), hearing=hearing)
    hearing.hear(Heard(channel_id="77", changed=frozenset({5})))
    await daemon.hurry(desk.now)
    assert desk.store.next_due(desk.now) > desk.now
    await daemon.tick(desk.now)
    await daemon.settled()
    assert not hearing.pending((), desk.now)
    assert [one.external_id for one in desk.store.refresh_due(desk.way_home, desk.now, 5)] == ["5"]


async def test_kinds_that_are_left_to_other_workers_are_not_polled(desk):
    daemon = without_receivers(desk, left_to_others=("telegram_web",))
    await daemon.tick(desk.now)
    await daemon.settled()
    assert desk.store.due(desk.now, worker="v", lease_for=timedelta(minutes=1), limit=1)
