"""Times as pages and feeds write them, to aware UTC times with what is known of their precision.

Formats: RFC 3339 and ISO 8601 as W3C-DTF profiles it, RFC 822/5322 with the liberties that feeds take (full
month names, zone names of Europe, two-digit years), days first with dots as Europe writes them, and dates as
people write them in Czech, Slovak, Russian, Ukrainian and English. Words that lean on the day of reading
("dnes", "вчера") need a time that the page does not tell: `relative_dates` reads them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final

from scrapers.bylines import tells_publication
from scrapers.model import Precision
from scrapers.zone_names import ZONE, names_zone, zone_named

_EARLIEST: Final = 1990  # no page of the web is older; a zero or a broken clock reads as 1970 or 0001
_LATEST: Final = 2100
_LONGEST: Final = 80  # characters; a longer text is no time
_LONGEST_TEXT: Final = 300  # characters in which a time is looked for

_CLOCK: Final = (
    r"(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{1,2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\b\.?)?(?:\s*(?:hod|h)\b\.?)?)"
)
_BEFORE_CLOCK: Final = r"(?:\s*[,|/\u2013\u2014-]\s*|\s+)(?:(?:at|v|ve|o|в|во|у|о|об)\s+)?"
_WEEKDAY: Final = r"(?:[\w'\u2019\u02bc]{2,12}(?:[.,]+\s*|\s+))?"
_YEAR_WORD: Final = r"(?:\s*(?:г\.?|года|р\.?|року)(?![^\W\d_]))?"
_ISO: Final = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.]?)(?P<month>\d{{2}}|(?<=[-/.])\d)(?P=mark)(?P<day>\d{{1,2}})"
    rf"(?:(?:T|\s+|,\s*){_CLOCK})?\s*{ZONE}?(?:\s*\[[^\]]*\])?"
)
_WRITTEN: Final = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]*(?P<month>[^\W\d_]{{3,9}})[\s.,-]+"
    rf"(?P<year>\d{{4}}|\d{{2}}){_YEAR_WORD}(?:{_BEFORE_CLOCK}{_CLOCK})?\s*{ZONE}?(?:\s*\([^)]*\))?"
)
_DOTTED: Final = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}}){_YEAR_WORD}"
    rf"(?:{_BEFORE_CLOCK}{_CLOCK})?\s*{ZONE}?"
)
_AMERICAN: Final = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<month>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"(?P<year>\d{{4}})(?:{_BEFORE_CLOCK}{_CLOCK})?\s*{ZONE}?(?:\s*\([^)]*\))?"
)
_CLOCK_FIRST: Final = re.compile(
    rf"(?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s*[AaPp]\.?[Mm]\b\.?)?)(?:\s+{ZONE})?"
    r"(?:\s*[,|/\u2013\u2014-]\s*|\s+)(?P<date>\S.*\d{4}.{0,5})"
)
_CLOCK_BEFORE: Final = re.compile(
    r"(?<![\d:.])(?P<clock>\d{1,2}:\d{2})(?::\d{2})?(?P<half>\s*[AaPp]\.?[Mm]\b\.?)?[\s,|/\u2013\u2014-]+$"
)
_NAMES: Final = """
    january jan leden ledna január januára январь января янв січень січня
    february feb únor února unor unora február februára февраль февраля фев лютий лютого
    march mar březen března brezen brezna marec marca март марта березень березня
    april apr duben dubna apríl apríla апрель апреля квітень квітня
    may květen května kveten kvetna máj mája май мая травень травня
    june jun červen června cerven cervna čvn jún júna июнь июня червень червня
    july jul červenec července cervenec cervence čvc júl júla июль июля липень липня
    august aug srpen srpna augusta август августа серпень серпня
    september sep sept září zari septembra сентябрь сентября вересень вересня
    october oct říjen října rijen rijna október októbra октябрь октября жовтень жовтня
    november nov listopad listopadu novembra ноябрь ноября листопад листопада
    december dec prosinec prosince decembra декабрь декабря грудень грудня
