"""This worker's Telegram account: made when the first source needs it, and its turn with the session.

One process works with a session. On a desk of several workers the others leave sources of its kind alone,
and ask now and then whether the session is free.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from monitor.config_telegram import KIND, TelegramOptions
from monitor.desk import AccountState
from monitor.hearing import Hearing
from monitor.secrets import SecretMissing
from scrapers.model import Clock, Heard
from scrapers.telegram_session import SessionFile, SessionTaken, SessionUnusable

if TYPE_CHECKING:
    from scrapers.telegram_account import Account
    from scrapers.telegram_budget import BudgetOptions
    from scrapers.telegram_options import AccountOptions, Credentials, LinkOptions

log = logging.getLogger(__name__)

ASK_EVERY = 10.0  # seconds between two questions whether the session is free
_AT_ONCE = timedelta(seconds=20)  # how much of the requests of a minute may be made together, after a rest


def credentials(options: TelegramOptions) -> "Credentials":
    """The owner's application. Raises `SecretMissing`."""
    from scrapers.telegram_options import Credentials

    return Credentials(api_id=options.api_id(), api_hash=options.api_hash().reveal())


def link_options(options: TelegramOptions) -> "LinkOptions":
    """How long a connection may take."""
    from scrapers.telegram_options import LinkOptions

    return LinkOptions(connect_timeout=options.request_timeout, request_timeout=options.request_timeout)


def open_account(
    options: TelegramOptions,
    clock: Clock,
    heard: Callable[[Heard | None], None] = lambda _: None,
    budget: "BudgetOptions | None" = None,
) -> "Account":
    """The account, which connects when it is first asked.

    Args:
        options: As configured.
        clock: Tells the time.
        heard: Is told what the account hears, and None: it has just connected, and may have missed anything.
        budget: How much it may ask, where that is not for the configuration to say.

    Raises:
        SecretMissing: the application's numbers cannot be had.
    """
    from scrapers.telegram_account import Account

    return Account(
        SessionFile(options.session_file),
        credentials(options),
        clock=clock,
        options=_options(options, budget or _budget(options)),
        heard=heard,
    )


def _options(options: TelegramOptions, budget: "BudgetOptions") -> "AccountOptions":
    from scrapers.telegram_options import AccountOptions

    return AccountOptions(link=link_options(options), budget=budget)


def _budget(options: TelegramOptions) -> "BudgetOptions":
    from scrapers.telegram_budget import BudgetOptions

    per_second = options.requests_per_minute / 60
    burst = max(1, round(per_second * _AT_ONCE.total_seconds()))
    return BudgetOptions(per_second=per_second, burst=burst)


class Turn:
    """This worker's account, and whose turn it is with the session: this worker's, once it is free.

    Args:
        options: As configured.
        clock: Tells the time.
        hearing: Is told what the account hears.
        alone: Whether this desk has one worker only. Then its polls fail of a session that is missing, and of
            missing secrets; otherwise another worker may have what this one lacks.
        budget: How much it may ask, where that is not for the configuration to say.
    """

    def __init__(
        self,
        options: TelegramOptions,
        clock: Clock,
        hearing: Hearing,
        *,
        alone: bool,
        budget: "BudgetOptions | None" = None,
    ) -> None:
        self.account: Account | None = None  # None: the application's numbers cannot be had
        self.obstacle: str | None = None  # why its sources are left to others, if they are
        self._lack: AccountState | None = None
        self._clock = clock
        self._hearing = hearing
        self._alone = alone
        self._file = SessionFile(options.session_file)
        self._connected = False
        self._held = False
        self._asked_at: float | None = None
        self._missing = ""  # which secret, and why
        try:
            self.account = open_account(options, clock, self._heard, budget)
        except SecretMissing as missing:
            log.error("no Telegram account: %s", missing)  # noqa: TRY400 - it says it all
            self._missing = str(missing)
            self._lack = AccountState(failing_since=clock.now(), reason=self._missing)

    def left_to_others(self) -> Collection[str]:
        """The kinds of sources that another process polls."""
        if self._is_to_ask():
            self._asked_at = monotonic()
            self._ask()
        return () if self._held else (KIND,)

    def state(self) -> AccountState | None:
        """How the account is, where it is this worker's turn; otherwise what this worker lacks."""
        if self._lack is not None:
            return replace(self._lack, elsewhere=not self._alone)
        if self.account is None or not self._held:
            return None
        return AccountState(
            failing_since=self.account.failing_since,
            reason=self.account.reason,
            connected=self._connected,
        )

    async def close(self) -> None:
        """Disconnect and give the session back."""
        if self.account is not None:
            await self.account.close()

    def _heard(self, news: Heard | None) -> None:
        if news is None:
            self._connected = True
            self._hearing.was_deaf(KIND)
        else:
            self._hearing.hear(news)

    # ---- whose turn it is ------------------------------------------------------------------

    def _is_to_ask(self) -> bool:
        """Also where it was this worker's turn: an account that fails gives its session back."""
        if self._held and (self._alone or self.account is None or self.account.failing_since is None):
            return False
        return self._asked_at is None or monotonic() - self._asked_at >= ASK_EVERY

    def _ask(self) -> None:
        obstacle = self._found_obstacle()
        if obstacle is not None:
            self._leave(obstacle)
            return
        if self.obstacle is not None:
            log.info("the Telegram session is free, and this process works with it now")
            self.obstacle = self._lack = None
        if not self._held:
            self._held = True
            self._hearing.was_deaf(KIND)  # nobody listened until now

    def _leave(self, obstacle: str) -> None:
        if obstacle != self.obstacle:
            log.warning("%s", obstacle)
            self._lack = AccountState(failing_since=self._clock.now(), reason=obstacle)
        self.obstacle = obstacle
        self._held = False

    def _found_obstacle(self) -> str | None:
        """Why the sources are to be left to others; takes the session where they are not."""
        try:
            self._take()
        except SessionTaken as taken:
            return f"{taken}; sources of kind {KIND} are left to it"
        except (SessionUnusable, SecretMissing) as trouble:
            return None if self._alone else f"{trouble}; sources of kind {KIND} are left to other workers"
        return None

    def _take(self) -> None:
        """Raises SessionUnusable, or SecretMissing."""
        if self.account is None:
            raise SecretMissing(self._missing)
        if not self._alone:
            self._file.read()
        if not self._held or self.account.taken_elsewhere:
            self.account.take()
