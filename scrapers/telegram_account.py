"""One Telegram account at work: what it asks, how much of it, and the channels that it knows.

It asks about public channels and for nothing else: never for people, members or reactions, and it neither
joins anything nor marks anything as read.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from telethon.tl.functions.contacts import ResolveUsernameRequest

from scrapers.errors import AccountUnusable, Gone, Refused, ScrapeError, Throttled, Waiting
from scrapers.model import Clock, Heard
from scrapers.telegram_budget import Budget, Floods, Lookups
from scrapers.telegram_chat import public_channel
from scrapers.telegram_errors import (
    ASKABLE,
    is_end_of_session,
    is_frozen,
    is_no_access,
    pause_asked,
    scrape_error,
)
from scrapers.telegram_line import Line
from scrapers.telegram_link import Link, LinkLost
from scrapers.telegram_live import news_in
from scrapers.telegram_news import NewsDesk
from scrapers.telegram_options import AccountOptions, Credentials
from scrapers.telegram_session import Miss, Peer, SavedSession, SessionFile, SessionUnusable
from scrapers.telegram_tl import TL

log = logging.getLogger(__name__)

_RESOLVE_ANEW: Final = timedelta(days=1)  # how seldom a name is looked up that was known already
_BELIEVE: Final = timedelta(hours=6)  # how long a name that leads to no channel is not looked up again
_FROZEN_FOR: Final = timedelta(hours=1)  # until it is tried whether an account is still frozen


class _NoAccess(Gone):
    """The channel is not to be had under the id and hash that are known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frozen:
    """A method that is refused to a frozen account."""

    since: datetime
    ask_again_at: datetime


