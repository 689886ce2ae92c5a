"""How much one document may bring: whatever is done with it further on takes many times its length."""

from itertools import accumulate, takewhile
from typing import Final

from scrapers.counted import counted
from scrapers.model import Item, Refusal

MOST_ITEMS: Final = 2_000
"""Items of one document; feeds have some tens, hardly ever more than a thousand."""

MOST_TEXT: Final = 1_000_000
"""Characters of all texts of one document together; a long report has 60,000."""


def newest_within_extent(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The newest of `items`, which stand oldest first, as many as one document may bring.

    None is cut: it would seem edited each time that newer ones leave it another room.
    """
    newest_first = items[: -MOST_ITEMS - 1 : -1]
    lengths = accumulate(len(item.text) for item in newest_first)
    many = sum(1 for _ in takewhile(lambda length: length <= MOST_TEXT, lengths))
    return newest_first[:many][::-1]


def left_out(count: int, url: str) -> tuple[Refusal, ...]:
    """What to tell of the `count` items that were too many; nothing of none."""
    if count == 0:
        return ()
    reason = (
        f"{counted(count, 'item')} left out, the oldest: no document may bring so many, or such long ones"
    )
    return (Refusal(url=url, reason=reason),)
