"""What arrives at the desk that is measured: pages of new posts, each of one channel."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from benchmarks.stock import NOW, SOURCES, sources
from benchmarks.texts import texts
from scrapers.model import (
    ChannelFacts,
    Counters,
    Cursor,
    Fetched,
    Item,
    ItemKind,
    Media,
    MediaKind,
    Outcome,
    Precision,
)

FIRST_ID = 1_000_000  # above everything that is in stock
COPIED = 0.05
"""Share of posts that carry the text of an earlier one."""


def pages(seed: str, count: int, size: int) -> list[Fetched]:
    """So many pages of `size` new posts, the channels in turns."""
    posts = _posts(seed)
    return [_page(number, tuple(islice(posts, size))) for number in range(count)]


def _page(number: int, items: tuple[Item, ...]) -> Fetched:
    source = sources()[number % SOURCES]
    return Fetched(
        source_id=source.id,
        outcome=Outcome.ITEMS,
        fetched_at=NOW + timedelta(seconds=number),
        cursor=Cursor(values={"position": int(items[-1].external_id)}),
        items=items,
        channel=ChannelFacts(
            native_id=str(10_000 + number % SOURCES),
            username=f"channel_{number % SOURCES}",
            title=source.name,
            description="(fictional sample)",
            subscribers=5_000,
            subscribers_raw="5K",
        ),
    )


def _posts(seed: str) -> Iterator[Item]:
    chance = random.Random(f"posts {seed}")
    said: list[str] = []
    for number, (_, text) in enumerate(texts(f"texts {seed}"), start=FIRST_ID):
        written = chance.choice(said) if said and chance.random() < COPIED else text
        said = [*said[-500:], written]
        yield _post(number, written, chance)


def _post(number: int, text: str, chance: random.Random) -> Item:
    views = chance.randint(10, 20_000)
    published = NOW - timedelta(minutes=chance.randint(1, 60))
    return Item(
        external_id=str(number),
        kind=ItemKind.POST,
        url=f"https://t.me/channel/{number}",
        title=None,
        text=text,
        published_at=published,
        published_raw=published.isoformat(),
        published_precision=Precision.SECOND,
        published_basis="message",
        counters=Counters(views=views, reactions={"👍": views // 50}, raw={"views": str(views), "👍": "7"}),
        media=(Media(kind=MediaKind.PHOTO, native_id=str(10**15 + number)),) if number % 3 == 0 else (),
        links=(f"https://example.org/{number}",) if number % 4 == 0 else (),
    )
