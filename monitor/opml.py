"""OPML (opml.org/spec2), in which feed readers hand their lists on, to sources and back. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers import expat

from monitor.source_tables import NewSource
from scrapers.characters import printable
from scrapers.decoding import decode
from scrapers.feed_repair import with_sound_ampersands
from scrapers.markup import language_code, one_line
from scrapers.model import Source
from scrapers.telegram_web import channel_name

_LARGEST: Final = 4 * 1024 * 1024
_MOST_FEEDS: Final = 10_000
_DEEPEST: Final = 50
_MOST_TAGS: Final = 5
_LONGEST_TAG: Final = 60
_OF_TELEGRAM: Final = re.compile(r"(?:https?://)?(?:www\.)?(?:t|telegram)\.me(?:/|$)|tg:", re.IGNORECASE)


class NotOpml(ValueError):
    """The file is no OPML, or one that cannot be read safely; the words say which."""


@dataclass(slots=True)
class _Folder:
    name: str | None  # None: a feed


def read_opml(body: bytes) -> tuple[NewSource, ...]:
    """The feeds of an OPML file in its order, tagged with their folders and categories.

    Links into Telegram, as feeds or as outlines of type `link`, become sources of kind `telegram_web`, with
    the public name of a channel, or with the link itself where `channel_name` refuses it. An outline of type
    `rss` that names no address has an empty one.

    Raises:
        NotOpml: it cannot be read.
    """
    if len(body) > _LARGEST:
        raise NotOpml(f"it is larger than {_LARGEST >> 20} MB, which no list that a person reads is")
    text = _without_declaration(decode(body)).strip()
    reader = _Reader()
    fault = reader.read(text)
    if fault is not None:
        reader = _Reader()
        fault = reader.read(with_sound_ampersands(text))
    if not reader.is_opml:
        raise NotOpml("this is not an OPML file")
    if fault is not None and not reader.sources:
        raise NotOpml(f"this OPML file is broken: {fault}")
    return tuple(reader.sources)


def write_opml(sources: Iterable[Source]) -> str:
    """The feeds and channels among `sources` as OPML 2.0, each with its tags as categories.

    Channels are outlines of type `link`, which no feed reader takes for a feed.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Groundswell"
    body = ET.SubElement(root, "body")
    for source in sources:
        if where := _where(source):
            ET.SubElement(body, "outline", _facts(source, where))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def can_be_written(source: Source) -> bool:
    """Whether a list of feeds has a place for it: pages and sitemaps are read by no feed reader."""
    return bool(_where(source))


def _facts(source: Source, where: dict[str, str]) -> dict[str, str]:
    facts = {"text": source.name, "title": source.name} | where
    if source.contact_url:
        facts["htmlUrl"] = source.contact_url
    if source.tags:
        facts["category"] = ",".join(tag.replace(",", " ") for tag in source.tags)
    if source.language:
        facts["language"] = source.language
    return facts


def _where(source: Source) -> dict[str, str]:
    """The attributes that say what is read; empty where a list cannot say it."""
    channel = getattr(source.options, "channel", None)
    if isinstance(channel, str):
        return {"type": "link", "url": f"https://t.me/{channel}"}
    url = getattr(source.options, "url", None)
    return {"type": "rss", "xmlUrl": url} if source.kind == "feed" and isinstance(url, str) else {}


def _without_declaration(text: str) -> str:
    """The text is decoded already: what the declaration says of its encoding would be wrong."""
    head, end, rest = text.lstrip().partition("?>")
    return rest if end and head.startswith("<?xml") else text


class _Reader:
    def __init__(self) -> None:
        self.sources: list[NewSource] = []
        self.is_opml = False
        self._depth = 0
        self._folders: list[_Folder] = []

    def read(self, text: str) -> expat.ExpatError | None:
        """Read to the end or to the first fault, which is returned."""
        parser = expat.ParserCreate(encoding="utf-8")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.EntityDeclHandler = _refuse_entities
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003
        except expat.ExpatError as fault:
            return fault
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotOpml(f"its elements are nested more than {_DEEPEST} deep")
        self.is_opml = self.is_opml or (self._depth == 1 and name.lower() == "opml")
        if name.lower() == "outline":
            self._outline({key.lower(): printable(value).strip() for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.lower() == "outline":
            self._folders.pop()

    def _outline(self, facts: dict[str, str]) -> None:
        name = one_line(facts.get("title") or facts.get("text") or "")
        url = facts.get("xmlurl") or _linked_channel(facts)
        self._folders.append(_Folder(None if url else name))
        if not url and facts.get("type", "").lower() != "rss":
            return
        if len(self.sources) >= _MOST_FEEDS:
            raise NotOpml(f"more than {_MOST_FEEDS:,} feeds are no list that a person reads")
        kind, address = _what(url or "")
        self.sources.append(
            NewSource(
                kind=kind,
                address=address,
                name=name,
                tags=self._tags(facts.get("category", "")),
                language=language_code(facts.get("language")),
            )
        )

    def _tags(self, categories: str) -> tuple[str, ...]:
        """Folders from the outermost, then categories; of a path of folders its parts."""
        named = [*(folder.name or "" for folder in self._folders), *categories.replace("/", ",").split(",")]
        tags = (_tag(name) for name in named)
        return tuple(dict.fromkeys(tag for tag in tags if tag))[:_MOST_TAGS]


def _linked_channel(facts: dict[str, str]) -> str | None:
    url = facts.get("url", "")
    return url if facts.get("type", "").lower() == "link" and _OF_TELEGRAM.match(url) else None


def _tag(name: str) -> str:
    """A name as the configuration takes it: nothing in it that a terminal would obey."""
    visible = "".join(one for one in name if one.isprintable() or one.isspace())
    return (one_line(visible) or "")[:_LONGEST_TAG].strip()


def _what(url: str) -> tuple[str, str]:
    """The kind of a source and its address; no link into Telegram is a feed."""
    address = url.replace("feed://", "https://", 1).removeprefix("feed:")
    if not _OF_TELEGRAM.match(address):
        return "feed", address
    try:
        return "telegram_web", channel_name(address)
    except ValueError:
        return "telegram_web", address


def _refuse_entities(*_declared: object) -> None:
    raise NotOpml("it declares entities, which cannot be read safely")
