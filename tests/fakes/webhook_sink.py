"""Somebody else's endpoint: takes what a webhook posts and answers as it is told."""

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"taken"
    hang_up: bool = False  # close the connection instead
    wait_for: threading.Event | None = None  # answer only then


class WebhookSink:
    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.replies: deque[Reply] = deque()
        sink = self

        class Handler(_Handler):
            webhook_sink = sink

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/T0P-S3CRET-PATH"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    webhook_sink: ClassVar[WebhookSink]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms between its head and its body
    timeout = 30

    def do_POST(self) -> None:
        sink = self.webhook_sink
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sink.posted.append(Posted(path=self.path, headers=dict(self.headers.items()), body=body))
        reply = sink.replies.popleft() if sink.replies else Reply()
        if reply.wait_for is not None:
            reply.wait_for.wait(30)
        if reply.hang_up:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        pass
