"""Lengths of time in words."""

from datetime import timedelta

import pytest

from monitor.duration import short, spoken
from monitor.options import parse_duration


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1, seconds=59), "1 minute"),
        (timedelta(minutes=40), "40 minutes"),
        (timedelta(hours=1, minutes=5), "1 hour and 5 minutes"),
        (timedelta(hours=9), "9 hours"),
        (timedelta(days=1, minutes=5), "1 day"),
        (timedelta(days=2, hours=3, minutes=59), "2 days and 3 hours"),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(length: timedelta, words: str) -> None:
    assert spoken(length) == words


@pytest.mark.parametrize("text", ["45s", "10m", "1h30m", "1d", "2d3h", "0s"])
def test_a_length_is_written_as_the_configuration_reads_it(text: str):
    assert short(parse_duration(text) if text != "0s" else timedelta(0)) == text
