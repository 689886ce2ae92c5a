"""Somebody else's bad line: a TCP proxy on loopback that spoils what goes through it, as it is told."""

import contextlib
import socket
import threading
from enum import StrEnum
from typing import Self

_PIECE = 64 * 1024


class Trouble(StrEnum):
    """What can befall a connection."""

    REFUSED = "closed as soon as it is made"
    SILENT = "taken, and never answered"
    GARBAGE = "answered with nonsense"
    CUT = "taken, and closed in the middle of the answer"
    SWALLOWED = "taken, and closed instead of an answer"


class FlakyProxy:
    """Passes on to a port of 127.0.0.1 or a socket, until `trouble` is set: then new requests meet it.

    The trouble begins with the answer to `marker` in what the client says, such as the end of a mail: all
    that comes before goes through, so that the server has taken the whole message.
    """

    def __init__(self, target: int | str, marker: bytes = b"") -> None:
        self.trouble: Trouble | None = None
        self.met = 0  # connections that met trouble
        self._target = target
        self._marker = marker
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """Break every connection."""
        for connection in list(self._open):
            _close(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.trouble is Trouble.REFUSED:
                    self.met += 1
                    client.close()
                    continue
                self._begin(client)

    def _connect(self) -> socket.socket:
        if isinstance(self._target, int):
            server = socket.create_connection(("127.0.0.1", self._target))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return server
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _begin(self, client: socket.socket) -> None:
        try:
            server = self._connect()
        except OSError:
            client.close()
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open |= {client, server}
        asked = threading.Event()
        for work in (self._pass_on, self._answer):
            thread = threading.Thread(target=work, args=(client, server, asked), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, client: socket.socket, server: socket.socket, asked: threading.Event) -> None:
        said = b""
        with contextlib.suppress(OSError):
            while piece := client.recv(_PIECE):
                said = (said + piece)[-_PIECE:]
                if self._marker in said:
                    asked.set()
                server.sendall(piece)
        _close(client, server)
        self._open -= {client, server}

    def _answer(self, client: socket.socket, server: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(_PIECE):
                trouble = self.trouble if asked.is_set() else None
                if trouble is None:
                    client.sendall(piece)
                else:
                    self.met += 1
                    self._spoil(client, piece, trouble)
        _close(client, server)

    def _spoil(self, client: socket.socket, answer: bytes, trouble: Trouble) -> None:
        if trouble is Trouble.SILENT:
            return
        if trouble is Trouble.GARBAGE:
            client.sendall(b"\x00\xff nonsense\r\n\r\n")
        if trouble is Trouble.CUT:
            client.sendall(answer[: len(answer) // 2])
        _close(client)


def _close(*connections: socket.socket) -> None:
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
