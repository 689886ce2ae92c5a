"""What happens to a desk in a soak: every few simulated minutes something breaks, for a moment."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.demo.bot_api import BotApi, Fault
from monitor.demo.smtp_sink import HANG_UP, SmtpSink
from tests.fakes import generated_web
from tests.fakes.generated_web import GeneratedWeb
from tests.fakes.webhook_sink import Reply, WebhookSink

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

WEB = (
    generated_web.server_error,
    generated_web.too_many,
    generated_web.cut,
    generated_web.no_answer,
    generated_web.half,
    generated_web.garbage,
)
BOT = (Fault.TOO_MANY_REQUESTS, Fault.SERVER_ERROR, Fault.GARBAGE, Fault.HANG_UP)
MAIL = ("421 4.7.0 too many (sample)", "451 4.3.0 later (sample)", "nonsense", HANG_UP)
HOOK = (Reply(status=429, headers={"Retry-After": "300"}), Reply(status=500), Reply(hang_up=True))


@dataclass(kw_only=True)
class Outside:
    """The servers around the desk."""

    web: GeneratedWeb
    mails: SmtpSink
    bot: BotApi
    hook: WebhookSink


class ShiftedClock:
    """The desk's clock: true time, and how wrong it goes."""

    def __init__(self, start: datetime) -> None:
        self.true = start
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """What the desk takes for the time."""
        return self.true + self.offset


@dataclass(kw_only=True)
class Faults:
    """Draws what breaks next; the same for the same seed."""

    outside: Outside
    clock: ShiftedClock
    database: Path
    chance: random.Random
    every: timedelta
    most_at_once: int  # requests that meet one fault of the web
    struck: Counter[str]
    next_at: datetime

    @asynccontextmanager
    async def strike(self, reload: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Let break what is to break by now, around what the block does."""
        kinds = self._draw()
        self.struck.update(kinds)
        for kind in kinds:
            await self._break(kind, reload)
        if "locked" not in kinds:
            yield
            return
        locking = asyncio.create_task(self._lock())
        try:
            yield
        finally:
            await locking

    def _draw(self) -> list[str]:
        weights = {"web": 60, "silent web": 1, "receivers": 20, "locked": 8, "reload": 3, "clock": 1}
        kinds: list[str] = []
        while self.next_at <= self.clock.true:
            kinds += self.chance.choices(list(weights), list(weights.values()))
            self.next_at += self.chance.expovariate(1) * self.every
        return kinds

    async def _break(self, kind: str, reload: Callable[[], Awaitable[None]]) -> None:
        match kind:
            case "web":
                fault = self.chance.choice(WEB)
                self.outside.web.faults.extend([fault] * self.chance.randint(1, self.most_at_once))
            case "silent web":
                self.outside.web.faults.append(generated_web.silence)
            case "receivers":
                self._break_receivers()
            case "reload":
                await reload()
            case "clock":
                self._shift_clock()

    def end(self) -> None:
        """Let nothing break any more."""
        self.clock.offset = timedelta(0)
        self.outside.web.faults.clear()
        self._mend_receivers()

    def _mend_receivers(self) -> None:
        for waiting in (self.outside.bot._faults, self.outside.mails._answers, self.outside.hook.replies):
            waiting.clear()

    def _break_receivers(self) -> None:
        """For the next few messages, if they come soon: those of days ago are forgotten."""
        chance = self.chance
        self._mend_receivers()
        self.outside.bot.fail_next(chance.choice(BOT), times=chance.randint(1, 3), retry_after=300)
        self.outside.mails.answer_next(*chance.choices(MAIL, k=chance.randint(1, 3)))
        self.outside.hook.replies.extend(chance.choices(HOOK, k=chance.randint(1, 3)))

    def _shift_clock(self) -> None:
        """A laptop that slept, or a clock that goes wrong, or right again."""
        if self.clock.offset:
            self.clock.offset = timedelta(0)
        elif self.chance.random() < 0.5:
            self.clock.true += self.chance.uniform(0.5, 3) * HOUR
        else:
            self.clock.offset = self.chance.uniform(-2, 2) * HOUR

    async def _lock(self) -> None:
        """Another program writes into the database, from some moment on, for longer than anybody waits."""
        await asyncio.sleep(self.chance.random() * 0.03)
        connection = sqlite3.connect(self.database, isolation_level=None, timeout=0.02)
        with suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0.12)
            connection.execute("ROLLBACK")
        connection.close()
