"""One connection to Telegram under one key. Whatever ends it, the account makes a new one.

Telethon's connection is used without the client above it. The client asks for more than it is told to (for
the user at every connection, for the differences of every chat that the account is in, private ones too),
keeps what it meets in memory, sleeps or refuses by itself after a complaint, and may stand still for ever
after a lost connection. Here every request is one of ours, and updates are passed on as they come.
"""

import asyncio
import logging
import platform
import secrets
import struct
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from telethon.errors import AuthKeyNotFound, InvalidBufferError
from telethon.network import ConnectionTcpFull, MTProtoSender
from telethon.sessions import StringSession
from telethon.tl.alltlobjects import LAYER
from telethon.tl.functions import InitConnectionRequest, InvokeWithLayerRequest, PingRequest
from telethon.tl.functions.help import GetConfigRequest
from telethon.tl.functions.updates import GetStateRequest

from scrapers.telegram_options import Credentials, LinkOptions
from scrapers.telegram_tl import TL

log = logging.getLogger(__name__)

_VERSION: Final = "0.1"
_CANCEL_AGAIN: Final = 0.2  # seconds until what did not end is cancelled once more


class LinkLost(Exception):
    """The connection ended before the answer came."""


class NoAnswer(Exception):
    """The connection stands, but this request was not answered in time."""


class KeyUnknown(Exception):
    """Telegram does not know the key; that may pass, or the session was ended."""


class _Loggers:
    """Telethon's own log may quote what comes in, of the account's private chats too: it is not kept."""

    def __init__(self) -> None:
        self._mute = logging.getLogger(f"{__name__}.mute")
        self._mute.setLevel(logging.CRITICAL + 1)

    def __getitem__(self, name: str) -> logging.Logger:
        return self._mute


_LOGGERS: Final = _Loggers()


