"""The HTTP that `Health` needs: one GET a connection, bounded in size and time, on this machine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from monitor.config_health import HealthOptions, is_loopback

log = logging.getLogger(__name__)

_LONGEST_HEAD = 8 * 1024
_PATIENCE_S = 5.0  # with a client that says nothing, or takes nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a request gets."""

    status: int
    body: bytes
    content_type: str = "application/json"


Answerer = Callable[[str, str], Awaitable[Answer]]
"""A path, and the header `Accept` -> the answer."""


class CannotListen(Exception):
    """The configured address can't be had; the message is for a person."""


@asynccontextmanager
async def listening(options: HealthOptions, answerer: Answerer) -> AsyncIterator[tuple[str, int]]:
    """Answer requests while the block runs, which is given the address; its port may have been chosen here.

    Raises:
        CannotListen: the address belongs to someone else, or to no interface of this machine.
    """
    host, port = options.address
    connections = _Connections(answerer, only_here=is_loopback(host))
    try:
        server = await asyncio.start_server(connections.serve, host, port, limit=_LONGEST_HEAD)
    except OSError as error:
        raise CannotListen(
            f"health.listen: {options.listen} can't be had: {error.strerror or error}"
        ) from None
    try:
        yield host, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await connections.end()


class _Connections:
    def __init__(self, answerer: Answerer, *, only_here: bool) -> None:
        self._answerer = answerer
        self._only_here = only_here
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its beginning to its end."""
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                await self._exchange(reader, writer)
        finally:
            writer.close()

    async def end(self) -> None:
        """Break off what is still open."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            answer, with_body = _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE), True
        else:
            answer, with_body = await self._answer(head), not head.startswith(b"HEAD ")
        writer.write(_head(answer) + (answer.body if with_body else b""))
        async with asyncio.timeout(_PATIENCE_S):
            await writer.drain()

    async def _answer(self, head: bytes) -> Answer:
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        match request.split(" "):
            case [("GET" | "HEAD"), target, version] if version.startswith("HTTP/1."):
                if not self._is_for_us(headers.get("host")):
                    return _refusal(HTTPStatus.MISDIRECTED_REQUEST)
                return await self._answerer(target.partition("?")[0], headers.get("accept", ""))
            case [_, _, version] if version.startswith("HTTP/1."):
                return _refusal(HTTPStatus.METHOD_NOT_ALLOWED)
            case _:
                return _refusal(HTTPStatus.BAD_REQUEST)

    def _is_for_us(self, host: str | None) -> bool:
        """Whether the client meant this machine: a web page's own name may lead a browser here."""
        if host is None or not self._only_here:
            return True
        try:
            return is_loopback(urlsplit(f"//{host}").hostname or "")
        except ValueError:
            return False


def _refusal(status: HTTPStatus) -> Answer:
    return Answer(status=status, body=f"{status.phrase}\n".encode(), content_type="text/plain; charset=utf-8")


def _head(answer: Answer) -> bytes:
    lines = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1")
