"""Reports: the health of sources, the latest alerts and items, and the totals."""

from datetime import timedelta

from storage.model import NewIncident

HOUR = timedelta(hours=1)


def test_a_sources_health_says_all_that_is_known_of_it(desk):
    incidents = tuple(
        NewIncident(id=kind, kind=kind, opened_at=desk.now, reason="404") for kind in ("possible_gap", "gone")
    )
    desk.commit(
        source=desk.update(outcome="items", last_new_at=desk.now, next_due_at=desk.now + HOUR),
        items=(desk.item("1"), desk.item("2")),
        revisions=(desk.revision("1"), desk.revision("2")),
        incidents_opened=incidents,
    )
    (report,) = desk.store.sources()
    assert (report.config_id, report.name, report.kind) == ("way_home", "WAY_HOME", "telegram_web")
    assert (report.active, report.items, report.outcome) == (True, 2, "items")
    assert report.last_attempt_at == report.last_success_at == report.last_new_at == desk.now
    assert report.next_due_at == desk.now + HOUR
    assert report.incidents == ("gone", "possible_gap")


def test_a_poll_without_news_keeps_when_there_was_some(desk):
    desk.commit(source=desk.update(last_new_at=desk.now))
    desk.commit(source=desk.update(last_new_at=None))
    assert desk.store.sources()[0].last_new_at == desk.now


def test_a_resting_source_is_due_never_and_comes_last(desk):
    desk.register("zebra")
    reports = desk.store.sources()
    assert [(one.config_id, one.next_due_at is None) for one in reports] == [
        ("zebra", False),
        ("way_home", True),
    ]


def test_alerts_come_newest_first_and_can_be_narrowed(desk):
    desk.post("1")
    for hour, rule in enumerate(("a", "b", "a")):
        name = f"GS-{hour}"
        desk.commit(
            alerts=(desk.alert("1", name, rule_id=rule, episode=hour, opened_at=desk.now + hour * HOUR),)
        )

    def names(**narrowed):
        return [alert.id for alert in desk.store.alerts(**{"limit": 9, **narrowed})]

    assert names() == ["GS-2", "GS-1", "GS-0"]
    assert names(limit=1) == ["GS-2"]
    assert names(rule="a") == ["GS-2", "GS-0"]
    assert names(since=desk.now + HOUR) == ["GS-2", "GS-1"]


def test_items_come_last_seen_first_and_can_be_narrowed(desk):
    other = desk.register("way_home", "other")["other"]
    for hour, source in enumerate((desk.way_home, other, desk.way_home)):
        desk.post(str(hour), source_id=source, first_seen_at=desk.now + hour * HOUR)

    def names(**narrowed):
        return [item.ref.external_id for item in desk.store.items(**{"limit": 9, **narrowed})]

    assert names() == ["2", "1", "0"]
    assert names(limit=2) == ["2", "1"]
    assert names(source="other") == ["1"]
    assert names(since=desk.now + HOUR) == ["2", "1"]


def test_an_empty_desk_adds_up_to_nothing(desk):
    totals = desk.store.totals()
    assert (totals.items, totals.revisions, totals.copies, totals.alerts) == (0, 0, 0, 0)
    assert (totals.pending, totals.dead) == (0, 0)
