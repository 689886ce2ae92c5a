"""Somebody else's news site: pages that a test can change, and a record of what was asked."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass
class SitePage:
    """What the site answers at one path."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    etag: str | None = None
    always_unchanged: bool = False  # answers 304 to every conditional request, whatever changed
    headers: dict[str, str] = field(default_factory=dict)


class NewsSite:
    """An HTTP server on loopback; unknown paths are 404."""

    def __init__(self) -> None:
        self.pages: dict[str, SitePage] = {}
        self.asked: list[str] = []  # paths, in order, without robots.txt
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False  # so that closing waits for them
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, body: bytes | str, **changes: object) -> SitePage:
        """Publish `body` at `path`."""
        page = SitePage(body=body.encode() if isinstance(body, str) else body)
        for name, value in changes.items():
            setattr(page, name, value)
        self.pages[path] = page
        return page

    def asked_since(self) -> list[str]:
        """What was asked since this was last called."""
        asked, self.asked = self.asked, []
        return asked

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/robots.txt":
                    site.asked.append(self.path)
                self._answer(site.pages.get(self.path, SitePage(status=404)))

            def _answer(self, page: SitePage) -> None:
                condition = self.headers.get("If-None-Match")
                unchanged = condition is not None and (page.always_unchanged or condition == page.etag)
                body = b"" if unchanged else page.body
                self.send_response(304 if unchanged else page.status)
                self.send_header("Content-Type", page.content_type)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                if page.etag:
                    self.send_header("ETag", page.etag)
                if not unchanged:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing: the test reads `asked`."""

        return Handler
