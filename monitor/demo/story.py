"""The fictional ten days: who posts what, when, and how often it is viewed. Times are offsets from the start.

Everything is a function of the time since the start, so the same moment always shows the same web.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.demo.sample_files import MediaFile, PollFile, PreviewFile

Topic = Literal["threat", "retraction", "complaint", "noise"]

LENGTH = timedelta(days=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When someone looks at the web."""

    start: datetime  # aware, UTC: when the story begins
    now: datetime

    @property
    def elapsed(self) -> timedelta:
        """How far the story is."""
        return self.now - self.start

    def time(self, at: timedelta) -> datetime:
        """The date of an offset."""
        return self.start + at


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """How a counter climbs: `peak · (1 − 2^−(age / half_life)^shape)`, a Weibull curve."""

    peak: int
    half_life: timedelta
    shape: float = 1.0  # above 1: slow at first, then steep

    def at(self, age: timedelta) -> int:
        """The counter at this age; 0 before."""
        if age <= timedelta(0):
            return 0
        halvings = (age / self.half_life) ** self.shape
        return int(self.peak * (1 - 2.0**-halvings))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """What a post says from a moment on."""

    since: timedelta
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One message of a channel."""

    channel: str  # user name
    number: int  # an album's smallest
    at: timedelta
    topic: Topic
    wordings: tuple[Wording, ...]  # oldest first, at least one
    growth: Growth
    copies: str | None = None  # name of the shared text it carries
    media: tuple[MediaFile, ...] = ()
    poll: PollFile | None = None
    preview: PreviewFile | None = None
    forward_of: tuple[str, int] | None = None  # user name of the channel, number
    forward_person: str | None = None
    forward_person_username: str | None = None
    signature: str | None = None
    reply_to: int | None = None
    deleted: timedelta | None = None
    service: bool = False
    unreadable: bool = False
    reactions: tuple[tuple[str, float], ...] = ()

    @property
    def numbers(self) -> range:
        """The message numbers it takes: several for an album."""
        return range(self.number, self.number + max(1, len(self.media)))

    def shown(self, elapsed: timedelta) -> bool:
        """Whether the channel shows it."""
        return self.at <= elapsed and (self.deleted is None or elapsed < self.deleted)

    def text(self, elapsed: timedelta) -> str:
        """Its wording, in the samples' own light markup."""
        return [
            wording.text for wording in self.wordings if wording.since <= elapsed or wording.since == self.at
        ][-1]

    def edited(self, elapsed: timedelta) -> bool:
        """Whether it carries the edited mark."""
        return len(self.wordings) > 1 and self.wordings[1].since <= elapsed

    def views(self, elapsed: timedelta) -> int:
        """Its views, at least 1 once it is out."""
        return max(1, self.growth.at(elapsed - self.at))

    def reaction_counts(self, elapsed: timedelta) -> dict[str, int]:
        """Emoji -> count, without those that nobody has given yet."""
        counts = {emoji: int(self.views(elapsed) * share) for emoji, share in self.reactions}
        return {emoji: count for emoji, count in counts.items() if count}


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A fictional channel. `posts` are in the order of their numbers."""

    source: str  # id of the source in the demo's configuration
    username: str
    native_id: int
    title: str
    language: str
    tags: tuple[str, ...]
    descriptions: tuple[Wording, ...]
    subscribers_at_start: int
    subscribers_a_day: int
    verified: bool
    boxed: bool
    preview_off: timedelta | None
    marked_fake: timedelta | None
    redesign: tuple[timedelta, timedelta] | None
    posts: tuple[Post, ...]

    def shown(self, elapsed: timedelta) -> list[Post]:
        """What its preview shows, oldest first."""
        return [post for post in self.posts if post.shown(elapsed)]

    def previewed(self, elapsed: timedelta) -> bool:
        """Whether it has a public preview."""
        return self.preview_off is None or elapsed < self.preview_off

    def hidden(self, post: Post) -> bool:
        """Whether no preview ever showed a post, for it came out when there was none."""
        return not self.previewed(post.at)

    def labels(self, elapsed: timedelta) -> tuple[str, ...]:
        """How Telegram marks it."""
        fake = self.marked_fake is not None and self.marked_fake <= elapsed
        return ("verified",) * self.verified + ("fake",) * fake

    def redesigned(self, elapsed: timedelta) -> bool:
        """Whether its pages come in a markup that nobody knows."""
        return self.redesign is not None and self.redesign[0] <= elapsed < self.redesign[1]

    def description(self, elapsed: timedelta) -> str:
        """What it says about itself."""
        return [wording.text for wording in self.descriptions if wording.since <= elapsed][-1]

    def subscribers(self, elapsed: timedelta) -> int:
        """How many follow it."""
        return self.subscribers_at_start + int(self.subscribers_a_day * (elapsed / timedelta(days=1)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One article of an outlet."""

    source: str
    slug: str
    number: int
    at: timedelta
    section: str
    topic: Topic
    title: str
    lead: str
    paragraphs: tuple[str, ...]  # without the lead
    updated: timedelta | None = None
    addition: str = ""  # the paragraph that the update adds

    def body(self, elapsed: timedelta) -> tuple[str, ...]:
        """Its paragraphs, the lead first."""
        later = (self.addition,) if self.was_updated(elapsed) else ()
        return (self.lead, *self.paragraphs, *later)

    def was_updated(self, elapsed: timedelta) -> bool:
        """Whether the update is out."""
        return self.updated is not None and self.updated <= elapsed

    def changed(self, elapsed: timedelta) -> timedelta:
        """The offset of its last change up to now."""
        return self.updated if self.updated is not None and self.updated <= elapsed else self.at


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """A sample outlet. `articles` are oldest first."""

    source: str
    name: str
    description: str
    language: str
    tags: tuple[str, ...]
    format: Literal["rss", "atom", "page"]
    listing: str  # path of its feed or listing page
    article_path: str  # pattern
    guid_pattern: str
    timezone: ZoneInfo
    template: str
    window: int
    full_content: bool
    outage: tuple[timedelta, timedelta] | None
    articles: tuple[Article, ...]

    def path(self, article: Article, moment: Moment) -> str:
        """Where on the server an article is."""
        time = moment.time(article.at).astimezone(self.timezone)
        return self.article_path.format(
            slug=article.slug, section=article.section, number=article.number, time=time
        )

    def guid(self, article: Article, moment: Moment, base_url: str) -> str:
        """The feed's own name for an article."""
        address = base_url + self.path(article, moment)
        return self.guid_pattern.format(address=address, base_url=base_url, number=article.number)

    def published(self, elapsed: timedelta) -> list[Article]:
        """What is out, newest first."""
        return [article for article in reversed(self.articles) if article.at <= elapsed]

    def latest(self, elapsed: timedelta) -> list[Article]:
        """What its feed or listing shows, newest first."""
        return self.published(elapsed)[: self.window]

    def down(self, elapsed: timedelta) -> bool:
        """Whether its server is out of order."""
        return self.outage is not None and self.outage[0] <= elapsed < self.outage[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """All of it."""

    channels: dict[str, Channel]  # by user name
    outlets: dict[str, Outlet]  # by source id
