import ssl
from contextlib import AsyncExitStack

import pytest

from scrapers.connection import Connections, SystemResolver


@pytest.fixture
def connections() -> Connections:
    return Connections(ssl_context=ssl.create_default_context(), proxy=None, concurrency=2)


async def test_each_origin_keeps_its_own_transport(connections: Connections) -> None:
    async with connections.lease("http://a.example.org:80") as first:
        pass
    async with connections.lease("http://b.example.org:80") as other:
        pass
    async with connections.lease("http://a.example.org:80") as again:
        pass
    assert first is again
    assert first is not other
    await connections.aclose()


async def test_thousands_of_origins_leave_only_the_latest_open(connections: Connections) -> None:
    for number in range(3_000):
        async with connections.lease(f"http://{number}.example.org:80"):
            pass
    assert len(connections._servers) <= 101
    assert "http://2999.example.org:80" in connections._servers
    await connections.aclose()
    assert not connections._servers


async def test_what_is_in_use_is_not_closed(connections: Connections) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(connections.lease("http://first.example.org:80"))
        for number in range(200):
            await stack.enter_async_context(connections.lease(f"http://{number}.example.org:80"))
        async with connections.lease("http://first.example.org:80") as again:
            assert again is first
    await connections.aclose()


async def test_the_system_finds_loopback_without_repeats() -> None:
    resolver = SystemResolver()
    found = await resolver("localhost", 80)
    resolver.close()
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found)) > 0
