"""What a purge leaves behind: keyed hashes, by which what was purged is known when it is met again.

The key is random, one for each desk, made by its first purge. Whoever has the database can test a guess, but
cannot read from it what was purged. By another one the origins are named that correlations group by.
"""

import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from storage.columns import storable
from storage.database import Dialect
from storage.model import ItemRef
from storage.schema import desk_key, purged

PURGE_KEY = "purge"
NAMING_KEY = "naming"
KEY_LENGTH = 32  # bytes


def make_key(connection: Connection, dialect: Dialect, now: datetime, purpose: str = PURGE_KEY) -> bytes:
    """The desk's key for a purpose, made now if there is none."""
    fresh = {"purpose": purpose, "key": secrets.token_bytes(KEY_LENGTH), "created_at": now}
    connection.execute(dialect.insert(desk_key).on_conflict_do_nothing(), fresh)
    return stored_key(connection, purpose)


def stored_key(connection: Connection, purpose: str) -> bytes:
    """The desk's key for a purpose; nothing where it has not been made."""
    return connection.scalar(select(desk_key.c.key).where(desk_key.c.purpose == purpose)) or b""


def item_digest(key: bytes, ref: ItemRef) -> bytes:
    """What stands for an item: HMAC-SHA-256 of its source and external id."""
    return hmac.digest(key, f"item\0{ref.source_id}\0{storable(ref.external_id)}".encode(), "sha256")


def origin_digest(key: bytes, origin_key: bytes) -> bytes:
    """What stands for a text, or another sign by which copies are known: HMAC-SHA-256 of the origin key."""
    return hmac.digest(key, b"origin\0" + origin_key, "sha256")


def remember(
    connection: Connection, dialect: Dialect, digests: Iterable[bytes], now: datetime, reason: str | None
) -> None:
    """Keep `digests` for good."""
    rows = [{"digest": digest, "purged_at": now, "reason": reason} for digest in sorted(set(digests))]
    connection.execute(dialect.insert_new(purged), rows)
