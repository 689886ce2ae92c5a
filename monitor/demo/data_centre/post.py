"""What is written in the data centre's channels. Everything is invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.demo.data_centre.tl import TL


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody invented. Nothing of a person may ever be stored; that is what they are here to prove."""

    user_id: int
    first_name: str
    last_name: str
    username: str

    @property
    def name(self) -> str:
        """As Telegram shows it."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ForwardOrigin:
    """Where a forwarded post came from: a channel, a person, or somebody who hides."""

    at: datetime
    channel_id: int | None = None
    message_id: int | None = None
    person: Person | None = None
    hidden_name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One message of a channel, as it is now."""

    id: int
    at: datetime
    text: str = ""
    entities: tuple[TL, ...] = ()
    media: TL | None = None
    action: TL | None = None  # of a service message
    views: int = 1
    forwards: int = 0
    replies: int | None = None  # None: it cannot be commented on
    reactions: Mapping[str, int] = field(default_factory=dict)  # emoji, "paid" or "custom:<id>" -> count
    reply_to: int | None = None
    signature: Person | None = None
    forward: ForwardOrigin | None = None
    album: int | None = None  # the same for all its members
    edited_at: datetime | None = None


class ChangeKind(StrEnum):
    """What happened to posts."""

    NEW = "new"
    EDITED = "edited"
    DELETED = "deleted"
    REACTIONS = "reactions"
    VIEWS = "views"
    FORWARDS = "forwards"


COUNTED = frozenset({ChangeKind.NEW, ChangeKind.EDITED, ChangeKind.DELETED})
"""The kinds that move a channel's pts; the others are pushed and then forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Something that happened in a channel."""

    kind: ChangeKind
    channel_id: int
    posts: tuple[Post, ...]  # as they were afterwards; deleted ones as they were before
    pts: int  # the channel's, afterwards
    pts_count: int  # by how much it moved
