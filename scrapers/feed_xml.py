"""RSS 0.9x and 2.0, RSS 1.0 (RDF) and Atom to entries, on feedparser. Pure.

feedparser's own liberties are kept out: it is given bytes in a stream (a string it would open as a file or an
address), text that is decoded already (it would guess), no DOCTYPE (entities are where XML bombs live), no
base address (it would turn guids into addresses), and neither cleans markup nor resolves links: `markup`
does.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta, tzinfo
from io import BytesIO
from typing import Any, Final
from xml.parsers import expat

from scrapers.canonical import canonical_url
from scrapers.errors import LayoutChanged
from scrapers.feed_entry import Document, Entry, media_kind, read_duration
from scrapers.feed_repair import with_sound_ampersands
from scrapers.feed_time import read_times
from scrapers.markup import Prose, language_code, one_line, read_html, tidy, without_attribute_bombs
from scrapers.model import Media, MediaKind

_DEEPEST: Final = 200  # elements inside one another; feeds with whole XHTML pages stay below 100
_MOST_ELEMENTS: Final = 100_000
_MOST_BROKEN: Final = 20_000  # tags that are guessed at where the XML is broken; each takes 0.1 ms
_MOST_AMPERSANDS: Final = 200_000  # of a broken feed; markup that is escaped has two for each tag
_OTHERS: Final = {
    "urlset": 'this is a sitemap, not a feed: read it with kind = "sitemap"',
    "sitemapindex": 'this is an index of sitemaps, not a feed: read it with kind = "sitemap"',
    "opml": "this is a list of feeds, not a feed: `groundswell sources import` reads it",
}
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_PROLOG: Final = r"\A(?P<prolog>(?:\s|<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*+-->)*+)"
_DOCTYPE: Final = re.compile(
    _PROLOG + r"<!DOCTYPE[^>\[]*(?:\[(?:[^\]\"']|\"[^\"]*\"|'[^']*')*\]\s*)?>", re.IGNORECASE
)
_DOCTYPE_LEFT: Final = re.compile(_PROLOG + r"<!DOCTYPE", re.IGNORECASE)
_HTML: Final = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_FEED_LINK: Final = re.compile(
    r"<link[^<>]{1,500}type=[\"']application/(?:rss|atom|feed)\+(?:xml|json)[\"'][^<>]{0,500}>", re.IGNORECASE
)
_HREF: Final = re.compile(r"href=[\"']([^\"']+)", re.IGNORECASE)
_END: Final = re.compile(r"</(?:rss|feed|[a-z]+:RDF)\s*>\s*(?:<!--[^>]*-->\s*)?\Z", re.IGNORECASE)
_ENTRY: Final = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ENTRY_END: Final = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ABSOLUTE: Final = re.compile(r"https?://", re.IGNORECASE)
_TEXT_TYPES: Final = ("text/plain", "text/html", "application/xhtml+xml")

# What a parser that guesses its way through broken markup may stumble over; nothing of it is our state.
_STUMBLES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

_Fields = Mapping[str, Any]


class Unsound(LayoutChanged):
    """Broken XML, which has to be guessed at: that takes who knows how long, and a process of its own."""


def read_document(text: str, url: str, zone: tzinfo, *, guess: bool = True) -> Document:
    """A feed in XML; `zone` is that of times which name none.

    Raises:
        LayoutChanged: this is no feed, or one that is too broken or too dangerous to read.
        Unsound: it is broken, and there is to be no guessing.
    """
    document = _DECLARATION.sub("", _without_doctype(text, url), count=1).lstrip()
    document = without_attribute_bombs(document)
    document, broken = _within_bounds(document, url)
    if broken and not guess:
        raise Unsound("the feed is broken XML", url=url)
    feed = _parsed(document, url)
    fields = feed["entries"][:-1] if broken and _is_cut_off(document) else feed["entries"]
    if not fields:
        _refuse_unreadable(feed, text, url)
    atom = feed["version"].startswith("atom")
    language = language_code(feed["feed"].get("language"))
    # Plain dictionaries: feedparser's own serve the publication time for `updated`, with a warning.
    entries = tuple(_entry({**one}, url, language, zone, atom=atom) for one in fields)
    return Document(entries=entries, site=canonical_url(str(feed["feed"].get("link") or ""), url))


def _without_doctype(text: str, url: str) -> str:
    """Names of old DTDs are dropped; whatever else a DOCTYPE may do stays unread."""
    text = _DOCTYPE.sub(r"\g<prolog>", text, count=1)
    if _DOCTYPE_LEFT.match(text):
        raise LayoutChanged("the feed declares a document type that cannot be read safely", url=url)
    return text


def _within_bounds(document: str, url: str) -> tuple[str, bool]:
    """The document, mended where it is unsound, and whether it still is.

    Raises LayoutChanged where it is too large or too deep.
    """
    broken = _unsound(document, url)
    if broken is None:
        return document, False
    if document.count("&") > _MOST_AMPERSANDS:
        raise LayoutChanged(f"a large and broken feed: {broken}", url=url) from broken
    mended = with_sound_ampersands(document)
    if _unsound(mended, url) is None:
        return mended, False
    if document.count("<") > _MOST_BROKEN:
        raise LayoutChanged(f"a large and broken feed: {broken}", url=url) from broken
    return mended, True


def _is_cut_off(document: str) -> bool:
    """Whether the last entry came in part: whole, it comes with the next read."""
    *_, begun = (-1, *(match.start() for match in _ENTRY.finditer(document)))
    *_, ended = (-1, *(match.start() for match in _ENTRY_END.finditer(document)))
    return begun > ended


def _unsound(document: str, url: str) -> expat.ExpatError | None:
    """What is wrong with the XML. Raises LayoutChanged where elements nest or go on without end."""
    depth = elements = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        if elements == 0 and name in _OTHERS:
            raise LayoutChanged(_OTHERS[name], url=url)
        depth += 1
        elements += 1
        if depth > _DEEPEST:
            raise LayoutChanged(f"elements are nested more than {_DEEPEST} deep", url=url)
        if elements > _MOST_ELEMENTS:
            raise LayoutChanged(f"more than {_MOST_ELEMENTS:,} elements are no feed", url=url)

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(document.encode("utf-8", "replace"), True)  # noqa: FBT003
    except expat.ExpatError as error:
        return error
    return None


def _parsed(document: str, url: str) -> _Fields:
    import feedparser

    data = b"<?xml version='1.0' encoding='utf-8'?>\n" + document.encode("utf-8", "replace")
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        feed: _Fields = feedparser.parse(
            BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _STUMBLES as error:
        raise LayoutChanged(f"the feed is too broken to read ({type(error).__name__})", url=url) from error
    return {"version": "", **feed}


def _refuse_unreadable(feed: _Fields, text: str, url: str) -> None:
    """Raises LayoutChanged unless this is a feed that came whole and happens to be empty."""
    if feed["version"] and (not feed["bozo"] or _is_whole(text)):
        return
    if feed["version"]:
        raise LayoutChanged(f"a broken feed: {feed.get('bozo_exception')}", url=url)
    if _HTML.search(text[:20_000]):
        raise LayoutChanged("this is a web page, not a feed" + _hint(text, url), url=url)
    raise LayoutChanged("this is neither RSS, Atom, RDF nor JSON Feed", url=url)


def _is_whole(text: str) -> bool:
    """Whether a faulty feed goes on to its end, and holds no entry that the fault may have hidden."""
    return _END.search(text[-200:]) is not None and _ENTRY.search(text) is None


def _hint(text: str, url: str) -> str:
    link = _FEED_LINK.search(text)
    href = _HREF.search(link[0]) if link else None
    address = canonical_url(href[1], url) if href else None
    return f"; it names a feed at {address}" if address else ""


def _entry(fields: _Fields, url: str, language: str | None, zone: tzinfo, *, atom: bool) -> Entry:
    contents = [detail for detail in fields.get("content", ()) if detail.get("type") in _TEXT_TYPES]
    link = _link(fields, url)
    base = link or url
    proses = [_prose(detail, base) for detail in contents]
    times = read_times(fields, atom=atom, zone=zone)
    return Entry(
        id=fields.get("id"),
        url=link,
        title=_title(fields, base),
        content=max(proses, key=lambda prose: len(prose.text), default=None),
        summary=_prose(fields["summary_detail"], base) if fields.get("summary_detail") else None,
        times=times,
        language=_language(fields, contents) or language,
        media=tuple(_media(fields, url)),
    )


def _prose(detail: _Fields, url: str) -> Prose:
    """A text construct; its links start from its xml:base, else from `url`."""
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain":
        return Prose(text=tidy(value))
    return read_html(value, canonical_url(detail.get("base") or "", url) or url)


def _title(fields: _Fields, url: str) -> str | None:
    detail = fields.get("title_detail") or {"value": fields.get("title"), "type": "text/plain"}
    return one_line(_prose(detail, url).text)


def _link(fields: _Fields, url: str) -> str | None:
    """The entry's page. A guid that feedparser takes for a link counts only where it is an address."""
    original = fields.get("feedburner_origlink")
    link = fields.get("link") or next(_alternates(fields), None)
    if original:
        return canonical_url(original, url)
    if not link or (link == fields.get("id") and not _ABSOLUTE.match(link)):
        return None
    return canonical_url(link, url)


