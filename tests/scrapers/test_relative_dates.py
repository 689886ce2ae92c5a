"""Times that lean on the moment they are read at."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.dates import find_moment
from scrapers.model import Precision
from scrapers.relative_dates import read_relative

PRAGUE = ZoneInfo("Europe/Prague")
NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dnes 14:05", "2026-03-06T13:05"),
        ("Dnes, 9:05", "2026-03-06T08:05"),
        ("Publikováno včera v 19:43, smyšlená redakce", "2026-03-05T18:43"),
        ("předevčírem 7.30", "2026-03-04T06:30"),
        ("вчера в 19:43", "2026-03-05T18:43"),
        ("19:43, вчера", "2026-03-05T18:43"),
        ("сьогодні о 9:10", "2026-03-06T08:10"),
        ("yesterday at 9:10", "2026-03-05T08:10"),
        ("yesterday at 9:10 PM", "2026-03-05T20:10"),
        ("yesterday at 9:10 p.m. ET, By Jan Fictional", "2026-03-06T02:10"),
        ("вчера в 19:43 МСК", "2026-03-05T16:43"),
        ("yesterday at 9:10 AP", "2026-03-05T08:10"),
        ("před 5 minutami", "2026-03-06T11:55"),
        ("5 хвилин тому", "2026-03-06T11:55"),
        ("1 minute ago", "2026-03-06T11:59"),
        ("3. prosince 14:05", "2025-12-03T13:05"),
        ("5. 3., 14:05", "2026-03-05T13:05"),
        ("7 декабря, 19:43", "2025-12-07T18:43"),
    ],
)
def test_to_the_minute(text: str, expected: str) -> None:
    moment = read_relative(text, NOON, PRAGUE)
    assert moment is not None
    assert (moment.at.isoformat(), moment.precision) == (f"{expected}:00+00:00", Precision.MINUTE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dnes", "2026-03-06"),
        ("today at 9:10 AMT", "2026-03-06"),
        ("před 2 hodinami", "2026-03-06"),
        ("před hodinou", "2026-03-06"),
        ("před 13 hodinami", "2026-03-06"),
        ("před 14 hodinami", "2026-03-05"),
        ("před 3 dny", "2026-03-03"),
        ("2 часа назад", "2026-03-06"),
        ("3 дні тому", "2026-03-03"),
        ("an hour ago", "2026-03-06"),
        ("5. března", "2026-03-05"),
        ("7. března", "2026-03-07"),
        ("8. března", "2025-03-08"),
    ],
)
def test_what_tells_no_minute_tells_the_day(text: str, expected: str) -> None:
    moment = read_relative(text, NOON, PRAGUE)
    assert moment is not None
    assert (moment.at.isoformat(), moment.precision) == (f"{expected}T00:00:00+00:00", Precision.DAY)


def test_a_clock_without_a_zone_tells_the_day() -> None:
    moment = read_relative("dnes 14:05", NOON, None)
    assert moment is not None
    assert (moment.at, moment.precision) == (datetime(2026, 3, 6, tzinfo=UTC), Precision.DAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "před soudem",
        "3 roky",
        "diskuse 12",
        "dnes 25:70",
        "2 soldiers ago",
        "7 decisions",
        "vydání 14:05",
        "5. 3.",
        "Od 5. března",
    ],
)
def test_other_words_are_no_times(text: str) -> None:
    assert read_relative(text, NOON, PRAGUE) is None


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Zveřejněno 3. prosince 2023 14:05, diskuse 12", "3. prosince 2023 14:05"),
        ("Publikováno: 05.03.2026 | 10:20 Aktualizováno: 06.03.2026 11:00", "05.03.2026 | 10:20"),
        ("Опубликовано в 19:43, 7 декабря 2023", "19:43, 7 декабря 2023"),
        ("Smyšlená redakce, sobota 5. března 2026 14:30", "5. března 2026 14:30"),
        ("Kyjev 7 грудня 2023", "7 грудня 2023"),
        ("On Dec 7, 2023 at 5:20 PM", "Dec 7, 2023 at 5:20 PM"),
    ],
)
def test_a_written_time_is_found_among_words(text: str, raw: str) -> None:
    found = find_moment(text, PRAGUE)
    assert found is not None
    assert found[0] == raw


@pytest.mark.parametrize("text", ["", "tel. 602 123 456", "kolo 12.3 z 2024", "článek 20231203123"])
def test_other_numbers_are_no_times(text: str) -> None:
    assert find_moment(text, PRAGUE) is None


@given(st.text(max_size=60) | st.from_regex(r"(dnes|včera|před \d+|\d{1,2}\. ?\d{1,2}\.) ?\d{1,3}[:.]\d{2}"))
def test_nothing_raises_and_nothing_lies_far_ahead(text: str) -> None:
    find_moment(text, PRAGUE)
    moment = read_relative(text, NOON, PRAGUE)
    assert moment is None or (moment.at - NOON).days <= 1
