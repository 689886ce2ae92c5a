"""Retention: what goes, what stays while something needs it, and what stays for good."""

from datetime import timedelta

import pytest

from storage import prune
from storage.model import ClosedIncident, NewIncident, Sent, SubjectKind

DAY = timedelta(days=1)


def age(desk, days=30):
    desk.now += timedelta(days=days)


def forget(desk, days=10):
    return desk.store.prune(desk.now - timedelta(days=days), desk.now)


def test_old_items_go_with_all_that_hangs_on_them(desk):
    desk.commit(
        items=(desk.item("1", origin_keys=(b"k",)),),
        revisions=(desk.revision("1", text="rotation"), desk.revision("1", 2, text="rotation now")),
        readings=(desk.reading("1", 5),),
        alerts=(desk.alert("1"),),
        matches=(desk.match("1"),),
    )
    age(desk)
    desk.post("2", text="rotation again")
    assert forget(desk) == 1
    totals = desk.store.totals()
    assert (totals.items, totals.revisions, totals.alerts) == (1, 1, 0)
    assert desk.known("1", keys=(b"k",)).origins == {}
    assert [item.ref.external_id for item in desk.store.search([["rotation"]], 5)] == ["2"]
    assert len(desk.known("1").seen) == 2


def test_more_than_a_batch_goes(desk, monkeypatch):
    monkeypatch.setattr(prune, "BATCH", 3)
    names = [str(number) for number in range(10)]
    desk.commit(
        items=tuple(desk.item(name) for name in names),
        revisions=tuple(desk.revision(name) for name in names),
    )
    age(desk)
    assert forget(desk) == 10


def test_an_origin_stays_while_a_copy_stays(desk):
    origin = desk.post("1")
    desk.post("2", origin=origin)
    age(desk)
    desk.post("3", origin=origin)
    assert forget(desk) == 1
    assert desk.known("1", "2", "3").items.keys() == {"1", "3"}
    age(desk)
    assert forget(desk) == 2


def test_an_item_stays_while_a_notification_about_it_waits(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("n"),))
    age(desk)
    assert forget(desk) == 0
    (delivery,) = desk.store.claim(desk.now, worker="w", lease_for=DAY, limit=1)
    assert delivery.notifications[0].alert.item.ref.external_id == "1"
    desk.store.settle(delivery, Sent(reference=None), desk.now)
    assert forget(desk) == 1
    assert desk.store.totals().alerts == 0


def test_an_alert_that_was_updated_lately_stays_without_its_item(desk):
    desk.post("1")
    age(desk)
    desk.commit(alerts=(desk.alert("1"),))
    assert forget(desk) == 1
    (alert,) = desk.store.alerts(1)
    assert (alert.item, alert.spans, alert.also_in) == (None, (), ())


def test_the_alert_of_an_open_incident_stays(desk):
    incident = NewIncident(id="GS-2", kind="gone", opened_at=desk.now, reason="404")
    alert = desk.alert("", "GS-2", subject_kind=SubjectKind.INCIDENT, external_id=None, seq=None)
    desk.commit(alerts=(alert,), incidents_opened=(incident,))
    age(desk)
    forget(desk)
    assert desk.known().source.incidents["gone"].alert_version == 1
    desk.commit(incidents_closed=(ClosedIncident(id="GS-2", closed_at=desk.now),))
    forget(desk)
    assert desk.store.alerts(1) == ()
    assert desk.known().source.incident_episodes == {"gone": 1}


def test_retention_does_not_reach_into_the_future(desk):
    with pytest.raises(ValueError, match="future"):
        desk.store.prune(desk.now + DAY, desk.now)


# ---- by size ---------------------------------------------------------------------------


def used(desk):
    with desk.store._database.reading() as connection:
        return desk.store._database.dialect.used_bytes(connection)


def fill(desk, names):
    desk.commit(
        items=tuple(desk.item(name) for name in names),
        revisions=tuple(desk.revision(name, text=f"{name} " + "rotation delayed " * 200) for name in names),
    )


def test_the_oldest_go_until_it_fits(desk, monkeypatch):
    monkeypatch.setattr(prune, "BATCH", 5)
    empty = used(desk)
    for day in range(20):
        fill(desk, [f"{day:02}-{number}" for number in range(10)])
        age(desk, 1)
    full = used(desk)
    assert full > empty + 100_000
    half = (empty + full) // 2
    removed = desk.store.prune_to_size(half, desk.now)
    assert used(desk) <= half
    assert 60 < removed < 150
    left = sorted(item.ref.external_id for item in desk.store.items(500))
    assert left == sorted(f"{day:02}-{number}" for day in range(20) for number in range(10))[removed:]
    assert desk.store.prune_to_size(half, desk.now) == 0


def test_what_is_young_or_needed_stays_however_large(desk):
    desk.post("old")
    desk.commit(alerts=(desk.alert("old"),), notifications=(desk.notification("n"),))
    desk.post("old and told of by nobody")
    age(desk)
    desk.post("young")
    assert desk.store.prune_to_size(0, desk.now - DAY) == 1
    assert desk.known("old", "young").items.keys() == {"old", "young"}
