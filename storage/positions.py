"""The numbers of items: where a source numbers them, what is missing among them can be told."""

import re

from scrapers.model import ItemKind

_NUMBER = re.compile(r"[0-9]{1,18}")  # fits 64 bits
_NUMBERED = (ItemKind.POST, ItemKind.SERVICE)


def position_of(external_id: str, kind: ItemKind) -> int | None:
    """The number of a channel's message, an album's being its smallest; None: its source has no numbers."""
    if kind not in _NUMBERED or not _NUMBER.fullmatch(external_id):
        return None
    return int(external_id)
