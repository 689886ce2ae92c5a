"""Making due at once what was heard of: live news only hastens a poll, which reads what there is."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select, update

from scrapers.model import Heard
from storage.schema import item, source

LONGEST_ALBUM = 10  # messages of one post, whose id is the smallest

_DUE_NOW = (
    update(source)
    .values(next_due_at=bindparam("now"))
    .where(source.c.native_id == bindparam("channel"), source.c.next_due_at > bindparam("now"))
)
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


def hasten(connection: Connection, now: datetime, heard: Iterable[Heard]) -> None:
    """Make the channels due now, and with them their posts of which a message changed, however old."""
    for one in heard:
        connection.execute(_DUE_NOW, {"now": now, "channel": one.channel_id})
        for post in sorted(_posts(connection, one)):
            connection.execute(_READ_AGAIN, {"now": now, "channel": one.channel_id, "post": post})


def hasten_kind(connection: Connection, now: datetime, kind: str) -> None:
    """Make every source of a kind due now."""
    connection.execute(
        update(source)
        .values(next_due_at=now)
        .where(source.c.kind == kind, source.c.active, source.c.next_due_at > now)
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
