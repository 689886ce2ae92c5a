"""Articles that a source linked and that could not be read, counted over polls until one can be read. Pure.

A site that is asked every quarter of an hour brings its articles one by one: that not one of them can be read
shows only over several polls.

The cursor holds `unread` (how many in a row), `unread_why` (why the latest could not be read) and
`unread_told` (1 once the owner is told, until one is read).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scrapers.counted import counted
from scrapers.model import Cursor, Fetched

_TELLING: Final = 4  # articles in a row, over any number of polls
_TELLING_AT_ONCE: Final = 3  # in one poll: then it is not about them but about the site
_LONGEST_REASON: Final = 300  # characters


def with_unread(cursor: Cursor, refused: Sequence[str], *, read: bool) -> Cursor:
    """`cursor` after a fetch that refused articles for good, for these reasons, and perhaps read some."""
    if read:
        return cursor.with_values(unread=None, unread_why=None, unread_told=None)
    if not refused:
        return cursor
    number = cursor.number("unread") + len(refused)
    told = cursor.number("unread_told") or number >= _TELLING or len(refused) >= _TELLING_AT_ONCE
    why = refused[-1][:_LONGEST_REASON]
    return cursor.with_values(unread=number, unread_why=why, unread_told=1 if told else None)


def told_of_unread(fetched: Fetched) -> Fetched:
    """What was fetched, with what is to be said of the articles that could not be read up to now."""
    number, why = fetched.cursor.number("unread"), fetched.cursor.text("unread_why")
    if not number:
        return fetched
    in_a_row = " in a row" if number > 1 else ""
    remark = f"{counted(number, 'new article')}{in_a_row}: {why}"
    if not fetched.cursor.number("unread_told"):
        return replace(fetched, refused_of_late=remark)
    return replace(
        fetched,
        refused_of_late=remark,
        unread=f"none of the last {number:,} new articles could be read: {why}",
    )
