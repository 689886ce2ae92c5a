"""The loopback data centre: a Telegram of one's own, on a free port of 127.0.0.1, for Telethon clients.

It speaks MTProto over TCP as far as reading public channels needs it, answers from a `World` and pushes what
happens there. A client needs to `trusted()` its key (or to come with an `authorised_session`) and a session
that points to `host` and `port`; nothing then leaves the machine.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Final, Self

from telethon.crypto import AuthKey
from telethon.sessions import StringSession

from monitor.demo.data_centre import keys, tl
from monitor.demo.data_centre.accounts import Account, KeyRing
from monitor.demo.data_centre.conduct import Call, Conduct
from monitor.demo.data_centre.connection import Connection
from monitor.demo.data_centre.methods import Methods
from monitor.demo.data_centre.methods_updates import push
from monitor.demo.data_centre.post import Change
from monitor.demo.data_centre.world import World

DC_ID: Final = 2
API_ID: Final = 1  # any will do
API_HASH: Final = "0" * 32


class DataCentre:
    """Serves a world to Telegram clients, in the event loop that it was started in.

    `calls` holds every request that came, `errors` every fault of the data centre's own: a client sees those
    only as "RPC 500", so whoever tests with it should hold that there are none.
    """

    def __init__(self, world: World, *, conduct: Conduct | None = None, host: str = "127.0.0.1") -> None:
        self.world = world
        self.conduct = conduct or Conduct()
        self.keys = KeyRing()
        self.salt = _new_salt()
        self.host = host
        self.port = 0
        self.calls: list[Call] = []
        self.errors: list[BaseException] = []
        self.connections_made = 0
        self._methods = Methods(world, dc_id=DC_ID)
        self._connections: set[Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- its life ------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to listen: on any free port, and later on the same one again."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._connected, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.world.listen(self._changed)

    async def stop(self) -> None:
        """Hang up on everybody and stop listening; keys and world stay, so it may start again."""
        if self._server is None:
            return
        self.world.stop_listening(self._changed)
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        for task in self._serving:
            task.cancel()  # it may be waiting where its conduct told it to
        if self._serving:
            await asyncio.wait(self._serving)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # ---- for its clients -----------------------------------------------------------------

    def trusted(self) -> AbstractContextManager[None]:
        """Let this process's clients make new keys with it."""
        return keys.trusted()

    def authorised_session(self, account: Account | None = None) -> str:
        """A session text (Telethon's `StringSession`) that is signed in, to the first account or another."""
        key = AuthKey(b"\x01" + secrets.token_bytes(255))
        self.keys.add(key, account or self.world.accounts[0])
        session = StringSession()
        session.set_dc(DC_ID, self.host, self.port)
        session.auth_key = key
        return str(session.save())

    # ---- misfortunes; they may be called from any thread ---------------------------------

    def hang_up(self) -> None:
        """Close every connection soon, without a word."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._hang_up)

    def change_salt(self) -> None:
        """Take another salt: the next message of every client is sent back to be sent again."""
        self.salt = _new_salt()

    def expire_codes(self) -> None:
        """Take no code any more that was sent until now."""
        self._methods.signing.expire_codes()

    # ---- for its connections -------------------------------------------------------------

    def clock(self) -> float:
        """Its time, in seconds since 1970."""
        return time.time() + self.conduct.clock_offset()

    async def carry_out(self, call: Call) -> bytes:
        """The answer of a request, serialised.

        Raises:
            RpcRefused: the answer is an error.
            HangUp: there shall be none.
        """
        self.calls.append(call)
        await self.conduct.before(call)
        result = self._methods.result(call, host=self.host, port=self.port)
        return self.conduct.answer(call, tl.write(result))

    def failed(self, error: BaseException) -> None:
        """Note a fault of its own."""
        self.errors.append(error)

    # ---- within --------------------------------------------------------------------------

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections_made += 1
        connection = Connection(self, self.connections_made, reader, writer)
        self._connections.add(connection)
        task = asyncio.create_task(connection.serve())
        self._serving.add(task)
        task.add_done_callback(lambda done: self._left(connection, done))

    def _left(self, connection: Connection, done: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        self._serving.discard(done)
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self.failed(error)

    def _hang_up(self) -> None:
        for connection in list(self._connections):
            connection.hang_up()

    def _changed(self, change: Change) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._push, change)

    def _push(self, change: Change) -> None:
        if not self.world.channels[change.channel_id].profile.joined:
            return
        for connection in list(self._connections):
            account = connection.listener()
            if account is None:
                continue
            update = self.conduct.push(tl.write(push(self.world, account, change)))
            if update is not None:
                connection.push(update)


@contextmanager
def serve_in_thread(world: World, *, conduct: Conduct | None = None) -> Iterator[DataCentre]:
    """A data centre in a thread and an event loop of its own, for clients in other loops or processes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="data centre", daemon=True)
    thread.start()
    centre = DataCentre(world, conduct=conduct)
    asyncio.run_coroutine_threadsafe(centre.start(), loop).result()
    try:
        yield centre
    finally:
        asyncio.run_coroutine_threadsafe(centre.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _new_salt() -> int:
    return int.from_bytes(secrets.token_bytes(8), "little", signed=True) or 1
