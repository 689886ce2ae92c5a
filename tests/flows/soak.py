"""Months in the life of one desk: the real station on a generated web, with faults every few minutes.

Time is simulated, everything else is real: HTTP, SMTP, the Bot API, the database file, and what breaks.
"""

import asyncio
import ctypes
import gc
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.allocator import share_one_pool
from monitor.assembly import Station, station
from monitor.config import Config, load
from monitor.demo.bot_api import BotApi
from monitor.demo.smtp_sink import SmtpSink
from monitor.poll_report import PollReport
from storage.errors import StorageError
from tests.fakes.generated_web import GeneratedWeb
from tests.fakes.webhook_sink import WebhookSink
from tests.flows.soak_books import Books
from tests.flows.soak_faults import Faults, Outside, ShiftedClock

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEP = 10 * MINUTE  # due moments closer together share a tick
CALM = 9 * HOUR  # without faults, at the end: what fails is tried again after six hours at the latest
CALM_POLLS = 8  # and so many polls of each source at least: a few items are read again at each
TOKEN = "4242:soak-tests-of-the-loopback-bot"

CONFIG = """
concurrency = 16
refresh = ["15m", "1h", "6h", "1d", "7d"]

[database]
url_file = "database-url"

[http]
contact = "https://desk.example.org/monitoring"
allow_private = ["127.0.0.1"]
per_host_interval = "0s"
per_host_concurrency = 16
read_timeout = "1s"

[alerting]
first_poll = true
max_age = "30d"

[[rule]]
id = "complaint"
title = "Complaints"
query = "отпуск"

[[rule]]
id = "taken-down"
title = "Taken down"
query = "отпуск AND is:deleted"

[route]
group_by = ["source"]
group_wait = "5m"

[[receiver]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "alerts@desk.example.org"
to = ["editors@desk.example.org"]
per_minute = 1000000

[[receiver]]
id = "chat"
kind = "telegram"
chat_id = 4242
token_file = "bot-token"
api_url = "{bot}"
per_minute = 1000000

[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"
"""
ANOTHER_RULE = """
[[rule]]
id = "another"
title = "Another"
query = "нигденетэтогослова"
"""


@dataclass(kw_only=True)
class Figures:
    """What a soak came to."""

    sources: int
    days: float
    seed: str
    seconds: float = 0
    requests: int = 0
    polls: Counter[str] = field(default_factory=Counter)  # by outcome
    faults: Counter[str] = field(default_factory=Counter)
    stored: dict[str, int] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)
    daily: list[dict[str, int]] = field(default_factory=list)

    def check_nothing_grew(self, megabytes: float, since: int = 1) -> None:
        """Memory, files, threads and tasks at the end, against the end of day `since`."""
        first, last = self.daily[since - 1], self.daily[-1]
        assert last["tasks"] <= first["tasks"], self.daily
        assert last["threads"] <= first["threads"] + 16, self.daily
        if "own_kb" in first:
            assert last["files"] <= first["files"] + 32, self.daily
            held = [day["own_kb"] - day["ours_kb"] for day in (first, last)]
            assert held[1] <= held[0] + megabytes * 1024, self.daily

    def text(self) -> str:
        """For people."""
        lines = [
            f"{self.sources} sources, {self.days:g} simulated days in {self.seconds:.0f} s, seed {self.seed}",
            f"requests {self.requests}; polls {self.polls.total()}: {dict(self.polls.most_common())}",
            f"faults {self.faults.total()}: {dict(self.faults.most_common())}",
            f"stored {self.stored}",
            f"told again {self.repeats}",
            *(f"day {number}: {told}" for number, told in enumerate(self.daily, 1)),
        ]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """For programs."""
        return json.dumps(vars(self), indent=1)


@contextmanager
def outside(folder: Path, sources: int, seed: str) -> Iterator[Outside]:
    """Serve until the block ends."""
    mailbox = folder / "mails"
    mailbox.mkdir()
    with ExitStack() as stack:
        yield Outside(
            web=stack.enter_context(GeneratedWeb(sources=sources, seed=seed, start=START)),
            mails=stack.enter_context(SmtpSink(mailbox)),
            bot=stack.enter_context(BotApi(TOKEN)),
            hook=stack.enter_context(WebhookSink()),
        )


