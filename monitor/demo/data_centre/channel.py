"""One invented channel or group: its posts, what it says about itself, and its counted changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from threading import RLock
from typing import TypedDict, Unpack, cast

from monitor.demo.data_centre.post import COUNTED, Change, ChangeKind, ForwardOrigin, Person, Post
from monitor.demo.data_centre.tl import TL


class ChatKind(StrEnum):
    """What a chat is. Only broadcast channels may be watched; the others are here to be refused."""

    BROADCAST = "broadcast"
    MEGAGROUP = "megagroup"
    GIGAGROUP = "gigagroup"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What a channel says about itself, and what Telegram says about it."""

    title: str
    username: str | None  # None: private
    about: str = ""
    subscribers: int = 1000
    joined: bool = False  # whether the accounts have joined it: then changes are pushed to them
    verified: bool = False
    scam: bool = False
    fake: bool = False
    restricted: bool = False
    closed: bool = False  # every request is answered CHANNEL_PRIVATE


class Said(TypedDict, total=False):
    """What a channel may have in its profile besides its names."""

    about: str
    subscribers: int
    joined: bool
    verified: bool
    scam: bool
    fake: bool
    restricted: bool
    closed: bool


class ProfileChanges(Said, total=False):
    """What can change about a channel."""

    title: str
    username: str | None


class Circumstances(TypedDict, total=False):
    """What a post, or all members of an album alike, may have besides text and media."""

    at: datetime
    views: int
    forwards: int
    replies: int
    reactions: Mapping[str, int]
    reply_to: int
    signature: Person
    forward_of: "tuple[Channel, int] | Person | str"  # a post, a person, or a name that leads nowhere


class Content(Circumstances, total=False):
    """What a post may hold besides its text."""

    entities: Sequence[TL]
    media: TL
    action: TL  # makes it a service message


class Counts(TypedDict, total=False):
    """Counters of a post that can be set anew."""

    views: int
    forwards: int
    replies: int
    reactions: Mapping[str, int]


