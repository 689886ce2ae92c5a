"""What is called, what is answered instead of a result, and where tests make the data centre misbehave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.demo.data_centre.accounts import KnownKey
from monitor.demo.data_centre.tl import TL

_HIGH_LEVEL: Final = frozenset({"users", "updates", "messages", "channels", "contacts"})


class RpcRefused(Exception):
    """A request is answered with an error of Telegram's."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words  # as Telegram spells it: "FLOOD_WAIT_30"


class HangUp(Exception):
    """The connection is closed without a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request of a client."""

    method: str  # "messages.getHistory"
    request: TL
    channel_id: int | None  # of the channel it is about
    at: datetime
    connection: int  # counted from 1
    known: KnownKey
    without_updates: bool

    @property
    def is_high_level(self) -> bool:
        """Whether updates flow to a client once it has called it."""
        return self.method.partition(".")[0] in _HIGH_LEVEL


class Conduct:
    """How the data centre behaves besides the protocol: perfectly. Tests overrule what they need."""

    def clock_offset(self) -> float:
        """By how many seconds the data centre's clock is ahead of this machine's."""
        return 0.0

    async def greet(self, connection: int) -> None:
        """Called before anything is read from a new connection; it may wait, or raise `HangUp`."""

    async def before(self, call: Call) -> None:
        """Called before a request is carried out; it may wait, or raise `RpcRefused` or `HangUp`."""

    def answer(self, call: Call, result: bytes) -> bytes:  # noqa: ARG002 - there to be overruled
        """The bytes to answer a request with, given those of its true result."""
        return result

    def push(self, update: bytes) -> bytes | None:
        """The bytes to push, given those of the true update; None pushes nothing."""
        return update
