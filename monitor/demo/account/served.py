"""The data centre that the demo's account reads the story from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.demo.account.world import StoryWorld
from monitor.demo.clock import TurnedClock
from monitor.demo.data_centre import Call, Conduct, DataCentre, RpcRefused, serve_in_thread

FROZEN: Final = (timedelta(days=8, hours=1), timedelta(days=8, hours=6))
"""Between these moments of the story Telegram has frozen the account, and previews have to stand in."""


class StoryConduct(Conduct):
    """Counts what is asked for as of now, and refuses to while the account is frozen."""

    def __init__(self, world: StoryWorld, clock: TurnedClock, start: datetime) -> None:
        self._world = world
        self._clock = clock
        self._start = start
        self.refused = 0  # requests while it was frozen

    async def before(self, call: Call) -> None:
        """See `Conduct.before`."""
        if call.channel_id is None:
            return
        now = self._clock.now()
        if FROZEN[0] <= now - self._start < FROZEN[1]:
            self.refused += 1
            raise RpcRefused(420, "FROZEN_METHOD_INVALID")
        self._world.count(call.channel_id, now)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedAccount:
    """An account whose channels are the story's."""

    session: str  # signed in: Telethon's StringSession
    world: StoryWorld
    conduct: StoryConduct
    centre: DataCentre


@contextmanager
def served_account(clock: TurnedClock, start: datetime) -> Iterator[ServedAccount]:
    """Serve the story while the block runs, as it stands where the clock's hands stand."""
    world = StoryWorld(start, clock.now)
    world.bring_up_to(clock.now())
    clock.watch(world.bring_up_to)
    conduct = StoryConduct(world, clock, start)
    with serve_in_thread(world.world, conduct=conduct) as centre:
        yield ServedAccount(session=centre.authorised_session(), world=world, conduct=conduct, centre=centre)
