"""Written times, understood."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.dates import read_moment
from scrapers.model import Precision

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("raw", "expected", "precision"),
    [
        ("2026-03-05T10:20:30Z", "2026-03-05T10:20:30", "second"),
        ("2026-03-05T10:20:30.123456+03:00", "2026-03-05T07:20:30", "second"),
        ("2026-03-05T10:20:30+0300", "2026-03-05T07:20:30", "second"),
        ("2026-03-05 10:20:30 +0300", "2026-03-05T07:20:30", "second"),
        ("2026-03-05T10:20+01", "2026-03-05T09:20:00", "minute"),
        ("2026-03-05 10:20:30 UTC", "2026-03-05T10:20:30", "second"),
        ("20260305T10:20:30Z", "2026-03-05T10:20:30", "second"),
        ("2026-03-05T24:00:00Z", "2026-03-06T00:00:00", "second"),
        ("2026/3/5", "2026-03-05T00:00:00", "day"),
        ("2026-03-05", "2026-03-05T00:00:00", "day"),
        ("2026-03-05T10:20:30+01:00[Europe/Prague]", "2026-03-05T09:20:30", "second"),
        ("Thu, 05 Mar 2026 10:20:30 +0100", "2026-03-05T09:20:30", "second"),
        ("Thu, 05 Mar 2026 10:20:30 GMT", "2026-03-05T10:20:30", "second"),
        ("Thu, 05 Mar 2026 10:20 MSK", "2026-03-05T07:20:00", "minute"),
        ("Thu, 5 March 2026 10:20:30 CET (Prague)", "2026-03-05T09:20:30", "second"),
        ("05 Mar 26 10:20:30 EST", "2026-03-05T15:20:30", "second"),
        ("05-Mar-2026 10:20:30 GMT+2", "2026-03-05T08:20:30", "second"),
        ("Thu, 05 Mar 2026", "2026-03-05T00:00:00", "day"),
        ("Чт, 05 мар 2026 10:20:30 +0300", "2026-03-05T07:20:30", "second"),
        ("5 марта 2026 г., 10:20 +03:00", "2026-03-05T07:20:00", "minute"),
        ("Thu,5 Mar 2026 14:05:5 GMT+9", "2026-03-05T05:05:05", "second"),
        ("05.03.2026 10:20 +0100", "2026-03-05T09:20:00", "minute"),
        ("5. 3. 2026", "2026-03-05T00:00:00", "day"),
        ("March 5, 2026 at 1:20 PM GMT", "2026-03-05T13:20:00", "minute"),
        ("Mar 5, 2026", "2026-03-05T00:00:00", "day"),
    ],
)
def test_zoned_and_daily(raw: str, expected: str, precision: str) -> None:
    for zone in (None, PRAGUE):
        moment = read_moment(raw, zone)
        assert moment is not None
        assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
        assert moment.precision == Precision(precision)


def test_a_time_without_zone_says_only_its_day_unless_the_zone_is_known() -> None:
    unknown = read_moment("2026-07-05T00:30:00", None)
    known = read_moment("2026-07-05T00:30:00", PRAGUE)
    assert unknown is not None
    assert (unknown.at, unknown.precision) == (datetime(2026, 7, 5, tzinfo=UTC), Precision.DAY)
    assert known is not None
    assert (known.at, known.precision) == (datetime(2026, 7, 4, 22, 30, tzinfo=UTC), Precision.SECOND)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-13-45",
        "2026-02-30",
        "32 Foo 2026 10:20:30 GMT",
        "Thu, 05 Mar 2026 99:20:30 GMT",
        "05.03.",
        "1767225600",
    ],
)
def test_no_time_or_an_absurd_one(raw: str) -> None:
    assert read_moment(raw, UTC) is None


@given(st.text(alphabet="0123456789-:/+TZ., janfebмарпм[]()", max_size=40))
def test_never_raises(raw: str) -> None:
    moment = read_moment(raw, PRAGUE)
    assert moment is None or moment.at.tzinfo is UTC
