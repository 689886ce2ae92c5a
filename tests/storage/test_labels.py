"""What people say of alerts, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.model import SubjectKind
from storage.model.labels import AlertLabel, RulePrecision, Verdict

DAY = timedelta(days=1)


def say(desk, alert, verdict=Verdict.USEFUL, note=None):
    desk.store.label(AlertLabel(alert_id=alert, verdict=verdict, note=note, labelled_at=desk.now))


@pytest.fixture
def alerts(desk):
    """Three alerts on posts, one of them of another rule and a day later, and an incident."""
    desk.post("1")
    desk.post("2")
    desk.commit(alerts=(desk.alert("1", "GS-AAAA"), desk.alert("2", "GS-AABB")))
    desk.now += DAY
    desk.commit(alerts=(desk.alert("1", "GS-BBBB", rule_id="leave"),))
    incident = desk.alert("x", "GS-CCCC", rule_id="source-health", subject_kind=SubjectKind.INCIDENT)
    desk.commit(alerts=(replace(incident, external_id=None, seq=None),))


@pytest.mark.parametrize(
    ("beginning", "meant"),
    [
        ("GS-AAAA", ("GS-AAAA",)),
        ("gs-aaa", ("GS-AAAA",)),
        ("aab", ("GS-AABB",)),
        ("AA", ("GS-AAAA", "GS-AABB")),
        ("GS-", ("GS-AAAA", "GS-AABB", "GS-BBBB", "GS-CCCC")),
        ("G_", ()),
        ("%", ()),
    ],
)
@pytest.mark.usefixtures("alerts")
def test_an_alert_is_named_by_its_beginning(desk, beginning, meant):
    assert desk.store.alerts_named(beginning) == meant


@pytest.mark.usefixtures("alerts")
def test_an_id_that_is_also_a_beginning_means_itself(desk):
    desk.commit(alerts=(desk.alert("2", "GS-AAAAB", rule_id="long"),))
    assert desk.store.alerts_named("GS-AAAA") == ("GS-AAAA",)


@pytest.mark.usefixtures("alerts")
def test_the_latest_word_counts(desk):
    say(desk, "GS-AAAA", Verdict.NOISE, "an advertisement, in the sample")
    say(desk, "GS-AAAA", Verdict.USEFUL)
    found = desk.store.labels(["GS-AAAA", "GS-BBBB"])

    assert set(found) == {"GS-AAAA"}
    assert (found["GS-AAAA"].verdict, found["GS-AAAA"].note) == (Verdict.USEFUL, None)


@pytest.mark.usefixtures("alerts")
def test_labelled_alerts_tell_what_they_are_about(desk):
    say(desk, "GS-AAAA", Verdict.NOISE, "seen before")
    say(desk, "GS-BBBB")
    latest, first = desk.store.labelled()

    assert (latest.id, latest.verdict, first.id, first.note) == (
        "GS-BBBB",
        Verdict.USEFUL,
        "GS-AAAA",
        "seen before",
    )
    assert first.subject == (SubjectKind.ORIGIN, f"{desk.way_home}/1")
    assert [one.id for one in desk.store.labelled(desk.now)] == ["GS-BBBB"]


@pytest.mark.usefixtures("alerts")
def test_precision_counts_alerts_and_no_incidents(desk):
    say(desk, "GS-AAAA")
    say(desk, "GS-AABB", Verdict.NOISE)
    say(desk, "GS-AABB", Verdict.NOISE)
    leave, rotation = desk.store.precision()

    assert leave == RulePrecision(rule_id="leave", useful=0, noise=0, unlabelled=1)
    assert rotation == RulePrecision(rule_id="rotation", useful=1, noise=1, unlabelled=0)
    assert (leave.precision, rotation.precision) == (None, 0.5)
    assert [one.rule_id for one in desk.store.precision(desk.now)] == ["leave"]
