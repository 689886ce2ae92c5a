"""Being woken by another worker's commit, by LISTEN and NOTIFY of Postgres. Ticks find all of it too, later.

https://www.postgresql.org/docs/current/sql-notify.html: a notification is sent when its transaction commits,
and several of one transaction are one.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from sqlalchemy import Connection, text

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
GRACE_S = 2.0  # for a connection that is being made when nobody wants it any more
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 10, "keepalives_count": 3}


def channel_of(schema: str | None) -> str:
    """The channel of a desk: channels are the database's, and desks may share one by their schemas."""
    return "groundswell_" + hashlib.blake2b((schema or "").encode(), digest_size=8).hexdigest()


def announce(connection: Connection, channel: str) -> None:
    """Wake everyone who listens, when this transaction commits."""
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})


async def listen(address: str, channel: str, woken: Callable[[], None]) -> None:
    """Call `woken` whenever something is announced, until cancelled; a lost connection is made anew.

    Args:
        address: What psycopg connects with, password included.
        channel: As `announce` was given.
        woken: Is called also after every connection, for what was missed.
    """
    pause = FIRST_PAUSE_S
    while True:
        try:
            async with await _connected(address) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                pause = FIRST_PAUSE_S
                woken()
                async for _ in connection.notifies():
                    woken()
        except psycopg.Error as error:
            log.info("nobody wakes us for %.0f s, ticks go on: %s", pause, error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


async def _connected(address: str) -> psycopg.AsyncConnection[TupleRow]:
    """A connection; whoever is cancelled while it is being made leaves none behind."""
    connect = psycopg.AsyncConnection.connect(make_conninfo(address, **_KEEPALIVE), autocommit=True)
    connecting = asyncio.create_task(connect, name="connect to listen")
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await asyncio.wait((connecting,), timeout=GRACE_S)
        if connecting.done() and connecting.exception() is None:
            await connecting.result().close()
        connecting.cancel()
        raise
