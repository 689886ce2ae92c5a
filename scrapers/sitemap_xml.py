"""Sitemaps to addresses: sitemaps, indexes of them, news sitemaps and lists of lines, also packed. Pure.

Formats: sitemaps.org protocol 0.9, and the news extension of schemas/sitemap-news/0.9. They are read as a
stream, so that what stands in one takes no more room than what is kept of it.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from xml.parsers import expat

from scrapers.canonical import LONGEST_URL, canonical_url
from scrapers.dates import Moment, read_moment
from scrapers.decoding import decode
from scrapers.errors import LayoutChanged
from scrapers.feed_repair import with_sound_ampersands
from scrapers.markup import language_code, one_line

MOST_ADDRESSES: Final = 50_000
"""What one sitemap may hold by its protocol; what stands behind them is left out."""

MOST_KEPT: Final = 10_000
"""Of these, those that are not too old; what stands behind them is left out, too."""

_MOST_BYTES: Final = 52_428_800  # unpacked, by the protocol
_MENDABLE: Final = 8 * 1024 * 1024  # bytes; a larger one is not held in memory as a whole
_PIECE: Final = 64 * 1024
_DEEPEST: Final = 20  # elements inside one another; sitemaps have five
PACKED: Final = b"\x1f\x8b"
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_HTML: Final = frozenset({"html", "head", "body"})
_FEEDS: Final = frozenset({"rss", "feed", "rdf"})
_FIELDS: Final = {  # what is read: (element around it, its name) -> under which name it is kept
    ("url", "loc"): "address",
    ("sitemap", "loc"): "address",
    ("url", "lastmod"): "modified",
    ("sitemap", "lastmod"): "modified",
    ("news", "publication_date"): "published",
    ("news", "title"): "title",
    ("publication", "language"): "language",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """One page that a sitemap names."""

    url: str  # canonical
    title: str | None = None  # news sitemaps alone tell it
    language: str | None = None
    published_raw: str | None = None
    published: Moment | None = None
    modified: Moment | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One sitemap that an index names."""

    url: str  # canonical
    modified: Moment | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A sitemap as read; an index has children, every other one addresses."""

    addresses: tuple[Address, ...] = ()  # in its order, each once
    children: tuple[Child, ...] = ()
    old: int = 0  # addresses that were left because their time is before `since`
    whole: bool = True  # False: it goes on behind what is kept of it


def read_document(
    body: bytes, url: str, content_type: str | None = None, *, zone: tzinfo, since: datetime | None = None
) -> Document:
    """What a sitemap names.

    Args:
        body: the document, perhaps packed with gzip.
        url: where it came from; relative addresses start there.
        content_type: the Content-Type header, for its charset.
        zone: of times that name none.
        since: pages that are of a day before it by the sitemap's own word are left.

    Raises:
        LayoutChanged: this is no sitemap, or one that is too broken or too dangerous to read.
    """
    reader = _Reader(url, zone, since)
    fault = reader.read(_unpacked(body, url))
    if fault is not None and (mended := _mended(body, url, content_type)) is not None:
        if not mended.startswith("<"):
            return _lines(mended, url)
        second = _Reader(url, zone, since)
        fault, reader = second.read(iter([mended.encode("utf-8", "replace")])), second
    if fault is not None and not reader.has_any():
        raise LayoutChanged(f"a broken sitemap: {fault}", url=url)
    return reader.document(whole=fault is None)


class _Enough(Exception):
    """More is not wanted."""


class _Reader:
    """Takes addresses out of a stream of XML."""

    def __init__(self, url: str, zone: tzinfo, since: datetime | None) -> None:
        self._url = url
        self._zone = zone
        self._since = since.date().isoformat() if since else ""
        self._open: list[str] = []
        self._fields: dict[str, str] = {}
        self._text: list[str] | None = None
        self.addresses: dict[str, Address] = {}
        self.children: dict[str, Child] = {}
        self._old = 0
        self._kept = 0
        self._enough = False

    def read(self, pieces: Iterable[bytes]) -> expat.ExpatError | None:
        """Read to the end or to the first fault, which is returned."""
        parser = expat.ParserCreate("utf-8")  # as the protocol demands, whatever is declared
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse_entities
        parser.buffer_text = True
        try:
            for piece in pieces:
                parser.Parse(piece, False)  # noqa: FBT003
            parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as fault:
            return fault
        except _Enough:
            self._enough = True
        return None

    def has_any(self) -> bool:
        """Whether anything was read."""
        return bool(self.addresses or self.children or self._old)

    def document(self, *, whole: bool) -> Document:
        """What was read."""
        return Document(
            addresses=tuple(self.addresses.values()),
            children=tuple(self.children.values()),
            old=self._old,
            whole=whole and not self._enough,
        )

    def _start(self, qualified: str, _attributes: dict[str, str]) -> None:
        name = qualified.rpartition(":")[2].lower()
        if not self._open:
            self._check_root(name)
        if len(self._open) >= _DEEPEST:
            raise LayoutChanged(f"elements are nested more than {_DEEPEST} deep", url=self._url)
        around = self._open[-1] if self._open else ""
        self._open.append(name)
        if len(self._open) == 2:
            self._fields = {}
        self._text = [] if (around, name) in _FIELDS else None

    def _end(self, _qualified: str) -> None:
        name = self._open.pop()
        around = self._open[-1] if self._open else ""
        if self._text is not None and (around, name) in _FIELDS:
            self._fields.setdefault(_FIELDS[around, name], "".join(self._text)[: LONGEST_URL + 1])
        self._text = None
        if len(self._open) == 1 and name in ("url", "sitemap"):
            self._keep(name)

    def _characters(self, text: str) -> None:
        if self._text is not None and len(self._text) < 100:
            self._text.append(text[: LONGEST_URL + 1])

    def _keep(self, name: str) -> None:
        if self._old + self._kept >= MOST_ADDRESSES or self._kept >= MOST_KEPT:
            raise _Enough
        if name == "url" and self._is_old():
            self._old += 1
            return
        self._kept += 1
        address = canonical_url(self._fields.get("address", ""), self._url)
        if address is None:
            return
        modified = read_moment(self._fields.get("modified", ""), self._zone)
        if name == "sitemap":
            self.children.setdefault(address, Child(url=address, modified=modified))
        else:
            self.addresses.setdefault(address, self._address(address, modified))

    def _is_old(self) -> bool:
        """By the day alone, which is quick: most of a large sitemap is of other years."""
        time = (self._fields.get("published") or self._fields.get("modified") or "").strip()
        return _DAY.match(time) is not None and time[:10] < self._since

    def _address(self, url: str, modified: Moment | None) -> Address:
        raw = self._fields.get("published", "").strip() or None
        return Address(
            url=url,
            title=one_line(self._fields.get("title", "")),
            language=language_code(self._fields.get("language")),
            published_raw=raw,
            published=read_moment(raw, self._zone) if raw else None,
            modified=modified,
        )

    def _check_root(self, name: str) -> None:
        if name in ("urlset", "sitemapindex"):
            return
        if name in _FEEDS:
            raise LayoutChanged('this is a feed, not a sitemap: read it with kind = "feed"', url=self._url)
        if name in _HTML:
            raise LayoutChanged("this is a web page, not a sitemap", url=self._url)
        raise LayoutChanged("this is not a sitemap", url=self._url)

    def _refuse_entities(self, *_declared: object) -> None:
        raise LayoutChanged("the sitemap declares entities, which cannot be read safely", url=self._url)


def _unpacked(body: bytes, url: str) -> Iterator[bytes]:
    """The document in pieces. Raises LayoutChanged where it is badly packed, or too large."""
    if not body.startswith(PACKED):
        yield from (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
        return
    unpacker, rest, size = zlib.decompressobj(wbits=31), body, 0
    while rest and not unpacker.eof:
        try:
            piece = unpacker.decompress(rest, _PIECE)
        except zlib.error as error:
            raise LayoutChanged(f"the sitemap is badly packed ({error})", url=url) from error
        rest = unpacker.unconsumed_tail
        size += len(piece)
        if size > _MOST_BYTES:
            raise LayoutChanged(f"the sitemap unpacks to more than {_MOST_BYTES >> 20} MB", url=url)
        yield piece


def _mended(body: bytes, url: str, content_type: str | None) -> str | None:
    """The document in text that a strict parser may read; None where it is too large for that."""
    whole = b""
    for piece in _unpacked(body, url):
        whole += piece
        if len(whole) > _MENDABLE:
            return None
    text = decode(whole, content_type)
    if not text.strip():
        raise LayoutChanged("the sitemap is an empty page", url=url)
    return with_sound_ampersands(_DECLARATION.sub("", text, count=1).strip())


def _lines(text: str, url: str) -> Document:
    """A sitemap of one address a line."""
    lines = [line.strip() for line in text.split("\n", MOST_KEPT)]
    addresses = {address: None for line in lines if (address := _line(line)) is not None}
    if len(addresses) * 2 < len(lines):
        raise LayoutChanged("this is not a sitemap", url=url)
    whole = len(lines) <= MOST_KEPT
    return Document(addresses=tuple(Address(url=address) for address in addresses), whole=whole)


def _line(line: str) -> str | None:
    return canonical_url(line.replace("&amp;", "&")) if line.startswith(("http://", "https://")) else None
