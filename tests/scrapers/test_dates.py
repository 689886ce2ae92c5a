"""Written times, understood."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.dates import find_moment, offset_of, read_moment
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
    ("raw", "expected", "precision"),
    [
        ("5. března 2026 14:30", "2026-03-05T13:30", "minute"),
        ("čtvrtek 5. března 2026, 14:30", "2026-03-05T13:30", "minute"),
        ("Čtvrtek, 5.\u00a0března\u00a02026 v 14.30 hod.", "2026-03-05T13:30", "minute"),
        ("3. prosince 2023", "2023-12-03", "day"),
        ("3. PROSINCE 2023 | 8:05", "2023-12-03T07:05", "minute"),
        ("1. července 2024 12:00", "2024-07-01T10:00", "minute"),
        ("1. června 2024 12:00", "2024-06-01T10:00", "minute"),
        ("1. červen 2024", "2024-06-01", "day"),
        ("5.3.2026 v 14:30", "2026-03-05T13:30", "minute"),
        ("čt 5. 3. 2026, 14:30", "2026-03-05T13:30", "minute"),
        ("5. marca 2026 o 14:30", "2026-03-05T13:30", "minute"),
        ("7 декабря 2023, 19:43", "2023-12-07T18:43", "minute"),
        ("7 декабря 2023 года в 19:43", "2023-12-07T18:43", "minute"),
        ("7 декабря 2023, 19:43 МСК", "2023-12-07T16:43", "minute"),
        ("19:43, 7 декабря 2023", "2023-12-07T18:43", "minute"),
        ("19:43 — 07.12.2023", "2023-12-07T18:43", "minute"),
        ("Среда, 5 мая 2021", "2021-05-05", "day"),
        ("7 грудня 2023 19:43", "2023-12-07T18:43", "minute"),
        ("п'ятниця, 7 червня 2024 року, 19:43", "2024-06-07T17:43", "minute"),
        ("7 лист. 2023 р. о 19:43", "2023-11-07T18:43", "minute"),
        ("7 липня 2023", "2023-07-07", "day"),
        ("7 December 2023 19:43", "2023-12-07T18:43", "minute"),
        ("Thursday 7th December 2023 at 7.43pm", "2023-12-07T18:43", "minute"),
        ("December 7, 2023", "2023-12-07", "day"),
        ("Dec. 7th, 2023 - 19:43", "2023-12-07T18:43", "minute"),
        ("7 Sept 2023", "2023-09-07", "day"),
    ],
)
def test_dates_as_people_write_them(raw: str, expected: str, precision: str) -> None:
    for zone in (None, PRAGUE):
        moment = read_moment(raw, zone)
        assert moment is not None
        if zone is None and precision == "minute" and "МСК" not in raw:
            assert (moment.at.hour, moment.precision) == (0, Precision.DAY)
            continue
        assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
        assert moment.precision == Precision(precision)


@pytest.mark.parametrize(
    "raw",
    [
        "dnes 14:05",
        "včera v 14:05",
        "вчера, 14:05",
        "сьогодні о 14:05",
        "today at 14:05",
        "2 hours ago",
        "7 декабря, 19:43",
        "5. března 14:30",
        "1. červ 2024",
        "Marathon 5, 2024",
        "7 decisions 2023",
    ],
)
def test_words_that_lean_on_the_day_of_reading_and_other_words_say_nothing(raw: str) -> None:
    assert read_moment(raw, PRAGUE) is None


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


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sun, 22 Nov 2026 10:00:00 JST", "2026-11-22T01:00"),
        ("Sun, 22 Nov 2026 10:00:00 AEST", "2026-11-22T00:00"),
        ("Mon, 22 Jun 2026 10:00:00 IDT", "2026-06-22T07:00"),
        ("Sun, 22 Nov 2026 10:00:00 QST", "2026-11-22"),
        ("Nov 22, 2026 10:00 AM ET", "2026-11-22T15:00"),
        ("Jun 22, 2026, 10:00 PT", "2026-06-22T17:00"),
        ("Jun 22, 2026, 10:00 (CT)", "2026-06-22T15:00"),
        ("22 Nov 2026 10:00 AMT", "2026-11-22"),
        ("22 Nov 2026 10:00 A", "2026-11-22"),
        ("2:30 PM ET, Nov 22, 2026", "2026-11-22T19:30"),
        ("14:30 QST, Nov 22, 2026", "2026-11-22"),
        ("2026-11-22T10:00:00+99:00", "2026-11-22"),
        ("5. března 2026 14:30 SEČ", "2026-03-05T13:30"),
        ("5. července 2026 14:30 (SELČ)", "2026-07-05T12:30"),
        ("7 декабря 2023, 19:43 по Москве", "2023-12-07T16:43"),
        ("7 декабря 2023, 19:43 по московскому времени", "2023-12-07T16:43"),
        ("7 грудня 2023 19:43 за київським часом", "2023-12-07T17:43"),
        ("Tue Aug 25 2026 00:23:33 GMT+0000 (Coordinated Universal Time)", "2026-08-25T00:23:33"),
    ],
)
def test_a_zone_that_is_not_known_is_not_taken_for_the_sources(raw: str, expected: str) -> None:
    moment = read_moment(raw, PRAGUE)
    assert moment is not None
    assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert (moment.precision is Precision.DAY) == (len(expected) == 10)


@pytest.mark.parametrize(
    "shown",
    [
        "Lhota",
        "Zprávy",
        "AP",
        "(AFP)",
        "HOD",
        "| ČTK",
        "Et Smyšlený",
        "ETA-Lhota",
        "(Redakce)",
        "Z domova",
        "Cat Smyšlený",
        "Pst, tajemství",
        "Est. 3 min",
    ],
)
def test_a_word_behind_a_clock_among_words_is_no_zone(shown: str) -> None:
    found = find_moment(f"5. 3. 2026 14:30 {shown}", PRAGUE)
    assert found is not None
    assert found[1].at == datetime(2026, 3, 5, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("By Jan Fictional, Nov 22, 2026 14:30 ET", "2026-11-22T19:30"),
        ("Nov 22, 2026 2:30 PM (PT) | Sample", "2026-11-22T22:30"),
        ("Posted 2:30 PM, Nov 22, 2026", "2026-11-22T13:30"),
        ("Posted Nov 22, 2026 14:30 AMT", "2026-11-22"),
        ("Posted Nov 22, 2026 14:30 (IST), 3 comments", "2026-11-22"),
        ("22. 11. 2026 14:30 SEČ | Domácí", "2026-11-22T13:30"),
        ("22 ноября 2026, 14:30 по Москве, редакция", "2026-11-22T11:30"),
        ("14:30, NOV 22, 2026", "2026-11-22T13:30"),
        ("22 листопада 2026, 14:30 за Києвом", "2026-11-22T12:30"),
    ],
)
def test_a_zone_in_a_byline_is_read_or_leaves_the_day_alone(shown: str, expected: str) -> None:
    found = find_moment(shown, PRAGUE)
    assert found is not None
    assert found[1].at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert (found[1].precision is Precision.DAY) == (len(expected) == 10)


def test_no_distance_from_utc_is_longer_than_a_day() -> None:
    assert offset_of("2026-11-22T10:00:00+99:99") is None
    assert offset_of("2026-11-22T10:00:00-03:30") == timezone(-timedelta(hours=3, minutes=30))
