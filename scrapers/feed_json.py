"""JSON Feed 1.0 and 1.1 (jsonfeed.org) to entries. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Final

from scrapers.canonical import canonical_url
from scrapers.dates import read_moment
from scrapers.errors import LayoutChanged
from scrapers.feed_entry import Document, Entry, media_kind, read_duration
from scrapers.feed_time import told
from scrapers.markup import Prose, language_code, one_line, read_html, tidy
from scrapers.model import Media

_VERSION: Final = re.compile(
    r"(?:https?://(?:www\.)?jsonfeed\.org/version/)?1(?:\.\d+)?"
)  # some write "1.0" alone


def read_document(text: str, url: str) -> Document:
    """A JSON Feed.

    Raises:
        LayoutChanged: not JSON, or JSON of another kind.
    """
    feed = _load(text, url)
    items = feed.get("items")
    if not _VERSION.fullmatch(_text(feed, "version") or "") or not isinstance(items, list):
        raise LayoutChanged("this is JSON, but not a JSON Feed", url=url)
    language = language_code(_text(feed, "language"))
    entries = tuple(_entry(item, url, language) for item in items if isinstance(item, dict))
    return Document(entries=entries, site=canonical_url(_text(feed, "home_page_url") or "", url))


def _load(text: str, url: str) -> Mapping[str, object]:
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise LayoutChanged(f"this begins like a JSON Feed, but is broken JSON ({error})", url=url) from error
    return feed if isinstance(feed, dict) else {}


def _entry(item: Mapping[str, object], url: str, language: str | None) -> Entry:
    published_raw, modified_raw = _text(item, "date_published"), _text(item, "date_modified")
    published, modified = (read_moment(raw or "", None) for raw in (published_raw, modified_raw))
    link = canonical_url(_text(item, "url") or _text(item, "external_url") or "", url)
    content = _content(item, link or url)
    summary = _text(item, "summary")
    return Entry(
        id=_text(item, "id"),
        url=link,
        title=one_line(_text(item, "title") or ""),
        content=content,
        summary=Prose(text=tidy(summary)) if summary else None,
        times=told(published_raw, published, modified_raw, modified),
        language=language_code(_text(item, "language")) or language,
        media=_media(item.get("attachments"), url),
    )


def _content(item: Mapping[str, object], base: str) -> Prose | None:
    markup, plain = _text(item, "content_html"), _text(item, "content_text")
    if markup:
        return read_html(markup, base)
    return Prose(text=tidy(plain)) if plain else None


def _media(attachments: object, base: str) -> tuple[Media, ...]:
    if not isinstance(attachments, list):
        return ()
    media = (_attachment(entry, base) for entry in attachments if isinstance(entry, dict))
    return tuple(one for one in media if one is not None)


def _attachment(attachment: Mapping[str, object], base: str) -> Media | None:
    url = canonical_url(_text(attachment, "url") or "", base)
    kind = media_kind(_text(attachment, "mime_type"), url) if url else None
    if kind is None:
        return None
    size = attachment.get("size_in_bytes")
    return Media(
        kind=kind,
        native_id=url,
        duration=read_duration(attachment.get("duration_in_seconds")),
        size=int(size) if isinstance(size, int) and 0 < size < 1 << 53 else None,
        title=one_line(_text(attachment, "title") or ""),
    )


def _text(fields: Mapping[str, object], key: str) -> str | None:
    """A string or a number as a string; JSON Feed asks readers to take numbers as ids."""
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return tidy(str(value)) if key == "id" else str(value).encode("utf-8", "replace").decode() or None