class Account:
    """Asks Telegram in the name of one session. It connects when it is first used, and stays connected.

    Args:
        file: the session; no other process may work with it.
        credentials: the owner's application.
        clock: dates what is resolved and troubles; waiting uses the event loop's time.
        options: how it is used.
        heard: is told of a channel that has news, or None: any of them may, for something may have been
            missed. It is called in the event loop and must not wait.
    """

    def __init__(
        self,
        file: SessionFile,
        credentials: Credentials,
        *,
        clock: Clock,
        options: AccountOptions | None = None,
        heard: Callable[[Heard | None], None] = lambda _: None,
    ) -> None:
        options = options or AccountOptions()
        self._file = file
        self._clock = clock
        self._heard = heard
        self._budget = Budget(options.budget)
        self._lookups = Lookups(options.budget)
        self._floods = Floods()
        self._line = Line(file, credentials, options, clock, connected=self._connected, updated=self._updated)
        self._looking_up = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._saved: SavedSession | None = None
        self._frozen: dict[str, _Frozen] = {}  # by method: a frozen account may still read some things
        self._with_news: set[int | None] = set()  # channels that were heard of, and not asked for since
        self._news = NewsDesk(heard, options.budget.changes_apart)

    # ---- how it is -----------------------------------------------------------------------

    @property
    def failing_since(self) -> datetime | None:
        """Since when it cannot serve; None: it can, or was not used yet."""
        return self._line.failing_since or min((one.since for one in self._frozen.values()), default=None)

    @property
    def reason(self) -> str | None:
        """Why it cannot serve, for a person."""
        return self._line.reason or (_FROZEN if self._frozen else None)

    @property
    def taken_elsewhere(self) -> bool:
        """Whether another process holds the session, as far as this one has asked.

        It may have come to that while this one held it: it gives back what it cannot work with.
        """
        return self._line.taken_elsewhere

    def take(self) -> None:
        """Hold the session for this process, before it is first used.

        Raises:
            SessionTaken: another process holds it.
            SessionUnusable: the lock beside it cannot be opened.
        """
        self._line.take()

    async def close(self) -> None:
        """Disconnect and give the session back."""
        self._news.close()
        await self._line.close()

    # ---- asking --------------------------------------------------------------------------

    async def ask(self, name: str, make: Callable[[Peer], TL]) -> TL:
        """What Telegram answers about the channel that holds the user name `name`.

        Args:
            name: A public user name.
            make: Makes the request out of what the account knows the channel by.

        Raises:
            AccountUnusable: the account cannot serve, for now or until its owner does something.
            Throttled: Telegram asks for a pause, of this channel or of all.
            Waiting: nothing was asked: such a pause is not over, or many names are looked up.
            Refused: this is no public channel.
            Gone: nobody holds the name, or the account may not read the channel.
            Unavailable: there is no connection, or no answer came.
            LayoutChanged: the answer is newer than this Telethon.
        """
        peer = await self._peer(name)
        try:
            return await self._answer(name, make(peer), peer.channel_id)
        except _NoAccess:
            if self._clock.now() - peer.resolved_at < _RESOLVE_ANEW:
                raise
        peer = await self._resolved(name, instead_of=peer)
        return await self._answer(name, make(peer), peer.channel_id)

    async def _answer(self, name: str, request: TL, channel: int | None) -> TL:
        """Asked once more where the connection ends in between: it is known here when a new one stands."""
        try:
            return await self._answer_once(name, request, channel)
        except LinkLost:
            pass
        try:
            return await self._answer_once(name, request, channel)
        except LinkLost as error:
            raise scrape_error(error, name) from error

    async def _answer_once(self, name: str, request: TL, channel: int | None) -> TL:
        method = type(request).__name__
        link = await self._cleared(method, channel)
        try:
            answer = await link.ask(request)
        except LinkLost:
            raise
        except ASKABLE as error:
            raise await self._noted(error, name, method, channel, link) from error
        self._with_news.discard(channel)
        self._floods.answered(method)
        self._frozen.pop(method, None)
        return answer

    async def _cleared(self, method: str, channel: int | None) -> Link:
        """The link, when it is this request's turn."""
        await self._line.ready()
        self._require_leave(method, channel)
        await (self._budget.early_turn() if channel in self._with_news else self._budget.turn())
        self._require_leave(method, channel)
        return await self._line.ready()

    def _require_leave(self, method: str, channel: int | None) -> None:
        now = self._clock.now()
        frozen = self._frozen.get(method)
        if frozen is not None and now < frozen.ask_again_at:
            raise AccountUnusable(_FROZEN)
        wait = self._floods.wait(method, channel)
        if wait > timedelta(0):
            raise Waiting(_pause(wait, now), retry_after=wait)

    async def _noted(
        self, error: Exception, name: str, method: str, channel: int | None, link: Link
    ) -> ScrapeError:
        """What an error means, after whatever it means for the next requests."""
        wait = pause_asked(error)
        if wait is not None:
            self._budget.complained()
            self._floods.complained(method, channel, wait)
            await self._learn(self._session)
            return Throttled(_pause(wait, self._clock.now()), retry_after=wait)
        if is_frozen(error):
            now = self._clock.now()
            since = self._frozen[method].since if method in self._frozen else now
            self._frozen[method] = _Frozen(since=since, ask_again_at=now + _FROZEN_FOR)
        elif is_end_of_session(error):
            await link.close()
        elif is_no_access(error):
            return _NoAccess(scrape_error(error, name).reason)
        return scrape_error(error, name)

    # ---- the channels that it knows ------------------------------------------------------

    async def _peer(self, name: str) -> Peer:
        await self._line.ready()
        return self._session.channels.get(name.lower()) or await self._resolved(name)

    async def _resolved(self, name: str, *, instead_of: Peer | None = None) -> Peer:
        """Look a name up: once ever, unless the channel is gone. Little gets accounts shut out sooner."""
        async with self._looking_up:
            known = self._session.channels.get(name.lower())
            if known is not None and known != instead_of:
                return known
            self._require_unmissed(name)
            self._require_leave(ResolveUsernameRequest.__name__, None)
            wait = self._lookups.wait(name.lower())
            if wait > timedelta(0):
                raise Waiting(f"other names are looked up before {name}", retry_after=wait)
            try:
                answer = await self._answer(name, ResolveUsernameRequest(name), None)
                channel = public_channel(answer, name)
            except (Gone, Refused) as error:
                await self._learn(self._with_miss(name, error))
                raise
            peer = Peer(channel_id=channel.id, access_hash=channel.access_hash, resolved_at=self._clock.now())
            session = self._session
            await self._learn(replace(session, channels={**session.channels, name.lower(): peer}))
            return peer

    def _require_unmissed(self, name: str) -> None:
        miss = self._session.misses.get(name.lower())
        if miss is not None and self._is_believed(miss):
            raise (Gone if miss.error == "gone" else Refused)(miss.reason)

    def _with_miss(self, name: str, error: Gone | Refused) -> SavedSession:
        """The session with a name more that leads to no public channel, and without such from long ago."""
        session = self._session
        miss = Miss(
            error="gone" if isinstance(error, Gone) else "refused",
            reason=error.reason,
            missed_at=self._clock.now(),
        )
        believed = {one: known for one, known in session.misses.items() if self._is_believed(known)}
        return replace(session, misses={**believed, name.lower(): miss})

    def _is_believed(self, miss: Miss) -> bool:
        return timedelta(0) <= self._clock.now() - miss.missed_at < _BELIEVE

    async def _learn(self, session: SavedSession) -> None:
        """Know what `session` holds from now on, and what must not be asked yet, after a restart too."""
        now = self._clock.now()
        self._line.session = replace(
            session, pauses=self._floods.pauses(now), next_lookup_at=self._lookups.next_at(now)
        )
        async with self._saving:
            newest = self._session
            if newest is self._saved:
                return
            try:
                await asyncio.to_thread(self._file.save, newest)
            except SessionUnusable as error:
                log.warning("Telegram will be asked again after a restart for what is known now: %s", error)
            else:
                self._saved = newest

    @property
    def _session(self) -> SavedSession:
        if self._line.session is None:
            raise AccountUnusable("there was no connection to Telegram yet")
        return self._line.session

    # ---- hearing -------------------------------------------------------------------------

    def _connected(self) -> None:
        self._budget.connected()
        self._frozen.clear()  # what is frozen still will say so
        now = self._clock.now()
        self._floods.restore(self._session.pauses, now)
        self._lookups.restore(self._session.next_lookup_at, now)
        self._heard(None)

    def _updated(self, updates: TL) -> None:
        followed = {peer.channel_id for peer in self._session.channels.values()}
        for news in news_in(updates, followed):
            if news is None:
                self._heard(None)
            else:
                self._with_news.add(int(news.heard.channel_id))
                self._news.take(news)


_FROZEN: Final = "Telegram has frozen this account: see its notice in any Telegram app"


def _pause(wait: timedelta, now: datetime) -> str:
    return f"Telegram asks not to be asked until {now + wait:%Y-%m-%d %H:%M:%S} UTC"
