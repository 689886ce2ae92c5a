"""What the flows that kill and harm need: processes of one desk, what is published, and what must hold."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import create_engine, inspect, update

from storage.errors import SchemaMismatch
from storage.model import Totals
from storage.schema import notification, source
from storage.store import open_store
from tests.flows.database import driven, rows

CHECKOUT = Path(__file__).parents[2]
LAUNCHER = Path(__file__).with_name("killed_at.py")
PATIENCE = 120  # seconds until something that must happen counts as not happening

RULES = """
[alerting]
first_poll = true
max_age = "3650d"

[[rule]]
id = "complaint"
title = "Complaints"
query = "отпуск OR ротация"

[route]
group_by = ["source"]
group_wait = "0s"
"""

Trigger = tuple[str, float]  # seconds after the start, or how many times a server was reached since


@dataclass
class Written:
    """Everything that was published, by source and external id."""

    texts: dict[tuple[str, str], str]

    @property
    def complaints(self) -> set[str]:
        return {text for text in self.texts.values() if "отпуск" in text}


def publish_burst(outside, written: Written, number: int, posts: int = 45) -> None:
    """Pages of posts in one channel, copies of some of it in another, and a feed's window full of news."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    loud, quiet = outside.web.channels["loud_channel"], outside.web.channels["quiet_channel"]
    feed = outside.web.feeds["paper"]
    for count in range(posts):
        said = "не дают отпуск" if count % 4 == 0 else "погода обычная"
        said = f"Запись {number} и {count}: {said} (вымышленный пример)"
        written.texts["loud_channel", str(loud.write(said, now).id)] = said
        if count % 8 == 0:
            written.texts["quiet_channel", str(quiet.write(said, now).id)] = said
    for count in range(8):
        said = "снова про отпуск" if count % 2 else "о музее"
        said = f"Статья {number} и {count}: {said} (вымышленный пример)"
        written.texts["paper", feed.guid(feed.write(said, now))] = said


class Daemons:
    """Real processes of one desk."""

    def __init__(self, outside, config: Path) -> None:
        self.outside = outside
        self._config = config
        self._running: list[subprocess.Popen[bytes]] = []
        self._logs: list[Path] = []

    def start(self, at_least: int = 1) -> None:
        """Have so many running."""
        while len(self._running) < at_least:
            command = [sys.executable, "-m", "monitor", "-c", str(self._config), "run"]
            self._logs.append(self._config.parent / f"daemon-{len(self._logs)}.log")
            with self._logs[-1].open("wb") as log:
                self._running.append(subprocess.Popen(command, cwd=CHECKOUT, stderr=log, stdout=log))

    def kill(self) -> int:
        """SIGKILL the one that has run longest; returns its process id."""
        process = self._running.pop(0)
        assert process.poll() is None, f"a daemon ended by itself: {self.log()}"
        process.kill()
        process.wait()
        return process.pid

    def await_ready(self) -> None:
        """Come back when all of them are at work."""
        logs = self._logs[-len(self._running) :]
        await_true(lambda: all(b"Stop with Ctrl-C" in log.read_bytes() for log in logs), self.log)

    def stop(self, name: signal.Signals = signal.SIGTERM) -> list[int]:
        """Ask all of them to stop; returns how they ended."""
        self.await_ready()
        for process in self._running:
            process.send_signal(name)
        ends = [process.wait(PATIENCE) for process in self._running]
        self._running.clear()
        return ends

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [process.pid for process in self._running]

    def log(self) -> str:
        """What they said, at the end."""
        return "".join(log.read_text() for log in self._logs[-4:])[-3000:]

    def reached(self) -> Counter[str]:
        """How often each server was reached so far."""
        outside = self.outside
        return Counter(
            requests=len(outside.web.asked),
            mails=len(outside.mails.mails),
            chats=len(outside.bot.messages),
            hooks=len(outside.hook.posted),
        )

    def await_trigger(self, trigger: Trigger) -> None:
        """Come back at the moment to kill."""
        kind, amount = trigger
        if kind == "seconds":
            time.sleep(amount)
            return
        before = self.reached()[kind]
        await_true(
            lambda: self.all_live() and self.reached()[kind] >= before + amount,
            lambda: f"{trigger}: {self.log()}",
        )

    def all_live(self) -> bool:
        """Say at once when one ended by itself."""
        ended = [process.returncode for process in self._running if process.poll() is not None]
        assert not ended, f"ended with {ended}: {self.log()}"
        return True


@contextmanager
def daemons(outside, config: Path) -> Iterator[Daemons]:
    made = Daemons(outside, config)
    try:
        yield made
    finally:
        for process in made._running:
            process.kill()
            process.wait()


def await_true(
    condition: Callable[[], bool], told: Callable[[], str], pause: float = 0.002, patience: float = PATIENCE
) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(pause)