"""
_COUNTRY_ZONES: Final = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "BY": "Europe/Minsk",
    "CH": "Europe/Zurich",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GE": "Asia/Tbilisi",
    "GR": "Europe/Athens",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "IT": "Europe/Rome",
    "LT": "Europe/Vilnius",
    "LV": "Europe/Riga",
    "MD": "Europe/Chisinau",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "RO": "Europe/Bucharest",
    "RU": "Europe/Moscow",  # of eleven zones the one that national media write
    "SE": "Europe/Stockholm",
    "SK": "Europe/Bratislava",
    "TR": "Europe/Istanbul",
    "UA": "Europe/Kyiv",
}
_MANY_ZONES: Final = frozenset({"RU", "FR", "GB"})  # of which not all that writes there keeps the capital's
_CODES: Final = {"укр": "UA", "xn--j1amh": "UA"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A written time, understood."""

    at: datetime  # aware, UTC; midnight UTC of the day where only the day is known
    precision: Precision


def read_moment(raw: str, zone: tzinfo | None) -> Moment | None:
    """What a written time means.

    Args:
        raw: as the source wrote it.
        zone: of times that name none. None: such a time says no more than its day.

    Returns:
        The moment; None for what is no time, or one that no page can have been published at (before 1990).
    """
    match = _matched(raw)
    return None if match is None else _understood(match, zone)


def written_day(raw: str) -> date | None:
    """The day of a written time as it stands there, whatever its zone; None for what cannot be read."""
    match = _matched(raw)
    moment = _understood(match, None) if match else None
    if match is None or moment is None:
        return None
    return date(_year(match["year"]), _month(match["month"]), int(match["day"]))


def zone_written(raw: str) -> str | None:
    """What stands for the zone in a written time; None where nothing does."""
    match = _matched(raw)
    return match["zone"] if match else None


def _matched(raw: str) -> re.Match[str] | None:
    raw = _date_first(raw.strip()[:_LONGEST])
    matches = (form.fullmatch(raw) for form in (_ISO, _WRITTEN, _DOTTED, _AMERICAN))
    return next((match for match in matches if match is not None), None)


def find_moment(text: str, zone: tzinfo | None) -> tuple[str, Moment] | None:
    """The first time that names its year in a short text, as it stands there, and what it means.

    None where it belongs to a sentence ("Dne 24. února 2022 začala válka"), see `bylines`.

    Args:
        text: such as "Zveřejněno 3. prosince 2023 14:05, diskuse 12"; only its first 300 characters are read.
        zone: as `read_moment` takes it.
    """
    text = text[:_LONGEST_TEXT]
    match = _first_understood(text, zone)
    if match is None:
        return None
    raw, start, end = _with_clock_before(match, text)
    moment = read_moment(raw, zone) if tells_publication(text[:start], text[end:]) else None
    return (raw, moment) if moment is not None else None


def names_day(text: str) -> bool:
    """Whether a time that names its year stands in a text, be it one that belongs to a sentence."""
    return _first_understood(text[:_LONGEST_TEXT], None) is not None


def _first_understood(text: str, zone: tzinfo | None) -> re.Match[str] | None:
    matches = sorted(
        (match for form in (_ISO, _WRITTEN, _DOTTED, _AMERICAN) for match in form.finditer(text)),
        key=lambda match: (match.start("day"), -len(match[0])),
    )
    understood = (match for match in matches if _stands_alone(match, text) and _understood(match, zone))
    return next(understood, None)


def _with_clock_before(match: re.Match[str], text: str) -> tuple[str, int, int]:
    """A written time, with the clock that may stand before its day; where it begins and ends."""
    start = min(match.start(part) for part in ("day", "month", "year"))
    is_zone = match["hour"] is not None and names_zone(match["zone"], text[match.end("zone") :])
    end = match.end() if is_zone or not match["zone"] else match.start("zone")
    written = text[start:end].strip(" \t\n|,")
    clock = _CLOCK_BEFORE.search(text[:start]) if match["hour"] is None else None
    if clock is None:
        return written, start, end
    return f"{clock['clock']}{clock['half'] or ''}, {written}", clock.start(), end