def _alternates(fields: _Fields) -> Iterator[str]:
    for link in fields.get("links", ()):
        if link.get("rel") in ("alternate", "related") and link.get("href"):
            yield link["href"]
    if _ABSOLUTE.match(fields.get("id") or ""):
        yield fields["id"]


def _language(fields: _Fields, contents: list[_Fields]) -> str | None:
    details = [fields, *contents, fields.get("summary_detail") or {}, fields.get("title_detail") or {}]
    codes = (language_code(detail.get("language")) for detail in details)
    return next((code for code in codes if code is not None), None)


def _media(fields: _Fields, url: str) -> Iterator[Media]:
    length = read_duration(fields.get("itunes_duration"))
    enclosures = (link for link in fields.get("links", ()) if link.get("rel") == "enclosure")
    seen = set()
    for file in (*enclosures, *fields.get("media_content", ())):
        media = _file(file, url, length)
        if media is not None and media.native_id not in seen:
            seen.add(media.native_id)
            yield media


def _file(file: _Fields, url: str, length: timedelta | None) -> Media | None:
    """An enclosure or a media:content; `length` is what iTunes says of the entry."""
    address = canonical_url(file.get("href") or file.get("url") or "", url)
    kind = media_kind(file.get("type") or file.get("medium"), address) if address else None
    if kind is None:
        return None
    timed = kind in (MediaKind.AUDIO, MediaKind.VIDEO)
    size = str(file.get("length") or file.get("filesize") or "")
    return Media(
        kind=kind,
        native_id=address,
        duration=read_duration(file.get("duration") or (length and length.total_seconds()) or "")
        if timed
        else None,
        size=int(size) or None if size.isascii() and size.isdigit() and len(size) < 16 else None,
        title=one_line(str(file.get("title") or "")),
    )
