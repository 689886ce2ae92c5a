"""Secrets planted everywhere, servers that throw them back, faults all over: none is ever written down."""

import base64
import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, make_url, select, update

from storage.schema import metadata, source
from tests.flows.database import driven

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60

TOKEN = "987654321:PLANTED-bot-token_of-35-characters-"
MAIL_PASSWORD = "pl@nted mail päss"
HOOK_SECRET = "planted-hook-key"
HOOK_PATH = "planted/hook/path"
PROXY_PASSWORD = "planted:proxy%word"
DATABASE_PASSWORD = "planted@database/word"
PLANTED = (TOKEN, MAIL_PASSWORD, HOOK_SECRET, HOOK_PATH, PROXY_PASSWORD, DATABASE_PASSWORD)

CONFIG = """
[database]
url_file = "database-url"

[http]
contact = "https://desk.example.org/"
per_host_interval = "0s"
proxy_file = "proxy"

[alerting]
failures_before_incident = 1

[[source]]
id = "plain"
kind = "feed"
url = "http://news.example.org/feed"

[[source]]
id = "tunnelled"
kind = "feed"
url = "https://news.example.org/feed"

[[receiver]]
id = "chat"
kind = "telegram"
chat_id = 1
token_file = "token"
api_url = "{echo}"

[[receiver]]
id = "hook"
kind = "webhook"
url_file = "hook-url"
secret_file = "hook-secret"

[[receiver]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
username = "desk"
password_env = "PLANTED_MAIL_PASSWORD"
sender = "alerts@desk.example.org"
to = ["editors@desk.example.org"]

[route]
group_wait = "0s"
"""

CHANNEL_OF_BUGS = """
import httpx
from monitor.cli import main

async def broken(self, request):
    told = [request.url, *request.headers.values(), self._pool._proxy_url, self._pool._proxy_headers]
    raise RuntimeError(f"a fault that quotes all it knows: {{told}} {proxy}")

httpx.AsyncHTTPTransport.handle_async_request = broken
main()
"""


