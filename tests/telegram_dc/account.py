"""Our own account at work before the loopback data centre, quick enough for tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.demo.data_centre import API_HASH, API_ID, DataCentre
from scrapers.model import Clock, Heard
from scrapers.telegram_account import Account
from scrapers.telegram_budget import BudgetOptions
from scrapers.telegram_options import AccountOptions, Credentials, LinkOptions
from scrapers.telegram_session import SavedSession, SessionFile
from tests.fakes.hand_clock import HandClock

CREDENTIALS = Credentials(api_id=API_ID, api_hash=API_HASH)
IMPATIENT = LinkOptions(  # where something is never answered
    connect_timeout=timedelta(seconds=2),
    request_timeout=timedelta(seconds=0.5),
    ping_timeout=timedelta(seconds=0.3),
)
QUICK = AccountOptions(
    budget=BudgetOptions(per_second=1000, burst=1000, slow_start=timedelta(0), lookups=1000),
    first_pause=timedelta(seconds=0.02),
    longest_pause=timedelta(seconds=0.1),
    shut_out_pause=timedelta(seconds=30),
)


def session_at(centre: DataCentre, folder: Path) -> SessionFile:
    """A signed-in session in `folder`; one that is there already stays."""
    file = SessionFile(folder / "telegram.session")
    if file.stamp() is None:
        file.write(SavedSession(key=centre.authorised_session()))
    return file


@asynccontextmanager
async def account_at(
    centre: DataCentre,
    folder: Path,
    *,
    clock: Clock | None = None,
    heard: Callable[[Heard | None], None] = lambda _: None,
    **changes: Any,
) -> AsyncIterator[Account]:
    """An account with a session in `folder`, closed afterwards; `changes` are of its options."""
    account = Account(
        session_at(centre, folder),
        CREDENTIALS,
        clock=clock or HandClock(),
        options=replace(QUICK, **changes),
        heard=heard,
    )
    try:
        yield account
    finally:
        await account.close()
