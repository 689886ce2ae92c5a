"""Lengths of time as people say them. Pure."""

from datetime import timedelta

from scrapers.counted import counted

_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def spoken(length: timedelta) -> str:
    """A length in its two largest units, e.g. "2 days and 3 hours", "40 minutes", "less than a minute"."""
    parts: list[str] = []
    for name, unit in _UNITS:
        count, length = divmod(length, unit)
        if count:
            parts.append(counted(count, name))
        elif parts:
            break
    return " and ".join(parts[:2]) or "less than a minute"


def short(length: timedelta) -> str:
    """A length as the configuration writes it, e.g. "1d", "1h30m", "45s"."""
    parts: list[str] = []
    for name, unit in (*_UNITS, ("second", timedelta(seconds=1))):
        count, length = divmod(length, unit)
        if count:
            parts.append(f"{count}{name[0]}")
    return "".join(parts) or "0s"
