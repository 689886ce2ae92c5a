"""The chore that looks after the desk itself: how it is goes in, what that means is written."""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from monitor.chores import Chore
from monitor.config_telegram import KIND
from monitor.desk import ACCOUNT_FAILING_FOR, TOO_MUCH, AccountState, Conditions, Limits, decide_desk
from monitor.draft import Policy
from monitor.incidents import ACCOUNT
from storage.errors import Stale
from storage.model import DESK_ID, Known, RecallKeys
from storage.model.vitals import OutboxVitals
from storage.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=5)
MEASURE_EVERY = timedelta(hours=1)  # the bytes in use: on Postgres that reads every row


class DeskHealth:
    """Looks at disk, database and outbox every few minutes.

    Args:
        store: What is looked at and written to.
        limits: What the owner wants kept.
        receivers: The ids of the configured receivers.
        policy: Settings and routes.
        account: How this worker's Telegram account is; None: it has none at work.
    """

    def __init__(
        self,
        *,
        store: Store,
        limits: Limits,
        receivers: Collection[str],
        policy: Policy,
        account: Callable[[], AccountState | None] = lambda: None,
    ) -> None:
        self._store = store
        self._account = account
        self._limits = limits
        self._receivers = tuple(receivers)
        self._policy = policy
        self._measured_at: datetime | None = None
        self._overfull_since: datetime | None = None

    def chore(self) -> Chore:
        """What a daemon does every few minutes."""
        return Chore(name="desk health", every=LOOK_EVERY, work=self.look)

    async def look(self, now: datetime) -> None:
        """Gather, decide, write.

        Raises:
            StorageError: nothing could be read or written. The log says so, and /readyz after a while: nobody
                can be alerted of it.
        """
        await asyncio.to_thread(self._look, now)

    def _look(self, now: datetime) -> None:
        known = self._recall()
        conditions = self._gather(known, now)
        decision = decide_desk(
            conditions,
            known,
            limits=self._limits,
            receivers=self._receivers,
            policy=self._policy,
            now=now,
        )
        try:
            self._store.commit(decision)
        except Stale:
            log.debug("another worker looked after the desk at the same moment")

    def _recall(self) -> Known:
        """The desk's row; its alerts only where there is something that could end."""
        row = self._store.source(DESK_ID)
        return self._store.recall(row.id, RecallKeys()) if row.incidents else Known(source=row)

    def _gather(self, known: Known, now: datetime) -> Conditions:
        outbox, account = self._store.outbox(), self._account()
        if account is not None and account.elsewhere and not self._is_neglected(now):
            account = None
        return Conditions(
            disk=self._store.disk(),
            used=self._measure(now),
            overfull_since=self._overfull_since,
            outbox={one.receiver: one for one in outbox},
            refusing=tuple(one.receiver for one in outbox if self._refuses(one)),
            account=account,
            needs_account=self._needs_account(known, account),
        )

    def _needs_account(self, known: Known, account: AccountState | None) -> bool:
        """Asked only where something hangs on it: whoever else works on this desk has the same sources."""
        fails = account is not None and account.failing_since is not None
        if not fails and ACCOUNT not in known.source.incidents:
            return True
        return bool(self._store.due_times(KIND))

    def _is_neglected(self, now: datetime) -> bool:
        """Whether no worker polls what is read through an account: then all of it is long overdue."""
        return all(now - due >= ACCOUNT_FAILING_FOR for due in self._store.due_times(KIND))

    def _refuses(self, state: OutboxVitals) -> bool:
        dead_at = state.last_dead_at
        return dead_at is not None and not self._store.has_sent(state.receiver, dead_at)

    def _measure(self, now: datetime) -> int | None:
        """The bytes in use, now and then."""
        size = self._limits.size
        if size is None or (self._measured_at is not None and now - self._measured_at < MEASURE_EVERY):
            return None
        used = self._store.used_bytes()
        self._measured_at = now
        if used <= TOO_MUCH * size:
            self._overfull_since = None
        elif self._overfull_since is None:
            self._overfull_since = now
        return used
