"""A Bot API on loopback: as much of https://core.telegram.org/bots/api as sending messages needs."""

import json
import re
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl

_LONGEST = 4096
_TAGS = re.compile(
    r"a|b|blockquote|code|del|em|i|ins|pre|s|span|strike|strong|tg-emoji|tg-spoiler|u", re.IGNORECASE
)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)?(?P<rest>[^<>]*)(?P<close>>?)")


class Fault(StrEnum):
    """What the Bot API can be told to answer instead."""

    TOO_MANY_REQUESTS = "too many requests"
    SERVER_ERROR = "server error"
    GARBAGE = "garbage"
    HANG_UP = "hang up"
    CHAT_NOT_FOUND = "chat not found"
    BLOCKED = "blocked"
    MIGRATED = "migrated"
    CANT_PARSE = "can't parse"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMessage:
    """One message as the people in the chat see it."""

    message_id: int
    chat_id: str
    text: str  # without markup
    html: str | None  # as sent, where it was sent as HTML
    silent: bool
    preview: bool  # whether links are previewed


class BadMarkup(ValueError):
    """The HTML is not the Bot API's; the message is what the Bot API says."""


class BotApi:
    """A Bot API server on a free port of 127.0.0.1, for one token.

    It knows every chat, unless `chats` names the ones it knows.
    """

    def __init__(self, token: str, *, chats: Collection[str] | None = None) -> None:
        self.messages: list[ChatMessage] = []
        self._token = token
        self._chats = chats
        self._faults: deque[tuple[Fault, int] | None] = deque()  # None: no fault
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """What takes the place of https://api.telegram.org."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to listen, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fail_next(self, fault: Fault, *, times: int = 1, retry_after: int = 3, after: int = 0) -> None:
        """Answer `after` calls as usual, then `times` with `fault`; too many requests say `retry_after`."""
        self._faults.extend([None] * after)
        self._faults.extend([(fault, retry_after)] * times)

    def recover(self) -> None:
        """Answer as usual again, whatever `fail_next` asked for."""
        self._faults.clear()

    def answer(self, path: str, fields: dict[str, Any]) -> tuple[int, bytes] | None:
        """Status and body for a call, or None to close the connection without a word."""
        with self._lock:
            fault = self._faults.popleft() if self._faults else None
            if fault is not None:
                return _faulty(*fault, str(fields.get("chat_id")))
            return self._call(path, fields)

    def _call(self, path: str, fields: dict[str, Any]) -> tuple[int, bytes]:
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self._token:
            return _error(401, "Unauthorized")
        if method != "sendMessage":
            return _error(404, "Not Found")
        chat_id = str(fields.get("chat_id", ""))
        if not chat_id or (self._chats is not None and chat_id not in self._chats):
            return _error(400, "Bad Request: chat not found")
        return self._send(chat_id, fields)

    def _send(self, chat_id: str, fields: dict[str, Any]) -> tuple[int, bytes]:
        written = str(fields.get("text", ""))
        html = written if fields.get("parse_mode") == "HTML" else None
        try:
            text = (written if html is None else parse_html(html)).strip()
        except BadMarkup as error:
            return _error(400, f"Bad Request: can't parse entities: {error}")
        if not text:
            return _error(400, "Bad Request: message text is empty")
        if utf16_units(text) > _LONGEST:
            return _error(400, "Bad Request: message is too long")
        options = fields.get("link_preview_options") or {}
        message = ChatMessage(
            message_id=len(self.messages) + 1,
            chat_id=chat_id,
            text=text,
            html=html,
            silent=fields.get("disable_notification") in {True, "true", "True"},
            preview=not (isinstance(options, dict) and options.get("is_disabled")),
        )
        self.messages.append(message)
        return _ok({"message_id": message.message_id, "chat": {"id": chat_id}, "text": text})


def utf16_units(text: str) -> int:
    """How Telegram counts a text's length."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(html: str) -> str:
    """The text that people see (https://core.telegram.org/bots/api#html-style).

    Raises:
        BadMarkup: an unknown, unclosed or crossed tag, or a bare `<`.
    """
    opened: list[str] = []
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if not _TAGS.fullmatch(name) or not tag["close"]:
            raise BadMarkup(f'Unsupported start tag "{name}" at byte offset {_offset(html, tag)}')
        if not tag["end"]:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise BadMarkup(f'Unmatched end tag at byte offset {_offset(html, tag)}, found "</{name}>"')
    if opened:
        raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    # Of the named entities the Bot API knows four; numbers it knows all.
    return re.sub(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);", _character, _TAG.sub("", html))


def _character(entity: re.Match[str]) -> str:
    return unescape(entity[0])


def _offset(html: str, tag: re.Match[str]) -> int:
    return len(html[: tag.start()].encode())


def _ok(result: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps({"ok": True, "result": result}).encode()


def _error(code: int, description: str, **parameters: int) -> tuple[int, bytes]:
    answer: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        answer["parameters"] = parameters
    return code, json.dumps(answer).encode()


def _faulty(fault: Fault, retry_after: int, chat_id: str) -> tuple[int, bytes] | None:
    if fault is Fault.TOO_MANY_REQUESTS:
        return _error(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
    if fault is Fault.MIGRATED:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        return _error(400, description, migrate_to_chat_id=-1_000_000_000_000 + int(chat_id))
    answers = {
        Fault.HANG_UP: None,
        Fault.SERVER_ERROR: _error(500, "Internal Server Error"),
        Fault.GARBAGE: (200, b"<html>Welcome to the hotel's network</html>"),
        Fault.CHAT_NOT_FOUND: _error(400, "Bad Request: chat not found"),
        Fault.BLOCKED: _error(403, "Forbidden: bot was blocked by the user"),
        Fault.CANT_PARSE: _error(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"'),
    }
    return answers[fault]


def _handler_of(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        bot_api = api

    return Handler


class _Handler(BaseHTTPRequestHandler):
    """Reads one call and writes what the Bot API answers."""

    bot_api: ClassVar[BotApi]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms between its head and its body
    timeout = 30

    def do_POST(self) -> None:
        """Answer a call."""
        answer = self.bot_api.answer(self.path, self._fields())
        if answer is None:
            self.close_connection = True
            return
        status, body = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the path holds the token."""

    def _fields(self) -> dict[str, Any]:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            return dict(parse_qsl(body.decode()))
        fields = json.loads(body)
        return fields if isinstance(fields, dict) else {}
