"""Playing the sample web through the real daemon: only the addresses and the clock's pace are the demo's."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from monitor.assembly import Station, station
from monitor.config import Config, load
from monitor.demo.bot_api import BotApi
from monitor.demo.clock import TurnedClock
from monitor.demo.configuration import token, write_configuration
from monitor.demo.smtp_sink import SmtpSink
from monitor.demo.story import LENGTH
from monitor.demo.web import SampleWeb
from monitor.poll_report import PollReport
from monitor.ticking import ticking
from scrapers.telegram_budget import BudgetOptions

if TYPE_CHECKING:
    from monitor.demo.account.served import ServedAccount

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STEP = timedelta(minutes=20)  # due moments closer together than this are played at once
PACE = timedelta(milliseconds=5)  # between two steps, in real time
HEARD_WITHIN = 5.0  # seconds of real time that what a joined channel tells may take to be heard
BUDGET: Final = BudgetOptions(per_second=1000, burst=1000, slow_start=timedelta(0))
"""A budget holds for real time, of which ten days take a minute, and nobody is to be spared on loopback."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """The running receivers and where everything is."""

    folder: Path
    config: Config
    clock: TurnedClock
    mails: SmtpSink
    bot: BotApi
    account: "ServedAccount | None"  # through which the channels are read; None: by their previews


@contextlib.contextmanager
def staged(folder: Path, *, with_account: bool = False) -> Iterator[Stage]:
    """Serve the sample web and the receivers, and write a configuration that points to them.

    `with_account` serves the channels from a Telegram data centre, too, and has them read through an account.
    """
    clock = TurnedClock(START)
    mailbox = folder / "mails"
    mailbox.mkdir(parents=True, exist_ok=True)
    with (
        SampleWeb(clock, START) as web,
        SmtpSink(mailbox) as mails,
        BotApi(token()) as bot,
        _account(clock, with_account=with_account) as account,
    ):
        path = write_configuration(
            folder,
            web_url=web.base_url,
            smtp_port=mails.port,
            bot_url=bot.url,
            session=account.session if account else None,
        )
        yield Stage(folder=folder, config=load(path), clock=clock, mails=mails, bot=bot, account=account)


def _account(clock: TurnedClock, *, with_account: bool) -> "AbstractContextManager[ServedAccount | None]":
    if not with_account:
        return nullcontext()
    from monitor.demo.account.served import served_account  # Telethon takes a second to load

    return served_account(clock, START)


async def play(
    stage: Stage,
    *,
    polled: Callable[[PollReport], None],
    moved: Callable[[datetime], None],
    finished: Callable[[Station], None],
    until: timedelta | None = None,
) -> None:
    """Run the daemon over the ten days, or until the story is that far, from where the clock stands.

    `finished` sees the desk before it closes.
    """
    end = START + (until or LENGTH)
    over, woken = asyncio.Event(), asyncio.Event()
    async with station(stage.config, stage.clock, polled=polled, woken=woken, budget=BUDGET) as running:

        async def step() -> None:
            await running.daemon.tick(stage.clock.now())
            await running.daemon.settled()
            due = await asyncio.to_thread(running.store.next_due, stage.clock.now())
            if due is None or due > end:
                over.set()
                return
            await _turn(stage, max(due, stage.clock.now() + STEP), woken)
            moved(stage.clock.now())

        async with ticking(step, PACE):
            await over.wait()
        await running.daemon.once(end)
        await asyncio.to_thread(finished, running)


async def _turn(stage: Stage, moment: datetime, woken: asyncio.Event) -> None:
    """Turn the clock to `moment`, or only to when a joined channel tells of something before, and hear it."""
    pushed = stage.account.world.next_pushed() if stage.account else None
    if pushed is None or pushed > moment:
        stage.clock.move_to(moment)
        return
    woken.clear()
    stage.clock.move_to(pushed)
    with contextlib.suppress(TimeoutError):  # the account may be deaf just then; its next poll is not far
        async with asyncio.timeout(HEARD_WITHIN):
            await woken.wait()
