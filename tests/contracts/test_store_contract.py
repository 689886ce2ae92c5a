"""What every store keeps, on SQLite and on Postgres alike: the invariants of the design."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from scrapers.model import Cursor
from storage.errors import LeaseLost, Stale
from storage.model import AlertUpdate, ClosedIncident, NewIncident, RecallKeys, Sent, SubjectKind, Timer

LEASE = timedelta(minutes=5)


def everything(desk):
    """One decision with a bit of all that can be written."""
    return desk.decision(
        source=desk.update(cursor=Cursor(values={"after": 7})),
        items=(desk.item("7", origin_keys=(b"text",)),),
        revisions=(desk.revision("7", text="rotation now"),),
        readings=(desk.reading("7", 100),),
        matches=(desk.match("7"),),
        alerts=(
            desk.alert("7"),
            desk.alert("7", "GS-2", subject_kind=SubjectKind.INCIDENT, external_id=None, seq=None),
        ),
        notifications=(desk.notification("n1"), desk.notification("n2", "GS-2")),
        incidents_opened=(NewIncident(id="GS-2", kind="blocked", opened_at=desk.now, reason="403"),),
        timers_set=(Timer(kind="repeat", key="1:GS-1", due_at=desk.now),),
    )


def test_a_decision_is_there_whole_after_its_commit(desk):
    desk.store.commit(everything(desk))
    known = desk.known("7", keys=(b"text",))
    assert known.source.cursor == Cursor(values={"after": 7})
    assert known.items["7"].current.text == "rotation now"
    assert known.items["7"].counters.views == 100
    assert known.origins[b"text"].ref == known.items["7"].ref
    assert {alert.id for alert in known.alerts} == {"GS-1", "GS-2"}
    assert known.source.incidents["blocked"].alert_version == 1
    assert desk.store.due_timers(desk.now, 5) == (Timer(kind="repeat", key="1:GS-1", due_at=desk.now),)
    assert desk.store.totals().pending == 2


def test_a_decision_committed_twice_is_stale_and_changes_nothing(desk):
    decision = everything(desk)
    desk.store.commit(decision)
    before = (desk.known("7", keys=(b"text",)), desk.store.totals())
    with pytest.raises(Stale):
        desk.store.commit(decision)
    assert (desk.known("7", keys=(b"text",)), desk.store.totals()) == before


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda desk: {"items": (desk.item("8"), desk.item("7"))}, id="item"),
        pytest.param(lambda desk: {"revisions": (desk.revision("7"),)}, id="revision"),
        pytest.param(
            lambda desk: {
                "items": (desk.item("8", origin_keys=(b"text",)),),
                "revisions": (desk.revision("8"),),
            },
            id="origin key",
        ),
        pytest.param(lambda desk: {"alerts": (desk.alert("7"),)}, id="alert"),
        pytest.param(lambda desk: {"alerts": (desk.alert("7", "GS-9"),)}, id="alert subject"),
        pytest.param(lambda desk: {"notifications": (desk.notification("n1"),)}, id="notification"),
        pytest.param(
            lambda desk: {
                "incidents_opened": (NewIncident(id="x", kind="blocked", opened_at=desk.now, reason="403"),)
            },
            id="open incident",
        ),
    ],
)
def test_what_another_poll_wrote_first_makes_the_whole_decision_stale(desk, spoilt):
    desk.store.commit(everything(desk))
    before = desk.store.totals()
    late = desk.decision(
        items=(desk.item("9"),),
        revisions=(desk.revision("9"),),
        timers_set=(Timer(kind="repeat", key="late", due_at=desk.now),),
    )
    parts = spoilt(desk)
    for name in ("items", "revisions"):
        parts[name] = (*getattr(late, name), *parts.get(name, ()))
    with pytest.raises(Stale):
        desk.store.commit(replace(late, **parts))
    assert desk.store.totals() == before
    assert "9" not in desk.known("9").items
    assert desk.known("9").seen == frozenset()
    assert desk.known().source.version == 1
    assert [timer.key for timer in desk.store.due_timers(desk.now, 5)] == ["1:GS-1"]


def test_four_threads_lose_no_update(desk):
    """Each raises a number that it read; every raise must count."""
    raises, threads = 10, 4
    start = Barrier(threads)

    def count() -> int:
        start.wait()
        stale = 0
        for _ in range(raises):
            while True:
                source = desk.known().source
                raised = source.cursor.number("count") + 1
                update = desk.update(cursor=Cursor(values={"count": raised}))
                try:
                    desk.store.commit(desk.decision(source=update, source_version=source.version))
                except Stale:
                    stale += 1
                else:
                    break
        return stale

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: count(), range(threads)))
    assert desk.known().source.cursor.number("count") == raises * threads
    assert desk.known().source.version == raises * threads


def test_two_threads_never_lease_one_source(desk):
    names = [f"channel-{number}" for number in range(60)]
    desk.register(*names)
    start = Barrier(2)

    def lease_all(worker: str) -> list[str]:
        start.wait()
        mine: list[str] = []
        while leases := desk.store.due(desk.now, worker=worker, lease_for=LEASE, limit=3):
            mine += [lease.config_id for lease in leases]
        return mine

    with ThreadPoolExecutor(2) as pool:
        taken = [name for part in pool.map(lease_all, ("a", "b")) for name in part]
    taken += [lease.config_id for lease in desk.store.due(desk.now, worker="c", lease_for=LEASE, limit=60)]
    assert sorted(taken) == sorted(names)


def test_two_threads_never_claim_one_notification(desk):
    desk.post("1")
    names = [f"n{number}" for number in range(90)]
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=tuple(desk.notification(name, group_key=f"group-{name[-1]}") for name in names),
    )
    start = Barrier(2)

    def claim_all(worker: str) -> list[str]:
        start.wait()
        mine: list[str] = []
        while claimed := desk.store.claim(desk.now, worker=worker, lease_for=LEASE, limit=2):
            for delivery in claimed:
                mine += [one.id for one in delivery.notifications]
                desk.store.settle(delivery, Sent(reference=None), desk.now)
        return mine

    with ThreadPoolExecutor(2) as pool:
        told = [name for part in pool.map(claim_all, ("a", "b")) for name in part]
    for delivery in desk.store.claim(desk.now, worker="c", lease_for=LEASE, limit=90):
        told += [one.id for one in delivery.notifications]
    assert sorted(told) == sorted(names)


def test_one_text_in_many_sources_at_once_has_one_origin_and_one_alert(desk):
    """Each poll decides by what it recalls; those that came second must see the first."""
    rows = desk.register(*(f"channel-{number}" for number in range(4)))
    start = Barrier(len(rows))

    def poll(row: int) -> None:
        start.wait()
        while True:
            known = desk.known("1", keys=(b"text",), source_id=row)
            origin = known.origins[b"text"].ref if known.origins else None
            parts = {"items": (desk.item("1", origin=origin, origin_keys=() if origin else (b"text",)),)}
            if origin is None:
                parts["alerts"] = (desk.alert("1", source_id=row),)
            else:
                (alert,) = known.alerts
                parts["alert_updates"] = (one_more_copy(desk, alert),)
            try:
                desk.commit(
                    row, revisions=(desk.revision("1"),), source_version=known.source.version, **parts
                )
            except Stale:
                continue
            return

    with ThreadPoolExecutor(len(rows)) as pool:
        list(pool.map(poll, rows.values()))
    totals = desk.store.totals()
    assert (totals.items, totals.copies, totals.alerts) == (4, 3, 1)
    (alert,) = desk.store.alerts(5)
    assert (alert.copies, len(alert.also_in)) == (3, 3)


def one_more_copy(desk, alert):
    return AlertUpdate(
        alert_id=alert.id,
        version=alert.version,
        updated_at=desk.now,
        copies=alert.copies + 1,
        told_copies=0,
        told_at=desk.now,
    )


def test_an_edit_there_and_back_makes_three_revisions(desk):
    desk.post("1", text="first")
    desk.commit(revisions=(desk.revision("1", 2, "second"),))
    desk.commit(revisions=(desk.revision("1", 3, "first"),))
    assert desk.known("1").items["1"].current.seq == 3
    assert desk.known("1").items["1"].current.text == "first"
    assert desk.store.totals().revisions == 3
    assert len(desk.known("1").seen) == 2


def test_a_lease_that_passed_on_writes_nothing(desk):
    (mine,) = desk.store.due(desk.now, worker="slow", lease_for=LEASE, limit=1)
    later = desk.now + LEASE
    (theirs,) = desk.store.due(later, worker="quick", lease_for=LEASE, limit=1)
    with pytest.raises(LeaseLost):
        desk.commit(lease=mine.token, items=(desk.item("1"),), revisions=(desk.revision("1"),))
    assert desk.store.totals().items == 0
    desk.commit(lease=theirs.token, items=(desk.item("1"),), revisions=(desk.revision("1"),))
    assert desk.store.totals().items == 1


def test_what_retention_removed_stays_seen(desk):
    desk.post("1", text="seen once")
    before = desk.known("1").seen
    month_later = desk.now + timedelta(days=30)
    assert desk.store.prune(month_later - timedelta(days=1), month_later) == 1
    assert desk.known("1").items == {}
    assert desk.known("1").seen == before != frozenset()


def test_five_hundred_items_in_one_commit(desk):
    names = [str(number) for number in range(500)]
    desk.commit(
        items=tuple(desk.item(name, origin_keys=(name.encode(),)) for name in names),
        revisions=tuple(desk.revision(name, text=f"sample {name}") for name in names),
        readings=tuple(desk.reading(name, int(name)) for name in names),
    )
    known = desk.known(*names, keys=tuple(name.encode() for name in names))
    assert len(known.items) == len(known.origins) == len(known.seen) == 500
    assert known.items["321"].counters.views == 321


def test_recalling_nothing_asks_for_nothing(desk):
    known = desk.store.recall(desk.way_home, RecallKeys())
    assert (known.items, known.origins, known.alerts, known.seen) == ({}, {}, (), frozenset())


def test_an_incident_ends_and_the_next_is_another_episode(desk):
    opened = NewIncident(id="GS-2", kind="blocked", opened_at=desk.now, reason="403")
    desk.commit(incidents_opened=(opened,))
    desk.commit(incidents_closed=(ClosedIncident(id="GS-2", closed_at=desk.now),))
    assert desk.known().source.incidents == {}
    assert desk.known().source.incident_episodes == {"blocked": 1}
    desk.commit(incidents_opened=(replace(opened, id="GS-3"),))
    assert desk.known().source.incidents["blocked"].id == "GS-3"
    assert desk.known().source.incident_episodes == {"blocked": 2}
