"""Invented life in invented channels, at random but the same for the same seed."""

import random
from collections.abc import Sequence

from monitor.demo.data_centre import PASSERS_BY, Channel, Post, media

_TEXTS = (
    "The rotation was promised again (fictional sample)",
    "No boots in the whole platoon (fictional sample)",
    "Обещали отпуск, отпуска нет (вымышленный пример)",
    "Де наші відпустки? (вигаданий приклад)",
    "Slibovali vystřídání (smyšlený příklad)",
)
_EMOJI = ("👍", "🔥", "😢")


class Life:
    """Posts, edits, deletes and counts in some channels, one deed a step."""

    def __init__(self, channels: Sequence[Channel], *, seed: int, recent: int = 20) -> None:
        """Only the latest `recent` messages of a channel are changed or deleted."""
        self._channels = channels
        self._latest = recent
        self._random = random.Random(seed)
        self._number = 0

    def step(self) -> Channel:
        """Do one deed, and say in which channel."""
        channel = self._random.choice(self._channels)
        posts = channel.history()
        deeds = [self._post, self._post, self._post, self._album, self._forward]
        deeds += [self._edit, self._edit, self._delete, self._count, self._count] if posts else []
        self._random.choice(deeds)(channel, posts)
        return channel

    def _text(self) -> str:
        self._number += 1
        return f"{self._random.choice(_TEXTS)} no. {self._number}"

    def _post(self, channel: Channel, posts: Sequence[Post]) -> None:
        views = self._random.randrange(1, 9000)
        how = self._random.randrange(3)
        if how == 0:
            channel.post(self._text(), views=views, signature=PASSERS_BY[2], replies=2)
        elif how == 1 and posts:
            channel.post(self._text(), views=views, reply_to=self._recent(posts).id)
        else:
            channel.post(self._text(), views=views)

    def _album(self, channel: Channel, posts: Sequence[Post]) -> None:  # noqa: ARG002 - as all deeds
        members = self._random.randrange(2, 11)
        channel.album([self._text(), *[""] * (members - 1)], [media.photo() for _ in range(members)])

    def _forward(self, channel: Channel, posts: Sequence[Post]) -> None:  # noqa: ARG002 - as all deeds
        other = self._random.choice(self._channels)
        theirs = other.history()
        if theirs and other is not channel:
            channel.post(self._text(), forward_of=(other, self._random.choice(theirs).id))
        else:
            channel.post(self._text(), forward_of=PASSERS_BY[0])

    def _edit(self, channel: Channel, posts: Sequence[Post]) -> None:
        channel.edit(self._recent(posts).id, self._text())

    def _delete(self, channel: Channel, posts: Sequence[Post]) -> None:
        channel.delete(self._recent(posts).id)

    def _count(self, channel: Channel, posts: Sequence[Post]) -> None:
        post = self._recent(posts)
        more = self._random.randrange(1, 500)
        channel.count(post.id, views=post.views + more, reactions={self._random.choice(_EMOJI): more})

    def _recent(self, posts: Sequence[Post]) -> Post:
        return self._random.choice(posts[-self._latest :])
