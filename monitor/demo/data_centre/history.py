"""Which posts a page of a history holds (https://core.telegram.org/api/offsets)."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.demo.data_centre.post import Post

_MOST = 100
_USUAL = 20  # where the client names no limit


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryPage:
    """A part of a history, newest first."""

    posts: tuple[Post, ...]
    total: int
    newer: int  # how many posts stand before its first one


def history_page(
    posts: Sequence[Post], *, offset_id: int, add_offset: int, limit: int, min_id: int, max_id: int
) -> HistoryPage:
    """A page of `posts`, which stand oldest first.

    Counted from the newest post, the page begins behind `offset_id` (0: at the newest), moved by
    `add_offset`; what would lie before the newest is cut off. `min_id` and `max_id` are both exclusive and
    are looked at last, within the page.
    """
    newest_first = posts[::-1]
    behind = sum(1 for post in newest_first if offset_id and post.id >= offset_id)
    start = behind + add_offset
    end = start + min(limit or _USUAL, _MOST)
    part = newest_first[max(start, 0) : max(end, 0)]
    kept = tuple(post for post in part if post.id > min_id and (not max_id or post.id < max_id))
    return HistoryPage(posts=kept, total=len(posts), newer=max(start, 0))
