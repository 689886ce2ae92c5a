"""A channel that returns under another name goes on where it stopped."""

from datetime import timedelta

import pytest

from scrapers.model import Cursor
from storage.errors import LeaseLost, UnknownSource
from storage.model import AlertStatus, NewIncident, SubjectKind

LEASE = timedelta(minutes=5)


@pytest.fixture
def renamed(desk):
    """`way_home` was read, rests, and `way_home_2` is configured in its place."""
    desk.commit(
        source=desk.update(native_id="1001", cursor=Cursor(values={"after": 40})),
        items=(desk.item("40"),),
        revisions=(desk.revision("40"),),
    )
    desk.register("way_home_2")
    return desk


def first_poll(desk, native_id):
    (lease,) = desk.store.due(desk.now, worker="w", lease_for=LEASE, limit=1)
    items = {"items": (desk.item("41"),), "revisions": (desk.revision("41"),)}
    update = desk.update(native_id=native_id, cursor=Cursor(values={"after": 41}))
    try:
        desk.commit(lease.source_id, lease=lease.token, source=update, **items)
    finally:
        desk.store.release(lease)


def test_the_resting_source_takes_over_the_name_and_goes_on_where_it_stopped(renamed):
    with pytest.raises(LeaseLost, match="known from before"):
        first_poll(renamed, "1001")
    adopted = renamed.store.source("way_home_2")
    assert (adopted.id, adopted.native_id) == (renamed.way_home, "1001")
    assert adopted.cursor == Cursor(values={"after": 40})
    assert renamed.known("40").items.keys() == {"40"}
    with pytest.raises(UnknownSource):
        renamed.store.source("way_home")
    (report,) = renamed.store.sources()
    assert (report.active, report.name, report.items) == (True, "WAY_HOME_2", 1)


def test_it_is_due_at_once_and_polls_as_ever(renamed):
    with pytest.raises(LeaseLost):
        first_poll(renamed, "1001")
    first_poll(renamed, "1001")
    assert renamed.known("40", "41").items.keys() == {"40", "41"}


def test_what_a_poll_decided_before_the_adoption_is_not_written(renamed):
    with pytest.raises(LeaseLost):
        first_poll(renamed, "1001")
    assert renamed.known("41").items == {}
    assert renamed.known("41").seen == frozenset()


def test_another_channel_is_another_source(renamed):
    first_poll(renamed, "2002")
    assert renamed.store.source("way_home_2").native_id == "2002"
    assert renamed.store.source("way_home").native_id == "1001"


def test_two_configured_sources_of_one_channel_stay_two(desk):
    desk.commit(source=desk.update(native_id="1001"))
    twin = desk.register("way_home", "twin")["twin"]
    desk.commit(twin, source=desk.update(native_id="1001"))
    assert desk.store.source("twin").native_id is None
    desk.commit(twin, source=desk.update(native_id="1001"))
    assert desk.store.source("way_home").native_id == "1001"


def test_a_source_that_brought_something_itself_is_not_merged(renamed):
    row = renamed.store.source("way_home_2").id
    renamed.post("1", source_id=row)
    renamed.commit(row, source=renamed.update(native_id="1001"))
    assert renamed.store.source("way_home_2").id == row
    assert renamed.store.source("way_home_2").native_id is None


def test_troubles_of_both_are_settled(desk):
    def trouble(name, row):
        kind = {"subject_kind": SubjectKind.INCIDENT, "external_id": None, "seq": None, "subject_key": name}
        incident = NewIncident(id=name, kind="blocked", opened_at=desk.now, reason="403")
        desk.commit(row, alerts=(desk.alert("", name, **kind),), incidents_opened=(incident,))

    desk.commit(source=desk.update(native_id="1001"))
    trouble("old", desk.way_home)
    new = desk.register("way_home_2")["way_home_2"]
    trouble("new", new)
    with pytest.raises(LeaseLost):
        desk.commit(new, source=desk.update(native_id="1001"))
    known = desk.known()
    assert known.source.incidents["blocked"].id == "new"
    assert known.source.incident_episodes == {"blocked": 2}
    statuses = {alert.id: alert.status for alert in desk.store.alerts(5)}
    assert statuses == {"old": AlertStatus.CLOSED, "new": AlertStatus.OPEN}


def test_the_row_that_adoption_deletes_never_names_another_source(renamed):
    gone = renamed.store.source("way_home_2").id
    with pytest.raises(LeaseLost):
        first_poll(renamed, "1001")
    assert renamed.register("way_home_2", "third")["third"] > gone


def test_the_audience_that_was_counted_meanwhile_moves_along(renamed):
    late = renamed.now + timedelta(days=1)
    renamed.register("way_home")
    renamed.commit(source=renamed.update(native_id="1001", subscribers=700))
    fresh = renamed.register("way_home_2")["way_home_2"]
    for moment in (renamed.now, late):
        renamed.commit(fresh, source=renamed.update(polled_at=moment, subscribers=900))
    with pytest.raises(LeaseLost, match="known from before"):
        renamed.commit(fresh, source=renamed.update(native_id="1001"))
    source = renamed.store.source("way_home_2")
    assert (source.id, source.subscribers_read_at) == (renamed.way_home, late)
    assert source.most_subscribers == 900
