"""What a reload brings is told in counts and names, never in values."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import load_text
from monitor.config_changes import changes, needs_restart

BEFORE = """
timezone = "Europe/Prague"

[[source]]
id = "first"
kind = "feed"
url = "https://example.org/first"

[[source]]
id = "second"
kind = "feed"
url = "https://example.org/second"

[[rule]]
id = "leave"
query = "leave"

[[receiver]]
id = "hook"
kind = "webhook"
url = "https://example.org/hook"
"""
PLACE = Path("config.toml")


def told(*replacements: tuple[str, str]) -> tuple[str, ...]:
    after = BEFORE
    for old, new in replacements:
        assert old in after
        after = after.replace(old, new)
    return changes(load_text(BEFORE, PLACE), load_text(after, PLACE))


def test_the_same_is_no_change():
    assert told() == ()
    assert told(("[[rule]]", "# a comment\n[[rule]]")) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("https://example.org/second", "https://example.org/other", ("sources ~1",)),
        ('id = "second"', 'id = "third"', ("sources +1 -1",)),
        ('query = "leave"', 'query = "rotation"', ("rules ~1",)),
        ("https://example.org/hook", "https://example.org/other", ("receivers ~1",)),
        ("Europe/Prague", "Europe/Kyiv", ("timezone",)),
        ("[[rule]]", "[alerting]\nfirst_poll = true\n[[rule]]", ("alerting",)),
        ("[[rule]]", "[http]\ncontact = 'https://example.org'\n[[rule]]", ("http",)),
        ("[[rule]]", "[route]\ngroup_wait = '1m'\n[[rule]]", ("route",)),
        ("[[rule]]", "[health]\ndisk_free = '1GB'\n[[rule]]", ("health",)),
        ("\ntimezone", "\nconcurrency = 2\ntimezone", ("concurrency",)),
    ],
)
def test_every_change_is_told(old, new, expected):
    assert told((old, new)) == expected


def test_several_are_told_together():
    second = BEFORE[BEFORE.index('[[source]]\nid = "second"') : BEFORE.index("[[rule]]")]
    assert told((second, ""), ('query = "leave"', 'query = "x"')) == ("sources -1", "rules ~1")


def test_another_database_or_address_needs_a_restart():
    config = load_text(BEFORE, PLACE)
    assert needs_restart(config, config) == ()
    assert needs_restart(config, replace(config, database_url="sqlite:///other.db")) == ("database",)
    listening = load_text(BEFORE + '[health]\nlisten = "127.0.0.1:9464"\n', PLACE)
    assert needs_restart(config, listening) == ("health",)
