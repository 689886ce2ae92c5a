from datetime import UTC, datetime, timedelta

import pytest

from storage.database import connect
from storage.errors import SchemaMismatch
from storage.model import ClosedIncident, Dead, NewIncident, RetryAt, Sent
from storage.model.vitals import OutboxVitals
from storage.store import open_store

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)  # when a desk of the tests begins


def test_the_state_of_every_configured_source_is_told(desk):
    desk.register("way_home", "quiet")
    desk.post("1")
    desk.commit(source=desk.update(last_new_at=NOON, failures=2))
    desk.register("quiet")

    (quiet,) = desk.store.vitals().sources
    assert (quiet.config_id, quiet.failures, quiet.last_success_at) == ("quiet", 0, None)

    desk.register("way_home", "quiet")
    _, way_home = desk.store.vitals().sources
    assert (way_home.config_id, way_home.failures) == ("way_home", 0)  # one that returns begins anew
    assert (way_home.last_success_at, way_home.last_new_at) == (NOON, NOON)
    assert way_home.next_due_at.tzinfo is not None


def test_open_incidents_are_told_with_their_source_and_the_desks_own_apart(desk):
    def trouble(kind, name):
        return NewIncident(id=name, kind=kind, opened_at=NOON, reason="(fictional sample)")

    desk.commit(incidents_opened=(trouble("silent", "GS-1"), trouble("label_fake", "GS-2")))
    desk.commit(desk.store.desk().id, incidents_opened=(trouble("disk_nearly_full", "GS-3"),))
    desk.commit(incidents_closed=(ClosedIncident(id="GS-1", closed_at=NOON),))

    vitals = desk.store.vitals()
    assert [one.incidents for one in vitals.sources] == [("label_fake",)]
    assert vitals.desk_incidents == ("disk_nearly_full",)
    assert desk.store.desk_written_at() == NOON


def test_the_disk_of_a_file_is_told_and_that_of_a_server_is_not(desk):
    disk = desk.store.disk()

    assert desk.store.used_bytes() >= 0
    assert disk is None or 0 < disk.free < disk.size


def test_the_outbox_is_told_by_receiver(desk):
    notes = [
        desk.notification("N-1", receiver="mail", created_at=NOON - timedelta(hours=3)),
        desk.notification("N-2", receiver="mail", created_at=NOON - timedelta(hours=2), group_key="b"),
        desk.notification("N-3", receiver="mail", created_at=NOON - timedelta(hours=1), group_key="c"),
        desk.notification("N-4", receiver="phone", created_at=NOON),
    ]
    desk.commit(
        items=(desk.item("1"),),
        revisions=(desk.revision("1"),),
        alerts=(desk.alert("1"),),
        notifications=tuple(notes),
    )
    results = [Dead(reason="given up"), Sent(reference=None, detail=None)]
    for result in results:
        (claimed,) = desk.store.claim(
            NOON, worker="w", lease_for=timedelta(minutes=1), limit=1, receivers=("mail",)
        )
        desk.store.settle(claimed, result, NOON)

    oldest = NOON - timedelta(hours=1)
    assert desk.store.vitals().outbox == (
        OutboxVitals(receiver="mail", pending=1, dead=1, oldest_pending_at=oldest, last_dead_at=NOON),
        OutboxVitals(receiver="phone", pending=1, dead=0, oldest_pending_at=NOON),
    )


def test_how_long_a_receiver_has_failed_is_told(desk):
    desk.commit(
        items=(desk.item("1"),),
        revisions=(desk.revision("1"),),
        alerts=(desk.alert("1"),),
        notifications=(desk.notification("N-1", created_at=NOON), desk.notification("N-2", group_key="b")),
    )
    for minutes in (0, 1, 5):
        now = NOON + timedelta(minutes=minutes)
        (claimed,) = desk.store.claim(now, worker="w", lease_for=timedelta(minutes=1), limit=1)
        desk.store.settle(claimed, RetryAt(at=now + timedelta(minutes=1), reason="down"), now)

    (outbox,) = desk.store.vitals().outbox
    assert outbox.first_tried_at == NOON
    assert outbox.most_attempts == 2
    assert outbox.last_dead_at is None


def test_a_schema_that_changed_under_a_running_service_is_noticed(store_url):
    store = open_store(store_url)
    store.check_schema()
    other = connect(store_url)
    with other.writing() as connection:
        (before,) = connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from the future'")
    try:
        with pytest.raises(SchemaMismatch, match="from the future"):
            store.check_schema()
    finally:
        with other.writing() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{before}'")
        other.close()
        store.close()


def test_what_arrived_at_a_receiver_since_a_moment(desk):
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=(desk.notification("a"), desk.notification("b", receiver="phone")),
    )
    for result in (Sent(reference=None), Dead(reason="550 (fictional)")):
        (claimed,) = desk.store.claim(desk.now, worker="w", lease_for=timedelta(minutes=3), limit=1)
        desk.store.settle(claimed, result, desk.now)
    before = desk.now - timedelta(seconds=1)
    assert desk.store.has_sent("mail", before)
    assert not desk.store.has_sent("mail", desk.now)
    assert not desk.store.has_sent("phone", before)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_of_a_receiver_whose_times_are_damaged_the_numbers_are_told(desk, damage):
    desk.post("1")
    desk.commit(
        alerts=(desk.alert("1"),),
        notifications=tuple(desk.notification(name, group_key=name) for name in ("N-1", "N-2")),
    )
    damage("UPDATE notification SET created_at = '12 or so', attempts = 3 WHERE id = 'N-2'")

    (mail,) = desk.store.outbox()
    assert (mail.receiver, mail.pending, mail.most_attempts) == ("mail", 2, 3)
    assert (mail.oldest_pending_at, mail.first_tried_at) == (None, None)
    assert desk.store.vitals().outbox == (mail,)