class Channel:
    """A channel that tests and the demo write in. All methods may be called from any thread."""

    def __init__(
        self,
        *,
        channel_id: int,
        kind: ChatKind,
        profile: Profile,
        lock: RLock,
        now: Callable[[], datetime],
        tell: Callable[[Change], None],
    ) -> None:
        self.id = channel_id
        self.kind = kind
        self.profile = profile
        self.created_at = now()
        self.changed_at: datetime | None = None
        self.pts = 1
        self._lock = lock
        self._now = now
        self._tell = tell
        self._posts: dict[int, Post] = {}
        self._next_id = 1
        self._changes: list[Change] = []  # the counted ones, oldest first
        self._forgotten_pts = 1  # what was before is not known any more

    # ---- reading -------------------------------------------------------------------------

    def history(self) -> tuple[Post, ...]:
        """Every post that stands, oldest first: what a store that missed nothing must equal."""
        with self._lock:
            return tuple(self._posts.values())

    def find(self, message_id: int) -> Post | None:
        """A post that stands, or None."""
        return self._posts.get(message_id)

    def newest_id(self) -> int:
        """The highest id that was ever given away, 0 before the first."""
        return self._next_id - 1

    def changes_since(self, pts: int) -> tuple[Change, ...] | None:
        """The counted changes behind a pts, oldest first; None where they are not known any more."""
        with self._lock:
            if pts < self._forgotten_pts:
                return None
            return tuple(change for change in self._changes if change.pts > pts)

    # ---- writing -------------------------------------------------------------------------

    def post(self, text: str = "", **content: Unpack[Content]) -> int:
        """Publish a post and return its id; with `action` a service message."""
        with self._lock:
            post = self._made(text, content)
            self._add([post])
            return post.id

    def album(
        self, texts: Sequence[str], media: Sequence[TL], **content: Unpack[Circumstances]
    ) -> tuple[int, ...]:
        """Publish an album and return its ids; each member has a medium and a text, mostly an empty one."""
        with self._lock:
            first = self._next_id
            members = [
                replace(
                    self._made(text, _content(content)),
                    id=first + index,
                    media=medium,
                    album=self.id * 10**6 + first,
                )
                for index, (text, medium) in enumerate(zip(texts, media, strict=True))
            ]
            self._add(members)
            return tuple(member.id for member in members)

    def edit(
        self,
        message_id: int,
        text: str | None = None,
        *,
        at: datetime | None = None,
        entities: Sequence[TL] = (),
        media: TL | None = None,
    ) -> None:
        """Give a post another text, other media, or only the time of an edit."""
        with self._lock:
            before = self._posts[message_id]
            after = replace(
                before,
                text=before.text if text is None else text,
                entities=before.entities if text is None else tuple(entities),
                media=media or before.media,
                edited_at=_whole_seconds(at or self._now()),
            )
            self._posts[message_id] = after
            self._changed(ChangeKind.EDITED, [after])

    def count(self, message_id: int, **counts: Unpack[Counts]) -> None:
        """Set a post's counters; unlike an edit it moves no pts."""
        with self._lock:
            after = replace(self._posts[message_id], **counts)
            self._posts[message_id] = after
            for name, kind in _TOLD_COUNTS.items():
                if name in counts:
                    self._changed(kind, [after])

    def delete(self, *message_ids: int) -> None:
        """Take posts away, as their author does."""
        with self._lock:
            self._changed(ChangeKind.DELETED, [self._posts.pop(number) for number in message_ids])

    def skip(self, ids: int) -> None:
        """Leave so many ids out, as posts that were deleted long ago do."""
        with self._lock:
            self._next_id += ids

    def describe(self, **changes: Unpack[ProfileChanges]) -> None:
        """Change what the channel says of itself, or is said of it: names, labels, subscribers."""
        with self._lock:
            self.profile = replace(self.profile, **changes)

    def forget_changes(self) -> None:
        """Know only future changes, so that a difference from before is answered TooLong."""
        with self._lock:
            self._changes.clear()
            self._forgotten_pts = self.pts

    # ---- within --------------------------------------------------------------------------

    def _made(self, text: str, content: Content) -> Post:
        at = _whole_seconds(content.get("at") or self._now())
        origin = content.get("forward_of")
        return Post(
            id=self._next_id,
            at=at,
            text=text,
            entities=tuple(content.get("entities", ())),
            media=content.get("media"),
            action=content.get("action"),
            views=content.get("views", 1),
            forwards=content.get("forwards", 0),
            replies=content.get("replies"),
            reactions=content.get("reactions", {}),
            reply_to=content.get("reply_to"),
            signature=content.get("signature"),
            forward=None if origin is None else _forward_origin(origin, at),
        )

    def _add(self, posts: Sequence[Post]) -> None:
        self._posts.update({post.id: post for post in posts})
        self._next_id = posts[-1].id + 1
        self._changed(ChangeKind.NEW, posts)

    def _changed(self, kind: ChangeKind, posts: Sequence[Post]) -> None:
        counted = len(posts) if kind in COUNTED else 0
        self.pts += counted
        self.changed_at = self._now()
        change = Change(kind=kind, channel_id=self.id, posts=tuple(posts), pts=self.pts, pts_count=counted)
        if counted:
            self._changes.append(change)
        self._tell(change)


_TOLD_COUNTS = {
    "views": ChangeKind.VIEWS,
    "forwards": ChangeKind.FORWARDS,
    "reactions": ChangeKind.REACTIONS,
}


def _forward_origin(origin: tuple[Channel, int] | Person | str, at: datetime) -> ForwardOrigin:
    if isinstance(origin, str):
        return ForwardOrigin(at=at, hidden_name=origin)
    if isinstance(origin, Person):
        return ForwardOrigin(at=at, person=origin)
    channel, message_id = origin
    found = channel.find(message_id)
    return ForwardOrigin(at=found.at if found else at, channel_id=channel.id, message_id=message_id)


def _content(circumstances: Circumstances) -> Content:
    # Every circumstance is a content's, which the type checker cannot be told otherwise.
    return cast("Content", circumstances)


def _whole_seconds(moment: datetime) -> datetime:
    """Telegram counts in whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)
