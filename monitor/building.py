"""What a desk works with, built as it is configured: scrapers, notifiers, and how alerts are shown."""

import os
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from monitor.account import open_account
from monitor.config import Config
from monitor.config_telegram import KIND
from monitor.deliver import Presentation
from monitor.notifiers import registry
from monitor.ports import Notifier, Scraper
from scrapers.http import HttpClient
from scrapers.model import Cursor, Fetched, Source
from scrapers.registry import KINDS

if TYPE_CHECKING:
    from scrapers.telegram_account import Account


def build_scrapers(client: HttpClient, account: "Account | None" = None) -> dict[str, Scraper]:
    """One scraper of every kind, all behind one client and one account."""
    return {kind: known.scraper(client, account) for kind, known in KINDS.items()}


def build_notifiers(config: Config, kept: Mapping[str, Notifier] | None = None) -> dict[str, Notifier]:
    """One notifier for every configured receiver, by its id: the one that is `kept`, or a new one."""
    built = dict(kept or {})
    for receiver in config.receivers:
        if receiver.id not in built:
            built[receiver.id] = registry.KINDS[receiver.kind].build(receiver.options)
    return built


def presentation(config: Config) -> Presentation:
    """How this desk shows alerts."""
    return Presentation(
        timezone=config.timezone, names=channel_names(config.sources), masked=config.alerting.mask
    )


def channel_names(sources: tuple[Source, ...]) -> frozenset[str]:
    """User names of configured channels, lower case: public by the owner's own choice."""
    names = (getattr(source.options, "channel", None) for source in sources)
    return frozenset(name.lower() for name in names if name)


def worker_name() -> str:
    """A name for this process in leases: unique among living processes."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"


async def preview(config: Config, source: Source) -> Fetched:
    """Fetch a source once, as if for the first time, and store nothing.

    Raises:
        ScrapeError: the source could not be read.
    """
    from monitor.clock import SystemClock

    clock = SystemClock()
    account = open_account(config.telegram, clock) if config.telegram and source.kind == KIND else None
    try:
        async with HttpClient(config.http, clock) as client:
            return await KINDS[source.kind].scraper(client, account).fetch(source, Cursor())
    finally:
        if account is not None:
            await account.close()
