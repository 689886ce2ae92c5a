"""Several workers on one database: one receiver is served by one of them at a time, in order, at its pace."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from storage.model import RetryAt, Sent
from storage.store import open_store
from storage.turns import HANDOVER

LEASE = timedelta(minutes=3)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
on_postgres = pytest.mark.parametrize("store_url", ["postgres"], indirect=True)


@pytest.fixture
def outbox(desk):
    """A desk with six notifications for one receiver and one for another, each of a group of its own."""
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=(
            *(
                desk.notification(
                    f"n{number}", group_key=f"{number}", send_after=desk.now - HOUR - number * SECOND
                )
                for number in range(6)
            ),
            desk.notification("p", receiver="phone", group_key="p"),
        ),
    )
    return desk


def claim(desk, worker, receiver="mail"):
    """What a worker gets for a receiver: the ids of the notifications, and what to settle."""
    claimed = desk.store.claim(desk.now, worker=worker, lease_for=LEASE, limit=1, receivers=(receiver,))
    return claimed[0] if claimed else None


def name(delivery):
    (one,) = delivery.notifications
    return one.id


def test_a_receiver_another_worker_delivers_to_is_left_to_it(outbox):
    assert name(claim(outbox, "a")) == "n5"
    assert claim(outbox, "b") is None
    assert name(claim(outbox, "b", "phone")) == "p"
    assert name(claim(outbox, "a")) == "n4"


def test_a_dead_workers_receiver_is_free_when_its_lease_ends(outbox):
    lost = claim(outbox, "a")
    outbox.now += LEASE - SECOND
    assert claim(outbox, "b") is None
    outbox.now += SECOND
    again = claim(outbox, "b")
    assert again.delivery_id == lost.delivery_id, "in order: what was begun first"
    assert claim(outbox, "a") is None


@pytest.mark.parametrize("sent", [True, False])
def test_a_handover_keeps_the_pace(outbox, sent):
    delivery = claim(outbox, "a")
    result = Sent(reference=None) if sent else RetryAt(at=outbox.now + 60 * SECOND, reason="429")
    outbox.store.settle(delivery, result, outbox.now)
    outbox.now += HANDOVER - SECOND
    assert claim(outbox, "b") is None
    outbox.now += SECOND
    assert name(claim(outbox, "b")) == "n4"


def test_who_served_last_goes_on_without_a_pause(outbox):
    outbox.store.settle(claim(outbox, "a"), Sent(reference=None), outbox.now)
    assert name(claim(outbox, "a")) == "n4"


def test_a_clock_that_was_set_back_keeps_nobody_waiting(outbox):
    outbox.store.settle(claim(outbox, "a"), Sent(reference=None), outbox.now)
    outbox.now -= HOUR
    assert name(claim(outbox, "b")) == "n4"


def test_two_that_ask_at_the_same_moment_do_not_both_get_one(outbox, store_url):
    start = Barrier(4)

    def ask(worker):
        store = open_store(store_url)
        try:
            start.wait()
            return len(store.claim(outbox.now, worker=worker, lease_for=LEASE, limit=1, receivers=("mail",)))
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, "abcd")) == 1


def serve(url, worker, now, start, told):
    """A worker in a process of its own: takes what it gets, a second of the desk's clock for each."""
    store = open_store(url)
    start.wait()
    for _ in range(30):
        now += SECOND
        for delivery in store.claim(now, worker=worker, lease_for=LEASE, limit=1, receivers=("mail",)):
            told.put((now, worker, delivery.notifications[0].id))
            store.settle(delivery, Sent(reference=None), now)
    store.close()


@on_postgres
def test_processes_share_a_receiver_in_order(outbox, store_url):
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=serve, args=(store_url, worker, outbox.now, start, told)) for worker in "ab"
    ]
    for worker in workers:
        worker.start()
    served = [told.get(timeout=60) for _ in range(6)]
    for worker in workers:
        worker.join(timeout=60)
    assert [one for *_, one in served] == ["n5", "n4", "n3", "n2", "n1", "n0"]
    assert [worker.exitcode for worker in workers] == [0, 0]
