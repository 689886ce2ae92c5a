"""Times that lean on the moment they are read at: "dnes 14:05", "вчера в 19:43", "2 hours ago". Pure.

They are told from when the page was served, so they are only as exact as their words: an hour's worth of
"hours ago" tells the day and nothing more.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from scrapers.bylines import tells_publication
from scrapers.dates import Moment, month_number
from scrapers.model import Precision
from scrapers.zone_names import ZONE, names_zone, zone_named

_DAYS_AGO: Final = {
    "dnes": 0, "včera": 1, "předevčírem": 2, "dneska": 0, "predvčerom": 2,
    "сегодня": 0, "вчера": 1, "позавчера": 2,
    "сьогодні": 0, "вчора": 1, "позавчора": 2,
    "today": 0, "yesterday": 1,
}  # fmt: skip
_UNITS: Final = (
    ("minutes", r"min(?:ut\w*|s)?|м(?:ин(?:ут\w*)?)|хв(?:илин\w*)?"),
    ("hours", r"h(?:od(?:in\w*)?|ours?|rs?)?|ч(?:ас\w*)?|год(?:ин\w*)?"),
    ("days", r"d(?:ny|nem|en|ní|ays?)|д(?:ень|ня|ней|нів|ні)"),
)
_CLOCK: Final = r"(?:[\s,|v–—-]|ve|в|во|у|о|об|at)*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?!\d)"
_NAMED_DAY: Final = re.compile(rf"\b(?P<word>{'|'.join(_DAYS_AGO)})\b(?:{_CLOCK})?", re.IGNORECASE)
_CLOCK_FIRST: Final = re.compile(
    rf"(?<![\d:.])(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?!\d)[\s,]*(?P<word>{'|'.join(_DAYS_AGO)})\b",
    re.IGNORECASE,
)
_HALF: Final = re.compile(r"\s*(?P<half>[AaPp]\.?[Mm]\b\.?)?")
_BEHIND_CLOCK: Final = re.compile(rf"{_HALF.pattern}\s*{ZONE}?")
_AGO: Final = re.compile(
    r"\bpřed\s+(?:(?P<before>\d{1,3})\s+)?(?P<cs>[^\W\d]+)|"
    r"\b(?:(?P<count>\d{1,3})\s+|an?\s+)?(?P<other>[^\W\d]+)\.?\s+(?:ago|назад|тому)\b",
    re.IGNORECASE,
)
_YEARLESS: Final = re.compile(
    rf"(?<![\d.])(?P<day>\d{{1,2}})\.?\s*(?:(?P<number>\d{{1,2}})\.|(?P<month>[^\W\d_]{{3,9}}))(?:{_CLOCK})?"
    r"(?!\s*\.?\s*\d)",
)
_AHEAD: Final = timedelta(days=1)  # by which a clock may run before ours
_YEAR: Final = 365


def read_relative(text: str, served_at: datetime, zone: tzinfo | None) -> Moment | None:
    """What a time that names no year means on a page that was served at `served_at`.

    Args:
        text: a short piece of the page.
        served_at: aware.
        zone: of the page; None: only days are told, those of UTC.

    Returns:
        The moment; None where no such time stands in the text, or only as part of a sentence (see `bylines`).
    """
    here = served_at.astimezone(zone or UTC)
    return _named_day(text, here, zone) or _ago(text, here) or _yearless(text, here, zone)


def _named_day(text: str, here: datetime, zone: tzinfo | None) -> Moment | None:
    match = _CLOCK_FIRST.search(text) or _NAMED_DAY.search(text)
    if match is None or not _is_told(match):
        return None
    day = here - timedelta(days=_DAYS_AGO[match["word"].lower()])
    return _at(day, match, here, zone)


def _is_told(match: re.Match[str]) -> bool:
    half = _HALF.match(match.string, match.end())
    return tells_publication(
        match.string[: match.start()], match.string[half.end() if half else match.end() :]
    )


def _at(day: datetime, match: re.Match[str], here: datetime, zone: tzinfo | None) -> Moment | None:
    """That day, at the clock that stands beside it, if the zone of it is known."""
    behind = _BEHIND_CLOCK.match(match.string, match.end("minute")) if match["minute"] else None
    if behind is not None and names_zone(behind["zone"], match.string[behind.end() :]):
        zone = zone_named(behind["zone"])
        day = day.astimezone(zone) if zone else day
    if behind is None or zone is None:
        return _day(day)
    hour = _hour(match["hour"], behind["half"])
    if hour > 23 or int(match["minute"]) > 59:
        return None
    at = day.replace(hour=hour, minute=int(match["minute"]), second=0, microsecond=0)
    if at > here + _AHEAD:
        return None
    return Moment(at=at.astimezone(UTC), precision=Precision.MINUTE)


def _hour(written: str, half: str | None) -> int:
    return int(written) % 12 + 12 * (half[0] in "Pp") if half else int(written)


def _day(day: datetime) -> Moment:
    return Moment(at=datetime(day.year, day.month, day.day, tzinfo=UTC), precision=Precision.DAY)


def _ago(text: str, here: datetime) -> Moment | None:
    for match in _AGO.finditer(text):
        unit = _unit(match["cs"] or match["other"])
        if unit is None or not _is_told(match):
            continue
        at = here - timedelta(**{unit: int(match["before"] or match["count"] or 1)})
        if unit != "minutes":
            return _day(at)
        return Moment(at=at.astimezone(UTC).replace(second=0, microsecond=0), precision=Precision.MINUTE)
    return None


def _unit(word: str) -> str | None:
    return next((unit for unit, form in _UNITS if re.fullmatch(form, word, re.IGNORECASE)), None)


def _yearless(text: str, here: datetime, zone: tzinfo | None) -> Moment | None:
    """A day and a month: the latest such day. Two numbers may be anything, but beside a clock."""
    for match in _YEARLESS.finditer(text):
        if not _is_told(match) or (match["number"] and not match["hour"]):
            continue
        month = int(match["number"]) if match["number"] else month_number(match["month"])
        try:
            day = here.replace(month=month, day=int(match["day"]))
        except ValueError:
            continue
        if day > here + _AHEAD:
            day = day.replace(year=day.year - 1) if (month, day.day) != (2, 29) else day - timedelta(_YEAR)
        return _at(day, match, here, zone)
    return None
