"""A configuration that changes under a real daemon: taken over or refused whole, and nothing is lost."""

import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx
import pytest

from storage.store import open_store
from tests.fakes.small_web import Reply
from tests.fakes.webhook_sink import Reply as HookReply
from tests.flows.serving import TOLD_AT_ONCE

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60  # seconds until something that must happen counts as not happening
TAKEN = "new configuration taken over"
REFUSED = "the configuration of before goes on"

RULES = f'{TOLD_AT_ONCE}group_by = ["source"]\n'


HEALTH = """
[health]
listen = "127.0.0.1:0"
"""
SLOWER_HOOK = ('kind = "webhook"', 'kind = "webhook"\ntimeout = "25s"')


class Service:
    """A daemon of its own process, and what it said."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.log_path = config.parent / "daemon.log"
        command = [sys.executable, "-m", "monitor", "--log-format", "human", "-c", str(config), "run"]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log)

    def log(self) -> str:
        return self.log_path.read_text()

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not met():
            assert self.process.poll() is None, f"it ended by itself: {self.log()}"
            assert time.monotonic() < deadline, self.log()[-4000:]
            time.sleep(0.03)

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log()


@contextmanager
def service(config: Path) -> Iterator[Service]:
    running = Service(config)
    try:
        running.until(lambda: "Stop with Ctrl-C" in running.log())
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def publish(channel, count: int, about: str = "не дают отпуск") -> list[str]:
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    texts = [f"Запись {number} в {channel.name}: {about} (вымышленный пример)" for number in range(count)]
    for text in texts:
        channel.write(text, now)
    return texts


def stored(url: str) -> int:
    store = open_store(url)
    try:
        return store.totals().items
    finally:
        store.close()


def test_what_is_added_is_in_force_after_a_hang_up_signal(outside, sqlite_url):
    outside.web.channel("wives")
    config = outside.configure(sqlite_url, RULES)
    with service(config) as running:
        mothers = outside.web.channel("mothers")
        publish(mothers, 1, "ротации нет")
        more = '[[rule]]\nid = "rotation"\nquery = "ротация"\n'
        more += f'[[receiver]]\nid = "second"\nkind = "webhook"\nurl = "{outside.hook.url}/second"\n'
        outside.configure(sqlite_url, more + RULES)
        running.hang_up()
        running.until(lambda: TAKEN in running.log())
        running.until(
            lambda: {"second", "(sample)"} <= {one.path.rsplit("/")[-1] for one in outside.hook.posted}
        )
        running.stop()
    assert f"{TAKEN}: sources +1, rules +1, receivers +1, route" in running.log()
    assert "ротации нет" in outside.hook.posted[0].body.decode()


def test_what_is_taken_out_is_neither_asked_nor_told_any_more(outside, sqlite_url):
    outside.web.channel("wives"), outside.web.channel("mothers")
    config = outside.configure(sqlite_url, RULES)
    with service(config) as running:
        running.until(lambda: stored(sqlite_url) == 0 and len(outside.web.asked) >= 4)
        del outside.web.channels["mothers"]
        whole = outside.configure(sqlite_url, RULES).read_text()
        running.hang_up()
        running.until(lambda: TAKEN in running.log())
        asked = len(outside.web.asked)
        publish(outside.web.channels["wives"], 1)
        running.until(lambda: len(outside.web.asked) >= asked + 3)
        running.stop()
    assert f"{TAKEN}: sources -1\n" in running.log()
    assert "mothers" not in whole
    assert not [path for path in outside.web.asked[asked:] if "mothers" in str(path)]


FAULTS = {
    '\n[[rule]]\nid = "x"\nquery = "("\n\n[[receiver]]\nid = "y"\n': ['rule "x"', 'receiver "y"'],
    "\n[[[": ["not valid TOML"],
    '\n[health]\nlisten = "127.0.0.1:0"\n': ["a changed [health] needs a restart"],
}


def test_a_faulty_one_is_refused_with_every_reason_and_the_old_one_goes_on(outside, sqlite_url, tmp_path):
    wives = outside.web.channel("wives")
    config = outside.configure(sqlite_url, RULES)
    sound = config.read_text()
    with service(config) as running:
        for count, (fault, reasons) in enumerate(FAULTS.items(), 1):
            config.write_text(sound + fault)
            running.hang_up()
            running.until(lambda count=count: running.log().count(REFUSED) == count)  # type: ignore[misc]
            assert [reason for reason in reasons if reason not in running.log()] == []
        config.write_text(sound)
        (tmp_path / "database-url").write_text(f"sqlite:///{tmp_path}/(other).db")
        running.hang_up()
        running.until(lambda: "a changed [database] needs a restart" in running.log())
        (tmp_path / "database-url").write_text(sqlite_url)
        publish(wives, 1)
        running.until(lambda: len(outside.hook.posted) == 1)
        running.hang_up()
        running.until(lambda: "says the same as before" in running.log())
        running.stop()
    assert TAKEN not in running.log()
    assert "(other)" not in running.log()
    assert not (tmp_path / "(other).db").exists()


def test_a_changed_file_is_taken_over_without_a_signal(outside, sqlite_url):
    outside.web.channel("wives")
    config = outside.configure(sqlite_url, HEALTH + RULES)
    with service(config) as running:
        publish(outside.web.channel("mothers"), 1)
        outside.configure(sqlite_url, HEALTH + RULES)
        running.until(lambda: len(outside.hook.posted) == 1)
        address = running.log().partition("health and metrics at ")[2].splitlines()[0]
        ready = httpx.get(f"{address}/readyz", trust_env=False, timeout=PATIENCE)
        metrics = httpx.get(f"{address}/metrics", trust_env=False, timeout=PATIENCE).text
        config.touch()
        elsewhere = config.with_name("elsewhere.toml")
        elsewhere.write_text(f'timezone = "Asia/Tokyo"\n{config.read_text()}')
        elsewhere.replace(config)
        running.until(lambda: f"JST INFO    {TAKEN}: timezone" in running.log())
        running.stop()
    assert running.log().count(TAKEN) == 2
    assert ready.status_code == 200
    assert 'groundswell_reloads_total{outcome="taken"} 1.0' in metrics
    assert 'groundswell_source_failures{source="mothers"} 0.0' in metrics
    assert 'groundswell_items_total{source="mothers"} 1.0' in metrics


def test_reloads_in_a_burst_lose_nothing_and_tell_nothing_twice(outside, sqlite_url):
    loud, paper = outside.web.channel("loud"), outside.web.feed("paper", window=200)
    config = outside.configure(sqlite_url, RULES)
    written: list[str] = []
    with service(config) as running:
        for number in range(20):
            written += publish(loud, 10, f"не дают отпуск, говорят {number}-й раз")
            said = f"Статья {number} про отпуск (вымышленный пример)"
            paper.write(said, datetime.now(UTC) - timedelta(minutes=1))
            written.append(said)
            outside.web.channel(f"extra{number}")
            outside.configure(sqlite_url, RULES)
            taken, asked = running.log().count(TAKEN), len(outside.web.asked)
            running.hang_up()
            running.until(
                lambda taken=taken, asked=asked: (  # type: ignore[misc]
                    running.log().count(TAKEN) > taken and len(outside.web.asked) > asked
                )
            )
        assert outside.hook.posted, "nothing was delivered between the reloads"
        running.until(lambda: _all_told(sqlite_url, len(written)))
        running.stop()
    alerts = _alerts(sqlite_url)
    assert sorted(text for _, text in alerts) == sorted(written)
    told = outside.told_of(name for name, _ in alerts)
    assert {name: counts for name, counts in told.items() if set(counts.values()) != {1}} == {}


def _all_told(url: str, count: int) -> bool:
    store = open_store(url)
    try:
        totals = store.totals()
    finally:
        store.close()
    return (totals.items, totals.alerts, totals.pending) == (count, count, 0)


def _alerts(url: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        query = "SELECT alert.id, revision.text FROM alert JOIN revision ON revision.item_id = alert.item_id"
        return [(str(name), str(text)) for name, text in database.execute(query)]


def test_a_message_in_flight_is_not_sent_again_by_the_ones_that_take_over(outside, sqlite_url):
    publish(outside.web.channel("wives"), 1)
    released = Event()
    outside.hook.replies.append(HookReply(wait_for=released))
    config = outside.configure(sqlite_url, RULES)
    with service(config) as running:
        running.until(lambda: len(outside.hook.posted) == 1)
        outside.hook.replies.append(HookReply())
        publish(outside.web.channel("mothers"), 1)
        config.write_text(outside.configure(sqlite_url, RULES).read_text().replace(*SLOWER_HOOK))
        running.hang_up()
        running.until(lambda: TAKEN in running.log())
        running.until(lambda: "mothers: 1 new item" in running.log())
        released.set()
        running.until(lambda: _all_told(sqlite_url, 2))
        running.stop()
    assert len(outside.hook.posted) == 2


def test_a_server_that_hangs_keeps_no_reload_waiting_and_is_asked_anew_at_once(outside, sqlite_url):
    released = Event()
    wives = outside.web.channel("wives")
    publish(wives, 1)
    outside.web.always["/s/wives"] = Reply(wait_for=released)
    try:
        config = outside.configure(sqlite_url, RULES)
        with service(config) as running:
            running.until(lambda: len(outside.web.asked) >= 1)
            del outside.web.always["/s/wives"]
            outside.web.channel("mothers")
            outside.configure(sqlite_url, RULES)
            running.hang_up()
            running.until(lambda: len(outside.hook.posted) == 1)
            running.stop()
    finally:
        released.set()


@pytest.mark.parametrize("by_restart", [False, True], ids=["reload", "restart"])
def test_a_source_whose_address_was_mended_is_asked_at_once_and_others_keep_their_pause(
    outside, sqlite_url, by_restart
):
    paper, lost = outside.web.feed("paper"), outside.web.feed("lost")
    for feed in (paper, lost):
        feed.write("Статья про отпуск (вымышленный пример)", datetime.now(UTC) - timedelta(minutes=1))
    config = outside.configure(sqlite_url, RULES, interval="6h")
    right = config.read_text()
    wrong = right.replace("/feed/", "/feet/")
    config.write_text(wrong)
    mended = wrong.replace("/feet/paper", "/feed/paper")
    with service(config) as running:
        running.until(lambda: outside.web.asked.count("/feet/lost") == 1)
        running.until(lambda: running.log().count(": gone: ") == 2)
        if by_restart:
            running.stop()
        config.write_text(mended)
        if not by_restart:
            running.hang_up()
            _until_told_once(running, outside)
    if by_restart:
        with service(config) as running:
            _until_told_once(running, outside)
    assert outside.web.asked.count("/feet/lost") == 1


def _until_told_once(running: Service, outside) -> None:
    running.until(lambda: len(outside.hook.posted) == 1)
    running.stop()


def test_closing_its_terminal_ends_a_daemon_as_ever(outside, sqlite_url):
    outside.web.channel("wives")
    config = outside.configure(sqlite_url, RULES)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(CHECKOUT)
        os.execv(sys.executable, [sys.executable, "-m", "monitor", "-c", str(config), "run"])
    said = b""
    while b"Ctrl-C" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
