"""The age gate: which items are stored without an alert when they are first seen. Pure."""

from datetime import datetime, timedelta

from monitor.duration import spoken
from monitor.settings import AlertingOptions
from scrapers.model import Item
from storage.model import KnownSource

SHOWN_LATE = timedelta(days=1)  # pages date by the day, and caches show later what was published earlier


def withheld_at_first(source: KnownSource, options: AlertingOptions) -> str | None:
    """Why nothing of a source may alert yet, as a sentence; None where it may."""
    if source.first_polled_at is None and not options.first_poll:
        return "first poll of this source: stored without alerts (alerting.first_poll)"
    return None


def withheld_by_age(item: Item, source: KnownSource, options: AlertingOptions, now: datetime) -> str | None:
    """Why a newly seen item is too old to alert, as a sentence; None where it is not.

    What was published since the source's last good poll, or within `SHOWN_LATE` before it, always alerts,
    however old it is by now: a weekend asleep loses nothing. An item without a time counts as published now.
    """
    if item.published_at is None:
        return None
    if source.last_success_at is not None and item.published_at >= source.last_success_at - SHOWN_LATE:
        return None
    age = now - item.published_at
    if age <= options.max_age:
        return None
    return f"published {spoken(age)} before it was first seen (alerting.max_age)"
