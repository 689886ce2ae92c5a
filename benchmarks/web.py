"""Other people's servers, played by one process: `python -m benchmarks.web` prints its port and serves.

It is every host's proxy, so that thousands of hosts can be asked for without a name server. Paths:

- `/page`: 30 kB of HTML;
- `/quiet`: a feed that does not change: 304 to whoever knows its ETag;
- `/slow`: a feed that answers after 200 ms; its two entries are its host's own;
- `/feed`: 20 new entries at every request; `/linked`: five, whose whole texts stand behind their links;
- `/article/N`: such a page;
- `/hostile/KIND/NAME/SIZE`: a document that means harm; `/to-hostile/NAME/SIZE` links to one;
- `/s/NAME`: a channel's preview with 20 posts behind `?after=N`, without end.
"""

import asyncio
import html
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, islice

from benchmarks.channel_page import channel_page
from benchmarks.hostile_documents import DOCUMENTS, listing
from benchmarks.texts import texts

ETAG = '"fictional-sample"'
DELAY = 0.2  # seconds
_REQUEST = re.compile(rb"GET (?:http://([^/ ]+))?(/[^ ]*) HTTP/1\.1\r\n")
_numbers = count(1)


def answer(host: str, target: str, *, known: bool) -> tuple[str, str, bytes]:
    """Status line, type and body of the answer to a GET; `known`: the request named the ETag."""
    path, _, query = target.partition("?")
    if path == "/quiet" and known:
        return "304 Not Modified", "application/rss+xml", b""
    if path.startswith("/s/"):
        return "200 OK", "text/html; charset=utf-8", _preview(path.removeprefix("/s/"), query)
    if path.startswith("/article/"):
        return "200 OK", "text/html; charset=utf-8", _article(host, path)
    if "hostile/" in path:
        return "200 OK", "text/html; charset=utf-8", _hostile(path)
    build = _PAGES.get(path)
    if build is None:
        return "404 Not Found", "text/plain", b"nothing here (sample)"
    kind = "text/html; charset=utf-8" if path == "/page" else "application/rss+xml; charset=utf-8"
    return "200 OK", kind, build(host)


def _hostile(path: str) -> bytes:
    _, place, *words = path.split("/")
    if place == "to-hostile":
        return listing(*words)
    kind, name, size = words[:3]
    return DOCUMENTS[kind, name](int(size))


def _preview(name: str, query: str) -> bytes:
    after = re.search(r"after=(\d+)", query)
    first = int(after[1]) + 1 if after else 1
    return channel_page(name, first, list(islice(texts(f"{name} {first}"), 20)))


def _article(host: str, path: str) -> bytes:
    """Some paragraphs among what surrounds an article on a news site."""
    said = [text for _, text in islice(texts(f"{host}{path}"), 4)]
    aside = "".join(f'<li><a href="/other/{number}">{number} (sample)</a></li>' for number in range(120))
    body = "".join(f"<p>{html.escape(text)}</p>" for text in said)
    return (
        f'<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>{said[0][:60]}</title>'
        f'<meta property="article:published_time" content="{datetime.now(UTC).isoformat()}"></head>'
        f"<body><nav><ul>{aside}</ul></nav><main><article><h1>{said[0][:60]}</h1>{body}</article></main>"
        f"<aside><ul>{aside}</ul></aside><footer>(fictional sample)</footer></body></html>"
    ).encode()


def _page(_host: str) -> bytes:
    return (b"<!DOCTYPE html><title>Sample</title>" + b"<p>fictional sample</p>" * 1_300)[:30_000]


def _quiet(host: str) -> bytes:
    return _rss(host, islice(texts(host), 20), range(1, 21))


def _slow(host: str) -> bytes:
    return _rss(host, islice(texts(host), 2), range(1, 3))


def _feed(host: str) -> bytes:
    return _news(host, 20)


def _linked(host: str) -> bytes:
    return _news(host, 5)


def _news(host: str, entries: int) -> bytes:
    numbers = list(islice(_numbers, entries))
    return _rss(host, islice(texts(f"{host} {numbers[0]}"), entries), numbers)


_PAGES: dict[str, Callable[[str], bytes]] = {
    "/page": _page,
    "/quiet": _quiet,
    "/slow": _slow,
    "/feed": _feed,
    "/linked": _linked,
}


def _rss(host: str, posts: Iterator[tuple[str, str]], numbers: "range | list[int]") -> bytes:
    now = datetime.now(UTC)
    entries = "".join(
        f"<item><title>{html.escape(text[:60])}</title>"
        f'<guid isPermaLink="false">{host}-{number}</guid><link>http://{host}/article/{number}</link>'
        f"<description>{html.escape(text)}</description>"
        f"<pubDate>{format_datetime(now - timedelta(seconds=number % 3600))}</pubDate></item>"
        for number, (_, text) in zip(numbers, posts, strict=True)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{host} (sample)</title>'
        f"<link>http://{host}/</link>{entries}</channel></rss>"
    ).encode()


class _Visitor(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            self._respond(head + b"\r\n")

    def _respond(self, head: bytes) -> None:
        request = _REQUEST.match(head)
        if request is None:
            self._transport.close()
            return
        host, target = (request[1] or b"localhost").decode(), request[2].decode()
        status, kind, body = answer(host, target, known=ETAG.encode() in head)
        reply = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nETag: {ETAG}\r\n\r\n"
        ).encode() + body
        if target == "/slow":
            asyncio.get_running_loop().call_later(DELAY, self._write, reply)
        else:
            self._write(reply)

    def _write(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)  # type: ignore[attr-defined]


async def _serve() -> None:
    random.seed(1)
    server = await asyncio.get_running_loop().create_server(_Visitor, "127.0.0.1", 0, backlog=2_000)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
