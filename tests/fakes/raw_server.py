"""Somebody else's web server on loopback that writes exactly the bytes it is told to, polite or not."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Path of the request, and where to write the answer. The connection stays open unless closed there."""


def http_bytes(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer, e.g. `http_bytes("302 Found", location="/x")`; underscores stand for hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def always(answer: bytes) -> Answer:
    """The same bytes to every request."""

    async def write(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return write


def by_path(**answers: bytes) -> Answer:
    """Bytes by the path's first part ("index" for "/"), 404 for others."""

    async def write(path: str, writer: asyncio.StreamWriter) -> None:
        name = path.partition("?")[0].strip("/").replace(".", "_") or "index"
        writer.write(answers.get(name, http_bytes("404 Not Found")))
        await writer.drain()

    return write


def then_hang_up(answer: bytes) -> Answer:
    """Bytes, and then the connection is closed."""

    async def write(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return write


class RawServer:
    """Serves from entering to leaving; keeps what it was asked."""

    def __init__(self, answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []  # whole heads
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0
        self.started: list[float] = []  # the event loop's time of each request
        self._answer = answer
        self._host = host
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.split(" ")[1] for request in self.requests]

    @property
    def url(self) -> str:
        """The root, without a slash at the end."""
        return f"http://{self._host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                while not writer.is_closing():
                    await self._serve_one((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"), writer)
        finally:
            writer.close()

    async def _serve_one(self, request: str, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        self.started.append(asyncio.get_running_loop().time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._answer(request.split(" ")[1], writer)
        finally:
            self.at_once -= 1
