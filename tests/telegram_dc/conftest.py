"""A world with one joined channel, and a data centre that serves it and must not have failed by itself."""

from collections.abc import AsyncIterator

import pytest

from monitor.demo.data_centre import Channel, DataCentre, World
from tests.telegram_dc.faults import Faults


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def channel(world: World) -> Channel:
    return world.channel("frontline_wives", title="Frontline wives (fictional)", joined=True)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def centre(world: World, faults: Faults) -> AsyncIterator[DataCentre]:
    async with DataCentre(world, conduct=faults) as centre:
        yield centre
    assert centre.errors == []
