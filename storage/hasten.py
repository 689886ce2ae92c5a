"""Making due at once what was heard of: live news only hastens a poll, which reads what there is."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, bindparam, func, or_, select, update

from scrapers.errors import Unavailable
from scrapers.model import LONGEST_ALBUM, Heard
from storage.schema import item, source

AHEAD = timedelta(hours=1)  # by which what was heard of comes before what is merely due

_DUE_NOW = (
    update(source)
    .values(next_due_at=bindparam("first"))
    .where(source.c.native_id == bindparam("channel"), source.c.next_due_at > bindparam("first"))
)
_KNOWN = select(source.c.id).where(source.c.native_id == bindparam("channel"), source.c.active)
_POST_OF_MESSAGE = (
    select(func.max(item.c.position))
    .join(source, source.c.id == item.c.source_id)
    .where(
        source.c.native_id == bindparam("channel"),
        item.c.position.between(bindparam("lowest"), bindparam("message")),
    )
)
_READ_AGAIN = (
    update(item)
    .values(refresh_at=bindparam("now"))
    .where(
        item.c.source_id
        == select(source.c.id).where(source.c.native_id == bindparam("channel")).scalar_subquery(),
        item.c.position == bindparam("post"),
        or_(item.c.refresh_at.is_(None), item.c.refresh_at > bindparam("now")),
    )
)


def hasten(connection: Connection, now: datetime, heard: Iterable[Heard]) -> frozenset[str]:
    """Make the channels due now, before all others, and with them their posts of which a message changed.

    Returns which of the channels are known here.
    """
    known = set()
    for one in heard:
        if connection.scalar(_KNOWN, {"channel": one.channel_id}) is None:
            continue
        known.add(one.channel_id)
        connection.execute(_DUE_NOW, {"now": now, "first": now - AHEAD, "channel": one.channel_id})
        for post in sorted(_posts(connection, one)):
            connection.execute(_READ_AGAIN, {"now": now, "channel": one.channel_id, "post": post})
    return frozenset(known)


def hasten_kind(connection: Connection, now: datetime, kind: str) -> None:
    """Make the sources of a kind due now that are well, or have only not been reached.

    Others wait for what they were told to wait for, or for their owner.
    """
    connection.execute(_late(now).where(source.c.kind == kind))


def hasten_sources(connection: Connection, now: datetime, config_ids: Collection[str]) -> None:
    """Likewise sources by their configured ids."""
    connection.execute(_late(now).where(source.c.config_id.in_(config_ids)))


def _late(now: datetime) -> Update:
    may_be_asked = or_(source.c.failures == 0, source.c.outcome == Unavailable.outcome)
    return (
        update(source)
        .values(next_due_at=now)
        .where(source.c.active, source.c.next_due_at > now, may_be_asked)
    )


def _posts(connection: Connection, heard: Heard) -> set[int]:
    """The numbers of the stored posts to which the changed messages belong, as far as there are any."""
    return {
        post
        for message in heard.changed
        if (post := _post(connection, heard.channel_id, message)) is not None
    }


def _post(connection: Connection, channel_id: str, message: int) -> int | None:
    asked = {"channel": channel_id, "message": message, "lowest": message - LONGEST_ALBUM + 1}
    post: int | None = connection.scalar(_POST_OF_MESSAGE, asked)
    return post
