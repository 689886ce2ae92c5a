"""One httpx transport a server, and names looked up without blocking anyone else.

httpx's own pool looks at every idle connection at every request, which makes it slower with every host.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port -> IP addresses, the best first. Raises OSError where the name cannot be found."""

_KEEPALIVE = 30.0  # seconds that an unused connection, and then its transport, is kept
_MOST_IDLE = 100  # servers whose transports are kept


class SystemResolver:
    """Asks the operating system, in threads of its own: a hanging name server must not hold up other work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`, as `Resolver`."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _lookup, host, port)
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """Start no further look-ups; one that hangs is left to its time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(slots=True)
class _Server:
    transport: httpx.AsyncHTTPTransport
    users: int = 0
    used_at: float = 0.0  # in the event loop's own time


class Connections:
    """Transports by origin, opened on demand; idle ones are closed after a while or when too many."""

    def __init__(self, *, ssl_context: ssl.SSLContext, proxy: str | None, concurrency: int) -> None:
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._limits = httpx.Limits(
            max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=_KEEPALIVE
        )
        self._servers: OrderedDict[str, _Server] = OrderedDict()

    @asynccontextmanager
    async def lease(self, origin: str) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """The transport of this origin, which stays open at least until the block ends."""
        server = self._servers.get(origin)
        if server is None:
            server = self._servers[origin] = _Server(transport=self._open())
        server.users += 1
        try:
            await self._close_idle()
            yield server.transport
        finally:
            server.users -= 1
            server.used_at = asyncio.get_running_loop().time()
            self._servers.move_to_end(origin)

    async def aclose(self) -> None:
        """Close everything."""
        while self._servers:
            _, server = self._servers.popitem()
            await server.transport.aclose()

    def _open(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self._ssl_context, trust_env=False, limits=self._limits, proxy=self._proxy
        )

    async def _close_idle(self) -> None:
        while (origin := self._next_idle()) is not None:
            await self._servers.pop(origin).transport.aclose()

    def _next_idle(self) -> str | None:
        oldest = asyncio.get_running_loop().time() - _KEEPALIVE
        crowded = len(self._servers) > _MOST_IDLE
        idle = (origin for origin, server in self._servers.items() if server.users == 0)
        origin = next(idle, None)  # the servers stand in the order of their last use
        return origin if origin and (crowded or self._servers[origin].used_at < oldest) else None
