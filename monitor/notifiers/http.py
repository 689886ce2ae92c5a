"""One way to post to a receiver over HTTP, which never tells its address to a log or an error.

The address may be the secret: the Bot API has its token in the path, and so have many webhooks.
"""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from monitor.notifiers.errors import RetryLater, Undeliverable

_LONGEST_ANSWER = 64 * 1024
_LONGEST_PATIENCE = timedelta(days=1)
_TEMPORARY = frozenset({408, 425, 429})

_posting: ContextVar[bool] = ContextVar("posting", default=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server answered; of the body at most the first 64 kB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status >= 500 or self.status in _TEMPORARY


def check_url(name: str, url: str) -> None:
    """Refuse an address that is not http(s).

    Raises:
        ValueError: with a sentence that does not repeat the address.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(f"{name} must be a whole address that begins with https:// or http://")


def new_client() -> httpx.AsyncClient:
    """A client for one receiver: no redirects, no proxies from the environment, nothing in the logs."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11"):
        logging.getLogger(name).addFilter(_not_while_posting)
    return httpx.AsyncClient(
        verify=_ssl_context(),
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": "Groundswell", "Accept-Encoding": "identity"},
    )


async def post(
    client: httpx.AsyncClient, url: str, *, content: bytes, headers: Mapping[str, str], within: timedelta
) -> Answer:
    """Post and read the answer within `within`, all stages together.

    Raises:
        RetryLater: no answer came; the request may have arrived all the same.
        Undeliverable: the address can't be used.
    """
    token = _posting.set(True)
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _exchange(client, url, content, headers)
    except TimeoutError:
        failure: RetryLater | Undeliverable = RetryLater(f"no answer within {within.total_seconds():g} s")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        failure = Undeliverable("the configured address can't be used")
    except httpx.HTTPError as error:
        failure = RetryLater(f"no answer: {_kind(error)}")
    finally:
        _posting.reset(token)
    # Raised out here so that httpx's own error, which holds the request and its address, is not chained.
    raise failure


async def _exchange(
    client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str]
) -> Answer:
    body = b""
    async with client.stream("POST", url, content=content, headers=headers, timeout=None) as response:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) >= _LONGEST_ANSWER:
                break
    return Answer(status=response.status_code, headers=response.headers, body=body[:_LONGEST_ANSWER])


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The pause a server asks for, at most a day (RFC 9110, section 10.2.3: seconds or a date)."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        return seconds(int(value))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return seconds((aware - now).total_seconds())


def seconds(wish: float) -> timedelta | None:
    """A pause of `wish` seconds, at most a day; None where it is none."""
    return timedelta(seconds=min(wish, _LONGEST_PATIENCE.total_seconds())) if wish > 0 else None


def _not_while_posting(_: logging.LogRecord) -> bool:
    return not _posting.get()


@cache
def _ssl_context() -> ssl.SSLContext:
    # Shared: making one takes longer than everything else about a client.
    return httpx.create_ssl_context(trust_env=False)


def _kind(error: httpx.HTTPError) -> str:
    """What went wrong in httpx's own words, which never hold the address, e.g. "ConnectError: refused"."""
    name = type(error).__name__
    return f"{name}: {error}" if str(error) else name