def _stands_alone(match: re.Match[str], text: str) -> bool:
    before, behind = text[: match.start()][-1:], text[match.end() :][:1]
    return not (before.isalnum() or behind.isdigit())


def _understood(match: re.Match[str], zone: tzinfo | None) -> Moment | None:
    try:
        return _moment(match, zone)
    except (ValueError, OverflowError):
        return None


def offset_of(raw: str) -> tzinfo | None:
    """The zone that a written time names as a distance from UTC; None for UTC itself, which servers write."""
    match = _ISO.fullmatch(raw.strip()[:_LONGEST])
    written = match["zone"] if match else None
    zone = zone_named(written) if written and written[-1].isdigit() else None
    return zone if zone is not None and zone.utcoffset(None) else None


def zone_of_host(host: str) -> str | None:
    """The IANA zone of a country that has but one, by the last label of a host; None for all others."""
    code = _CODES.get(label := host.rpartition(".")[2].lower(), label.upper())
    return None if code in _MANY_ZONES else _COUNTRY_ZONES.get(code)


def month_number(name: str) -> int:
    """The number of a month by its name or the beginning of it; 0 for other words."""
    return _months().get(name.lower(), 0)


def zone_of_country(code: str | None) -> str | None:
    """The IANA zone that the national media of a country (ISO 3166-1) write; None where it is not told."""
    return _COUNTRY_ZONES.get((code or "").upper())


def plausible(at: datetime) -> bool:
    """Whether a page of the web can have been published then."""
    return _EARLIEST <= at.year < _LATEST


def _date_first(raw: str) -> str:
    """A clock that stands before its day ("19:43, 7 декабря 2023") put behind it."""
    match = _CLOCK_FIRST.fullmatch(raw)
    if match is None:
        return raw
    zone = match["zone"]
    if names_zone(zone, raw[match.end("zone") :]) and not month_number(zone):
        return f"{match['date']} {match['clock']} {zone}"
    return f"{raw[match.start('zone' if zone else 'date') :]} {match['clock']}"


def _moment(match: re.Match[str], zone: tzinfo | None) -> Moment | None:
    day = datetime(_year(match["year"]), _month(match["month"]), int(match["day"]), tzinfo=UTC)
    written = zone_named(match["zone"]) if match["zone"] else zone  # one that is not known may be any
    exact = match["hour"] is not None and written is not None
    at = _at(day, match, written) if exact and written else day
    if not plausible(at):
        return None
    if not exact:
        return Moment(at=at, precision=Precision.DAY)
    return Moment(at=at, precision=Precision.SECOND if match["second"] else Precision.MINUTE)


def _at(day: datetime, match: re.Match[str], zone: tzinfo) -> datetime:
    hour = int(match["hour"])
    half = (match["half"] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    clock = timedelta(hours=hour, minutes=int(match["minute"]), seconds=min(int(match["second"] or 0), 59))
    if hour > 24:
        raise ValueError("an hour beyond the day")
    return (day.replace(tzinfo=None) + clock).replace(tzinfo=zone).astimezone(UTC)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year >= 70 else 2000)


def _month(written: str) -> int:
    return int(written) if written.isdecimal() else month_number(written)


@cache
def _months() -> dict[str, int]:
    """Every name of a month, and every beginning of one that means no other, to its number."""
    named = [
        (name, number)
        for number, names in enumerate(_NAMES.strip().split("\n"), start=1)
        for name in names.split()
    ]
    meanings: dict[str, set[int]] = {}
    for name, number in named:
        for length in range(3, len(name)):
            meanings.setdefault(name[:length], set()).add(number)
    return {short: min(numbers) for short, numbers in meanings.items() if len(numbers) == 1} | dict(named)