class Link:
    """A connection, signed in. Made by `connect`."""

    def __init__(self, session: str, options: LinkOptions, updated: Callable[[TL], None]) -> None:
        """`updated` is called with every `Updates` that comes."""
        saved = _read_key(session)
        self._options = options
        self._updated = updated
        self._updates: asyncio.Queue[TL] = asyncio.Queue()
        self._sender = MTProtoSender(
            saved.auth_key,
            loggers=_LOGGERS,
            retries=0,
            delay=0,
            auto_reconnect=False,
            connect_timeout=options.connect_timeout.total_seconds(),
            updates_queue=self._updates,
        )
        self._connection = ConnectionTcpFull(saved.server_address, saved.port, saved.dc_id, loggers=_LOGGERS)
        self._ended: asyncio.Future[None] | None = None
        self._work: tuple[asyncio.Task[None], ...] = ()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, session: str, credentials: Credentials, options: LinkOptions, updated: Callable[[TL], None]
    ) -> "Link":
        """Connect with a key that is signed in; updates come from now on.

        Args:
            session: As Telethon's StringSession writes it.
            credentials: The owner's application.
            options: How long what may take.
            updated: Is called with every `Updates` that comes.

        Raises:
            ValueError: `session` is no such text.
            LinkLost, NoAnswer, KeyUnknown: there is no connection.
            telethon.errors.RPCError: Telegram does not let the account in.
        """
        link = cls(session, options, updated)
        try:
            async with asyncio.timeout(options.connect_timeout.total_seconds()):
                await link._open(credentials)
        except TimeoutError:
            await link.close()
            raise NoAnswer("Telegram did not answer in time") from None
        except BaseException:
            await link.close()
            raise
        return link

    async def ask(self, request: TL) -> TL:
        """What Telegram answers to `request`.

        Raises:
            LinkLost, KeyUnknown: the connection ended.
            NoAnswer: it stands, but the answer did not come in time.
            telethon.errors.RPCError: Telegram answered with an error.
            telethon.errors.TypeNotFoundError: it answered with what this Telethon does not know.
        """
        try:
            return await self._ask(request, self._options.request_timeout)
        except NoAnswer:
            if not await self._answers_pings():
                await self.close()
                raise LinkLost("the connection to Telegram went silent") from None
            raise

    @property
    def alive(self) -> bool:
        """Whether something can be asked."""
        return bool(self._sender.is_connected()) and self._ended is not None and not self._ended.done()

    async def ended(self) -> None:
        """Wait for the end of the connection, whatever ends it."""
        if self._ended is not None:
            await asyncio.wait({self._ended})

    async def close(self) -> None:
        """End the connection; what was being asked is lost.

        Whoever waits for it can be cancelled: the library would swallow that while it disconnects.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._sender.disconnect()

    async def _open(self, credentials: Credentials) -> None:
        try:
            await self._sender.connect(self._connection)
        except OSError as error:
            raise LinkLost("Telegram cannot be reached") from error
        self._ended = self._sender.disconnected
        self._ended.add_done_callback(_look_at)
        limit = self._options.connect_timeout
        await self._ask(InvokeWithLayerRequest(LAYER, _introduction(credentials)), limit)
        await self._ask(GetStateRequest(), limit)  # updates flow only to who has asked for something
        self._work = (asyncio.create_task(self._listen()), asyncio.create_task(self._keep_alive()))
        for task in self._work:
            task.add_done_callback(self._end_with_fault)

    async def _ask(self, request: TL, limit: timedelta) -> TL:
        """When a connection ends, the library forgets some requests and cancels others."""
        try:
            answer: asyncio.Future[TL] = self._sender.send(request)
        except ConnectionError as error:
            raise self._loss() from error
        ends = {answer} if self._ended is None else {answer, self._ended}
        try:
            await asyncio.wait(ends, timeout=limit.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            unanswered = not answer.done()
            if unanswered:
                answer.cancel()
        if unanswered and not (self._ended is not None and self._ended.done()):
            raise NoAnswer(f"Telegram did not answer within {limit.total_seconds():g} s")
        if unanswered or answer.cancelled():
            raise self._loss()
        try:
            return answer.result()
        except (ConnectionError, asyncio.IncompleteReadError, AuthKeyNotFound, BufferError) as error:
            raise self._loss(error) from error

    def _loss(self, error: BaseException | None = None) -> LinkLost | KeyUnknown:
        """Why the connection ended, as far as it is known."""
        if error is None and self._ended is not None and self._ended.done() and not self._ended.cancelled():
            error = self._ended.exception()
        if isinstance(error, AuthKeyNotFound):
            return KeyUnknown("Telegram does not know the key of this session")
        if isinstance(error, InvalidBufferError) and error.code is not None:
            return LinkLost(f"Telegram ended the connection with code {error.code}")
        return LinkLost("the connection to Telegram broke off")

    def _end_with_fault(self, work: "asyncio.Task[None]") -> None:
        """A fault of ours must not leave us deaf: there will be another connection."""
        if not work.cancelled() and (fault := work.exception()) is not None:
            log.error("a connection to Telegram failed inside Groundswell", exc_info=fault)
            self._closing = self._closing or asyncio.create_task(self._close())

    async def _listen(self) -> None:
        while True:
            self._updated(await self._updates.get())

    async def _keep_alive(self) -> None:
        """Notice that a silent connection is dead, so that nothing is missed behind it for long."""
        while True:
            await asyncio.sleep(self._options.ping_interval.total_seconds())
            if not await self._answers_pings():
                await self.close()
                return

    async def _answers_pings(self) -> bool:
        ping = PingRequest(secrets.randbits(63))
        try:
            await self._ask(ping, self._options.ping_timeout)
        except (LinkLost, KeyUnknown, NoAnswer):
            return False
        return True


async def end(work: "asyncio.Future[Any]") -> None:
    """Cancel what waits for Telegram, and wait for its end.

    Until Python 3.12 a cancellation is lost where a connection comes about at that very moment.
    """
    while not work.done():
        work.cancel()
        await asyncio.wait({work}, timeout=_CANCEL_AGAIN)


def _read_key(session: str) -> StringSession:
    """Where the account lives, and its key. Raises ValueError where `session` holds none."""
    try:
        saved = StringSession(session)
    except struct.error as error:
        raise ValueError("it is cut short") from error
    if saved.auth_key is None:
        raise ValueError("there is no key in it")
    return saved


def _look_at(ended: "asyncio.Future[None]") -> None:
    """Its error counts as seen: what was asked is told of it."""
    if not ended.cancelled():
        ended.exception()


def _introduction(credentials: Credentials) -> TL:
    """Who we are: an honest name, as for every server; nothing of this machine but its kind."""
    return InitConnectionRequest(
        api_id=credentials.api_id,
        device_model="Groundswell",
        system_version=platform.system() or "unknown",
        app_version=_VERSION,
        system_lang_code="en",
        lang_pack="",
        lang_code="en",
        query=GetConfigRequest(),
    )
