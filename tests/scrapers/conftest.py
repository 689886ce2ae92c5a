"""What tests of scrapers that fetch share: a site on loopback, a clock set by hand, and a client for both."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from scrapers.http import HttpClient
from tests.fakes.hand_clock import HandClock
from tests.fakes.loopback import LOOPBACK
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
    async with HttpClient(LOOPBACK, clock) as client:
        yield client
