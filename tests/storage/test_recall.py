"""Recalling: which alerts and origins come along, and how few questions it takes."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from scrapers.model import ItemKind
from storage.model import TEXT_KEY, ClosedIncident, ItemRef, NewIncident, RecallKeys, SubjectKind


@contextmanager
def counted(store):
    """The statements that the store runs meanwhile."""
    statements: list[str] = []

    def note(*call) -> None:
        statements.append(call[2])

    engine = store._database.dialect.reader
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def alert_ids(known):
    return [alert.id for alert in known.alerts]


def test_the_alert_of_an_origin_comes_with_its_key(desk):
    desk.post("1", origin_keys=(b"k",))
    desk.commit(alerts=(desk.alert("1"),))
    other = desk.register("way_home", "other")["other"]
    assert alert_ids(desk.known(keys=(b"k",), source_id=other)) == ["GS-1"]
    assert alert_ids(desk.known("2", keys=(b"unknown",), source_id=other)) == []


def test_the_alert_of_a_known_copys_origin_comes_along(desk):
    origin = desk.post("1")
    desk.commit(alerts=(desk.alert("1"),))
    other = desk.register("way_home", "other")["other"]
    desk.post("7", source_id=other, origin=origin)
    assert alert_ids(desk.known("7", source_id=other)) == ["GS-1"]


def test_alerts_on_other_subjects_of_the_same_key_stay_away(desk):
    desk.post("1")
    desk.commit(alerts=(desk.alert("1", subject_kind=SubjectKind.STORY),))
    assert alert_ids(desk.known("1")) == []


def test_alerts_come_by_name_and_with_open_incidents(desk):
    opened = NewIncident(id="GS-2", kind="blocked", opened_at=desk.now, reason="403")
    incident = desk.alert("", "GS-2", subject_kind=SubjectKind.INCIDENT, external_id=None, seq=None)
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"), incident), incidents_opened=(opened,))
    assert alert_ids(desk.known()) == ["GS-2"]
    known = desk.store.recall(desk.way_home, RecallKeys(alert_ids=("GS-1", "GS-2", "GS-unknown")))
    assert alert_ids(known) == ["GS-1", "GS-2"]
    assert known.alerts[0].labels == {"rule": ("rotation",)}


def test_other_sources_items_of_the_same_name_are_other_items(desk):
    other = desk.register("way_home", "other")["other"]
    desk.post("1", text="ours")
    desk.post("1", text="theirs", source_id=other)
    assert desk.known("1").items["1"].current.text == "ours"
    assert desk.known("1", source_id=other).items["1"].current.text == "theirs"
    assert desk.known("1").items["1"].ref == ItemRef(source_id=desk.way_home, external_id="1")


@pytest.mark.parametrize("many", [1, 400])
def test_many_items_take_no_more_questions_than_one(desk, many):
    names = [str(number) for number in range(many)]
    keys = tuple(name.encode() for name in names)
    desk.commit(
        items=tuple(desk.item(name, origin_keys=(name.encode(),)) for name in names),
        revisions=tuple(desk.revision(name) for name in names),
    )
    with counted(desk.store) as statements:
        known = desk.known(*names, keys=keys)
    assert len(known.items) == many
    assert len([one for one in statements if one.startswith("SELECT")]) == 6


@pytest.mark.parametrize("many", [1, 60])
def test_many_alerts_take_no_more_questions_than_one(desk, many):
    names = [str(number) for number in range(many)]
    desk.commit(
        items=tuple(desk.item(name) for name in names),
        revisions=tuple(desk.revision(name) for name in names),
        alerts=tuple(desk.alert(name, f"GS-{name}") for name in names),
        notifications=tuple(desk.notification(f"n{name}", f"GS-{name}", group_key=name) for name in names),
    )
    with counted(desk.store) as statements:
        claimed = desk.store.claim(desk.now, worker="w", lease_for=timedelta(minutes=1), limit=100)
    assert len(claimed) == many
    assert len([one for one in statements if "SELECT" in one]) <= 13


def test_the_alert_on_an_item_is_known_though_retention_took_the_item(desk):
    desk.commit(items=(desk.item("1"),), revisions=(desk.revision("1"),))
    desk.now += timedelta(days=20)
    desk.commit(
        revisions=(desk.revision("1", 2, text="(fictional sample), edited"),), alerts=(desk.alert("1"),)
    )
    assert desk.store.prune(desk.now - timedelta(days=10), desk.now) == 1
    known = desk.known("1")
    assert known.items == {}
    assert [(one.id, one.opened_by) for one in known.alerts] == [("GS-1", None)]


def test_an_alert_knows_the_item_that_opened_it_and_whether_its_end_was_told(desk):
    first = desk.post("1")
    desk.commit(alerts=(desk.alert("1"),), notifications=(desk.notification("n1"),))
    (alert,) = desk.known("1").alerts
    assert (alert.opened_by, alert.deletion_told) == (first, False)
    desk.commit(notifications=(desk.notification("n2", change="deleted"),))
    (alert,) = desk.known("1").alerts
    assert alert.deletion_told


def test_what_is_true_of_the_latest_revisions_is_known(desk):
    desk.post("1")
    desk.post("2", kind=ItemKind.SERVICE)
    desk.commit(matches=(desk.match("1", None), desk.match("2", None, rule_version=3)))
    both = {("1", 1, "rotation", 1), ("2", 1, "rotation", 3)}
    assert desk.known("1", "2").matches == both
    assert desk.store.recall(desk.way_home, RecallKeys(shown=(1, 2))).matches == both
    assert {one.kind for one in desk.known("1", "2").items.values()} == {ItemKind.POST, ItemKind.SERVICE}
    desk.commit(revisions=(desk.revision("1", 2, "(fictional sample), edited"),))
    assert desk.known("1").matches == frozenset()


def test_incidents_are_counted_by_kind_and_the_open_ones_told(desk):
    def trouble(kind, number):
        return NewIncident(id=f"{kind}-{number}", kind=kind, opened_at=desk.now, reason=f"reason {number}")

    desk.commit(incidents_opened=(trouble("gone", 1), trouble("blocked", 1)))
    desk.now += timedelta(hours=1)
    desk.commit(incidents_closed=(ClosedIncident(id="gone-1", closed_at=desk.now),))
    desk.commit(incidents_opened=(trouble("gone", 2),))
    source = desk.known().source
    assert source.incident_episodes == {"gone": 2, "blocked": 1}
    assert source.incidents_ended == {"gone": desk.now}
    assert {kind: one.id for kind, one in source.incidents.items()} == {
        "gone": "gone-2",
        "blocked": "blocked-1",
    }
    assert source.incidents["gone"].reason == "reason 2"


def test_a_text_that_was_purged_elsewhere_is_told_with_the_copy_that_stays(desk):
    """A copy that vanishes is not on the page: nobody could ask for its text."""
    origin = desk.post("1", "(fictional sample)")
    desk.post("2", "(fictional sample)", origin=origin)
    desk.post("3", "(fictional sample) of another kind")
    desk.store.purge([origin], desk.now)
    known = desk.store.recall(desk.way_home, RecallKeys(shown=(1, 3)))
    marks = {
        name: desk.revision(name, text=one.current.text).fingerprint for name, one in known.items.items()
    }
    assert known.purged_keys == {TEXT_KEY + marks["2"]}
