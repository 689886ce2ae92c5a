"""The text and the links of a Telegram message, equal to what its web preview shows.

Telegram sends plain text and, beside it, "entities": spans of it that are bold, links, quotes. Their offsets
count UTF-16 code units (https://core.telegram.org/api/entities).
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from telethon.tl import types

from scrapers.telegram_text import Flow
from scrapers.telegram_tl import TL

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
WEB: Final = ("http://", "https://")
_BLOCKS: Final = {types.MessageEntityBlockquote: "blockquote", types.MessageEntityPre: "pre"}


def shown_text(text: str, entities: Sequence[TL] | None) -> str:
    """`text` as a browser shows it: white space collapses but for verbatim blocks, blocks stand on lines."""
    flow = Flow()
    units = _units(text)
    end = 0
    for position, tag, opens in _edges(entities or ()):
        _write(flow, _text(units, end, position))
        end = max(end, position)
        if opens:
            flow.open(tag)
        else:
            flow.close(tag)
    _write(flow, _text(units, end, len(units) // 2))
    return flow.text()


def shown_line(text: str | None) -> str | None:
    """`text` on one line; None where there is none."""
    return " ".join((text or "").split()) or None


def web_links(text: str, entities: Sequence[TL] | None) -> tuple[str, ...]:
    """The web addresses that the preview would link to, in order, without repeats."""
    units = _units(text)
    found = sorted(entities or (), key=lambda entity: (entity.offset, -entity.length))
    targets = (
        _target(entity, _text(units, entity.offset, entity.offset + entity.length)) for entity in found
    )
    return tuple(dict.fromkeys(target for target in targets if target.startswith(WEB)))


def _target(entity: TL, shown: str) -> str:
    match entity:
        case types.MessageEntityTextUrl():
            return str(entity.url)
        case types.MessageEntityUrl():
            return shown if _SCHEME.match(shown) and "://" in shown else f"http://{shown}"
        case types.MessageEntityMention():
            return f"https://t.me/{shown.removeprefix('@')}"
        case _:  # a person without a user name, a hashtag, a mail address, or a mere look
            return ""


def _edges(entities: Iterable[TL]) -> list[tuple[int, str, bool]]:
    """(position, tag, whether it opens) of every block; what closes comes first, what contains is outside."""
    edges: list[tuple[tuple[int, bool, int], tuple[int, str, bool]]] = []
    for entity in entities:
        tag = next((tag for kind, tag in _BLOCKS.items() if isinstance(entity, kind)), None)
        if tag is None or entity.length <= 0:
            continue
        end = entity.offset + entity.length
        edges.append(((entity.offset, True, -entity.length), (entity.offset, tag, True)))
        edges.append(((end, False, entity.length), (end, tag, False)))
    return [edge for _, edge in sorted(edges)]


def _write(flow: Flow, text: str) -> None:
    first, *others = text.split("\n")
    flow.write(first)
    for line in others:
        flow.open("br")
        flow.write(line)


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _text(units: bytes, start: int, end: int) -> str:
    """What stands between two offsets; hostile ones give less, never an error."""
    return units[2 * max(start, 0) : 2 * max(end, 0)].decode("utf-16-le", "replace")
