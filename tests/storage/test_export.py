"""Exports of everything: page by page, whatever is purged or damaged meanwhile."""

from datetime import timedelta

import pytest

from storage import export
from storage.model import ItemRef

HOUR = timedelta(hours=1)
NUMBERS = range(10)
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def full(desk, monkeypatch):
    """A desk with ten posts, an alert on each, of which three are on a page."""
    monkeypatch.setattr(export, "PAGE", 3)
    for number in NUMBERS:
        desk.post(str(number))
        opened = desk.now + (number // 2) * HOUR  # two each at the same moment
        desk.commit(alerts=(desk.alert(str(number), f"GS-{number}", opened_at=opened),))
    return desk


def alerts(desk, **narrowed):
    return [one.id for one in desk.store.all_alerts(**narrowed)]


def items(desk, **narrowed):
    return [one.ref.external_id for one in desk.store.all_items(**narrowed)]


def newest_first(*left_out):
    return [f"GS-{number}" for number in reversed(NUMBERS) if number not in left_out]


def test_everything_is_read_once_and_in_order(full):
    assert alerts(full) == newest_first()
    assert items(full) == [str(number) for number in NUMBERS]


def test_it_can_be_narrowed(full):
    other = full.register("way_home", "other")["other"]
    full.post("x", source_id=other)
    full.commit(other, alerts=(full.alert("x", "GS-x", other, opened_at=full.now - HOUR),))
    assert alerts(full, source="other") == ["GS-x"]
    assert items(full, source="other") == ["x"]
    assert alerts(full, since=full.now + 4 * HOUR) == ["GS-9", "GS-8"]
    assert alerts(full) == [*newest_first(), "GS-x"]


def test_what_is_purged_meanwhile_ends_nothing(full):
    read = full.store.all_alerts()
    begun = [next(read).id for _ in range(3)]
    last_of_page = ItemRef(source_id=full.way_home, external_id="7")
    full.store.purge([last_of_page], full.now)
    assert begun + [one.id for one in read] == newest_first()


def test_what_is_damaged_is_named_and_left_out(full, damage, caplog):
    damage("UPDATE alert SET subject_kind = 'strange' WHERE id IN ('GS-7', 'GS-2')")
    damage("UPDATE item SET kind = 'strange' WHERE external_id = '5'")
    assert alerts(full) == newest_first(2, 7)
    assert items(full) == [str(number) for number in NUMBERS if number != 5]
    for named in ("alert GS-7 can't be read", "alert GS-2 can't be read", "is left out: ValueError"):
        assert named in caplog.text


@on_sqlite
def test_a_damaged_time_ends_nothing(full, damage, caplog):
    damage("UPDATE alert SET opened_at = CAST(x'D0FF' AS TEXT) WHERE id IN ('GS-7', 'GS-8', 'GS-9')")
    damage("UPDATE item SET first_seen_at = 'noon or so' WHERE external_id IN ('0', '1', '2', '3')")
    assert alerts(full) == newest_first(7, 8, 9)
    assert items(full) == ["4", "5", "6", "7", "8", "9"]
    assert sum("is left out" in record.message for record in caplog.records) == 7
