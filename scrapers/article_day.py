"""The day that the readers of an article are told, where its time is written in UTC. Pure.

Servers write instants in UTC, while people are shown the day of the site's own zone: what came out in New
York on the 17th at 21:18 is "2020-02-18T02:18:11Z". The instant is kept; this tells the 17th.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from scrapers.article_dating import TIMES, Dated, Dating, shown_times, zone_of
from scrapers.article_phrases import is_surrounding
from scrapers.dates import find_moment, names_day, read_moment, written_day, zone_written
from scrapers.markup import one_line
from scrapers.model import Precision
from scrapers.zone_names import zone_named

_DAY: Final = timedelta(days=1)
_BEHIND, _AHEAD = timedelta(hours=12), timedelta(hours=14)  # the zones that are farthest from UTC
_QUARTER: Final = timedelta(minutes=15)  # zones differ from UTC by a number of these
_IN_ADDRESS: Final = re.compile(r"[/_-](20\d\d)([/_-]?)(\d{1,2})\2(\d{1,2})(?!\d)")
_IN_SCRIPT: Final = re.compile(
    r"(?:publi|creat)\w{0,20}[\"']?\s{0,3}[:=]\s{0,3}[\"']"
    r"(?P<at>\d{4}-\d{2}-\d{2}(?:[T ](?P<clock>\d{2}:\d{2})(?::\d{2})?)?)[\"']",
    re.IGNORECASE,
)
_MOST_SCRIPTS: Final = 100
_LONGEST_SCRIPT: Final = 200_000  # characters that are read of one
_CLOCK: Final = re.compile(r"\d{1,2}[:.]\d{2}(?![.\d])")
_NUMBER: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_MOST_WORDS: Final = 6  # beside the numbers of a day: "Publicado el lunes, 5 de marzo de 2026"
_LONGEST_SHOWN: Final = 120  # characters of a text that shows a day


def day_of(dating: Dating) -> date:
    """The day as it is written; of a time that has none, as "dnes 14:05", that of its instant."""
    return written_day(dating.raw) or dating.moment.at.date()


def local_day(page: Dated, dating: Dating) -> date:
    """The day of `dating` as the page's readers are told it.

    Read, in this order: the zone that the source, the page's other times or its country tell; the page's
    address; elements made for times; what the page tells its scripts; what is shown near the title. Each
    counts where it tells a day that the instant falls on in some zone. Where nothing does, that of UTC
    stands.
    """
    day = day_of(dating)
    if dating.moment.precision is Precision.DAY or not _is_of_utc(dating.raw):
        return day
    zone = zone_of(page)
    if zone is not None:
        return dating.moment.at.astimezone(zone).date()
    possible = _days_of(dating.moment.at)
    return next((told for told in _told(page, dating.moment.at) if told in possible), day)


def _days_of(at: datetime) -> list[date]:
    """The days that an instant falls on somewhere, one or two, or three for a while before noon of UTC."""
    first, last = (at - _BEHIND).date(), (at + _AHEAD).date()
    return [first + number * _DAY for number in range((last - first).days + 1)]


def _is_of_utc(raw: str) -> bool:
    written = zone_named(zone_written(raw))
    return written is not None and written.utcoffset(None) == timedelta(0)


def _told(page: Dated, at: datetime) -> Iterator[date]:
    """What tells a day, the cheapest to find first."""
    yield from _in_address(page.url)
    yield from _shown(_times(page.root), at)
    for script in islice(page.root.iterfind(".//script"), _MOST_SCRIPTS):
        yield from _in_script((script.text or "")[:_LONGEST_SCRIPT], at)
    yield from _shown(shown_times(page), at)


def _in_script(script: str, at: datetime) -> Iterator[date]:
    for match in _IN_SCRIPT.finditer(script):
        moment = read_moment(match["at"], UTC)
        if moment is not None and (match["clock"] is None or _is_same_instant(moment.at, at)):
            yield moment.at.date()


def _times(root: HtmlElement) -> Iterator[str]:
    """What elements made for it show as the time of publication."""
    elements = [*islice(root.iterfind(".//*[@itemprop='datePublished']"), 3)]
    elements += [time for path in TIMES if (time := next(root.iterfind(path), None)) is not None]
    yield from filter(None, (one_line("".join(element.itertext())) for element in elements))


def _shown(texts: Iterable[str], at: datetime) -> Iterator[date]:
    days = (_shown_day(text, at) for text in texts if len(text) <= _LONGEST_SHOWN)
    return (day for day in days if day is not None)


def _shown_day(text: str, at: datetime) -> date | None:
    """The day that a short text tells; the names of months in other languages are passed over."""
    found = find_moment(text, UTC)
    if found is None:
        return _of_numbers(text, at)
    raw, moment = found
    if moment.precision is Precision.DAY or zone_written(raw) is not None:
        return written_day(raw)
    return moment.at.date() if _is_same_instant(moment.at, at) else None


def _is_same_instant(shown: datetime, at: datetime) -> bool:
    """Whether a time without a zone, read as if it were of UTC, can be the instant in some zone."""
    return not (shown.replace(second=0) - at.replace(second=0, microsecond=0)) % _QUARTER


def _of_numbers(text: str, at: datetime) -> date | None:
    """The one of the days that can be meant whose number stands beside the year, in a text of little else.

    None of a text whose time was understood, and found to be told of something else.
    """
    if names_day(text) or is_surrounding(text) or len(_LETTERS.findall(text)) > _MOST_WORDS:
        return None
    numbers = {int(number) for number in _NUMBER.findall(_CLOCK.sub(" ", text)) if len(number) <= 4}
    meant = [day for day in _days_of(at) if {day.day, day.year} <= numbers]
    return meant[0] if len(meant) == 1 else None


def _in_address(url: str) -> Iterator[date]:
    for match in _IN_ADDRESS.finditer(urlsplit(url).path):
        try:
            yield date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
