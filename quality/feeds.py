"""What is read of feeds, against what gofeed says of them, and beside feedparser alone."""

import json
from calendar import timegm
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

from scrapers import feed
from scrapers.canonical import canonical_url
from scrapers.errors import LayoutChanged

URL = "https://feeds.example.org/feed.xml"
FACTS = ("id", "link", "time")
_FEEDS = (".xml", ".rss", ".atom", ".rdf", ".json")

# Fictional titles in the letters of their languages, and the encodings that people still write them in.
_SAMPLES = {
    "Матери солдат требуют ротации (вымышленный пример)": ("cp1251", "koi8-r", "iso8859_5", "cp866"),
    "Дружини військових їдуть до столиці (вигаданий приклад)": ("cp1251", "koi8-u"),
    "Příliš dlouhá služba: ženy žádají střídání (smyšlený příklad)": ("cp1250", "iso8859_2"),
}
_UNICODE = ("utf-8", "utf-8-sig", "utf-16")
_DECLARED = (None, "UTF-8", "windows-1251", "windows-1250", "iso-8859-1", "iso-8859-2", "koi8-r", "nonsense")
_HEADERS = ("text/xml", "text/xml; charset=utf-8", "text/xml; charset=windows-1251")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one reader says of an entry."""

    id: str | None
    link: str | None  # in its one spelling
    time: datetime | None
    title: str | None


Reader = Callable[[bytes, str | None], list[Entry]]
"""The entries of a document that came with a Content-Type; none where it is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How many facts of gofeed's there are, and how many of them were read the same."""

    asked: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)

    def share(self, fact: str) -> float:
        """Between 0 and 1."""
        return self.agreed[fact] / max(1, self.asked[fact])


def readers() -> Iterator[tuple[str, Reader]]:
    """Ours, and feedparser as it comes."""
    yield "Groundswell", _ours
    yield "feedparser alone", _by_feedparser


def agreement(reader: Reader, folder: Path) -> Agreement:
    """Over the feeds under `folder` that have gofeed's reading beside them."""
    measured = Agreement()
    for path, expected in _with_expectations(folder):
        entries = reader(path.read_bytes(), None)
        for wanted in expected:
            for fact, value in _facts(wanted):
                measured.asked[fact] += 1
                measured.agreed[fact] += value in {getattr(entry, fact) for entry in entries}
    return measured


def presence(reader: Reader, folder: Path) -> Counter[str]:
    """Of all feeds under `folder`: how many read, their entries, and how many of those have each fact."""
    counted: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _FEEDS:
            continue
        entries = reader(path.read_bytes(), None)
        counted["feeds"] += 1
        counted["read"] += bool(entries)
        counted["entries"] += len(entries)
        counted.update(fact for entry in entries for fact in FACTS if getattr(entry, fact) is not None)
    return counted


def titles_in_any_encoding(reader: Reader) -> tuple[int, int]:
    """How many of our titles are read right in every encoding under every declaration, and of how many."""
    right = asked = 0
    for title, encodings in _SAMPLES.items():
        for encoding, declared, header in product((*encodings, *_UNICODE), _DECLARED, _HEADERS):
            asked += 1
            body = _sample(title, declared).encode(encoding)
            right += [entry.title for entry in reader(body, header)] == [title]
    return right, asked


def _sample(title: str, declared: str | None) -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    entry = f"<item><title>{title}</title><link>/1</link></item>"
    return f'{head}<rss version="2.0"><channel><title>Wire</title>{entry}</channel></rss>'


def _with_expectations(folder: Path) -> Iterator[tuple[Path, list[Mapping[str, Any]]]]:
    for path in sorted(folder.rglob("*")):
        beside = path.with_name(
            f"{path.stem}_expected.json" if path.suffix == ".json" else f"{path.stem}.json"
        )
        if path.suffix in _FEEDS and beside.is_file() and beside != path:
            expected = json.loads(beside.read_text("utf-8"))
            yield path, expected.get("items") or expected.get("entries") or []


def _facts(entry: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The facts that gofeed read, under the names it has for them in each format."""
    guid = entry.get("guid") or entry.get("id")
    guid = guid.get("value") if isinstance(guid, dict) else guid
    if guid:
        yield "id", guid
    link = canonical_url(entry.get("link") or entry.get("url") or "", URL)
    if link:
        yield "link", link
    time = entry.get("publishedParsed") or entry.get("pubDateParsed") or entry.get("date_published")
    if time:
        yield "time", datetime.fromisoformat(time).replace(microsecond=0)


def _ours(body: bytes, content_type: str | None) -> list[Entry]:
    try:
        items = feed.parse(body, URL, content_type).items
    except LayoutChanged:
        return []
    return [
        Entry(id=item.external_id, link=item.url, time=item.published_at, title=item.title) for item in items
    ]


def _by_feedparser(body: bytes, content_type: str | None) -> list[Entry]:
    import feedparser

    headers = {"content-type": content_type or "application/xml"}  # no address: it would change ids with it
    try:
        entries: Iterable[Mapping[str, Any]] = feedparser.parse(
            BytesIO(body), response_headers=headers
        ).entries
    except (AssertionError, LookupError, TypeError, ValueError):  # as it does over some broken feeds
        return []
    return [_as_feedparser_reads({**entry}) for entry in entries]


def _as_feedparser_reads(entry: Mapping[str, Any]) -> Entry:
    link = canonical_url(entry.get("link") or "", URL)
    time = entry.get("published_parsed") or entry.get("updated_parsed")
    return Entry(
        id=entry.get("id") or link,
        link=link,
        time=datetime.fromtimestamp(timegm(time), UTC) if time else None,
        title=entry.get("title"),
    )
