"""What a run of the demo should have found by a moment: for its summary and for tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from monitor.demo.load import load_story
from monitor.demo.story import LENGTH, Post, Topic


@dataclass(frozen=True, kw_only=True, slots=True)
class PostKey:
    """A post as the daemon names it."""

    source: str
    external_id: str
    at: timedelta


def published(elapsed: timedelta) -> dict[str, int]:
    """Source id -> how many posts or articles have come out by then, those from before the start included."""
    story = load_story()
    posts = {
        channel.source: sum(post.at <= elapsed for post in channel.posts)
        for channel in story.channels.values()
    }
    articles = {name: len(outlet.published(elapsed)) for name, outlet in story.outlets.items()}
    return posts | articles


def hidden(elapsed: timedelta) -> dict[str, int]:
    """Source id -> how many of the published posts no preview ever showed."""
    return {
        channel.source: sum(post.at <= elapsed and channel.hidden(post) for post in channel.posts)
        for channel in load_story().channels.values()
    }


def carriers(text: str, elapsed: timedelta = LENGTH) -> tuple[PostKey, ...]:
    """The posts that carry a shared text ("threat", "retraction"), oldest first: the first is the origin."""
    keys = [_key(source, post) for source, post in _posts(elapsed) if post.copies == text]
    return tuple(sorted(keys, key=lambda key: key.at))


def complaints(elapsed: timedelta = LENGTH) -> tuple[PostKey, ...]:
    """The independent complaints about rotation, leave, supplies and pay since the start, oldest first."""
    keys = [_key(source, post) for source, post in _posts(elapsed) if post.topic == "complaint"]
    return tuple(sorted((key for key in keys if key.at >= timedelta(0)), key=lambda key: key.at))


def complaints_a_day() -> tuple[int, ...]:
    """How many complaints come on each of the ten days."""
    days = [key.at.days for key in complaints()]
    return tuple(days.count(day) for day in range(LENGTH.days))


def articles_about(topic: Topic, elapsed: timedelta = LENGTH) -> int:
    """How many articles on a topic are out."""
    outlets = load_story().outlets.values()
    return sum(article.topic == topic for outlet in outlets for article in outlet.published(elapsed))


def most_views(text: str, elapsed: timedelta = LENGTH) -> int:
    """The views of the most viewed post that carries a shared text."""
    return max((post.views(elapsed) for _, post in _posts(elapsed) if post.copies == text), default=0)


def _posts(elapsed: timedelta) -> Iterator[tuple[str, Post]]:
    for channel in load_story().channels.values():
        for post in channel.posts:
            if post.at <= elapsed:
                yield channel.source, post


def _key(source: str, post: Post) -> PostKey:
    return PostKey(source=source, external_id=str(post.number), at=post.at)
