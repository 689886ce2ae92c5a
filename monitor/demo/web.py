"""The sample web: an HTTP server on loopback that serves the story as it stands at the clock's time."""

import hashlib
import re
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from monitor.demo.article_markup import article_page, listing_page
from monitor.demo.feed_markup import feed, last_change
from monitor.demo.load import load_story
from monitor.demo.sitemap_markup import index_page, sitemap_page
from monitor.demo.story import Article, Channel, Moment, Outlet
from monitor.demo.telegram_markup import channel_card, channel_page, post_page
from scrapers.model import Clock

_CHANNEL = re.compile(r"/s/(\w+)/?")
_POST = re.compile(r"/(\w+)(?:/(\d+))?/?")
_ROBOTS = "User-agent: *\nAllow: /\n"
_TELEGRAM_HOME = "https://telegram.org/"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the server says to one GET."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b""
    content_type: str = _HTML
    headers: dict[str, str] = field(default_factory=dict)
    modified: datetime | None = None  # set where conditional requests are answered


class SampleSite:
    """Path -> answer, for the story begun at `start`. No I/O; safe to ask from several threads."""

    def __init__(self, start: datetime) -> None:
        self._story = load_story()
        self._start = start.replace(microsecond=0)  # HTTP dates know whole seconds
        moment = Moment(start=self._start, now=self._start)
        outlets = self._story.outlets.values()
        self._channels = {name.lower(): channel for name, channel in self._story.channels.items()}
        self._listings = {urlsplit(outlet.listing).path: outlet for outlet in outlets}
        self._sitemaps = {f"/sitemaps/{outlet.source}.xml": outlet for outlet in outlets}
        self._articles = {
            outlet.path(article, moment): (outlet, article)
            for outlet in outlets
            for article in outlet.articles
        }

    def answer(self, target: str, now: datetime, base_url: str) -> Answer:
        """The answer to `GET target` at `now`."""
        moment = Moment(start=self._start, now=now)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path in ("/robots.txt", "/sitemap.xml") or path in self._sitemaps:
            return self._for_robots(path, moment, base_url)
        if outlet := self._listings.get(path):
            return _listing(outlet, moment, base_url)
        if path in self._articles:
            return _article(*self._articles[path], moment, base_url)
        if match := _CHANNEL.fullmatch(path):
            return self._preview(match[1], query, moment, base_url)
        if match := _POST.fullmatch(path):
            return self._card(match[1], match[2], moment)
        return _NOT_FOUND

    def _for_robots(self, path: str, moment: Moment, base_url: str) -> Answer:
        if path == "/robots.txt":
            return Answer(body=_ROBOTS.encode(), content_type="text/plain; charset=utf-8")
        if path in self._sitemaps:
            return _xml(sitemap_page(self._sitemaps[path], moment, base_url))
        return _xml(index_page(self._story.outlets.values(), moment, base_url))

    def _preview(self, name: str, query: dict[str, list[str]], moment: Moment, base_url: str) -> Answer:
        channel = self._channels.get(name.lower())
        if channel is None:
            return _redirect(_TELEGRAM_HOME)
        if not channel.previewed(moment.elapsed):
            return _redirect(f"{base_url}/{channel.username}")
        page = channel_page(
            self._story, channel, moment, before=_number(query, "before"), after=_number(query, "after")
        )
        if channel.redesigned(moment.elapsed):
            page = page.replace("tgme_widget_message", "tgme_bubble")
        return Answer(body=page.encode(), headers={"Cache-Control": "no-store"})

    def _card(self, name: str, number: str | None, moment: Moment) -> Answer:
        channel = self._channels.get(name.lower())
        if channel is None:
            return _NOT_FOUND
        if number is None:
            return Answer(body=channel_card(channel, moment).encode())
        return self._post(channel, int(number), moment)

    def _post(self, channel: Channel, number: int, moment: Moment) -> Answer:
        shown = channel.shown(moment.elapsed) if channel.previewed(moment.elapsed) else []
        post = next((post for post in shown if number in post.numbers), None)
        if post is None:
            return _NOT_FOUND
        return Answer(body=post_page(self._story, channel, post, moment).encode())


