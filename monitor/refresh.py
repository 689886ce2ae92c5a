"""When an item is read again, and what a page proves to be missing. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.document import SUMMARY
from scrapers.model import Fetched, Source, Wanted
from storage.model import KnownItem

CONFIRM_AFTER = timedelta(minutes=10)
"""How far apart two good fetches must lie that both miss an item, until it counts as deleted."""

MAX_REFRESHED = 60
"""Items that one poll reads again at the most."""

DEFAULT_AGES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
)


SHORTEST_AGE = timedelta(minutes=1)
LONGEST_AGE = timedelta(days=365)


def check_ages(ages: Sequence[timedelta]) -> None:
    """Raise `ValueError` for the owner unless `ages` can be a source's `refresh`."""
    if any(later <= sooner for sooner, later in pairwise(ages)):
        raise ValueError("refresh must grow from age to age")
    if ages and (ages[0] < SHORTEST_AGE or ages[-1] > LONGEST_AGE):
        raise ValueError("refresh must be made of ages between a minute and a year")


SEEK_EVERY, SOUGHT_FOR = timedelta(hours=1), timedelta(days=2)
"""How often, and for how long, a missing item is looked for where the second look cannot be had."""


def next_refresh(basis: datetime, now: datetime, ages: Sequence[timedelta]) -> datetime | None:
    """The first moment after `now` at which an item born at `basis` has one of `ages`, which grow."""
    return next((basis + age for age in ages if basis + age > now), None)


def birth(published_at: datetime | None, first_seen_at: datetime) -> datetime:
    """From when an item's age counts; a time of publication that lies ahead is not believed."""
    return first_seen_at if published_at is None else min(published_at, first_seen_at)


def refresh_of(stored: KnownItem, now: datetime, ages: Sequence[timedelta]) -> datetime | None:
    """When a stored item that is read `now` is to be read again; None: no more."""
    return next_refresh(birth(stored.published_at, stored.first_seen_at), now, ages)


def turn_after_failure(stored: KnownItem, now: datetime, ages: Sequence[timedelta]) -> datetime | None:
    """When an item that could not be read `now` is to be tried again; None: no more.

    One that was missing before is looked for soon, for a while: its next age may be days away.
    """
    due = refresh_of(stored, now, ages)
    if stored.missing_since is None or not ages or now - stored.missing_since >= SOUGHT_FOR:
        return due
    soon = now + SEEK_EVERY
    return soon if due is None else min(soon, due)


def is_later(due: datetime | None, planned: datetime | None) -> bool:
    """Whether `due` lies behind what is planned. None lies behind everything: it is read no more."""
    return planned is not None and (due is None or due > planned)


def is_missing(stored: KnownItem, fetched: Fetched) -> bool:
    """Whether the page proves that the source no longer shows an item.

    That an article's page is not there proves nothing where it never was: a summary is the feed's own.
    """
    if stored.ref.external_id in fetched.absent and SUMMARY not in stored.current.flags:
        return True
    return _in_range(stored, fetched) and not shows_number(stored, fetched)


def shows_number(stored: KnownItem, fetched: Fetched) -> bool:
    """Whether the item stands on the page, be it in a form that could not be taken."""
    return fetched.shown is not None and stored.position in fetched.shown.ids


def _in_range(stored: KnownItem, fetched: Fetched) -> bool:
    shown = fetched.shown
    return (
        shown is not None and stored.position is not None and shown.lowest <= stored.position <= shown.highest
    )


def is_confirmed(missing_since: datetime, fetched_at: datetime) -> bool:
    """Whether a second miss makes a deletion of the first."""
    return fetched_at - missing_since >= CONFIRM_AFTER


def answered(wanted: Sequence[Wanted], fetched: Fetched) -> tuple[Wanted, ...]:
    """Which of the items asked for a page deals with: the first in any case, for it was asked for alone."""
    named = {item.external_id for item in fetched.items} | fetched.absent
    refused = {refusal.url for refusal in fetched.refusals} - {None}
    return tuple(
        one
        for place, one in enumerate(wanted)
        if place == 0 or one.external_id in named or one.url in refused or _number_in_range(one, fetched)
    )


def _number_in_range(wanted: Wanted, fetched: Fetched) -> bool:
    if fetched.shown is None or not wanted.external_id.isdecimal():
        return False
    return fetched.shown.lowest <= int(wanted.external_id) <= fetched.shown.highest


def brought_forward(
    due: datetime, refreshes: Collection[datetime | None], source: Source, now: datetime
) -> datetime:
    """When a source is polled, if items are to be read again sooner than `due`.

    Never sooner than its shortest interval; where the interval is fixed, refreshing rides on the next poll.
    """
    soonest = min((moment for moment in refreshes if moment is not None), default=None)
    if soonest is None or source.interval_max is None or not source.refresh:
        return due
    return min(due, max(soonest, now + source.interval))
