"""The line to Telegram: the one connection of a session, made anew whenever it ends.

A connection that breaks off is replaced at once; one that cannot be had is tried for again and again, more
and more seldom; a session that only its owner can repair is left alone for long, or until the file changes.
Meanwhile the lock beside it is free, so that its owner, or another process, can do something with it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from scrapers.errors import AccountUnusable, ScrapeError, Unavailable
from scrapers.model import Clock
from scrapers.telegram_errors import ASKABLE, SIGN_IN, scrape_error
from scrapers.telegram_link import KeyUnknown, Link, end
from scrapers.telegram_options import AccountOptions, Credentials
from scrapers.telegram_session import SavedSession, SessionFile, SessionTaken, SessionUnusable
from scrapers.telegram_tl import TL

log = logging.getLogger(__name__)

_LOOK_AT_FILE: Final = 2.0  # seconds between two looks whether the owner has signed in anew
_ASK_FOR_LOCK: Final = timedelta(seconds=5)  # between two tries to get a session that another process holds
_KEY_TRIES: Final = 3  # a key that Telegram does not know once may be known a moment later
_SHORT_LIVED: Final = 30.0  # seconds; who hangs up sooner is not called again at once


class Line:
    """Keeps one link up, once somebody wanted it.

    Args:
        file: the session; it is held while it can be worked with, or may be soon.
        credentials: the owner's application.
        options: how long what may take.
        clock: dates troubles; waiting uses the event loop's time.
        connected: is called whenever a new connection stands.
        updated: is called with every `Updates` that comes.
    """

    def __init__(
        self,
        file: SessionFile,
        credentials: Credentials,
        options: AccountOptions,
        clock: Clock,
        *,
        connected: Callable[[], None],
        updated: Callable[[TL], None],
    ) -> None:
        self.session: SavedSession | None = None  # as it was read for the latest connection
        self.failing_since: datetime | None = None  # since when there is no connection to be had
        self.reason: str | None = None
        self.taken_elsewhere = False  # another process held the session when it was last asked for
        self._file = file
        self._credentials = credentials
        self._options = options
        self._clock = clock
        self._connected = connected
        self._updated = updated
        self._link: Link | None = None
        self._trouble: ScrapeError | None = None
        self._failing_from: float | None = None  # as `failing_since`, in the event loop's time
        self._turned = asyncio.Event()  # there is a link, or it is known why there is none
        self._unknown_keys = 0
        self._life: asyncio.Task[None] | None = None

    def take(self) -> None:
        """Hold the session for this process.

        Raises:
            SessionTaken: another process holds it.
            SessionUnusable: the lock beside it cannot be opened.
        """
        try:
            self._file.take()
        except SessionTaken:
            self.taken_elsewhere = True
            raise
        self.taken_elsewhere = False

    async def ready(self) -> Link:
        """The link, as soon as there is one.

        Raises:
            AccountUnusable: its owner has to do something, or there has been no connection for long.
            Unavailable: there is no connection just now.
        """
        if self._life is None or self._life.done():
            self._life = asyncio.create_task(self._live(), name="telegram")
            self._life.add_done_callback(_tell_fault)
        self._forget_dead_link()
        try:
            async with asyncio.timeout(self._options.link.connect_timeout.total_seconds()):
                await self._turned.wait()
        except TimeoutError:
            raise self._no_link(Unavailable("there is no connection to Telegram yet")) from None
        if self._link is not None:
            return self._link
        raise self._no_link(self._trouble or Unavailable("there is no connection to Telegram"))

    async def close(self) -> None:
        """Disconnect and give the session back."""
        life, self._life = self._life, None
        if life is not None:
            await end(life)
        if self._link is not None:
            await self._link.close()
            self._link = None
        self._file.give_back()

    def _no_link(self, trouble: ScrapeError) -> ScrapeError:
        """`trouble`, in words that fit; after some time it counts as the account's."""
        since = 0.0 if self._failing_from is None else asyncio.get_running_loop().time() - self._failing_from
        if isinstance(trouble, AccountUnusable) or since < self._options.patience.total_seconds():
            return type(trouble)(trouble.reason, retry_after=trouble.retry_after)
        span = f"{since / 60:.0f} min" if since >= 60 else f"{since:.0f} s"
        return AccountUnusable(f"there has been no connection to Telegram for {span}: {trouble.reason}")

    # ---- its life ------------------------------------------------------------------------

    async def _live(self) -> None:
        failures = 0
        while True:
            stamp = self._file.stamp()
            try:
                link = await self._connect()
            except ScrapeError as trouble:
                failures += 1
                self._fail(trouble)
                await self._rest(self._pause(trouble, failures), stamp)
                continue
            started = asyncio.get_running_loop().time()
            self._stand(link)
            await self._end_of_use(link, stamp)
            await link.close()
            self._forget_dead_link()
            lived = asyncio.get_running_loop().time() - started
            failures = failures + 1 if lived < _SHORT_LIVED else 0
            log.info("the connection to Telegram ended after %.0f s", lived)
            if failures > 1:
                await asyncio.sleep(self._doubled(failures - 1).total_seconds())

    async def _connect(self) -> Link:
        """A link with the session as the file has it now. Raises ScrapeError."""
        try:
            self.take()
            session = self._file.read()
        except SessionUnusable as error:
            raise AccountUnusable(str(error)) from error
        try:
            link = await Link.connect(session.key, self._credentials, self._options.link, self._updated)
        except ValueError as error:
            raise AccountUnusable(f"the session {self._file.path} holds no key: {SIGN_IN}") from error
        except KeyUnknown as error:
            self._unknown_keys += 1
            if self._unknown_keys < _KEY_TRIES:
                raise Unavailable(str(error)) from error
            raise AccountUnusable(f"Telegram does not know the key of this session: {SIGN_IN}") from error
        except ASKABLE as error:
            raise scrape_error(error, "this account") from error
        self._unknown_keys = 0
        self.session = _with_known(session, self.session)
        return link

    async def _end_of_use(self, link: Link, stamp: object) -> None:
        """Wait for the end of `link`, or until its owner has signed in anew."""
        while link.alive:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AT_FILE):
                    await link.ended()
            seen, stamp = stamp, self._file.stamp()
            if stamp != seen and self._is_another_session():
                return

    def _is_another_session(self) -> bool:
        try:
            return self.session is not None and self._file.read().key != self.session.key
        except SessionUnusable:  # whatever is wrong with the file, the connection stands
            return False

    def _forget_dead_link(self) -> None:
        """Who asks may notice the end of a connection before the line itself does."""
        if self._link is not None and not self._link.alive:
            self._link = None
            self._turned.clear()

    def _stand(self, link: Link) -> None:
        if self.failing_since is not None:
            log.info("there is a connection to Telegram again")
        self._link, self._trouble = link, None
        self.failing_since = self.reason = self._failing_from = None
        self._turned.set()
        self._connected()

    def _fail(self, trouble: ScrapeError) -> None:
        if trouble.reason != self.reason:
            log.warning("no connection to Telegram: %s", trouble.reason)
        if self.failing_since is None:
            self.failing_since = self._clock.now()
            self._failing_from = asyncio.get_running_loop().time()
        self._trouble, self.reason = trouble, trouble.reason
        if isinstance(trouble, AccountUnusable):
            self._file.give_back()
        self._turned.set()

    def _pause(self, trouble: ScrapeError, failures: int) -> timedelta:
        if self.taken_elsewhere:
            return _ASK_FOR_LOCK
        if self._unknown_keys >= _KEY_TRIES:
            return self._options.longest_pause  # it may be known again, as it was before
        if isinstance(trouble, AccountUnusable):
            return self._options.shut_out_pause
        return max(self._doubled(failures), trouble.retry_after or timedelta(0))

    def _doubled(self, failures: int) -> timedelta:
        return min(self._options.first_pause * (1 << min(failures - 1, 20)), self._options.longest_pause)

    async def _rest(self, pause: timedelta, stamp: object) -> None:
        """Wait, but no longer than until the session file is another one than that of `stamp`."""
        left = pause.total_seconds()
        while left > 0 and self._file.stamp() == stamp:
            await asyncio.sleep(min(left, _LOOK_AT_FILE))
            left -= _LOOK_AT_FILE


def _with_known(session: SavedSession, known: SavedSession | None) -> SavedSession:
    """`session` with what is known already, though it could perhaps not be written down."""
    if known is None or known.key != session.key:
        return session
    return replace(known, channels={**known.channels, **session.channels})


def _tell_fault(life: "asyncio.Task[None]") -> None:
    """A fault of ours ended the line; whoever asks next begins it anew."""
    if not life.cancelled() and (fault := life.exception()) is not None:
        log.error("the line to Telegram failed inside Groundswell", exc_info=fault)
