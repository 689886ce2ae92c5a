"""The input of `groundswell grep`: from a line to what queries see of an item, and what no line tells."""

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from monitor.analyse import read_texts
from monitor.document import FORWARD, LINK
from monitor.query import Document, parse
from monitor.query.asked import asked
from monitor.text import detect_language
from scrapers.model import ItemKind
from storage.columns import storable

_FLAGS = ("edited", "forwarded", "deleted")
_TOLD_BY = {
    "title": ("title",),
    "source": ("source",),
    "kind": ("kind",),
    "tag": ("tags",),
    "link": ("links",),
    "views": ("views",),
    "forwards": ("forwards",),
    "age": ("published",),
    "has": ("has",),
    "has:link": ("has", "links"),
    "has:forward": ("has", "forwarded"),
    "is": _FLAGS,
    **{f"is:{flag}": (flag,) for flag in _FLAGS},
}
"""Fields of a query that an item may tell nothing of, by the names of what would tell it, any of them."""


def read_item(line: str) -> dict[str, Any]:
    """An item under the names that `grep` documents, whichever of ours it was written with.

    Raises ValueError, which says what is wrong with the line.
    """
    try:
        item = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON ({error.msg} at column {error.colno}); one object a line is wanted"
        ) from None
    except RecursionError:
        raise ValueError("not an item: nested too deep") from None
    if not isinstance(item, dict) or not item.keys() & {"id", "external_id"}:
        raise ValueError('not an item: an object with "id" and "text" is wanted')
    return _renamed(item) if "external_id" in item else item


def _renamed(item: dict[str, Any]) -> dict[str, Any]:
    renamed = {
        "id": item["external_id"],
        "lang": item.get("language"),
        "has": item.get("media"),
        "forwarded": item.get("forwarded_from"),
    } | item
    return renamed | {"kind": _source_kind(item)}


def _source_kind(item: dict[str, Any]) -> object:
    """Of its source; `kind` is the item's own, unless somebody has put the source's there."""
    kind = item.get("kind")
    return item.get("source_kind") or (None if kind in list(ItemKind) else kind)


def document_of(item: dict[str, Any], now: datetime) -> Document:
    """What queries see of `item` at the time `now`. Raises ValueError, which names the wrong field."""
    written = storable(str(item.get("title") or "")), storable(str(item.get("text") or ""))
    declared = item.get("lang")
    language = detect_language("\n".join(written), None if declared is None else str(declared))
    title, text = read_texts(*written, language)
    return Document(
        title=title,
        text=text,
        source=str(item.get("source") or ""),
        kind=str(item.get("kind") or ""),
        language=language,
        tags=_names(item, "tags"),
        views=_count(item, "views"),
        forwards=_count(item, "forwards"),
        has=_features(item),
        flags=frozenset(flag for flag in _FLAGS if item.get(flag)),
        links=tuple(sorted(_names(item, "links"))),
        published_at=_time(item, "published"),
        asked_at=now,
    )


def _features(item: dict[str, Any]) -> frozenset[str]:
    """What `has:` sees: as `monitor.document.features` has it of an item that was fetched."""
    found = {LINK: item.get("links"), FORWARD: item.get("forwarded")}
    return _names(item, "has") | {feature for feature, held in found.items() if held}


def _names(item: dict[str, Any], key: str) -> frozenset[str]:
    names = item.get(key) or ()
    if isinstance(names, list | tuple):
        return frozenset(map(str, names))
    raise ValueError(f'"{key}" is to be a list of words')


def _time(item: dict[str, Any], key: str) -> datetime | None:
    written = item.get(key)
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise ValueError(f'"{key}" is to be a time like 2026-05-04T12:00:00Z') from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _count(item: dict[str, Any], key: str) -> int | None:
    count = item.get(key)
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int | float) or not math.isfinite(count):
        raise ValueError(f'"{key}" is to be a number')
    return int(count)


class Untold:
    """What queries ask for and no item has told yet."""

    def __init__(self, queries: Iterable[str]) -> None:
        tests = [test for query in queries for test in asked(parse(query).root)]
        self._told_by = dict(_told_by(name, value.casefold()) for name, value in tests if name in _TOLD_BY)
        self._heard = False

    def hear(self, item: dict[str, Any]) -> None:
        """Take note of what `item` tells."""
        self._heard = True
        if self._told_by:
            told = {name for name, value in item.items() if value not in (None, "")}
            self._told_by = {test: names for test, names in self._told_by.items() if told.isdisjoint(names)}

    @property
    def asked(self) -> list[str]:
        """The tests, as they are written; none while there was no item."""
        return sorted(self._told_by) if self._heard else []


def _told_by(name: str, value: str) -> tuple[str, tuple[str, ...]]:
    test = f"{name}:{value}"
    if name == "has":
        return test, _TOLD_BY.get(test, _TOLD_BY["has"])
    return (test, _TOLD_BY[test]) if test in _TOLD_BY else (f"{name}:", _TOLD_BY[name])
