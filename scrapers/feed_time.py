"""When a feed's entry was published and changed, from what feedparser read of RSS and Atom. Pure.

A time that no page can have been published at (1970, the year 1) is not believed; it stays as it was written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from scrapers.dates import Moment, plausible, read_moment
from scrapers.model import Precision

BASIS: Final = "feed"
BASIS_UPDATED: Final = "feed-updated"
"""The feed tells only when the entry last changed: it was published then, or before."""

# Drupal's default form, days or months first as the site's owner has it.
_SLASHED: Final = re.compile(r"([A-Za-z]{3})[a-z]*,\s*(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """The times of one entry."""

    published_raw: str | None  # as written
    published: Moment | None
    basis: str | None  # where `published` was read
    modified_at: datetime | None


def read_times(fields: Mapping[str, Any], *, atom: bool, zone: tzinfo) -> Times:
    """The times of an entry.

    Args:
        fields: of feedparser's entry.
        atom: Atom's `updated` moves with every edit, while RSS calls the date itself so.
        zone: of times that name none.
    """
    raw, published = _first(
        fields, ("published", "created") if atom else ("published", "created", "updated"), zone
    )
    updated_raw, updated = _written(fields, "updated", zone)
    return told(raw, published, updated_raw, updated)


def told(
    published_raw: str | None, published: Moment | None, updated_raw: str | None, updated: Moment | None
) -> Times:
    """The times of an entry that has a time of publication, one of its last change, both or neither."""
    if published_raw is None and updated is not None:
        return Times(
            published_raw=updated_raw, published=updated, basis=BASIS_UPDATED, modified_at=updated.at
        )
    return Times(
        published_raw=published_raw if published_raw is not None else updated_raw,
        published=published,
        basis=BASIS if published else None,
        modified_at=updated.at if updated and updated != published else None,
    )


def _first(
    fields: Mapping[str, Any], keys: tuple[str, ...], zone: tzinfo
) -> tuple[str | None, Moment | None]:
    times = (_written(fields, key, zone) for key in keys)
    return next((time for time in times if time[0] is not None), (None, None))


def _written(fields: Mapping[str, Any], key: str, zone: tzinfo) -> tuple[str | None, Moment | None]:
    """A time as written and as understood: by our formats, else by the many more that feedparser knows."""
    raw = str(fields.get(key) or "").strip()
    if not raw:
        return None, None
    moment = read_moment(raw, zone) or _slashed(raw) or _guessed(fields.get(f"{key}_parsed"))
    return raw, moment


def _slashed(raw: str) -> Moment | None:
    """The day of "Fri, 05/03/2019 - 15:21": its weekday tells which of the numbers is the month."""
    match = _SLASHED.fullmatch(raw)
    if match is None:
        return None
    first, second, year = int(match[2]), int(match[3]), int(match[4])
    days = [_day(year, *order) for order in {(first, second), (second, first)}]
    fitting = [day for day in days if day and _WEEKDAYS[day.weekday()] == match[1].lower()]
    return Moment(at=fitting[0], precision=Precision.DAY) if len(fitting) == 1 else None


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        at = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    return at if plausible(at) else None


def _guessed(parsed: tuple[int, ...] | None) -> Moment | None:
    """What feedparser understood; where it tells midnight, it may as well have read a day alone."""
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    exact = (hour, minute, second) != (0, 0, 0)
    return Moment(at=at, precision=Precision.SECOND if exact else Precision.DAY) if plausible(at) else None
