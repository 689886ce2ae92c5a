"""The real service asked by HTTP how it is, and the server that answers."""

import asyncio
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.config_health import HealthOptions, is_loopback
from monitor.health_server import Answer, CannotListen, listening
from tests.fakes.small_web import Reply, SmallWeb
from tests.fakes.webhook_sink import Reply as HookReply
from tests.fakes.webhook_sink import WebhookSink

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60

DELIVERIES = "groundswell_deliveries_total"
CONFIG = """
[health]
listen = "127.0.0.1:0"

[http]
contact = "https://desk.example.org/"
allow_private = ["127.0.0.1"]
per_host_interval = "0s"

[alerting]
first_poll = true

[[source]]
id = "relatives"
kind = "telegram_web"
channel = "sample_relatives"
base_url = "{web}"
interval = "1s"

[[source]]
id = "crowded"
kind = "feed"
url = "{web}/feed/crowded"
interval = "1h"

[[rule]]
id = "leave"
query = "отпуск"

[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"

[[receiver]]
id = "busy"
kind = "webhook"
url = "{busy}"

[route]
group_wait = "0s"
"""


@dataclass
class Service:
    process: subprocess.Popen[str]
    url: str
    folder: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=30)

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < deadline, self.get("/metrics").text
            time.sleep(0.05)

    def samples(self) -> dict[tuple[str, ...], float]:
        """Name and label values, in the order of the labels' names -> value."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


@contextmanager
def service(folder: Path, config: str) -> Iterator[Service]:
    path = folder / "config.toml"
    path.write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "monitor", "-v", "-c", str(path), "run"]
    with subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = next(_addresses(process.stderr), "")
            assert address, "it ended without a word of its address"
            yield Service(process=process, url=address, folder=folder)
        finally:
            process.kill()


def _addresses(lines) -> Iterator[str]:
    for line in lines:
        _, found, address = json.loads(line)["message"].partition("health and metrics at ")
        if found:
            yield address


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with SmallWeb() as served:
        channel = served.channel("sample_relatives")
        for text in ("Мужьям не дают отпуск (вымышленный пример)", "Погода (вымышленный пример)"):
            channel.write(text, datetime.now(UTC) - timedelta(minutes=1))
        served.always["/feed/crowded"] = Reply(status=429, headers={"Retry-After": "120"})
        yield served


def test_the_real_service_tells_that_it_lives_is_ready_and_what_it_did(tmp_path, web):
    with WebhookSink() as hook, WebhookSink() as busy:
        busy.replies.append(HookReply(status=503, headers={"Retry-After": "90"}))
        with service(tmp_path, CONFIG.format(web=web.url, hook=hook.url, busy=busy.url)) as running:
            running.until(lambda: running.get("/readyz").status_code == 200)
            attempts = {("sent", "hook"), ("retry", "busy")}
            running.until(
                lambda: attempts <= {name[1:] for name in running.samples() if name[0] == DELIVERIES}
            )
            numbers = running.samples()
            alive = running.get("/healthz")
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(30) == 0

    assert alive.json()["alive"] is True
    assert 0 <= alive.json()["last_tick_age_seconds"] < 60
    assert numbers["groundswell_polls_total", "items", "relatives"] >= 1
    assert numbers["groundswell_items_total", "relatives"] == 2
    assert numbers["groundswell_alerts_total", "relatives"] == 1
    assert numbers["groundswell_polls_total", "blocked", "crowded"] == 1
    assert numbers["groundswell_source_flood_wait_seconds_total", "crowded"] == 120
    assert numbers["groundswell_source_failures", "crowded"] == 1
    assert numbers["groundswell_source_next_poll_timestamp_seconds", "crowded"] > time.time() + 60
    assert abs(numbers["groundswell_source_last_success_timestamp_seconds", "relatives"] - time.time()) < 60
    assert abs(numbers["groundswell_source_last_new_item_timestamp_seconds", "relatives"] - time.time()) < 60
    assert ("groundswell_source_last_success_timestamp_seconds", "crowded") not in numbers
    assert 0 <= numbers["groundswell_source_lag_seconds", "relatives"] < 60
    assert numbers[DELIVERIES, "retry", "busy"] == 1
    assert numbers["groundswell_receiver_flood_wait_seconds_total", "busy"] == 90
    assert numbers["groundswell_outbox_pending", "busy"] == 1
    assert numbers["groundswell_outbox_oldest_age_seconds", "busy"] > 0
    assert numbers["groundswell_dead_letters", "hook"] == 0
    assert numbers["groundswell_database_up",] == 1
    assert numbers["groundswell_tick_seconds_count",] >= 1
    for stage in ("fetch", "analyse", "recall", "decide", "commit", "deliver"):
        assert numbers["groundswell_stage_seconds_count", stage] >= 1, stage
        assert numbers["groundswell_stage_seconds_sum", stage] > 0


def test_a_database_that_stops_answering_is_told_of_by_the_service_that_still_lives(tmp_path, web):
    config = CONFIG.format(web=web.url, hook="http://127.0.0.1:9/", busy="http://127.0.0.1:9/")
    with service(tmp_path, config) as running:
        running.until(lambda: running.get("/readyz").status_code == 200)
        database = tmp_path / "groundswell.db"
        with closing(sqlite3.connect(database)) as other, other:
            other.execute("UPDATE alembic_version SET version_num = 'newer'")
        refused = running.get("/readyz")
        assert refused.status_code == 503
        assert "newer" in refused.json()["reasons"][0]
        with closing(sqlite3.connect(database)) as other, other:
            other.execute("DROP TABLE alembic_version")
            other.execute("ALTER TABLE source RENAME TO lost")
        assert running.get("/readyz").status_code == 503
        assert running.samples()["groundswell_database_up",] == 0
        assert running.samples()["groundswell_tick_seconds_count",] > 0
        assert running.get("/healthz").status_code == 200


def test_an_address_that_is_taken_is_told_of_in_one_line(tmp_path, web):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        path = tmp_path / "config.toml"
        config = CONFIG.replace("127.0.0.1:0", listen, 1).format(
            web=web.url, hook="http://127.0.0.1:9/", busy="http://127.0.0.1:9/"
        )
        path.write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "monitor", "--log-format", "human", "-c", str(path), "run"]
        ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert listen in ended.stderr
    assert "Traceback" not in ended.stderr


# ---- the server ------------------------------------------------------------------------


async def echo(path: str, accept: str) -> Answer:
    return Answer(status=200, body=f"{path} {accept}".encode(), content_type="text/plain")


async def exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.fixture
async def port():
    async with listening(HealthOptions(listen="127.0.0.1:0"), echo) as (_, chosen):
        yield chosen


async def test_a_path_is_answered_without_its_query(port):
    answer = await exchange(port, b"GET /metrics?x=1 HTTP/1.1\r\nHost: localhost:1\r\nAccept: a/b\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 12" in head
    assert body == b"/metrics a/b"


async def test_head_gets_no_body(port):
    answer = await exchange(port, b"HEAD /metrics HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 9" in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\n\r\n", 405),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01\xff\xfe\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: desk.attacker.example:9464\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
    ],
)
async def test_what_is_no_request_for_us_is_refused(port, request_bytes, status):
    assert (await exchange(port, request_bytes)).startswith(f"HTTP/1.1 {status} ".encode())


async def test_clients_that_say_nothing_or_hang_up_hold_nothing_open(port):
    silent = await asyncio.open_connection("127.0.0.1", port)
    gone = await asyncio.open_connection("127.0.0.1", port)
    gone[1].close()
    assert b"200 OK" in await exchange(port, b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(30):
        assert await silent[0].read() == b""
    silent[1].close()


async def test_an_address_of_nobody_cannot_be_had():
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        async with listening(HealthOptions(listen="192.0.2.1:1", expose=("192.0.2.1",)), echo):
            pass


async def test_an_exposed_server_is_called_by_any_name():
    async with listening(HealthOptions(listen="0.0.0.0:0", expose=("0.0.0.0",)), echo) as (_, chosen):
        answer = await exchange(chosen, b"GET / HTTP/1.1\r\nHost: groundswell:9464\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


# ---- the configuration -----------------------------------------------------------------


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "[::1]:9464", "localhost:0", "127.3.2.1:80"])
def test_this_machine_may_always_ask(listen):
    assert is_loopback(HealthOptions(listen=listen).address[0])


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "[::]:9464", "desk.example.org:80", "192.0.2.1:80"])
def test_others_have_to_be_let_in_by_name(listen):
    with pytest.raises(ValueError, match="expose"):
        HealthOptions(listen=listen)
    with pytest.raises(ValueError, match="expose"):
        HealthOptions(listen=listen, expose=("127.0.0.1",))
    host = listen.rpartition(":")[0].strip("[]")
    assert HealthOptions(listen=listen, expose=(host,)).address[0] == host


@pytest.mark.parametrize("listen", ["9464", ":9464", "127.0.0.1", "127.0.0.1:70000", "::1:9464", ""])
def test_what_is_no_address_is_refused(listen):
    with pytest.raises(ValueError, match="host and a port"):
        HealthOptions(listen=listen)