class Launcher:
    """`killed_at`: runs commands in processes that kill themselves at an event in their database."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "killed.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(LAUNCHER)],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def run(self, config: Path, *options: str, last: int = 0) -> tuple[int, int]:
        """`groundswell run`, killed at its event `last` (0: never); how it ended, and after how many."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([last, "-c", str(config), "run", *options]) + "\n")
        self._process.stdin.flush()
        code, events = map(int, self._process.stdout.readline().split())
        return code, events

    def run_whole(self, config: Path) -> int:
        """One pass that nothing disturbs; returns how many events it had."""
        code, events = self.run(config, "--once")
        assert code == 0, self.log()
        return events

    def run_killed(self, config: Path, last: int) -> None:
        """The daemon, until it dies at its event `last`."""
        code, events = self.run(config, last=last)
        assert (code, events >= last) == (-signal.SIGKILL, True), (last, code, events, self.log())

    def log(self) -> str:
        """What they said, at the end."""
        return self._log.read_text()[-3000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def totals(url: str) -> Totals | None:
    try:
        store = open_store(url)
    except SchemaMismatch:
        return None
    try:
        return store.totals()
    finally:
        store.close()


def let_time_pass(url: str, pid: int) -> None:
    """Do to the leases of a killed worker what minutes of waiting would."""
    for table in ("source", "notification"):
        query = f"UPDATE {table} SET lease_until = now() - interval '1 s' WHERE lease_worker LIKE '%:{pid}:%'"
        rows(url, query)


def let_everything_be_due(url: str) -> None:
    """Do to a desk nobody works at what minutes of waiting would: no lease holds, every source is due."""
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    engine = create_engine(driven(url))
    try:
        with engine.begin() as connection:
            if not inspect(connection).has_table("notification"):
                return  # killed before it was migrated
            connection.execute(update(source).values(next_due_at=long_ago).where(source.c.active))
            for table in (source, notification):
                leased = table.c.lease_until.is_not(None)
                connection.execute(update(table).values(lease_until=long_ago).where(leased))
    finally:
        engine.dispose()


def run_until_idle(running: Daemons, url: str, written: Written) -> None:
    def idle() -> bool:
        stand = totals(url)
        return (
            running.all_live()
            and stand is not None
            and (stand.items, stand.pending) == (len(written.texts), 0)
            and rows(url, "SELECT count(item_id) FROM alert") == [(len(written.complaints),)]
        )

    told = f"expected {len(written.texts)}"
    await_true(idle, lambda: f"{totals(url)}; {told}; {running.log()}", pause=0.1)


def check(outside, url: str, written: Written) -> Counter[str]:
    """Everything published is stored once, everybody was told; returns how often they were told again."""
    stored = rows(
        url,
        "SELECT source.config_id, item.external_id, revision.seq, revision.text FROM item "
        "JOIN source ON source.id = item.source_id JOIN revision ON revision.item_id = item.id",
    )
    assert sorted(stored) == sorted((*name, 1, said) for name, said in written.texts.items())
    alerts = rows(
        url,
        "SELECT alert.id, revision.text, alert.copies FROM alert "
        "JOIN revision ON revision.item_id = alert.item_id",
    )
    assert sorted(str(said) for _, said, _ in alerts) == sorted(written.complaints)
    copied = Counter(written.texts.values())
    assert {said: copies for _, said, copies in alerts} == {
        said: copied[said] - 1 for said in written.complaints
    }
    told = outside.told_of(str(alert) for alert, _, _ in alerts)
    assert [(alert, counts) for alert, counts in told.items() if 0 in counts.values()] == []
    assert {status for (status,) in rows(url, "SELECT status FROM notification")} <= {"sent", "folded"}
    made = rows(url, "SELECT alert_id, receiver, change, count(*) FROM notification GROUP BY 1, 2, 3")
    assert {receiver for _, receiver, _, _ in made} == {"mail", "chat", "hook"}
    assert max(int(str(count)) for *_, count in made) <= 2  # opened once; of copies, the first and the tenth
    return report_repeats(told, made)


def report_repeats(told: dict[str, dict[str, int]], made: list[tuple[object, ...]]) -> Counter[str]:
    """Messages that named an alert more often than its notifications ask for, also for who reads -s."""
    asked = Counter((str(alert), str(receiver)) for alert, receiver, _, _ in made)
    repeats = Counter(
        {
            receiver: sum(max(0, counts[receiver] - asked[alert, receiver]) for alert, counts in told.items())
            for receiver in ("mail", "chat", "hook")
        }
    )
    sys.stdout.write(f"\n{len(told)} alerts; told again: {dict(repeats)}\n")
    return repeats


def sources(outside) -> Written:
    outside.web.channel("loud_channel")
    outside.web.channel("quiet_channel")
    outside.web.feed("paper", window=200)
    return Written(texts={})
