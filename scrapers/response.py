"""What a server answered, and what its status tells the caller to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapers.errors import Blocked, Gone, Refused, ScrapeError, Throttled, Unavailable

LONGEST_RETRY_AFTER = timedelta(days=1)  # a mistyped header must not silence a source for ever


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """An answer that can be used: 2xx, 304, or 3xx where redirects were not to be followed."""

    url: str  # the final one, after redirects
    status: int
    headers: Mapping[str, str]  # lower-case names; repeated ones joined by ", "
    body: bytes  # decompressed; empty unless the status is 2xx
    fetched_at: datetime

    @property
    def redirect(self) -> str | None:
        """Where a redirect points to, as written (it may be relative), or None."""
        return self.headers.get("location") if self.status in (301, 302, 303, 307, 308) else None


def failure(response: Response, host: str, url: str) -> ScrapeError | None:
    """The error that a status stands for, or None where the answer can be used.

    Args:
        response: the answer.
        host: named in the reason.
        url: the address without its query, kept with the error.
    """
    status = response.status
    if 200 <= status < 400:
        return None
    wait = retry_after(response.headers.get("retry-after"), response.fetched_at)
    if status == 429:
        return Throttled(f"{host} turned us away ({status})", url=url, retry_after=wait)
    if status in (403, 451):
        return Blocked(f"{host} turned us away ({status})", url=url, retry_after=wait)
    if status in (404, 410):
        return Gone(f"{host} says that nothing is here ({status})", url=url)
    if status in (401, 402):
        return Refused(f"{host} asks for a login or a payment ({status}), which we never give", url=url)
    return Unavailable(f"{host} answered with status {status}", url=url, retry_after=wait)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header, as seconds or as a date (RFC 9110 section 10.2.3), between nothing and a day."""
    wait = None if value is None else _wait(value.strip(), now)
    return None if wait is None else min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)


def _wait(value: str, now: datetime) -> timedelta | None:
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:9]))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
