"""One client's connection: reads its packets, carries out what it asks, pushes what it should hear."""

import asyncio
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer

from monitor.demo.data_centre import tl
from monitor.demo.data_centre.accounts import Account, KeyRing, KnownKey
from monitor.demo.data_centre.asked import channel_id_of
from monitor.demo.data_centre.conduct import Call, Conduct, HangUp, RpcRefused
from monitor.demo.data_centre.envelope import (
    BadPacket,
    Message,
    MessageIds,
    frame,
    open_message,
    plain,
    read_packet,
    seal_message,
)
from monitor.demo.data_centre.handshake import BadHandshake, Handshake

_RPC_RESULT: Final = 0xF35C6D01
_KEY_NOT_FOUND: Final = struct.pack("<i", -404)
_OLDEST, _NEWEST = 300, 30  # seconds by which a message id may be off
_ID_TOO_LOW, _ID_TOO_HIGH, _BAD_SALT = 16, 17, 48
_WRAPPERS: Final = (
    functions.InvokeWithLayerRequest,
    functions.InitConnectionRequest,
    functions.InvokeWithoutUpdatesRequest,
    functions.InvokeAfterMsgRequest,
)
_NOT_ANSWERED: Final = (types.MsgsAck, types.MsgsStateInfo, types.MsgsAllInfo)


class Office(Protocol):
    """What a connection needs of the data centre that it belongs to."""

    conduct: Conduct
    keys: KeyRing
    salt: int

    def clock(self) -> float:
        """The data centre's time, in seconds since 1970."""
        ...

    async def carry_out(self, call: Call) -> bytes:
        """The serialised answer of a request."""
        ...

    def failed(self, error: BaseException) -> None:
        """Note a fault of the data centre's own."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Session:
    """What the client calls a session: lost at every reconnect, with all that was not yet said."""

    known: KnownKey
    session_id: int
    hears: bool = False  # a high-level method was called, so updates flow


class Connection:
    """A connected client."""

    def __init__(
        self, office: Office, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = number
        self._office = office
        self._reader = reader
        self._writer = writer
        self._ids = MessageIds(office.clock)
        self._handshake = Handshake(office.clock)
        self._session: _Session | None = None
        self._packets = 0
        self._sequence = 0
        self._answering: set[asyncio.Task[None]] = set()

    # ---- from outside --------------------------------------------------------------------

    async def serve(self) -> None:
        """Read until the client or the data centre hangs up."""
        try:
            await self._office.conduct.greet(self.number)
            while True:
                self._take(await read_packet(self._reader))
        except (OSError, asyncio.IncompleteReadError, HangUp):
            pass  # either side may leave whenever it likes
        except (BadPacket, BadHandshake) as error:
            self._office.failed(error)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Close without a word; requests that are being carried out are dropped."""
        for task in self._answering:
            task.cancel()
        self._writer.close()

    def abort(self) -> None:
        """Close at once, and without waiting for a client that does not read."""
        self.hang_up()
        self._writer.transport.abort()

    def listener(self) -> Account | None:
        """Whose updates this connection wants to hear now, or None."""
        return self._session.known.account if self._session and self._session.hears else None

    def push(self, update: bytes) -> None:
        """Send an update."""
        self._send(update, is_answer=False)

    # ---- packets -------------------------------------------------------------------------

    def _take(self, packet: bytes) -> None:
        key_id = struct.unpack_from("<Q", packet)[0]
        if key_id == 0:
            self._shake_hands(packet[20:])
            return
        known = self._office.keys.find(key_id)
        if known is None:
            self._write(_KEY_NOT_FOUND)
            raise HangUp
        self._hear(known, open_message(known.auth_key, packet))

    def _shake_hands(self, body: bytes) -> None:
        answer, key = self._handshake.answer(tl.read(body))
        if key is not None:
            self._office.keys.add(key)
        self._write(plain(self._ids.next(is_answer=True), bytes(answer)))

    def _hear(self, known: KnownKey, message: Message) -> None:
        if self._session is None or self._session.session_id != message.session_id:
            self._session = _Session(known=known, session_id=message.session_id)
            self._sequence = 0
        wrong_time = self._wrong_time(message.message_id)
        if wrong_time:
            self._send(bytes(types.BadMsgNotification(message.message_id, 0, wrong_time)), is_answer=True)
            return
        salt = self._office.salt
        if message.salt != salt:
            self._send(bytes(types.BadServerSalt(message.message_id, 0, _BAD_SALT, salt)), is_answer=True)
            return
        self._open(message.message_id, tl.read(message.body))

    def _wrong_time(self, message_id: int) -> int:
        ahead = (message_id >> 32) - self._office.clock()
        if ahead < -_OLDEST:
            return _ID_TOO_LOW
        return _ID_TOO_HIGH if ahead > _NEWEST else 0

    # ---- what is in them -----------------------------------------------------------------

    def _open(self, message_id: int, content: tl.TL) -> None:
        if isinstance(content, MessageContainer):
            for inner in content.messages:
                self._open(inner.msg_id, inner.obj)
        elif isinstance(content, GzipPacked):
            self._open(message_id, tl.read(content.data))
        elif isinstance(content, functions.PingRequest | functions.PingDelayDisconnectRequest):
            self._send(bytes(types.Pong(message_id, content.ping_id)), is_answer=True)
        elif not isinstance(content, _NOT_ANSWERED):
            self._ask(message_id, content)

    def _ask(self, message_id: int, request: tl.TL) -> None:
        without_updates = False
        while isinstance(request, _WRAPPERS):
            without_updates |= isinstance(request, functions.InvokeWithoutUpdatesRequest)
            request = request.query
        if self._session is None:
            return
        call = Call(
            method=tl.method_name(request),
            request=request,
            channel_id=channel_id_of(request),
            at=datetime.now(UTC),
            connection=self.number,
            known=self._session.known,
            without_updates=without_updates,
        )
        task = asyncio.create_task(self._answer(message_id, call))
        self._answering.add(task)
        task.add_done_callback(lambda done: self._answered(done, message_id))

    async def _answer(self, message_id: int, call: Call) -> None:
        try:
            body = await self._office.carry_out(call)
        except RpcRefused as refused:
            body = bytes(types.RpcError(refused.code, refused.words))
        except HangUp:
            self.hang_up()
            return
        else:
            self._begin_to_hear(call)
        self._send_result(message_id, body)

    def _answered(self, done: asyncio.Task[None], message_id: int) -> None:
        self._answering.discard(done)
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._office.failed(error)
            self._send_result(message_id, bytes(types.RpcError(500, "INTERNAL_SERVER_ERROR")))

    def _begin_to_hear(self, call: Call) -> None:
        if self._session and not call.without_updates and call.is_high_level:
            self._session = replace(self._session, hears=True)

    # ---- sending -------------------------------------------------------------------------

    def _send_result(self, message_id: int, body: bytes) -> None:
        packed = GzipPacked.gzip_if_smaller(content_related=True, data=body)
        self._send(struct.pack("<Iq", _RPC_RESULT, message_id) + packed, is_answer=True)

    def _send(self, body: bytes, *, is_answer: bool) -> None:
        session = self._session
        if session is None or self._writer.is_closing():
            return
        self._sequence += 1
        message = Message(
            salt=self._office.salt,
            session_id=session.session_id,
            message_id=self._ids.next(is_answer=is_answer),
            body=body,
        )
        self._write(seal_message(session.known.auth_key, message, self._sequence * 2 - 1))

    def _write(self, payload: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame(self._packets, payload))
            self._packets += 1
