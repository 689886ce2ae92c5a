"""Somebody else's Postgres that lets nobody in: a process that answers every start with one error.

In its own language, as servers do. It is no thread: `PQping` keeps all others of its process waiting.
"""

import contextlib
import os
import select
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import Self

_ENCRYPTION = (80877103, 80877104)  # SSLRequest, GSSENCRequest: answered with a plain no


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An ErrorResponse: https://www.postgresql.org/docs/current/protocol-error-fields.html"""

    code: str
    text: str

    def frame(self) -> bytes:
        fields = {"S": "ВАЖНО", "V": "FATAL", "C": self.code, "M": self.text}
        body = b"".join(f"{name}{value}\0".encode() for name, value in fields.items()) + b"\0"
        return b"E" + struct.pack("!I", len(body) + 4) + body


STARTING = Refusal(code="57P03", text="система баз данных запускается (вымышленный пример)")
WRONG_PASSWORD = Refusal(code="28P01", text="не прошёл проверку подлинности (вымышленный пример)")
NO_SUCH_DATABASE = Refusal(code="3D000", text="база данных не существует (вымышленный пример)")


class UnreadyPostgres:
    """Listens on loopback while the block runs. Without a refusal it takes connections and says nothing."""

    def __init__(self, refusal: Refusal | None) -> None:
        given = [refusal.code, refusal.text] if refusal else []
        self._process = subprocess.Popen([sys.executable, __file__, *given], stdout=subprocess.PIPE)
        self.url = f"postgresql://desk:sample-password@127.0.0.1:{self._line()}/desk"

    def await_asked(self) -> None:
        """Come back when somebody has connected once more."""
        self._line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], 60)[0], "nobody asked"
        return self._process.stdout.readline().decode().strip()


def _serve(refusal: Refusal | None) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    os.write(1, f"{listener.getsockname()[1]}\n".encode())
    silent = []
    while True:
        client, _ = listener.accept()
        os.write(1, b"asked\n")
        if refusal is None:
            silent.append(client)
        else:
            _refuse(client, refusal)


def _refuse(client: socket.socket, refusal: Refusal) -> None:
    with client, contextlib.suppress(OSError, struct.error):
        while _request(client) in _ENCRYPTION:
            client.sendall(b"N")
        client.sendall(refusal.frame())


def _request(client: socket.socket) -> int:
    """The code of a first message: a request, or the version of the protocol."""
    length, code = struct.unpack("!II", client.recv(8, socket.MSG_WAITALL))
    if length > 8:
        client.recv(length - 8, socket.MSG_WAITALL)
    return int(code)


if __name__ == "__main__":
    _serve(Refusal(code=sys.argv[1], text=sys.argv[2]) if len(sys.argv) > 1 else None)
