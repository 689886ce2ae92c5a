"""New `[[source]]` tables for a configuration: named, without a source that stands there already. Pure."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.options import Table
from scrapers.canonical import canonical_url, host_of
from scrapers.markup import one_line
from scrapers.telegram_web import channel_name

_CHANNELS: Final = frozenset({"telegram_web", "telegram"})
_LONGEST_ID: Final = 40
_NOT_IN_ID: Final = re.compile(r"[^a-z0-9]+")
_LATIN: Final = str.maketrans("абвгґдезиіїйклмнопрстуфыэ_", "abvggdeziiiiklmnoprstufye-") | str.maketrans(
    {
        "є": "ie",
        "ё": "io",
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "iu",
        "я": "ia",
    }
    | dict.fromkeys("ъь'’ʼ", "")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSource:
    """A source that may be added."""

    kind: str  # key in `scrapers.registry.KINDS`
    address: str  # a web address; of a channel its public name
    name: str | None = None  # as people are shown it
    tags: tuple[str, ...] = ()
    language: str | None = None
    full_text: bool = False  # of a feed: its entries' pages are worth fetching
    remarks: tuple[str, ...] = ()  # comments above the table

    @property
    def identity(self) -> str:
        """What it shares with every source that reads the same."""
        return identity(self.kind, self.address)


def identity(kind: str, address: str) -> str:
    """What sources that read the same have in common: a channel is one whatever reads it."""
    if kind in _CHANNELS:
        return f"@{_plain_name(address).lower()}"
    return (canonical_url(address) or address).partition("://")[2]


def known_sources(document: Table) -> dict[str, str]:
    """Identity to id of the sources that a configuration holds already, as far as they can be told."""
    tables = document.get("source")
    known: dict[str, str] = {}
    for table in tables if isinstance(tables, list) else []:
        if isinstance(table, Mapping):
            kind = str(table.get("kind"))
            address = table.get("channel" if kind in _CHANNELS else "url")
            known.setdefault(identity(kind, str(address or "")), str(table.get("id")))
    return known


def source_tables(sources: Sequence[NewSource], taken: Iterable[str]) -> str:
    """The tables of `sources` in TOML, each under an id of its own that is not among `taken`."""
    ids = {one.casefold() for one in taken}
    written = []
    for source in sources:
        id_ = _free_id(source, ids)
        ids.add(id_.casefold())
        written.append(_table(id_, source))
    return "\n".join(written)


def with_tables(text: str, tables: str) -> str:
    """A configuration with tables behind its last line, everything before as it was, in its own line ends."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith(("\n\n", "\r\n\r\n")) else "\n" if text.endswith("\n") else "\n\n"
    return text + (gap + tables).replace("\n", end)


def _table(id_: str, source: NewSource) -> str:
    lines = [f"# {_visible(remark)}" for remark in map(one_line, source.remarks) if remark]
    facts: dict[str, object] = {
        "id": id_,
        "kind": source.kind,
        "name": one_line(source.name or "") or id_,
        "channel" if source.kind in _CHANNELS else "url": source.address,
    }
    if source.full_text:
        facts["full_text"] = True
    if source.tags:
        facts["tags"] = list(source.tags)
    if source.language:
        facts["language"] = source.language
    lines += ["[[source]]", *(f"{key} = {_value(value)}" for key, value in facts.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """JSON's texts, lists and truths are TOML's too; what a terminal would obey is written as its number."""
    return _visible(json.dumps(value, ensure_ascii=False))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in text)


def _free_id(source: NewSource, taken: Iterable[str]) -> str:
    wanted = _readable_id(source)
    numbered = (wanted if n == 1 else f"{wanted}-{n}" for n in range(1, 100_000))
    return next(id_ for id_ in numbered if id_ not in taken)


def _readable_id(source: NewSource) -> str:
    """From the name in Latin letters, else from the address."""
    host = source.address if source.kind in _CHANNELS else host_of(source.address) or ""
    slugs = (_slug(name) for name in (source.name or "", host))
    return next((slug for slug in slugs if len(slug) >= 3), "source")


def _slug(name: str) -> str:
    latin = name.lower().translate(_LATIN)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return _NOT_IN_ID.sub("-", plain)[:_LONGEST_ID].strip("-")


def _plain_name(address: str) -> str:
    try:
        return channel_name(address)
    except ValueError:
        return address
