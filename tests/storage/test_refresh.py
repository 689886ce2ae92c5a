"""Items are read again when their moment has come, are missed, and are known to be deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from scrapers.model import Counters, ItemKind, Wanted
from storage.errors import Stale
from storage.model import ItemRef, ItemUpdate, NewIncident, RecallKeys, SubjectKind
from storage.positions import position_of

SOON = timedelta(minutes=15)


def wanted(desk, now=None, limit=10):
    return [one.external_id for one in desk.store.refresh_due(desk.way_home, now or desk.now, limit)]


def known(desk, name):
    return desk.known(name).items[name]


def test_items_are_wanted_when_their_moment_has_come_the_longest_waiting_first(desk):
    for minutes, name in enumerate(("3", "1", "2"), 1):
        desk.post(name, refresh_at=desk.now + timedelta(minutes=minutes))
    desk.post("4")
    assert wanted(desk) == []
    assert wanted(desk, desk.now + timedelta(minutes=2)) == ["3", "1"]
    assert wanted(desk, desk.now + SOON) == ["3", "1", "2"]
    assert wanted(desk, desk.now + SOON, limit=1) == ["3"]


def test_what_is_wanted_has_its_address_and_its_latest_text(desk):
    desk.post("1", text="First (fictional sample)", refresh_at=desk.now)
    desk.commit(revisions=(desk.revision("1", seq=2, text="Edited (fictional sample)"),))
    assert desk.store.refresh_due(desk.way_home, desk.now, 5) == (
        Wanted(external_id="1", url="https://example.org/1", title=None, text="Edited (fictional sample)"),
    )


def test_only_the_items_of_that_source_are_wanted(desk):
    other = desk.register("way_home", "forum24")["forum24"]
    desk.post("1", source_id=other, refresh_at=desk.now)
    assert wanted(desk) == []
    assert desk.known().source.next_refresh_at is None
    assert desk.known(source_id=other).source.next_refresh_at == desk.now


def test_the_source_knows_when_its_next_item_is_wanted(desk):
    assert desk.known().source.next_refresh_at is None
    desk.post("1", refresh_at=desk.now + 2 * SOON)
    desk.post("2", refresh_at=desk.now + SOON)
    assert desk.known().source.next_refresh_at == desk.now + SOON


def test_an_update_says_all_that_changes_about_an_item(desk):
    desk.post("1", refresh_at=desk.now)
    desk.commit(item_updates=(ItemUpdate(external_id="1", missing_since=desk.now, refresh_at=None),))
    assert (known(desk, "1").missing_since, known(desk, "1").refresh_at) == (desk.now, None)
    assert wanted(desk, desk.now + SOON) == []
    desk.commit(item_updates=(ItemUpdate(external_id="1", missing_since=None, refresh_at=desk.now + SOON),))
    assert (known(desk, "1").missing_since, known(desk, "1").refresh_at) == (None, desk.now + SOON)


def test_an_update_of_what_is_gone_is_stale(desk):
    with pytest.raises(Stale):
        desk.commit(item_updates=(ItemUpdate(external_id="1", missing_since=None, refresh_at=None),))


# ---- numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("external_id", "kind", "position"),
    [
        ("7", ItemKind.POST, 7),
        ("7", ItemKind.SERVICE, 7),
        ("7", ItemKind.ARTICLE, None),
        ("9" * 18, ItemKind.POST, 10**18 - 1),
        ("9" * 19, ItemKind.POST, None),
        ("7g", ItemKind.POST, None),
        ("", ItemKind.POST, None),
        ("-7", ItemKind.POST, None),
        ("7\n", ItemKind.POST, None),
        ("٧", ItemKind.POST, None),
    ],
)
def test_posts_whose_names_are_numbers_are_numbered(external_id, kind, position):
    assert position_of(external_id, kind) == position


def test_a_range_recalls_the_items_whose_numbers_lie_in_it(desk):
    for name in ("9", "10", "11", "100"):
        desk.post(name)
    other = desk.register("way_home", "forum24")["forum24"]
    desk.post("10", source_id=other)
    shown = desk.store.recall(desk.way_home, RecallKeys(shown=(10, 99))).items
    assert {name: one.position for name, one in shown.items()} == {"10": 10, "11": 11}
    assert {one.ref.source_id for one in shown.values()} == {desk.way_home}


def test_items_asked_for_by_name_come_along_with_a_range(desk):
    for name in ("9", "10", "11"):
        desk.post(name)
    desk.post("guid", kind=ItemKind.ARTICLE)
    keys = RecallKeys(external_ids=("9", "10", "guid", "unknown"), shown=(10, 12))
    recalled = desk.store.recall(desk.way_home, keys).items
    assert sorted(recalled) == ["10", "11", "9", "guid"]
    assert recalled["guid"].position is None


def test_of_a_range_that_was_emptied_only_the_newest_and_those_asked_for_come_along(desk, monkeypatch):
    monkeypatch.setattr("storage.recall.MOST_SHOWN", 3)
    for number in range(10, 20):
        desk.post(str(number))
    keys = RecallKeys(external_ids=("11",), shown=(10, 18))
    assert sorted(desk.store.recall(desk.way_home, keys).items) == ["11", "16", "17", "18"]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_no_question_on_items_reads_more_than_it_answers(desk):
    """On SQLite, whose plans do not hang on what is stored."""
    statements: list[tuple[str, object]] = []
    engine = desk.store._database.dialect.reader
    keys = RecallKeys(external_ids=("1",), origin_keys=(b"k",), shown=(1, 9), times_since=desk.now)
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append((call[2], call[3])))
    desk.store.recall(desk.way_home, keys)
    desk.store.refresh_due(desk.way_home, desk.now, 5)
    asked = list(statements)
    with desk.store._database.reading() as connection:
        plans = [
            row.detail
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert any("ix_item_source_id_position" in plan for plan in plans)
    scans = {plan for plan in plans if plan.startswith("SCAN") and "(subquery" not in plan}
    assert scans <= {"SCAN newest_shown"}  # what an index had found
    assert not [plan for plan in plans if plan.startswith("SEARCH item ") and plan.endswith("(source_id=?)")]


def test_with_more_names_than_one_question_takes_a_range_is_asked_for_once(desk):
    desk.post("7")
    keys = RecallKeys(external_ids=tuple(f"unknown-{number}" for number in range(1200)), shown=(7, 7))
    assert desk.store.recall(desk.way_home, keys).items.keys() == {"7"}


def test_an_item_is_known_with_its_address_and_its_time(desk):
    desk.post("1")
    assert (known(desk, "1").url, known(desk, "1").published_at) == ("https://example.org/1", desk.now)


# ---- deletions -------------------------------------------------------------------------


def deleted(desk, name="1"):
    desk.post(name, "(fictional sample) rotation")
    desk.commit(
        revisions=(desk.revision(name, 2, "(fictional sample) rotation", deleted=True, search_lemmas=""),),
        item_updates=(ItemUpdate(external_id=name, missing_since=desk.now, refresh_at=None),),
    )


def test_the_words_of_a_deleted_item_are_still_found(desk):
    deleted(desk)
    (found,) = desk.store.search([["rotation"]], 5)
    assert (found.text, found.deleted) == ("(fictional sample) rotation", True)


def test_an_item_that_appears_again_is_not_deleted_any_more(desk):
    deleted(desk)
    desk.commit(revisions=(desk.revision("1", 3, "(fictional sample) leave"),))
    assert not known(desk, "1").current.deleted
    (found,) = desk.store.search([["leave"]], 5)
    assert (found.seq, found.deleted) == (3, False)


def test_an_edit_and_a_deletion_at_once_leave_the_edit_to_be_found(desk):
    desk.post("1")
    edit, end = "(fictional sample) supplies", {"deleted": True, "search_lemmas": ""}
    desk.commit(revisions=(desk.revision("1", 2, edit), desk.revision("1", 3, edit, **end)))
    assert [one.seq for one in desk.store.search([["supplies"]], 5)] == [3]


@pytest.mark.parametrize("keys", [{"external_ids": ("1",)}, {"shown": (1, 1)}])
def test_open_alerts_on_an_item_come_along_also_those_on_its_deletion(desk, keys):
    desk.post("1")
    desk.commit(
        alerts=(
            desk.alert("1", "GS-1"),
            desk.alert("1", "GS-2", subject_kind=SubjectKind.DELETION),
            desk.alert("1", "GS-3", subject_kind=SubjectKind.STORY),
        )
    )
    recalled = desk.store.recall(desk.way_home, RecallKeys(**keys)).alerts
    assert [one.id for one in recalled] == ["GS-1", "GS-2"]


# ---- a source's rhythm and its audience --------------------------------------------------


def times(desk, since):
    return desk.store.recall(desk.way_home, RecallKeys(times_since=since)).times


def test_a_sources_times_are_those_of_publication_or_else_of_the_first_sight(desk):
    hour = timedelta(hours=1)
    desk.post("1", published_at=desk.now - hour)
    desk.post("2", published_at=None)
    desk.post("3", published_at=desk.now + hour)  # a clock that is ahead
    desk.post("4", published_at=desk.now - 9 * hour)
    desk.post("5", published_at=None, first_seen_at=desk.now - 9 * hour)
    other = desk.register("way_home", "forum24")["forum24"]
    desk.post("6", source_id=other)
    assert times(desk, desk.now - 2 * hour) == (desk.now - hour, desk.now, desk.now)


def test_times_are_told_only_when_asked_for_and_only_the_newest(desk):
    moments = [desk.now - timedelta(minutes=minutes) for minutes in range(600)]
    names = [str(number) for number in range(600)]
    desk.commit(
        items=tuple(
            desk.item(name, published_at=moment) for name, moment in zip(names, moments, strict=True)
        ),
        revisions=tuple(desk.revision(name) for name in names),
    )
    assert desk.known().times == ()
    assert times(desk, desk.now - timedelta(days=1)) == tuple(reversed(moments[:500]))


def test_a_pace_stays_until_another_is_learnt(desk):
    assert desk.known().source.pace is None
    desk.commit(source=desk.update(pace=1800.5, last_new_at=desk.now))
    desk.commit()
    assert desk.known().source.pace == 1800.5
    assert desk.known().source.last_new_at == desk.now


def test_the_most_subscribers_are_those_of_the_week_before_the_latest_reading(desk):
    read = []
    for days, count in ((0, 900), (4, 500), (9, 480), (11, 450)):
        moment = desk.now + timedelta(days=days)
        read.append(moment)
        desk.commit(source=desk.update(polled_at=moment, subscribers=count))
    desk.commit(source=desk.update(polled_at=desk.now + timedelta(days=30)))
    source = desk.known().source
    assert (source.most_subscribers, source.subscribers_read_at) == (500, read[-1])


def test_without_readings_nothing_is_known_of_an_audience(desk):
    source = desk.known().source
    assert (source.most_subscribers, source.subscribers_read_at) == (None, None)


def test_retention_forgets_old_audiences(desk):
    desk.commit(source=desk.update(subscribers=900))
    desk.store.prune(desk.now + timedelta(days=1), desk.now + timedelta(days=1))
    assert desk.known().source.most_subscribers is None


# ---- the history of an item --------------------------------------------------------------


def test_a_history_tells_what_an_item_went_through(desk):
    started = desk.now
    desk.commit(items=(desk.item("1"),), revisions=(desk.revision("1"),), readings=(desk.reading("1", 5),))
    desk.now += SOON
    desk.commit(
        revisions=(desk.revision("1", 2, "(fictional sample) edited", modified_at=desk.now),),
        readings=(desk.reading("1", 80),),
    )
    desk.now += SOON
    desk.commit(
        revisions=(desk.revision("1", 3, "(fictional sample) edited", deleted=True),),
        item_updates=(ItemUpdate(external_id="1", missing_since=started, refresh_at=desk.now + SOON),),
    )
    history = desk.store.history("way_home", "1")
    assert (history.item.ref, history.item.deleted) == (
        ItemRef(source_id=desk.way_home, external_id="1"),
        True,
    )
    assert (history.missing_since, history.refresh_at) == (started, desk.now + SOON)
    assert [(one.seq, one.edited, one.deleted) for one in history.revisions] == [
        (1, False, False),
        (2, True, False),
        (3, True, True),
    ]
    assert [one.text for one in history.revisions[:2]] == ["(fictional sample)", "(fictional sample) edited"]
    assert history.revisions[1].modified_at == history.revisions[1].observed_at == started + SOON
    assert [(one.observed_at, one.counters) for one in history.readings] == [
        (started, Counters(views=5)),
        (started + SOON, Counters(views=80)),
    ]


def test_what_is_not_stored_has_no_history(desk):
    desk.post("1")
    assert desk.store.history("way_home", "2") is None
    assert desk.store.history("forum24", "1") is None


# ---- the desk's own row ------------------------------------------------------------------


def test_the_desk_has_a_row_that_is_made_once(desk):
    first = desk.store.desk()
    assert first == desk.store.desk()
    assert (first.config_id, first.incidents) == ("groundswell", {})


def test_an_incident_of_the_desk_outlasts_a_change_of_the_sources(desk):
    row = desk.store.desk().id
    trouble = NewIncident(id="GS-7", kind="disk", opened_at=desk.now, reason="nearly full")
    alert = desk.alert(
        "", "GS-7", subject_kind=SubjectKind.INCIDENT, external_id=None, seq=None, subject_key=f"{row}/disk"
    )
    desk.commit(row, source=None, incidents_opened=(trouble,), alerts=(alert,))
    desk.register("forum24")
    assert desk.store.desk().incidents.keys() == {"disk"}
    (told,) = desk.store.alerts(5)
    assert (told.source_name, told.source_config_id) == ("Groundswell", "groundswell")


def test_the_desk_is_never_polled_nor_shown_among_the_sources(desk):
    desk.store.desk()
    late = desk.now + timedelta(days=9)
    leases = desk.store.due(late, worker="w", lease_for=SOON, limit=9)
    assert [one.config_id for one in leases] == ["way_home"]
    assert [one.config_id for one in desk.store.sources()] == ["way_home"]
    assert [one.config_id for one in desk.store.vitals().sources] == ["way_home"]
