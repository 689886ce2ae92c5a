"""Desks that hold many items already: their past, filled in as fast as rows go in."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, insert, text

from benchmarks.sizes import chosen
from benchmarks.texts import LANGUAGES, vocabulary
from monitor.analyse import read_texts
from monitor.text import ANALYSIS_VERSION
from monitor.text.search import index_words
from scrapers.model import Source
from scrapers.telegram_web import Options
from storage import migrate
from storage.database import Database, connect
from storage.model import TEXT_KEY
from storage.schema import item, origin_key, reading, revision, seen
from storage.search import tokens
from storage.store import open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCES = chosen().channels
BATCH = 5_000

Row = dict[str, Any]


def sources() -> tuple[Source, ...]:
    """The channels of the desk that is measured."""
    return tuple(
        Source(
            id=f"channel-{number}",
            kind="telegram_web",
            name=f"Channel {number} (sample)",
            options=Options(channel=f"channel_{number}"),
            tags=("families",) if number % 3 == 0 else ("news",),
        )
        for number in range(SOURCES)
    )


def stocked(url: str, count: int) -> None:
    """Make the database at `url` a desk of `SOURCES` channels that hold `count` items together."""
    migrate.upgrade(url)
    store = open_store(url)
    store.register(sources(), NOW)
    rows = [store.source(one.id).id for one in sources()]
    store.close()
    database = connect(url)
    try:
        for start in range(0, count, BATCH):
            with database.writing() as connection:
                _fill(connection, database, rows, range(start, min(start + BATCH, count)), count)
        _finish(database)
    finally:
        database.close()


def _fill(
    connection: Connection, database: Database, source_rows: Sequence[int], numbers: range, total: int
) -> None:
    posts = list(_posts(source_rows, numbers, total))
    for table, build in (
        (item, _item),
        (revision, _revision),
        (seen, _seen),
        (origin_key, _origin_key),
        (reading, _reading),
    ):
        connection.execute(insert(table), [build(post) for post in posts])
    database.dialect.index(connection, {post["id"]: tokens(post["words"]) for post in posts})


def _posts(source_rows: Sequence[int], numbers: range, total: int) -> Iterator[Row]:
    """Facts of the posts with these numbers, from which their rows are made, as cheaply as may be."""
    chance = random.Random(f"stock {numbers.start}")
    for number in numbers:
        language = chance.choice(LANGUAGES)
        known = vocabulary(language)
        length = min(400, max(20, round(chance.lognormvariate(4.2, 0.6))))
        words = chance.choices(known.words, cum_weights=known.weights, k=length)
        forms = index_forms(language)
        written = f"{' '.join(words)} {number}"
        yield {
            "id": number + 1,
            "source_id": source_rows[number % SOURCES],
            "external_id": str(number // SOURCES + 1),
            "at": NOW - timedelta(days=365) * (1 - number / total) - timedelta(hours=1),
            "language": language,
            "text": written,
            "hash": hashlib.sha256(written.encode()).digest()[:16],
            "words": " ".join(dict.fromkeys(form for word in words for form in forms[word])),
            "views": chance.randint(10, 100_000),
        }


@cache
def index_forms(language: str) -> dict[str, list[str]]:
    """What the full-text index holds of each word."""
    return {
        word: index_words(*read_texts(None, word, language)).split() for word in vocabulary(language).words
    }


def _item(post: Row) -> Row:
    return {
        "id": post["id"],
        "source_id": post["source_id"],
        "external_id": post["external_id"],
        "position": int(post["external_id"]),
        "kind": "post",
        "url": f"https://t.me/channel_{post['source_id']}/{post['external_id']}",
        "published_at": post["at"],
        "published_raw": post["at"].isoformat(),
        "published_precision": "second",
        "published_basis": "message",
        "first_seen_at": post["at"],
        "latest_seq": 1,
    }


def _revision(post: Row) -> Row:
    return {
        "item_id": post["id"],
        "seq": 1,
        "observed_at": post["at"],
        "deleted": False,
        "text": post["text"],
        "text_hash": post["hash"],
        "fingerprint": post["hash"],
        "language": post["language"],
        "edited": False,
        "has": [],
        "flags": [],
        "links": [],
        "analysis_version": ANALYSIS_VERSION,
    }


def _seen(post: Row) -> Row:
    return {
        "source_id": post["source_id"],
        "external_id": post["external_id"],
        "text_hash": post["hash"],
        "seen_at": post["at"],
    }


def _origin_key(post: Row) -> Row:
    return {"key": TEXT_KEY + post["hash"], "item_id": post["id"]}


def _reading(post: Row) -> Row:
    return {
        "item_id": post["id"],
        "observed_at": post["at"],
        "views": post["views"],
        "reactions": {},
        "raw": {"views": str(post["views"])},
    }


def _finish(database: Database) -> None:
    """Let Postgres go on counting where the given ids end, and both know what they hold."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            last = (
                "SELECT setval(pg_get_serial_sequence('item', 'id'), (SELECT coalesce(max(id), 1) FROM item))"
            )
            connection.execute(text(last))
            connection.execute(text("ANALYZE"))
        else:
            connection.execute(text("PRAGMA optimize"))