class Soak:
    """One desk and its months."""

    def __init__(
        self,
        folder: Path,
        around: Outside,
        *,
        sources: int,
        days: float,
        seed: str,
        interval: timedelta = 45 * MINUTE,
    ) -> None:
        database = folder / "groundswell.db"
        chance = random.Random(seed)
        self.figures = Figures(sources=sources, days=days, seed=seed)
        self._folder = folder
        self._interval = interval
        self._around = around
        self._chance = chance
        self._clock = ShiftedClock(START)
        self._books = Books(database, around.web)
        self._faults = Faults(
            outside=around,
            clock=self._clock,
            database=database,
            chance=chance,
            every=(15 if sources < 50 else 5) * MINUTE,
            most_at_once=max(1, sources // 20),
            struck=self.figures.faults,
            next_at=START + HOUR,
        )
        self._reports: list[PollReport] = []
        self._reports_seen = 0
        self._end = START + days * DAY
        self._changed = False  # whether the other configuration is in force
        (folder / "database-url").write_text(f"sqlite:///{database}")
        (folder / "bot-token").write_text(TOKEN)

    async def run(self) -> Figures:
        """Live through all of it, looking after every day, with memory handed out as to a daemon."""
        share_one_pool()
        began = time.monotonic()
        over = self._end + max(CALM, CALM_POLLS * self._interval)
        while self._clock.true < over:
            until = self._clock.true + self._chance.uniform(3, 11) * HOUR
            async with station(self._configuration(), self._clock, polled=self._reports.append) as running:
                await self._work(running, min(until, over))
            self.figures.faults["restart"] += 1
        await self._empty_the_outbox()
        self.figures.stored, self.figures.repeats = self._books.stored(), self._books.repeats()
        self.figures.requests = self._around.web.requests
        self.figures.seconds = time.monotonic() - began
        sys.stdout.write(f"\n{self.figures.text()}")
        self._books.look_at_the_end(self._end)
        return self.figures

    async def _empty_the_outbox(self) -> None:
        """Go on until nothing waits: what was alerted last still waits for its group."""
        async with station(self._configuration(), self._clock, polled=self._reports.append) as running:
            for _ in range(100):
                await self._step(running)
                if not (await asyncio.to_thread(running.store.totals)).pending:
                    break
                self._clock.true += STEP

    # ---- working -------------------------------------------------------------------

    async def _work(self, running: Station, until: datetime) -> None:
        while self._clock.true < until:
            await self._step(running)
            due = await asyncio.to_thread(_next_due, running, self._clock.now())
            self._clock.true = max(due - self._clock.offset, self._clock.true + STEP)
            self._around.web.now = self._clock.true
            if self._clock.true >= START + (len(self.figures.daily) + 1) * DAY:
                await self._end_day()
            if self._clock.true >= self._end:
                self._faults.end()

    async def _step(self, running: Station) -> None:
        async def reload() -> None:
            self._changed = not self._changed
            await running.change_to(self._configuration())

        if self._clock.true >= self._end:
            await self._tick(running)
        else:
            async with self._faults.strike(reload):
                await self._tick(running)
        self._note_reports()

    async def _tick(self, running: Station) -> None:
        """Ticks until nothing is due, or nothing moves."""
        moved = True
        while moved:
            before = len(self._reports)
            await running.daemon.tick(self._clock.now())
            await running.daemon.settled()
            messages = self._books.note_messages(self._around)
            moved = bool(messages) or len(self._reports) > before

    def _note_reports(self) -> None:
        self._books.note_polls(self._reports)
        self.figures.polls.update(report.outcome for report in self._reports)
        self._reports.clear()

    async def _end_day(self) -> None:
        """Look at the desk and at the process."""
        await asyncio.to_thread(self._books.look)
        ours = self._around.web.weight() + self._books.weight()
        self.figures.daily.append(resources() | {"ours_kb": ours // 1024})
        sys.stdout.write(f"day {len(self.figures.daily)}: {self.figures.daily[-1]}\n")
        sys.stdout.flush()

    def _configuration(self) -> Config:
        around = self._around
        hook = f"{around.hook.url}/(sample)"
        text = CONFIG.format(smtp=around.mails.port, bot=around.bot.url, hook=hook)
        text += ANOTHER_RULE if self._changed else ""
        text += "".join(map(self._source, around.web.authors))
        path = self._folder / "config.toml"
        path.write_text(text)
        return load(path)

    def _source(self, name: str) -> str:
        url = self._around.web.url
        minutes = self._interval // MINUTE + (15 if self._changed else 0)
        head = f'[[source]]\nid = "{name}"\ninterval = "{minutes}m"\n'
        if name in self._around.web.feeds:
            return f'{head}kind = "feed"\nurl = "{url}/feed/{name}"\n'
        return f'{head}kind = "telegram_web"\nchannel = "{name}"\nbase_url = "{url}"\nfirst_pages = 50\n'


def _next_due(running: Station, now: datetime) -> datetime:
    try:
        return running.store.next_due(now) or now + HOUR
    except StorageError:
        return now


def resources() -> dict[str, int]:
    """What this process holds: memory of its own, open files, threads, tasks.

    Of pages of files, such as programs, the part it is charged with changes with who else uses them: when
    the process that reads documents has nothing to do and ends, it is seven megabytes more.
    """
    gc.collect()
    _give_back_memory()
    held = {"threads": threading.active_count(), "tasks": len(asyncio.all_tasks())}
    rollup = Path("/proc/self/smaps_rollup")
    if rollup.exists():
        found = re.search(r"^Anonymous:\s+(\d+) kB", rollup.read_text(), re.MULTILINE)
        held["own_kb"] = int(found[1]) if found else 0
        held["files"] = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return held


def _give_back_memory() -> None:
    """Give free memory back to the system, where the C library can: what is held is to be measured."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
