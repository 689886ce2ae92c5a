"""Events, the groups that they belong to, and the values that they carry. Pure."""

import hmac
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from storage.model import ItemRef, KnownEvent

TAG_PREFIX = "tag:"  # of a field that means only the tags that begin with what follows
NO_LANGUAGE = "und"  # undetermined, as ISO 639-2 has it

_PART = re.compile(r"(?:[^\\,]|\\.)+", re.DOTALL)  # of a key


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A match that counts."""

    at: datetime  # when its item was published, or first seen, or became by an edit what matched
    rule_id: str
    item: ItemRef
    origin: ItemRef
    source: str  # configured id
    kind: str  # of the source
    language: str | None
    tags: tuple[str, ...]  # of the source


def in_order(event: Event) -> tuple[datetime, ItemRef, str]:
    """Sorts events: by time, and where that is the same always in the same way."""
    return event.at, event.item, event.rule_id


def recalled(known: KnownEvent, tags: Mapping[str, tuple[str, ...]]) -> Event:
    """An event out of storage, with the tags that its source has now."""
    return Event(
        at=known.at,
        rule_id=known.rule_id,
        item=known.item,
        origin=known.origin,
        source=known.source_config_id,
        kind=known.source_kind,
        language=known.language,
        tags=tags.get(known.source_config_id, ()),
    )


def values(field: str, event: Event, key: bytes = b"") -> tuple[str, ...]:
    """The values that an event has of a field: one, or of tags any number; origins are named with `key`."""
    if field.startswith(TAG_PREFIX):
        return tuple(tag for tag in event.tags if tag.startswith(field.removeprefix(TAG_PREFIX)))
    match field:
        case "source":
            return (event.source,)
        case "kind":
            return (event.kind,)
        case "lang":
            return (event.language or NO_LANGUAGE,)
        case "tag":
            return event.tags
        case "origin":
            return (_short_name(event.origin, key),)
    raise ValueError(f'events have no field "{field}"')


def things(field: str, event: Event) -> tuple[Hashable, ...]:
    """The same as what can be told apart, which is faster than to name it."""
    return (event.origin,) if field == "origin" else values(field, event)


def group_keys(fields: Sequence[str], event: Event, key: bytes) -> tuple[str, ...]:
    """The groups of an event, e.g. ("source=way-home, lang=ru",); without fields there is one group, "".

    Origins are named with `key`, the desk's own.
    """
    if not fields:
        return ("",)
    names = [(field.partition(":")[0], values(field, event, key)) for field in fields]
    choices = [[f"{name}={_escaped(value)}" for value in found] for name, found in names]
    return tuple(", ".join(chosen) for chosen in product(*choices))


def is_group_of(fields: Sequence[str], key: str) -> bool:
    """Whether a group is one by these fields: before a correlation was changed it may have had others."""
    return [part.partition("=")[0] for part in _parts(key)] == [name.partition(":")[0] for name in fields]


def shown_group(key: str) -> str:
    """A group as people are told of it: of an origin no name, which would say nothing to them."""
    parts = ("one origin" if part.startswith("origin=") else part for part in _parts(key))
    return ", ".join(parts)


def group_values(key: str) -> dict[str, set[str]]:
    """The values by which a group is one, by name of the field: what `group_keys` made it of."""
    found: dict[str, set[str]] = {name: set() for name in ("source", "kind", "lang", "tag", "origin")}
    for part in _parts(key):
        name, _, value = part.partition("=")
        found[name].add(re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL))
    return found


def _parts(key: str) -> list[str]:
    """What is between the commas of a key, those of values aside."""
    return [part.removeprefix(" ") for part in _PART.findall(key)]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,")


def _short_name(origin: ItemRef, key: bytes) -> str:
    """A name that does not give the address of a post away, for it may outlive the post.

    There are so few addresses that without a key all of them could be tried.
    """
    name = f"{origin.source_id}/{origin.external_id}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, name, "sha256")[:12].hex()
