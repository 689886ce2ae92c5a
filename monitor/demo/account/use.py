"""What the demo's account was used for, as values; unlike its neighbours it does without Telethon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelUse:
    """What reading one channel through the account took and brought."""

    title: str
    live: bool  # whether the account has joined it and is told of news
    polls: int
    requests: int
    late: timedelta | None  # from a post to its place in the database, in the median; None: no post
    hidden: int  # stored posts of which no preview ever showed a word


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountUse:
    """What reading through the account took and brought."""

    methods: Mapping[str, int]  # "messages.getHistory" -> how often it was called
    channels: tuple[ChannelUse, ...]
    refused: int  # requests while Telegram had frozen the account
    most_views: int  # of the most viewed post, as it was stored

    @property
    def requests(self) -> int:
        """All that were made."""
        return sum(self.methods.values())

    @property
    def lookups(self) -> int:
        """How often a name was looked up."""
        return self.methods.get("contacts.resolveUsername", 0)

    @property
    def hidden(self) -> tuple[ChannelUse, ...]:
        """The channels that showed more than their previews."""
        return tuple(channel for channel in self.channels if channel.hidden)
