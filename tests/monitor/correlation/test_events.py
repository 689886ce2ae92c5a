"""Groups of events: what they are called, and what that says. All names are fictional."""

from datetime import UTC, datetime

import pytest

from monitor.correlation.events import Event, group_keys, group_values, shown_group
from storage.model import ItemRef

NOTHING: set[str] = set()


def event(*tags: str) -> Event:
    item = ItemRef(source_id=3, external_id="41")
    return Event(
        at=datetime(2026, 3, 2, tzinfo=UTC),
        rule_id="leave",
        item=item,
        origin=item,
        source="wives",
        kind="feed",
        language="ru",
        tags=tags,
    )


@pytest.mark.parametrize("tag", ["east", "a\\", "a, source=z", "a\\, source=z", "a\\,", ",", "a\nb", "\\\n,"])
def test_the_values_of_a_group_are_read_back(tag):
    (key,) = group_keys(("tag", "source"), event(tag), b"secret")
    assert group_values(key) == {
        "tag": {tag},
        "source": {"wives"},
        "kind": NOTHING,
        "lang": NOTHING,
        "origin": NOTHING,
    }


def test_a_group_of_everything_has_no_values():
    assert group_keys((), event(), b"secret") == ("",)
    assert set().union(*group_values("").values()) == NOTHING


def test_an_origin_is_named_otherwise_on_every_desk():
    ours, theirs = (group_keys(("origin",), event(), key) for key in (b"ours", b"theirs"))
    assert ours != theirs
    assert ours == group_keys(("origin",), event(), b"ours")


def test_people_are_not_told_what_an_origin_is_called():
    (key,) = group_keys(("lang", "origin"), event(), b"secret")
    assert shown_group(key) == "lang=ru, one origin"
