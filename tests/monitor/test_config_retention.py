"""A `retention` that takes away what is still to be looked at. All is invented."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import load_text

DESK = """
[http]
contact = "https://example.org/"
[[source]]
id = "way-home"
kind = "telegram_web"
channel = "way_home_sample"
{source}
[[source]]
id = "listing"
kind = "feed"
url = "https://news.example.org/rss"
[[rule]]
id = "leave"
query = "leave"
[[correlation]]
id = "wave"
type = "{type}"
rules = ["leave"]
timespan = "{timespan}"
{more}
[[receiver]]
id = "here"
kind = "terminal"
[route]
receivers = ["here"]
"""
COUNT = "condition = { gte = 3 }"
SPIKE = "spike_height = 3"


def warned(
    general: str, source: str = "", timespan: str = "1d", kind: str = "event_count", more: str = COUNT
) -> dict[str, str]:
    """The lines that are warned of, as they stand in the file, and what is said of them."""
    text = general + DESK.format(source=source, timespan=timespan, type=kind, more=more)
    lines = text.splitlines()
    warnings = load_text(text, Path("config.toml"), {}).warnings
    return {lines[(one.line or 0) - 1]: f"{one.message}; {one.hint}" for one in warnings}


@pytest.mark.parametrize("general", ["", 'retention = "28d"', 'retention = "60d"\nrefresh = ["1h", "60d"]'])
def test_what_is_kept_long_enough_is_not_warned_of(general: str) -> None:
    assert warned(general, timespan="28d") == {}


def test_a_longer_time_span_is_warned_of_at_its_line() -> None:
    assert warned('retention = "28d"', timespan="30d") == {
        'timespan = "30d"': 'it looks back 30d, but "retention" on line 1 keeps items for 28d; '
        'raise "retention" to "30d", or shorten "timespan"'
    }


def test_a_spike_looks_back_twice_its_time_span() -> None:
    assert warned('retention = "28d"', timespan="14d", kind="spike", more=SPIKE) == {}
    (said,) = warned('retention = "28d"', timespan="15d", kind="spike", more=SPIKE).values()
    assert said.startswith("it looks back 30d")


AGES = 'refresh = ["1h", "60d"]'


@pytest.mark.parametrize(("general", "source"), [(AGES, ""), ("", AGES)])
def test_an_age_that_no_item_reaches_is_warned_of_at_its_line(general: str, source: str) -> None:
    assert warned(f'retention = "28d"\n{general}', source) == {
        AGES: '"refresh" reads items again after 60d, but "retention" on line 1 keeps items for 28d; '
        'raise "retention" to "60d", or let "refresh" end before'
    }


def test_ages_of_sources_that_are_not_read_again_do_not_count() -> None:
    assert warned(f'retention = "28d"\n{AGES}', source="refresh = []") == {}


def test_an_age_that_nobody_wrote_is_warned_of_where_retention_stands() -> None:
    text = 'retention = "5d"' + DESK.format(source="", timespan="1d", type="event_count", more=COUNT)
    config = load_text(text, Path("config.toml"), {})
    assert config.sources[0].refresh[-1] == timedelta(days=7)
    assert [(one.line, one.message.split(",")[0]) for one in config.warnings] == [
        (1, '"refresh" reads items again after 7d'),
        (1, "when a source is silent is learnt from 5d instead of 28d"),
    ]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("1d", '"retention" of 1d is too short to learn when a source is silent'),
        ("3d", '"retention" of 3d is too short to learn when a source is silent'),
        ("27d", 'when a source is silent is learnt from 27d instead of 28d, for "retention" keeps no more'),
    ],
)
def test_silence_is_learnt_from_what_is_kept(kept: str, said: str) -> None:
    line = f'retention = "{kept}"'
    assert warned(line, source="refresh = []")[line] == f'{said}; raise "retention" to "28d"'


def test_without_sources_nothing_is_learnt_and_nothing_read_again() -> None:
    text = "retention = '1d'\n[[receiver]]\nid = 'here'\nkind = 'terminal'\n[route]\nreceivers = ['here']\n"
    said = [one.message for one in load_text(text, Path("config.toml"), {}).warnings]
    assert [one for one in said if "retention" in one or "silent" in one] == []
