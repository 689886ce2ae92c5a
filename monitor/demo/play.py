"""Playing the sample web through the real daemon: only the addresses and the clock's pace are the demo's."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.assembly import Station, station
from monitor.config import Config, load
from monitor.demo.bot_api import BotApi
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import token, write_configuration
from monitor.demo.smtp_sink import SmtpSink
from monitor.demo.story import LENGTH
from monitor.demo.web import SampleWeb
from monitor.poll import PollReport
from monitor.ticking import ticking

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STEP = timedelta(minutes=20)  # due moments closer together than this are played at once
PACE = timedelta(milliseconds=5)  # between two steps, in real time


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """The running receivers and where everything is."""

    folder: Path
    config: Config
    clock: TurnedClock
    mails: SmtpSink
    bot: BotApi


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Serve the sample web and the receivers, and write a configuration that points to them."""
    clock = TurnedClock(START)
    mailbox = folder / "mails"
    mailbox.mkdir(parents=True, exist_ok=True)
    with SampleWeb(clock, START) as web, SmtpSink(mailbox) as mails, BotApi(token()) as bot:
        path = write_configuration(folder, web_url=web.base_url, smtp_port=mails.port, bot_url=bot.url)
        yield Stage(folder=folder, config=load(path), clock=clock, mails=mails, bot=bot)


async def play(
    stage: Stage,
    *,
    polled: Callable[[PollReport], None],
    moved: Callable[[datetime], None],
    finished: Callable[[Station], None],
) -> None:
    """Run the daemon over the ten days; `finished` sees the desk before it closes."""
    end = START + LENGTH
    over = asyncio.Event()
    async with station(stage.config, stage.clock, polled=polled) as running:

        async def step() -> None:
            await running.daemon.tick(stage.clock.now())
            await running.daemon.settled()
            due = await asyncio.to_thread(running.store.next_due, stage.clock.now())
            if due is None or due > end:
                over.set()
                return
            stage.clock.move_to(max(due, stage.clock.now() + STEP))
            moved(stage.clock.now())

        async with ticking(step, PACE):
            await over.wait()
        await running.daemon.once(end)
        await asyncio.to_thread(finished, running)
