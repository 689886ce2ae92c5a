"""The one polite HTTP client: every scraper's way to the web.

Polite: an honest name, a pause between two requests to a host, few at once, conditional requests, robots.txt.
Careful: no private addresses, the address that was judged is the one that is connected to, nothing endless.
Every failure is a `scrapers.errors.ScrapeError`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx

from scrapers.address import Forbidden, Target, judge_addresses, judge_url
from scrapers.body import ACCEPTED_ENCODINGS, BodyReader
from scrapers.connection import Connections, Resolver, SystemResolver
from scrapers.errors import Refused, Unavailable
from scrapers.model import Clock
from scrapers.pacing import Pacing
from scrapers.response import Response, failure
from scrapers.robots import Robots

__all__ = ["HttpClient", "HttpOptions", "Resolver", "Response"]

_MOST_ADDRESSES = 4  # of one name that are tried, one after the other


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpOptions:
    """The [http] table of the configuration. Raises ValueError on values that cannot work."""

    contact: str | None = None  # a web or mail address, shown to every server that is asked
    allow_private: tuple[str, ...] = ()  # hosts, or host:port, that may be loopback or private
    # An HTTP proxy, as "http://user:password@proxy.example.org:3128". It looks names up itself, so that only
    # the written address is judged, not where the name leads: the proxy must keep us from private networks.
    proxy: str | None = field(default=None, repr=False)
    connect_timeout: timedelta = timedelta(
        seconds=5
    )  # for each address of a name, and for looking the name up
    read_timeout: timedelta = timedelta(seconds=15)  # between two pieces of an answer
    total_timeout: timedelta = timedelta(
        seconds=60
    )  # for a whole request, redirects included, waiting turns not
    max_body: int = 8 * 1024 * 1024  # bytes, after decompression
    max_redirects: int = 5
    per_host_interval: timedelta = timedelta(seconds=1)  # between the starts of two requests to a host
    per_host_concurrency: int = 2

    def __post_init__(self) -> None:
        if self.contact is not None and not (self.contact.isascii() and self.contact.isprintable()):
            raise ValueError("contact must be plain ASCII: it is sent in a header")
        if self.proxy is not None and not _is_proxy(self.proxy):
            raise ValueError("proxy must be an address that begins with http:// or https://")
        if min(self.connect_timeout, self.read_timeout, self.total_timeout) <= timedelta(0):
            raise ValueError("connect_timeout, read_timeout and total_timeout must be longer than nothing")
        if self.max_body < 1 or self.per_host_concurrency < 1:
            raise ValueError("max_body and per_host_concurrency must be at least 1")
        if self.max_redirects < 0 or self.per_host_interval < timedelta(0):
            raise ValueError("max_redirects and per_host_interval must not be negative")

    @property
    def user_agent(self) -> str:
        """Who we are and where to complain."""
        return (
            f"Groundswell/0.1 (+{self.contact})"
            if self.contact
            else "Groundswell/0.1 (news and channel monitor)"
        )


def _is_proxy(address: str) -> bool:
    """Whether httpx can use it; its own complaint might quote the password."""
    try:
        return httpx.Proxy(address).url.scheme in ("http", "https")
    except (httpx.InvalidURL, ValueError):
        return False


class HttpClient:
    """Fetches addresses. One for the whole process; safe to use from many tasks of one event loop.

    Args:
        options: the [http] table.
        clock: dates the answers; waiting uses the event loop's time.
        resolver: looks names up; the operating system by default.
        ssl_context: which certificates are trusted; those of certifi by default.
    """

    def __init__(
        self,
        options: HttpOptions,
        clock: Clock,
        *,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._system_resolver = SystemResolver()
        self._resolve = resolver or self._system_resolver
        self._connections = Connections(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            proxy=options.proxy,
            concurrency=options.per_host_concurrency,
        )
        self.pacing = Pacing(options.per_host_interval, options.per_host_concurrency)
        self._robots = Robots(self._ask, clock)

    @property
    def clock(self) -> Clock:
        """The clock that dates the answers."""
        return self._clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connections.aclose()
        self._system_resolver.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        follow_redirects: bool = True,
        robots: bool = False,
        accept: str | None = None,
    ) -> Response:
        """Fetch `url` once, waiting for the host's turn first.

        Args:
            url: an absolute http(s) address.
            etag: the ETag of the answer already known, sent as If-None-Match.
            last_modified: its Last-Modified, sent as If-Modified-Since.
            follow_redirects: whether a 3xx is followed, each hop judged afresh; else it is returned.
            robots: whether robots.txt is asked and obeyed, at every hop.
            accept: the Accept header.

        Returns:
            A 2xx; a 304; a 3xx where redirects are not followed.

        Raises:
            Unavailable: the network, the name or the server failed, or it took too long.
            Blocked: 403, 429 or 451.
            Gone: 404 or 410.
            Refused: an address that is not collected, a page that robots.txt keeps, 401 or 402.
            LayoutChanged: a body that asking again would not make readable: too large, an unknown encoding.
        """
        headers = self._headers(etag=etag, last_modified=last_modified, accept=accept)
        hops = self._options.max_redirects if follow_redirects else None
        response, target = await self._follow(url, headers, hops=hops, robots=robots)
        error = failure(response, target.host, target.shown)
        if error is not None:
            raise error
        return response

    async def _ask(self, url: str) -> Response:
        """Any answer to `url`, whatever its status: what robots.txt is read with."""
        hops = self._options.max_redirects
        response, _ = await self._follow(url, self._headers(), hops=hops, robots=False)
        return response

    def _headers(
        self, *, etag: str | None = None, last_modified: str | None = None, accept: str | None = None
    ) -> dict[str, str]:
        headers = {
            "User-Agent": self._options.user_agent,
            "Accept": accept or "*/*",
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            "If-None-Match": etag,
            "If-Modified-Since": last_modified,
        }
        return {name: value for name, value in headers.items() if value and _sendable(value)}

    async def _follow(
        self, url: str, headers: Mapping[str, str], *, hops: int | None, robots: bool
    ) -> tuple[Response, Target]:
        """The answer after at most `hops` redirects (None: follow none), and what was asked last."""
        budget = _Budget(self._options.total_timeout)
        target = self._judged(url)
        seen = {target.url}
        while True:
            pause = await self._robots.delay(target) if robots else timedelta(0)
            response = await self._visit(target, headers, budget, pause)
            if hops is None or response.redirect is None:
                return response, target
            if len(seen) > hops:
                raise Unavailable(f"{target.host} redirects more than {hops} times", url=target.shown)
            target = self._judged_hop(target, response.redirect)
            if target.url in seen:
                raise Unavailable(f"{target.host} redirects in a circle", url=target.shown)
            seen.add(target.url)

    def _judged(self, url: str) -> Target:
        verdict = judge_url(url, allow_private=self._options.allow_private)
        if isinstance(verdict, Forbidden):
            raise Refused(verdict.reason)
        return verdict

    def _judged_hop(self, target: Target, place: str) -> Target:
        try:
            return self._judged(_join(target, place))
        except Refused as error:
            reason = f"{target.host} redirects us away: {error.reason}"
            raise Refused(reason, url=target.shown) from error

    async def _visit(
        self, target: Target, headers: Mapping[str, str], budget: "_Budget", pause: timedelta
    ) -> Response:
        """One request in this host's turn; everything that the network can do to it becomes a ScrapeError."""
        host, url = target.host, target.shown
        try:
            async with self.pacing.turn(host, at_least=pause), budget.spend():
                return await self._exchange(target, headers)
        except TimeoutError as error:
            total = self._options.total_timeout.total_seconds()
            raise Unavailable(f"{host} was not done within {total:g} s", url=url) from error
        except httpx.TimeoutException as error:
            raise Unavailable(f"{host} took too long ({_words(error)})", url=url) from error
        except (httpx.HTTPError, httpx.StreamError, OSError, UnicodeError) as error:
            raise Unavailable(f"{host} could not be read ({_words(error)})", url=url) from error

    async def _exchange(self, target: Target, headers: Mapping[str, str]) -> Response:
        """Ask the addresses of the name in their order until one takes the connection."""
        *others, last = await self._addresses(target)
        async with self._connections.lease(target.origin) as transport:
            for address in others:
                try:
                    return await self._send(transport, target, address, headers)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await self._send(transport, target, last, headers)

    async def _addresses(self, target: Target) -> Sequence[str]:
        """Where to connect to: judged addresses, or the name itself through a proxy."""
        if target.address is not None or self._options.proxy is not None:
            return (target.host,)
        addresses = await self._look_up(target)
        forbidden = judge_addresses(target, addresses)
        if forbidden is not None:
            raise Refused(forbidden.reason, url=target.shown)
        if not addresses:
            raise Unavailable(f"{target.host} has no address", url=target.shown)
        return addresses[:_MOST_ADDRESSES]

    async def _look_up(self, target: Target) -> Sequence[str]:
        try:
            async with asyncio.timeout(self._options.connect_timeout.total_seconds()):
                return await self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError too
            reason = f"the name {target.host} could not be looked up ({_words(error)})"
            raise Unavailable(reason, url=target.shown) from error

    async def _send(
        self, transport: httpx.AsyncHTTPTransport, target: Target, address: str, headers: Mapping[str, str]
    ) -> Response:
        """Connect to `address`, speaking to and demanding the certificate of the name."""
        request = httpx.Request(
            "GET",
            target.url.copy_with(host=address),
            headers={"Host": target.url.netloc.decode("ascii"), **headers},
            extensions={"sni_hostname": target.host, "timeout": self._timeouts()},
        )
        answer = await transport.handle_async_request(request)
        try:
            return await self._read(answer, target)
        finally:
            await answer.aclose()

    def _timeouts(self) -> dict[str, float | None]:
        return httpx.Timeout(
            self._options.read_timeout.total_seconds(),
            connect=self._options.connect_timeout.total_seconds(),
        ).as_dict()

    async def _read(self, answer: httpx.Response, target: Target) -> Response:
        headers = dict(answer.headers.items())
        body = b""
        if answer.is_success:
            reader = BodyReader(headers.get("content-encoding", ""), self._options.max_body, target.host)
            async for chunk in answer.aiter_raw():
                reader.feed(chunk)
            body = reader.finish()
        return Response(
            url=str(target.url),
            status=answer.status_code,
            headers=headers,
            body=body,
            fetched_at=self._clock.now(),
        )


class _Budget:
    """The time left for a whole request, which stands still while it waits for its turn."""

    def __init__(self, total: timedelta) -> None:
        self._left = total.total_seconds()

    @asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        """Run the block within the time left. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= loop.time() - started


def _sendable(value: str) -> bool:
    """Whether a header can carry it: an ETag may be anything that some server once sent."""
    return value.isascii() and value.isprintable()


def _join(target: Target, place: str) -> str:
    try:
        return str(target.url.join(place))
    except (httpx.InvalidURL, ValueError) as error:
        raise Unavailable(f"{target.host} redirects to an invalid address", url=target.shown) from error


def _words(error: Exception) -> str:
    """The library's own words, short; they name hosts and system errors, never queries or passwords."""
    said = str(error) or type(error).__name__
    if isinstance(error, httpx.ProxyError):  # the proxy's words, which may repeat its password
        said = f"the proxy answered {said[:3]}" if said[:3].isdecimal() else "the proxy refused"
    return said[:200]
