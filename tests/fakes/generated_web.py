"""Somebody else's web of hundreds of channels and feeds, made up as time goes on: one seed, one web.

Posts come by chance, now and then in floods; some are copies, some are edited or taken down later. What was
shown without a fault to who collects is kept until it is asked for, but for the last post of a page: who
looks for another one passes that by. All of it is invented.
"""

import heapq
import itertools
import random
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from tests.fakes.small_web import Channel, Feed, Post, Reply, SmallWeb, shown_posts

DAY = timedelta(days=1)
FIRST = 3
KEPT = 600  # posts of one source that can still be seen
MATCHING = "не дают отпуск"
WORDS = (
    "погода",
    "музей",
    "дорога",
    "школа",
    "рынок",
    "река",
    "завод",
    "зима",
    "концерт",
    "выставка",
    "поезд",
    "мост",
    "площадь",
    "урожай",
    "театр",
    "library",
    "market",
    "river",
    "bridge",
    "concert",
    "weather",
    "harvest",
    "school",
    "museum",
    "station",
    "garden",
    "winter",
    "street",
)

Name = tuple[str, str]  # source and external id


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How often things happen on one source."""

    posts_a_day: float = 8
    copies: float = 0.15  # of all posts, copies of one of the day's stories
    matching: float = 0.03  # of the posts that are no copies
    edited: float = 0.04
    deleted: float = 0.03  # on channels
    floods: float = 0.02  # a day
    flood: int = 60  # posts within half an hour


@dataclass
class Author:
    """One source: what it will do is drawn a day ahead."""

    seed: str
    manners: Manners
    outlet: Channel | Feed
    start: datetime
    deleted: dict[str, datetime] = field(default_factory=dict)  # external id -> when
    _plans: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST))
    _ties: Iterator[int] = field(default_factory=itertools.count)
    _days: int = 0

    @property
    def posts(self) -> list[Post]:
        """What can be seen, oldest first."""
        return self.outlet.posts if isinstance(self.outlet, Channel) else self.outlet.entries

    @property
    def window(self) -> int:
        """How many of them can still be read again."""
        return KEPT if isinstance(self.outlet, Channel) else self.outlet.window

    def external_id(self, post: Post) -> str:
        """What the source calls a post."""
        return str(post.id) if isinstance(self.outlet, Channel) else self.outlet.guid(post)

    def advance(self, now: datetime) -> None:
        """Do everything that was to be done until `now`."""
        while self.start + self._days * DAY <= now:
            self._plan_day(self._days)
            self._days += 1
        while self._plans and self._plans[0][0] <= now:
            moment, _, act = heapq.heappop(self._plans)
            act(moment)
        del self.posts[:-KEPT]

    def _plan(self, moment: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._plans, (moment, next(self._ties), act))

    def _plan_day(self, day: int) -> None:
        chance = random.Random(f"{self.seed}/{self.outlet.name}/{day}")
        begin = self.start + day * DAY
        elapsed = chance.expovariate(self.manners.posts_a_day)
        while elapsed < 1:
            self._plan_post(begin + elapsed * DAY, day, chance)
            elapsed += chance.expovariate(self.manners.posts_a_day)
        if chance.random() < self.manners.floods:
            flooded = begin + chance.random() * DAY
            for _ in range(self.manners.flood):
                self._plan_post(flooded + chance.random() * DAY / 48, day, chance)

    def _plan_post(self, moment: datetime, day: int, chance: random.Random) -> None:
        text = self._text(day, chance)
        post = Post(id=0, text=text, at=moment.replace(microsecond=0))
        self._plan(moment, lambda _: self._publish(post))
        if chance.random() < self.manners.edited:
            self._plan(moment + chance.uniform(0.003, 0.2) * DAY, lambda _: self._edit(post))
        if isinstance(self.outlet, Channel) and chance.random() < self.manners.deleted:
            self._plan(moment + chance.uniform(0.007, 0.8) * DAY, lambda now: self._delete(post, now))

    def _text(self, day: int, chance: random.Random) -> str:
        if chance.random() < self.manners.copies:
            return story(self.seed, day, chance.randrange(20))
        said = " ".join(chance.choices(WORDS, k=chance.randint(12, 40)))
        matching = f" {MATCHING}" if chance.random() < self.manners.matching else ""
        return f"{said}{matching} {self.outlet.name} {chance.getrandbits(40):x} (вымышленный пример)"

    def _publish(self, post: Post) -> None:
        post.id = next(self._numbers)
        self.posts.append(post)

    def _edit(self, post: Post) -> None:
        post.text, post.edited = f"{post.text} Исправлено.", True

    def _delete(self, post: Post, now: datetime) -> None:
        """Not the first one: every channel begins with a message that says so, and nobody takes it down."""
        if post.id == FIRST:
            return
        self.posts[:] = [one for one in self.posts if one is not post]
        self.deleted[self.external_id(post)] = now


def story(seed: str, day: int, number: int) -> str:
    """What several sources copy from each other on one day."""
    chance = random.Random(f"{seed}/story/{day}/{number}")
    said = " ".join(chance.choices(WORDS, k=20))
    return f"{said}{f' {MATCHING}' if number == 0 else ''} {chance.getrandbits(40):x} (вымышленный пример)"


def _weight(posts: Sequence[Post]) -> int:
    """Bytes that posts take with all they hold, what they share once, each rounded up as allocators do."""
    held = {id(one): one for post in posts for one in (post, vars(post), *vars(post).values())}
    return sum(-(-sys.getsizeof(one) // 16) * 16 for one in held.values())


class GeneratedWeb(SmallWeb):
    """Channels and feeds by the clock; `faults` are given to the next requests, whoever asks."""

    def __init__(self, *, sources: int, seed: str, start: datetime, manners: Manners | None = None) -> None:
        super().__init__()
        self.now: datetime = start
        self.faults: deque[Callable[[Reply], Reply]] = deque()
        self.requests = 0
        self.authors: dict[str, Author] = {}
        self._shown: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._spoilt: set[str] = set()
        self._turn = threading.Lock()
        for number in range(sources):
            outlet = self._outlet(number)
            self.authors[outlet.name] = Author(
                seed=seed, manners=manners or Manners(), outlet=outlet, start=start
            )

    def _outlet(self, number: int) -> Channel | Feed:
        """Of ten sources three are feeds."""
        if number % 10 in {2, 5, 8}:
            return self.feed(f"feed{number:03}")
        return self.channel(f"channel{number:03}")

    def weight(self) -> int:
        """Bytes of memory that its posts take, which a measurement has to leave out."""
        with self._turn:
            return sum(_weight(author.posts) for author in self.authors.values())

    def take_shown(self) -> dict[str, set[tuple[str, str]]]:
        """External ids and texts, by source, that were shown without a fault since this was asked last.

        Nothing of a source behind its first fault: half a page may be taken for all there is, and what later
        answers show beside items that were asked for anew is left to the next poll, which may find it gone.
        """
        with self._turn:
            self._spoilt.clear()
            shown, self._shown = self._shown, defaultdict(set)
            return dict(shown)

    def answer(self, target: str) -> Reply:
        """What `GET target` gets."""
        path, query = urlsplit(target).path, urlsplit(target).query
        name = path.rpartition("/")[2]
        with self._turn:
            self.requests += 1
            if name not in self.authors:
                return Reply(status=404)
            author = self.authors[name]
            author.advance(self.now)
            reply, shown = _page(author, query)
            if self.faults:
                self._spoilt.add(name)
                return self.faults.popleft()(reply)
            looks_back = "before" in query  # who does, does not collect what is new
            if not looks_back and name not in self._spoilt:
                self._shown[name].update((author.external_id(post), post.text) for post in shown[:-1])
            return reply


def _page(author: Author, query: str) -> tuple[Reply, list[Post]]:
    if isinstance(author.outlet, Channel):
        asked = {name: int(values[0]) for name, values in parse_qs(query).items()}
        page = author.outlet.page(query).encode()
        html = {"Content-Type": "text/html; charset=utf-8"}
        return Reply(body=page, headers=html), shown_posts(author.posts, asked)
    rss = {"Content-Type": "application/rss+xml; charset=utf-8"}
    return Reply(body=author.outlet.rss().encode(), headers=rss), author.posts[-author.outlet.window :]


# ---- what may happen to an answer ------------------------------------------------------


def server_error(_: Reply) -> Reply:
    """The server is out of order."""
    return Reply(status=503)


def too_many(_: Reply) -> Reply:
    """The server wants to be left alone for a while."""
    return Reply(status=429, headers={"Retry-After": "120"})


def cut(reply: Reply) -> Reply:
    """The connection breaks in the middle of the page."""
    return replace(reply, cut_at=len(reply.body) // 2)


def no_answer(reply: Reply) -> Reply:
    """The connection breaks before the answer."""
    return replace(reply, cut_at=-1)


def half(reply: Reply) -> Reply:
    """Some machine on the way passes on the first half for a whole page."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def garbage(reply: Reply) -> Reply:
    """Some machine on the way answers in the server's place."""
    return replace(reply, body=b"<html><h1>Welcome to the hotel (sample)</h1></html>")


def silence(reply: Reply) -> Reply:
    """No answer for longer than anybody waits."""
    over = threading.Event()
    timer = threading.Timer(2, over.set)
    timer.daemon = True
    timer.start()
    return replace(reply, cut_at=-1, wait_for=over)