_NOT_FOUND = Answer(
    status=HTTPStatus.NOT_FOUND, body=b"<!DOCTYPE html><title>404</title><h1>Not found</h1>\n"
)
_OUT_OF_ORDER = Answer(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    body=b"<!DOCTYPE html><title>503</title><h1>Out of order (sample)</h1>\n",
    headers={"Retry-After": "600"},
)


def _redirect(address: str) -> Answer:
    return Answer(status=HTTPStatus.FOUND, headers={"Location": address})


def _xml(body: str) -> Answer:
    return Answer(body=body.encode(), content_type="application/xml; charset=utf-8")


def _number(query: dict[str, list[str]], name: str) -> int | None:
    value = query.get(name, [""])[0]
    return int(value) if value.isdecimal() else None


def _listing(outlet: Outlet, moment: Moment, base_url: str) -> Answer:
    if outlet.down(moment.elapsed):
        return _OUT_OF_ORDER
    modified = last_change(outlet, moment)
    if outlet.format == "page":
        return Answer(body=listing_page(outlet, moment, base_url).encode(), modified=modified)
    kind = "atom" if outlet.format == "atom" else "rss"
    body = feed(outlet, moment, base_url).encode()
    return Answer(body=body, content_type=f"application/{kind}+xml; charset=utf-8", modified=modified)


def _article(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> Answer:
    if outlet.down(moment.elapsed):
        return _OUT_OF_ORDER
    if article.at > moment.elapsed:
        return _NOT_FOUND
    return Answer(body=article_page(outlet, article, moment, base_url).encode())


class SampleWeb:
    """Serves the story on 127.0.0.1 while the context is open. `base_url` has no trailing slash."""

    def __init__(self, clock: Clock, start: datetime) -> None:
        self._server = _Server(SampleSite(start), clock)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sample-web", daemon=True
        )
        self.base_url = self._server.base_url

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """Listens from the moment it is made; forgets open connections when closed."""

    daemon_threads = True

    def __init__(self, site: SampleSite, clock: Clock) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.clock = clock
        self.base_url = f"http://127.0.0.1:{self.server_port}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        with self._lock:
            self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for connection in self._open:
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD, with kept connections; its dates are the clock's."""

    protocol_version = "HTTP/1.1"
    server_version = "SampleWeb"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: _Server

    def do_GET(self) -> None:
        answer = self._conditional(self._answer())
        self.send_response(answer.status)
        for name, value in _headers(answer).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self) -> Answer:
        return self.server.site.answer(self.path, self.server.clock.now(), self.server.base_url)

    def _conditional(self, answer: Answer) -> Answer:
        if answer.modified is None or not self._has_it(answer):
            return answer
        return Answer(
            status=HTTPStatus.NOT_MODIFIED, headers={"ETag": _etag(answer)}, modified=answer.modified
        )

    def _has_it(self, answer: Answer) -> bool:
        if known := self.headers.get("If-None-Match"):
            return _etag(answer) in known
        since = _http_date(self.headers.get("If-Modified-Since"))
        return since is not None and answer.modified is not None and answer.modified <= since

    def date_time_string(self, timestamp: float | None = None) -> str:
        moment = self.server.clock.now() if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
        return format_datetime(moment, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the demo has its own progress."""


def _headers(answer: Answer) -> dict[str, str]:
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
    if answer.modified is not None:
        headers["Last-Modified"] = format_datetime(answer.modified.astimezone(UTC), usegmt=True)
        headers.setdefault("ETag", _etag(answer))
    return headers


def _etag(answer: Answer) -> str:
    return f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'


def _http_date(written: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(written) if written else None
    except ValueError:
        return None
