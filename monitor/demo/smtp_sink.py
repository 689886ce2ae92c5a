"""A mail server on loopback that keeps every mail as a file."""

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_ACCEPTED = "250 2.0.0 kept"
HANG_UP = ""  # instead of a reply: close the connection without a word


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedMail:
    """One mail as it came in."""

    file: Path
    sender: str
    recipients: tuple[str, ...]
    encrypted: bool
    user: str | None  # who had logged in

    def read(self) -> EmailMessage:
        """The mail, parsed."""
        mail = message_from_bytes(self.file.read_bytes(), policy=default)
        if not isinstance(mail, EmailMessage):
            raise TypeError("the default policy makes EmailMessage")
        return mail


class SmtpSink:
    """A real SMTP server on a free port of 127.0.0.1; each mail becomes `<folder>/<number> <subject>.eml`.

    It takes everything, unless told otherwise: `refuse` a recipient, `answer_next` something else to a mail.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.mails: list[ReceivedMail] = []
        self._folder = folder
        self._refusals: dict[str, str] = {}
        self._answers: deque[str] = deque()
        self._users = dict(users or {})
        self._controller = _LoopbackController(
            self,
            ssl_context=tls if implicit_tls else None,
            tls_context=None if implicit_tls else tls,
            require_starttls=tls is not None and not implicit_tls,
            authenticator=self._authenticate if self._users else None,
            auth_require_tls=not implicit_tls,
            ident="Groundswell demo",
        )

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._controller.port

    def start(self) -> None:
        """Begin to listen, in a thread of its own."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening. Mails stay where they are."""
        self._controller.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def refuse(self, recipient: str, reply: str) -> None:
        """Answer `reply`, such as "550 no such user", to mail for `recipient`."""
        self._refusals[recipient] = reply

    def answer_next(self, *replies: str) -> None:
        """Answer the next mails with these instead of keeping them; after `HANG_UP` the mail is kept."""
        self._answers.extend(replies)

    def recover(self) -> None:
        """Take everything again, whatever `refuse` and `answer_next` asked for."""
        self._refusals.clear()
        self._answers.clear()

    # ---- what aiosmtpd calls -------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if self._users and not session.authenticated:
            return "530 5.7.0 log in first"
        if address in self._refusals:
            return self._refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, or do what was asked for."""
        reply = self._answers.popleft() if self._answers else _ACCEPTED
        if reply not in {_ACCEPTED, HANG_UP}:
            return reply
        encrypted = server.transport is not None and bool(server.transport.get_extra_info("sslcontext"))
        await asyncio.to_thread(self._keep, session, envelope, encrypted=encrypted)
        if reply == HANG_UP and server.transport is not None:
            server.transport.close()
        return _ACCEPTED

    def _keep(self, session: Session, envelope: Envelope, *, encrypted: bool) -> None:
        content = envelope.original_content or b""
        subject = message_from_bytes(content, policy=default).get("Subject", "")
        slug = re.sub(r"[^\w.,!-]+", " ", str(subject)).strip()[:60]
        file = self._folder / f"{len(self.mails) + 1:04} {slug}.eml"
        file.write_bytes(content)
        login: Any = session.auth_data
        self.mails.append(
            ReceivedMail(
                file=file,
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                encrypted=encrypted,
                user=login.login.decode() if isinstance(login, LoginPassword) else None,
            )
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and (
            self._users.get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=known, handled=False, auth_data=data)


class _LoopbackController(Controller):
    """A controller on a port that the system picks, bound before anyone is told of it."""

    def __init__(self, handler: SmtpSink, **settings: Any) -> None:  # noqa: ANN401 - the library's own
        # Known to be TCP: only then asyncio turns off Nagle's delay, 40 ms a mail.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        super().__init__(handler, "127.0.0.1", self._socket.getsockname()[1], **settings)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)
