"""Somebody else's servers in one: channel previews under /s/<name>, RSS under /feed/<name>, on loopback.

It serves what it is given while it is being asked; all of it is invented.
"""

import base64
import html
import json
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

PAGE_LENGTH = 20


@dataclass(kw_only=True)
class Post:
    id: int
    text: str
    at: datetime
    edited: bool = False
    views: str = "7"


@dataclass(kw_only=True)
class Channel:
    """A public channel with its posts, oldest first; the first numbers went to service messages."""

    name: str
    native_id: int
    posts: list[Post] = field(default_factory=list)

    def write(self, text: str, at: datetime) -> Post:
        """Publish a post under the next id."""
        post = Post(id=len(self.posts) + 3, text=text, at=at)
        self.posts.append(post)
        return post

    def page(self, query: str) -> str:
        """What `/s/<name>?<query>` shows."""
        asked = {name: int(values[0]) for name, values in parse_qs(query).items()}
        posts = list(self.posts)
        shown = shown_posts(posts, asked)
        links = [
            f'<link rel="prev" href="/s/{self.name}?before={post.id}">'
            for post in shown[:1]
            if posts[0].id < post.id
        ]
        links += [
            f'<link rel="next" href="/s/{self.name}?after={post.id}">'
            for post in shown[-1:]
            if posts[-1].id > post.id
        ]
        return _FRAME.format(
            name=self.name, links="".join(links), messages="".join(map(self._message, shown)) or _NO_POSTS
        )

    def _message(self, post: Post) -> str:
        view = json.dumps({"c": -self.native_id, "p": post.id})
        return _MESSAGE.format(
            name=self.name,
            id=post.id,
            view=base64.b64encode(view.encode()).decode().rstrip("="),
            text=html.escape(post.text),
            views=post.views,
            edited="edited &nbsp;" if post.edited else "",
            at=post.at.isoformat(timespec="seconds"),
        )


def shown_posts(posts: list[Post], asked: dict[str, int]) -> list[Post]:
    """The page of posts that `?before=N` or `?after=N` asks for, or the newest one."""
    if "before" in asked:
        return [post for post in posts if post.id < asked["before"]][-PAGE_LENGTH:]
    if "after" in asked:
        return [post for post in posts if post.id > asked["after"]][:PAGE_LENGTH]
    return posts[-PAGE_LENGTH:]


_FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8">{links}</head><body>
<header class="tgme_header"><div class="tgme_channel_info">
<div class="tgme_channel_info_header_title"><span dir="auto">{name} (sample)</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name}</a></div>
</div></header><main class="tgme_main" data-url="/{name}">
<section class="tgme_channel_history js-message_history">{messages}</section></main></body></html>"""

_MESSAGE = """<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message js-widget_message" data-post="{name}/{id}" data-view="{view}">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>
<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">{views}</span>
<span class="tgme_widget_message_meta">{edited}<a class="tgme_widget_message_date"
href="https://t.me/{name}/{id}"><time datetime="{at}">08:15</time></a></span></div></div></div></div>"""

_NO_POSTS = (
    '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message_centered">'
    '<div class="tme_no_messages_found">No posts found</div></div></div>'
)


@dataclass(kw_only=True)
class Feed:
    """An RSS feed that shows its newest `window` entries."""

    name: str
    window: int = 30
    entries: list[Post] = field(default_factory=list)

    def write(self, text: str, at: datetime) -> Post:
        """Publish an entry; its text is its title too."""
        entry = Post(id=len(self.entries) + 1, text=text, at=at)
        self.entries.append(entry)
        return entry

    def guid(self, entry: Post) -> str:
        """What the feed calls an entry."""
        return f"{self.name}-{entry.id}"

    def rss(self) -> str:
        """What `/feed/<name>` shows."""
        entries = "".join(map(self._entry, reversed(self.entries[-self.window :])))
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
            f"<channel><title>{self.name} (sample)</title><link>https://{self.name}.example.org/</link>"
            f"{entries}</channel></rss>"
        )

    def _entry(self, entry: Post) -> str:
        text = html.escape(entry.text)
        return (
            f'<item><title>{entry.id} (sample)</title><guid isPermaLink="false">{self.guid(entry)}</guid>'
            f"<link>https://{self.name}.example.org/{entry.id}</link>"
            f"<content:encoded>{text}</content:encoded><pubDate>{format_datetime(entry.at)}</pubDate></item>"
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer instead of the usual one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait_for: threading.Event | None = None  # answer only then
    cut_at: int | None = None  # hang up after so many bytes of the body, or (-1) without a word


class SmallWeb:
    """Serves channels and feeds; `instead` answers the next requests of a path, `always` all of them."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.feeds: dict[str, Feed] = {}
        self.asked: list[str] = []  # paths with their queries, in order
        self.instead: dict[str, deque[Reply]] = {}
        self.always: dict[str, Reply] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def channel(self, name: str) -> Channel:
        """A new channel."""
        made = self.channels[name] = Channel(name=name, native_id=1_000_000_000 + len(self.channels))
        return made

    def feed(self, name: str, window: int = 30) -> Feed:
        """A new feed."""
        made = self.feeds[name] = Feed(name=name, window=window)
        return made

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, target: str) -> Reply:
        """What `GET target` gets."""
        self.asked.append(target)
        path, query = urlsplit(target).path, urlsplit(target).query
        if self.instead.get(path):
            return self.instead[path].popleft()
        if path in self.always:
            return self.always[path]
        kind, _, name = path.strip("/").partition("/")
        if kind == "s" and name in self.channels:
            return _html(self.channels[name].page(query))
        if kind == "feed" and name in self.feeds:
            body = self.feeds[name].rss().encode()
            return Reply(body=body, headers={"Content-Type": "application/rss+xml; charset=utf-8"})
        return Reply(status=404)


def _html(page: str) -> Reply:
    return Reply(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, web: SmallWeb) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.web = web
        self._open: set[socket.socket] = set()

    def finish_request(self, request, client_address):
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        except ConnectionError:
            pass  # the other side was killed
        finally:
            self._open.discard(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        reply = self.server.web.answer(self.path)
        if reply.wait_for is not None:
            reply.wait_for.wait(60)
        if reply.cut_at is not None:
            self.close_connection = True
        if reply.cut_at == -1:
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut_at])

    def log_message(self, *_: object) -> None:
        pass
