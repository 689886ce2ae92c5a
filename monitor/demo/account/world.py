"""The story as a data centre's world: posts appear, change and vanish there as the demo's clock goes on."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from monitor.demo.account.content import attached, service_action, words
from monitor.demo.data_centre import Channel, Person, World
from monitor.demo.data_centre.channel import Circumstances
from monitor.demo.load import load_story
from monitor.demo.story import Channel as StoryChannel
from monitor.demo.story import Post

JOINED: Final = frozenset({"PYTY_DOMOY", "sample_lesnoy_families", "sample_wives_lugovoe"})
"""The channels that the account has joined: what happens there is pushed to it."""

_FORWARDED: Final = 1 / 90  # of the viewers; previews do not tell it


@dataclass(frozen=True, kw_only=True, slots=True)
class _Happening:
    """Something that changes in a channel, and when."""

    at: timedelta
    username: str
    happen: Callable[[], None]
    pushed: bool = True  # to accounts that have joined the channel


class StoryWorld:
    """The channels of the story, as they are at the moment they were last brought up to.

    Args:
        start: When the story begins.
        now: Tells the time that what nobody dates is given.
    """

    def __init__(self, start: datetime, now: Callable[[], datetime]) -> None:
        self.world = World(now=now)
        self._start = start
        self._story = {channel.native_id: channel for channel in load_story().channels.values()}
        self._channels = {one.username: _opened(self.world, one) for one in self._story.values()}
        happenings = [one for channel in self._story.values() for one in self._happenings(channel)]
        self._ahead = deque(sorted(happenings, key=lambda one: one.at))

    def bring_up_to(self, now: datetime) -> None:
        """Let everything happen that has happened by then. Counters are left to `count`."""
        elapsed = now - self._start
        while self._ahead and self._ahead[0].at <= elapsed:
            self._ahead.popleft().happen()

    def next_pushed(self) -> datetime | None:
        """When joined channels tell of something next; None: never again."""
        told = (one.at for one in self._ahead if one.pushed and one.username in JOINED)
        return next((self._start + at for at in told), None)

    def count(self, channel_id: int, now: datetime) -> None:
        """Let a channel's counters be what they are at `now`: they climb all the time, for whoever asks."""
        story = self._story.get(channel_id)
        if story is None:
            return
        elapsed, channel = now - self._start, self._channels[story.username]
        with self.world.lock:
            channel.describe(subscribers=story.subscribers(elapsed))
            for post in story.shown(elapsed):
                if not post.service:
                    _count(channel, post, elapsed)

    # ---- what happens --------------------------------------------------------------------

    def _happenings(self, channel: StoryChannel) -> Iterator[_Happening]:
        told = partial(_Happening, username=channel.username)
        target = self._channels[channel.username]
        for post in channel.posts:
            yield told(at=post.at, happen=partial(self._publish, target, post))
            for wording in post.wordings[1:]:
                yield told(at=wording.since, happen=partial(self._edit, target, post, wording.since))
            if post.deleted is not None:
                yield told(at=post.deleted, happen=partial(target.delete, *post.numbers))
        for described in channel.descriptions[1:]:
            describe = partial(target.describe, about=described.text)
            yield told(at=described.since, happen=describe, pushed=False)
        if channel.marked_fake is not None:
            yield told(at=channel.marked_fake, happen=partial(target.describe, fake=True), pushed=False)

    def _publish(self, channel: Channel, post: Post) -> None:
        channel.skip(post.number - channel.newest_id() - 1)
        at, (text, entities), media = self._start + post.at, words(post.text(post.at)), attached(post)
        if post.service:
            channel.post(action=service_action(text), at=at)
        elif len(media) > 1:
            channel.album([text, *[""] * (len(media) - 1)], media, **self._circumstances(post))
        elif media:
            channel.post(text, entities=entities, media=media[0], **self._circumstances(post))
        else:
            channel.post(text, entities=entities, **self._circumstances(post))

    def _edit(self, channel: Channel, post: Post, since: timedelta) -> None:
        text, entities = words(post.text(since))
        channel.edit(post.number, text, entities=entities, at=self._start + since)

    def _circumstances(self, post: Post) -> Circumstances:
        content: Circumstances = {"at": self._start + post.at}
        if post.reply_to is not None:
            content["reply_to"] = post.reply_to
        if post.signature is not None:
            content["signature"] = self._person(post.signature, f"signer_{post.number}")
        if post.forward_of is not None:
            username, number = post.forward_of
            content["forward_of"] = self._channels[username], number
        elif post.forward_person is not None:
            content["forward_of"] = self._forwarded(post.forward_person, post.forward_person_username)
        return content

    def _forwarded(self, name: str, username: str | None) -> Person | str:
        """A person whom Telegram names, or one who hides."""
        return name if username is None else self._person(name, username)

    def _person(self, name: str, username: str) -> Person:
        return self.world.user(username, name=name)


def _opened(world: World, channel: StoryChannel) -> Channel:
    """A channel without posts, as it describes itself before the story begins."""
    return world.channel(
        channel.username,
        title=channel.title,
        channel_id=channel.native_id,
        about=channel.descriptions[0].text,
        subscribers=channel.subscribers_at_start,
        joined=channel.username in JOINED,
        verified=channel.verified,
    )


def _count(channel: Channel, post: Post, elapsed: timedelta) -> None:
    """Set what differs: whoever has joined is told of every counter that is set."""
    standing = channel.find(post.number)
    if standing is None:
        return
    views, reactions = post.views(elapsed), post.reaction_counts(elapsed)
    if (standing.views, standing.reactions) != (views, reactions):
        channel.count(post.number, views=views, forwards=int(views * _FORWARDED), reactions=reactions)
