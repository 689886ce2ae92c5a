"""What tests of scrapers that fetch share: a site on loopback, a clock set by hand, and a client for both."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import pytest_asyncio

from scrapers.http import HttpClient, HttpOptions
from tests.fakes.hand_clock import HandClock
from tests.fakes.news_site import NewsSite


@pytest.fixture
def site() -> Iterator[NewsSite]:
    with NewsSite() as site:
        yield site


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest_asyncio.fixture
async def http(clock: HandClock) -> AsyncIterator[HttpClient]:
    options = HttpOptions(allow_private=("127.0.0.1",), per_host_interval=timedelta(0))
    async with HttpClient(options, clock) as client:
        yield client
