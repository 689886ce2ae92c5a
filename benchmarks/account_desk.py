"""A desk that reads invented channels through an account and tells a webhook: all of it on loopback."""

import json
import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from monitor.demo.data_centre import API_HASH, API_ID, Channel, DataCentre
from scrapers.telegram_session import SavedSession, SessionFile

REQUESTS_PER_MINUTE = 600  # the most that can be configured, so that pushes do not wait for their turn

_HEAD = """
concurrency = 8
[database]
url_env = "BENCH_DATABASE"
[http]
contact = "https://desk.example.org/monitoring"
[telegram]
session_file = "telegram.session"
api_id_file = "api-id"
api_hash_file = "api-hash"
requests_per_minute = {per_minute}
[alerting]
first_poll = true
[route]
group_wait = "0s"
[[receiver]]
id = "hook"
kind = "webhook"
url = "{hook}"
"""


class Hook:
    """Takes what a webhook posts; `arrived` holds each alert's headline and when it came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.arrived: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()

    def take(self, body: bytes) -> None:
        """One posted body; what came by one post came at one moment."""
        moment = perf_counter()
        for alert in json.loads(body)["alerts"]:
            text = "".join(fragment["text"] for fragment in alert["excerpt"])
            self.arrived.put((f"{alert['headline']} {text}", moment))


@contextmanager
def hook() -> Iterator[Hook]:
    """A webhook's endpoint on a free port, which is there while the block runs."""

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.hook = Hook(f"http://127.0.0.1:{server.server_port}/alerts")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Handler.hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hook: ClassVar[Hook]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.hook.take(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def configured(
    folder: Path,
    centre: DataCentre,
    channels: Iterable[Channel],
    rules: Iterable[str],
    *,
    told_at: str,
    interval: str,
) -> Path:
    """Write a configuration, and beside it a session that is signed in."""
    SessionFile(folder / "telegram.session").write(SavedSession(key=centre.authorised_session()))
    (folder / "api-id").write_text(str(API_ID))
    (folder / "api-hash").write_text(API_HASH)
    tables = [_HEAD.format(per_minute=REQUESTS_PER_MINUTE, hook=told_at)]
    for name in (channel.profile.username for channel in channels):
        said = {"id": name, "kind": "telegram", "channel": name, "interval": interval}
        tables.append(_table("source", said))
    for number, query in enumerate(rules):
        tables.append(_table("rule", {"id": f"rule-{number}", "query": query}))
    path = folder / "account.toml"
    path.write_text("\n".join(tables))
    return path


def _table(kind: str, facts: dict[str, Any]) -> str:
    return f"[[{kind}]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in facts.items())