class Echo:
    """A server, and a proxy, that refuses everything and repeats in its answer all that it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._refuse(401 if "/bot" in self.path else 500, body)

            def do_GET(self) -> None:
                self._refuse(407, "")

            def do_CONNECT(self) -> None:
                self._refuse(407, "")

            def _refuse(self, status: int, body: str) -> None:
                told = " ".join((self.path, *self.headers.values()))
                echo.heard.append(told)
                answer = json.dumps({"ok": False, "description": f"{told} {body}"}).encode()
                self.send_response(status, told)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Location", f"/{told}".replace(" ", "-"))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Indiscreet(socketserver.StreamRequestHandler):
    """A mail server that refuses every password, and repeats it."""

    heard: ClassVar[list[str]] = []

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            verb, _, told = line.decode().strip().partition(" ")
            if verb.upper() == "EHLO":
                self._say("250-mail.example.org\r\n250 AUTH PLAIN")
            elif verb.upper() == "AUTH":
                password = base64.b64decode(told.split()[-1]).decode().split("\0")[-1]
                self.heard.append(password)
                self._say(f"454 {told} is {password} and not right")
            else:
                self._say("221 bye")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@dataclass
class Surroundings:
    folder: Path
    echo: Echo
    written: list[bytes] = field(default_factory=list)

    def run(self, *arguments: str, until: Callable[[str], bool]) -> str:
        """Run a process until its log says enough, then stop it; returns all that it wrote."""
        log = self.folder / f"log-{len(self.written)}"
        environ = os.environ | {"PLANTED_MAIL_PASSWORD": MAIL_PASSWORD, "PYTHONPATH": str(CHECKOUT)}
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=self.folder, env=environ, stdout=sink, stderr=sink
            )
        deadline = time.monotonic() + PATIENCE
        try:
            while process.poll() is None and not until(log.read_text(encoding="utf-8")):
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.05)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        finally:
            process.kill()
        self.written.append(log.read_bytes())
        return log.read_text(encoding="utf-8")


@contextmanager
def mail_server() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Indiscreet) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[Surroundings]:
    with Echo() as echo, mail_server() as port:
        proxy = f"http://desk:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:{echo.port}"
        files = {
            "config.toml": CONFIG.format(echo=f"http://127.0.0.1:{echo.port}", smtp=port),
            "token": TOKEN,
            "hook-url": f"http://127.0.0.1:{echo.port}/{HOOK_PATH}",
            "hook-secret": HOOK_SECRET,
            "proxy": proxy,
            "bugs.py": CHANNEL_OF_BUGS.format(proxy=proxy),
        }
        for name, content in files.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        yield Surroundings(folder=tmp_path, echo=echo)


def shapes() -> list[bytes]:
    """Every way in which a secret could be written."""
    plain = [
        planted for secret in PLANTED for planted in (secret, quote(secret, safe=""), repr(secret)[1:-1])
    ]
    headers = (f"desk:{PROXY_PASSWORD}", f"\0desk\0{MAIL_PASSWORD}", *PLANTED)
    encoded = [base64.b64encode(text.encode()).decode().rstrip("=")[:-2] for text in headers]
    return [text.encode() for text in (*plain, *encoded)]


def leaks(where: bytes) -> list[bytes]:
    found = [shape for shape in shapes() if shape in where]
    return [where[max(0, where.index(shape) - 200) :][:500] for shape in found]


def refused_by_all(log: str) -> bool:
    return all(f'"receiver": "{name}"' in log for name in ("chat", "hook", "mail"))


def both_broken(log: str) -> bool:
    return all(f"polling {name} failed inside" in log for name in ("plain", "tunnelled"))


def every_column(url: str) -> bytes:
    engine = create_engine(driven(url))
    with engine.connect() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    engine.dispose()
    assert len(rows) > 5
    return "\n".join(str(tuple(row)) for row in rows).encode()


def make_all_due(url: str) -> None:
    """Do what hours of waiting would."""
    engine = create_engine(driven(url))
    with engine.begin() as connection:
        connection.execute(
            update(source).values(next_due_at=datetime(2026, 1, 1, tzinfo=UTC), lease_until=None)
        )
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_secret_is_written_down_whoever_throws_it_back(surroundings, request, kind):
    url = request.getfixturevalue(f"{kind}_url")
    if kind == "postgres":
        url = make_url(url).set(password=DATABASE_PASSWORD).render_as_string(hide_password=False)
    address = surroundings.folder / "database-url"
    address.write_text(url)
    daemon = ("-m", "monitor", "-vv", "run")

    log = surroundings.run(*daemon, until=refused_by_all)
    assert [line for line in log.splitlines() if not isinstance(json.loads(line), dict)] == []
    for command in (("sources",), ("alerts",), ("preview", "tunnelled"), ("test-notify",)):
        surroundings.run("-m", "monitor", *command, "--json", until=lambda _: False)

    make_all_due(url)
    broken = surroundings.run("bugs.py", "-vv", "--log-format", "human", "run", until=both_broken)
    assert "Traceback" in broken
    assert "a fault that quotes all it knows" in broken

    stored = every_column(url)
    address.write_text(f"postgresql://desk:{quote(DATABASE_PASSWORD, safe='')}@127.0.0.1:9/none")
    surroundings.run(*daemon, until=lambda log: "is waited for: " in log and "refused" in log)
    gone = surroundings.run(*daemon, "--once", until=lambda _: False)
    assert "refused" in gone

    told = "\n".join(surroundings.echo.heard)
    proxy_header = base64.b64encode(f"desk:{PROXY_PASSWORD}".encode()).decode()
    assert all(secret in told for secret in (TOKEN, HOOK_PATH, proxy_header)), "nothing was at stake"
    assert MAIL_PASSWORD in Indiscreet.heard
    for number, written in enumerate([*surroundings.written, stored]):
        assert leaks(written) == [], number
    for file in surroundings.folder.glob("*.db*"):
        assert leaks(file.read_bytes()) == [], file
