"""Configured sources and rules become known, change, rest and return."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from scrapers import feed, page
from scrapers.model import Cursor, Source
from storage.errors import LeaseLost, UnknownSource
from storage.model import AlertStatus, NewIncident, RuleDefinition, SubjectKind
from storage.options_digest import options_digest
from storage.schema import source

LEASE = timedelta(minutes=5)
ROTATION = RuleDefinition(id="rotation", title="Rotation", severity="warning", query="rotation")


def due(desk, now=None):
    leases = desk.store.due(now or desk.now, worker="w", lease_for=LEASE, limit=10)
    for lease in leases:
        desk.store.release(lease)
    return sorted(lease.config_id for lease in leases)


def test_a_new_source_is_due_at_once(desk):
    desk.register("way_home", "forum24")
    assert due(desk) == ["forum24", "way_home"]
    assert desk.store.source("forum24").version == 0


def test_an_absent_source_rests_and_keeps_what_it_brought(desk):
    desk.post("1")
    desk.register("forum24")
    assert due(desk, desk.now + timedelta(days=1)) == ["forum24"]
    assert [report.active for report in desk.store.sources()] == [True, False]
    assert desk.known("1").items["1"].current.seq == 1


def test_a_returning_source_goes_on_where_it_stopped(desk):
    desk.commit(source=desk.update(cursor=Cursor(values={"after": 40})))
    desk.register()
    assert desk.register("way_home") == {"way_home": desk.way_home}
    assert desk.store.source("way_home").cursor == Cursor(values={"after": 40})
    assert due(desk, desk.now + timedelta(hours=1)) == ["way_home"]


def test_registering_again_changes_only_what_the_owner_changed(desk):
    desk.commit()
    before = desk.store.source("way_home")
    renamed = Source(id="way_home", kind="telegram", name="The way home (fictional sample)", options=None)
    desk.store.register([renamed], desk.now)
    assert desk.store.source("way_home") == before
    (report,) = desk.store.sources()
    assert (report.name, report.kind) == (renamed.name, renamed.kind)


HOUR = timedelta(hours=1)
PAPER = Source(id="paper", kind="feed", name="Paper", options=feed.Options(url="https://paper.invalid/feed"))


def failing(desk, one=PAPER):
    """Have a source failed five times, its next try in six hours."""
    desk.store.register([one], desk.now)
    row = desk.store.source(one.id)
    pause = desk.update(outcome="gone", reason="404", failures=5, next_due_at=desk.now + 6 * HOUR)
    desk.commit(source_id=row.id, source_version=row.version, source=pause)
    assert due(desk) == []


def failures(desk, name="paper"):
    return desk.store.source(name).failures


@pytest.mark.parametrize(
    "mended",
    [
        replace(PAPER, options=feed.Options(url="https://paper.invalid/news.xml")),
        replace(PAPER, options=feed.Options(url="https://paper.invalid/feed", full_text=True)),
        replace(PAPER, kind="page", options=page.Options(url="https://paper.invalid/feed", items=".teaser")),
    ],
    ids=["address", "option", "kind"],
)
def test_a_source_that_was_mended_is_due_now_as_if_it_had_never_failed(desk, mended):
    failing(desk)
    desk.store.register([mended], desk.now + HOUR)
    assert (due(desk, desk.now + HOUR), failures(desk)) == (["paper"], 0)
    failing(desk, mended)
    desk.store.register([mended], desk.now + HOUR)  # as at every start
    assert (due(desk, desk.now + HOUR), failures(desk)) == ([], 5)


def test_what_says_nothing_of_where_and_how_it_is_read_leaves_a_source_its_pause(desk):
    failing(desk)
    otherwise = replace(PAPER, name="The Paper", interval=HOUR, tags=("czech",), language="cs", country="CZ")
    desk.store.register([otherwise], desk.now)
    assert (due(desk), failures(desk)) == ([], 5)


def test_a_source_that_returns_is_due_now_as_if_it_had_never_failed(desk):
    failing(desk)
    desk.store.register([], desk.now)
    desk.store.register([PAPER], desk.now + HOUR)
    assert (due(desk, desk.now + HOUR), failures(desk)) == (["paper"], 0)


def test_a_poll_of_what_a_source_was_before_writes_nothing_any_more(desk):
    failing(desk)
    later = desk.now + 6 * HOUR
    (lease,) = desk.store.due(later, worker="w", lease_for=LEASE, limit=10)
    desk.store.register([replace(PAPER, options=feed.Options(url="https://paper.invalid/news.xml"))], later)
    row = desk.store.source("paper")
    again = desk.update(outcome="gone", reason="404", failures=6, next_due_at=later + 7 * HOUR)
    with pytest.raises(LeaseLost):
        desk.commit(source_id=row.id, source_version=row.version, source=again, lease=lease.token)
    assert (due(desk, later), failures(desk)) == (["paper"], 0)


def test_a_source_that_an_older_version_registered_is_known_by_its_kind(desk):
    failing(desk)
    with desk.store._database.writing() as connection:
        connection.execute(update(source).values(options_digest=None))
    desk.store.register([PAPER], desk.now)
    assert due(desk) == []
    desk.store.register(
        [replace(PAPER, options=feed.Options(url="https://paper.invalid/news.xml"))], desk.now
    )
    assert due(desk) == ["paper"]


def test_an_option_that_a_later_version_adds_changes_no_source():
    @dataclass(frozen=True, kw_only=True)
    class Now:
        url: str
        tries: int = 3
        marks: tuple[str, ...] = field(default_factory=tuple)

    @dataclass(frozen=True, kw_only=True)
    class Later(Now):
        added: bool = False

    def digest(options):
        return options_digest(replace(PAPER, options=options))

    assert digest(Now(url="a")) == digest(Later(url="a"))
    told_apart = {
        digest(one) for one in (Now(url="a"), Now(url="b"), Now(url="a", tries=4), Later(url="a", added=True))
    }
    assert len(told_apart) == 4


def test_an_unknown_source_is_said_to_be_unknown(desk):
    with pytest.raises(UnknownSource, match="nowhere"):
        desk.store.source("nowhere")
    with pytest.raises(UnknownSource):
        desk.known(source_id=987654)


def test_a_rule_keeps_its_version_until_its_query_changes(desk):
    register = desk.store.register_rules
    assert register([ROTATION], desk.now) == {"rotation": 1}
    assert register([replace(ROTATION, title="Rotation!", severity="critical")], desk.now) == {"rotation": 1}
    assert register([replace(ROTATION, query="rotation OR leave")], desk.now) == {"rotation": 2}


def test_a_query_that_comes_back_is_the_version_that_it_was(desk):
    register, wider = desk.store.register_rules, replace(ROTATION, query="rotation OR leave")
    for one, version in ((ROTATION, 1), (wider, 2), (ROTATION, 1), (wider, 2)):
        assert register([one], desk.now) == {"rotation": version}
    assert desk.store.rule_queries() == {"rotation": (wider.query, ROTATION.query)}
    assert register([replace(ROTATION, query="pay")], desk.now) == {"rotation": 3}
    assert desk.store.rule_queries() == {"rotation": ("pay", wider.query, ROTATION.query)}


def test_a_rule_that_was_away_comes_back_in_its_version(desk):
    leave = replace(ROTATION, id="leave", query="leave")
    desk.store.register_rules([ROTATION, leave], desk.now)
    assert desk.store.register_rules([leave], desk.now) == {"leave": 1}
    assert desk.store.register_rules([ROTATION, leave], desk.now) == {"rotation": 1, "leave": 1}
    assert desk.store.register_rules([], desk.now) == {}


def test_alerts_bear_the_title_of_their_rule(desk):
    desk.store.register_rules([ROTATION], desk.now)
    desk.post("1")
    desk.commit(alerts=(desk.alert("1"), desk.alert("1", "GS-2", rule_id="not registered")))
    assert {alert.rule_title for alert in desk.store.alerts(5)} == {"Rotation", "not registered"}


def test_the_troubles_of_a_source_end_when_it_is_taken_out(desk):
    kind = {"subject_kind": SubjectKind.INCIDENT, "external_id": None, "seq": None, "subject_key": "1/gone"}
    trouble = NewIncident(id="GS-1", kind="gone", opened_at=desk.now, reason="404")
    desk.commit(alerts=(desk.alert("", **kind),), incidents_opened=(trouble,))
    desk.register("forum24")
    assert [report.incidents for report in desk.store.sources()] == [(), ()]
    assert [alert.status for alert in desk.store.alerts(5)] == [AlertStatus.CLOSED]
    desk.register("way_home")
    assert desk.known().source.incident_episodes == {"gone": 1}
