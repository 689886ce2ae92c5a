"""What an account works with: whose application it is, and how long things may take."""

from dataclasses import dataclass, field
from datetime import timedelta

from scrapers.telegram_budget import BudgetOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """The owner's own application, from https://my.telegram.org."""

    api_id: int
    api_hash: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkOptions:
    """How long what may take. Raises ValueError on values that cannot work."""

    connect_timeout: timedelta = timedelta(seconds=20)  # until a new connection is ready
    request_timeout: timedelta = timedelta(seconds=30)
    ping_interval: timedelta = timedelta(seconds=60)
    ping_timeout: timedelta = timedelta(seconds=15)

    def __post_init__(self) -> None:
        spans = (self.connect_timeout, self.request_timeout, self.ping_interval, self.ping_timeout)
        if min(spans) <= timedelta(0):
            raise ValueError("every time of a link must be longer than nothing")


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """How one account is used."""

    link: LinkOptions = field(default_factory=LinkOptions)
    budget: BudgetOptions = field(default_factory=BudgetOptions)
    first_pause: timedelta = timedelta(seconds=1)  # before connecting once more; doubled each time
    longest_pause: timedelta = timedelta(minutes=5)
    shut_out_pause: timedelta = timedelta(minutes=30)  # where only the owner can help; a new session ends it
    patience: timedelta = timedelta(minutes=2)  # without a connection, until previews stand in
