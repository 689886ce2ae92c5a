"""What storage knows of the groups of correlations. All texts are fictional."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic.command import upgrade as run_migrations
from sqlalchemy import text

from storage import migrate, recall_matches
from storage.database import connect
from storage.errors import Stale
from storage.model import (
    AlertUpdate,
    CorrelationKeys,
    EndedMatch,
    Evidence,
    ItemRef,
    JudgedGroup,
    KnownEvent,
    RuleDefinition,
    SubjectKind,
)
from storage.store import open_store

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def keys(**changes) -> CorrelationKeys:
    plain = CorrelationKeys(
        correlation_id="groundswell",
        subject_keys=("",),
        rules=(("rotation", 1),),
        spans=((NOON - 24 * HOUR, NOON + 24 * HOUR),),
    )
    return replace(plain, **changes)


def events(desk, **changes) -> list[str]:
    (known,) = desk.store.recall_correlations([keys(**changes)]).values()
    return [event.item.external_id for event in known.events]


def matched(desk, name: str, hours: int = 0, source_id: int | None = None, **changes) -> ItemRef:
    """A post with a match that happened some hours before noon."""
    item = desk.item(name, **{key: changes.pop(key) for key in ("origin",) if key in changes})
    match = desk.match(name, None, withheld="held back", happened_at=NOON - hours * HOUR, **changes)
    desk.commit(source_id, items=(item,), revisions=(desk.revision(name),), matches=(match,))
    return ItemRef(source_id=source_id or desk.way_home, external_id=name)


def test_events_are_those_of_the_version_in_force_within_a_span(desk):
    for name, hours in (("late", 0), ("early", 3), ("too-early", 24), ("just", 23)):
        matched(desk, name, hours)
    matched(desk, "older-version", rule_version=2)
    matched(desk, "other-rule", rule_id="supplies")
    assert events(desk) == ["just", "early", "late"]
    assert events(desk, spans=((NOON - 2 * HOUR, NOON), (NOON - 9 * HOUR, NOON - 3 * HOUR))) == [
        "early",
        "late",
    ]


def test_an_event_has_its_origin_its_source_and_its_language(desk):
    first = matched(desk, "1", 2, language="cs")
    copy = matched(desk, "2", 1, origin=first)
    (known,) = desk.store.recall_correlations([keys()]).values()
    of_source = {"source_config_id": "way_home", "source_kind": "telegram_web", "rule_id": "rotation"}
    assert known.events == (
        KnownEvent(at=NOON - 2 * HOUR, item=first, origin=first, language="cs", **of_source),
        KnownEvent(at=NOON - HOUR, item=copy, origin=first, language=None, **of_source),
    )


def test_only_some_sources_or_origins_are_asked_for(desk):
    other = desk.register("way_home", "other")["other"]
    first = matched(desk, "1", 3)
    matched(desk, "2", 2, source_id=other, origin=first)
    matched(desk, "3", 1, source_id=other)
    assert events(desk, sources=("other",)) == ["2", "3"]
    assert events(desk, sources=()) == []
    assert events(desk, origins=(first,)) == ["1", "2"]
    assert events(desk, origins=(first,), spans=((NOON - 3 * HOUR, NOON),)) == ["2"]
    assert events(desk, origins=(ItemRef(source_id=other, external_id="9"),)) == []


def test_a_match_that_has_ended_is_an_event_only_to_those_who_ask_for_it(desk):
    item = matched(desk, "1")
    assert desk.known("1").standing == {("1", 1, "rotation", 1)}
    ended = EndedMatch(external_id="1", seq=1, rule_id="rotation", rule_version=1, ended_at=NOON)
    desk.commit(revisions=(desk.revision("1", 2),), matches_ended=(ended,))
    assert desk.known("1").standing == frozenset()
    assert events(desk) == []
    for narrowed in ({}, {"sources": ("way_home",)}, {"origins": (item,)}):
        assert events(desk, ended=True, **narrowed) == ["1"]


def test_no_more_than_a_certain_number_are_recalled_the_latest_first(desk, monkeypatch):
    monkeypatch.setattr(recall_matches, "MOST_EVENTS", 2)
    for statement in (recall_matches.events, recall_matches.events_of_items):
        statement.cache_clear()
    try:
        for number in range(4):
            matched(desk, str(number), number)
        assert events(desk) == ["1", "0"]
    finally:
        recall_matches.events.cache_clear()
        recall_matches.events_of_items.cache_clear()


def test_of_two_decisions_on_a_group_the_later_must_be_made_again(desk):
    def judged(version: int) -> dict[str, tuple[JudgedGroup, ...]]:
        return {"groups": (JudgedGroup(correlation_id="groundswell", subject_key="", version=version),)}

    desk.commit(**judged(0))
    (known,) = desk.store.recall_correlations([keys()]).values()
    assert known.versions == {"": 1}
    for outdated in (0, 2):
        with pytest.raises(Stale):
            desk.commit(**judged(outdated))
    desk.now += HOUR
    desk.commit(**judged(1))
    (known,) = desk.store.recall_correlations([keys()]).values()
    assert (known.versions, known.first_judged) == ({"": 2}, {"": NOON})


def test_an_alert_on_a_group_keeps_what_it_rests_on_and_since_when_it_holds(desk):
    refs = [matched(desk, str(number), number) for number in range(3)]
    desk.store.register_rules(
        [RuleDefinition(id="rotation", title="Rotation", severity="info", query="x")], desk.now
    )
    alert = replace(
        desk.alert("0"),
        rule_id="groundswell",
        subject_kind=SubjectKind.GROUP,
        subject_key="",
        external_id=None,
        seq=None,
        began_at=NOON - HOUR,
        lasted_until=NOON,
        evidence=tuple(Evidence(item=ref, rule_id="rotation") for ref in refs[:2]),
    )
    desk.commit(alerts=(alert,))
    (known,) = desk.store.recall_correlations([keys()])["groundswell"].alerts
    assert (known.began_at, known.lasted_until, known.episode) == (NOON - HOUR, NOON, 0)
    (shown,) = desk.store.alerts(5)
    assert [(one.item.ref, one.rule_title) for one in shown.evidence] == [
        (ref, "Rotation") for ref in refs[:2]
    ]
    update = AlertUpdate(
        alert_id=known.id,
        version=known.version,
        updated_at=NOON,
        copies=3,
        told_copies=0,
        told_at=NOON,
        headline="grown",
        lasted_until=NOON + HOUR,
        evidence=(Evidence(item=refs[2], rule_id="rotation"),),
    )
    desk.commit(alert_updates=(update,))
    (known,) = desk.store.recall_correlations([keys()])["groundswell"].alerts
    assert (known.began_at, known.lasted_until) == (NOON - HOUR, NOON + HOUR)
    (shown,) = desk.store.alerts(5)
    assert (shown.headline, [one.item.ref for one in shown.evidence]) == ("grown", [refs[2]])


def test_groups_that_nothing_came_of_for_long_are_forgotten(desk):
    desk.commit(groups=(JudgedGroup(correlation_id="groundswell", subject_key="", version=0),))
    desk.store.prune(NOON + HOUR, NOON + 2 * HOUR)
    (known,) = desk.store.recall_correlations([keys()]).values()
    assert known.versions == {}


def test_what_matched_before_correlations_counts_where_its_text_still_stands(empty_url):
    connect(empty_url).dialect.create()
    _upgrade_to(empty_url, "0004")
    noon, later = "'2026-11-01T12:00:00.000000Z'", "'2026-11-01T14:00:00.000000Z'"
    items = {1: noon, 2: "NULL", 3: later}  # published at; all were seen at noon
    states = {
        1: ["'a'"],
        2: ["'a'", "'b'"],
        3: ["'a'", "'a'"],
    }  # what they said, one revision after the other
    _run(
        empty_url,
        "INSERT INTO source (id, config_id, kind, name, active, cursor, version, failures, next_due_at) "
        f"VALUES (1, 'way-home', 'feed', 'Way Home', true, '{{}}', 3, 0, {noon})",
        *(
            "INSERT INTO item (id, source_id, external_id, kind, first_seen_at, published_at, latest_seq) "
            f"VALUES ({row}, 1, '{row}', 'post', {noon}, {published}, {len(states[row])})"
            for row, published in items.items()
        ),
        *(
            "INSERT INTO revision (item_id, seq, observed_at, deleted, text, text_hash, language, edited, "
            f"has, flags, links, analysis_version) VALUES ({row}, {seq}, {later}, false, '(fictional)', "
            f"{said}, 'cs', false, '[]', '[]', '[]', 1)"
            for row, says in states.items()
            for seq, said in enumerate(says, 1)
        ),
        *(
            "INSERT INTO match (item_id, seq, rule_id, rule_version, matched_at, spans) "
            f"VALUES ({row}, 1, 'rotation', 1, {later}, '[]')"
            for row in items
        ),
    )
    migrate.upgrade(empty_url)
    store = open_store(empty_url)
    (known,) = store.recall_correlations([keys()]).values()
    assert [(one.item.external_id, one.at, one.language) for one in known.events] == [
        ("1", NOON, "cs"),
        ("3", NOON, "cs"),
    ]
    store.close()


def _run(url: str, *statements: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def _upgrade_to(url: str, revision: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        run_migrations(config, revision)
    database.close()
