"""What is heard is kept until it can be passed on, once, and makes its channel due at once."""

from datetime import timedelta

from monitor.hearing import Hearing
from scrapers.model import Heard
from storage.errors import StorageUnavailable
from tests.monitor.test_daemon import without_receivers


def test_what_is_heard_of_a_channel_is_passed_on_once_and_together():
    hearing = Hearing()
    hearing.hear(Heard(channel_id="77"))
    hearing.hear(Heard(channel_id="77", changed=frozenset({3})))
    hearing.hear(Heard(channel_id="77", changed=frozenset({5})))
    hearing.hear(Heard(channel_id="78"))
    assert hearing.take(()) == (
        (Heard(channel_id="77", changed=frozenset({3, 5})), Heard(channel_id="78")),
        (),
    )
    assert not hearing.pending(())
    assert hearing.take(()) == ((), ())


def test_a_channel_that_is_being_polled_waits_for_the_end_of_it():
    hearing = Hearing()
    hearing.hear(Heard(channel_id="77"))
    assert not hearing.pending({"77", None})
    assert hearing.take({"77"}) == ((), ())
    assert hearing.take({"78"}) == ((Heard(channel_id="77"),), ())


def test_a_lost_connection_means_every_channel():
    hearing = Hearing()
    hearing.was_deaf("telegram")
    assert hearing.pending({"77"})
    assert hearing.take({"77"}) == ((), ("telegram",))
    assert not hearing.pending(())


def test_whoever_waits_for_news_is_woken():
    woken = []
    hearing = Hearing(lambda: woken.append(1))
    hearing.hear(Heard(channel_id="77"))
    hearing.was_deaf("telegram")
    assert len(woken) == 2


class Away:
    """A store that is away for its first questions."""

    def __init__(self, store, times):
        self._store, self._times = store, times

    def __getattr__(self, name):
        return getattr(self._store, name)

    def hasten(self, *asked):
        self._times -= 1
        if self._times >= 0:
            raise StorageUnavailable("(sample) away")
        self._store.hasten(*asked)


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
    assert not hearing.pending(())
    assert [one.external_id for one in desk.store.refresh_due(desk.way_home, desk.now, 5)] == ["5"]


async def test_kinds_that_are_left_to_other_workers_are_not_polled(desk):
    daemon = without_receivers(desk, left_to_others=("telegram_web",))
    await daemon.tick(desk.now)
    await daemon.settled()
    assert desk.store.due(desk.now, worker="v", lease_for=timedelta(minutes=1), limit=1)
