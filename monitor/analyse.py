"""From an item as it was fetched to an item that can be compared, found and matched."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from monitor.fingerprint import fingerprint
from monitor.text import ANALYSIS_VERSION, Text, analyse_text, detect_language
from monitor.text.search import index_words
from scrapers.canonical import canonical_url
from scrapers.model import LONGEST_ALBUM, Item, ItemKind, MediaKind, Source
from storage.columns import storable
from storage.model import TEXT_KEY

SHORT = 60
"""Characters of title and text below which the detected language does not narrow the dictionary forms."""

LONGEST_ID = 500
"""Characters of an external id; a longer one is hashed, because no index of Postgres takes 3 kB."""

SHORTEST_RECORDING = timedelta(seconds=10)
"""From here on a video or a voice says by itself where a post comes from."""

_RECORDED = (MediaKind.VIDEO, MediaKind.ROUND_VIDEO, MediaKind.VOICE)
_FIELDS = tuple(field.name for field in fields(Item))
_POST_URL = re.compile(r"https?://t(?:elegram)?\.me/(?:s/)?([A-Za-z]\w{3,31})/(\d{1,19})(?:[?#].*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysed:
    """An item and what its text says."""

    item: Item
    title: Text  # of no words where the item has no title
    text: Text
    language: str | None  # ISO 639-1; None where too little is written to tell
    text_hash: bytes  # 16 bytes; differs whenever title or text differ at all: the content state
    fingerprint: bytes | None  # 16 bytes; None where the text is too short to call two of them the same
    origin_keys: tuple[bytes, ...]  # items that share one have one origin; the most trusted first
    analysis_version: int
    search_lemmas: str  # for the full-text index: forms and dictionary forms, space-joined


def analyse(item: Item, source: Source) -> Analysed:
    """Read `item`, which came from `source`. Its texts come out as they can be stored."""
    item = _storable_item(item)
    written = f"{item.title or ''}\n{item.text}"
    language = detect_language(written, item.language, source.language)
    title, text = read_texts(item.title, item.text, language)
    mark = fingerprint(item.title, item.text)
    return Analysed(
        item=item,
        title=title,
        text=text,
        language=language,
        text_hash=_short_hash(f"{item.title or ''}\0{item.text}"),
        fingerprint=mark,
        origin_keys=tuple(dict.fromkeys(_origin_keys(item, mark))),
        analysis_version=ANALYSIS_VERSION,
        search_lemmas=index_words(title, text),
    )


def _storable_item(item: Item) -> Item:
    """`item` under the name and with the texts that it will be known by once a database has it."""
    texts = [(name, text) for name in _FIELDS if type(text := getattr(item, name)) is str]
    changed: dict[str, Any] = {name: kept for name, text in texts if (kept := storable(text)) != text}
    links = tuple(map(storable, item.links))
    if links != item.links:
        changed["links"] = links
    if len(item.external_id) > LONGEST_ID:
        changed["external_id"] = "sha256:" + hashlib.sha256(storable(item.external_id).encode()).hexdigest()
    return replace(item, **changed) if changed else item


def read_texts(title: str | None, text: str, language: str | None) -> tuple[Text, Text]:
    """Title and text of one item; short ones in every language of their script, since detection is weak."""
    narrowed = language if len(title or "") + 1 + len(text) >= SHORT else None
    return analyse_text(title or "", narrowed), analyse_text(text, narrowed)


def _origin_keys(item: Item, mark: bytes | None) -> Iterator[bytes]:
    """At most 64 bytes each."""
    if mark is not None:
        yield TEXT_KEY + mark
    if item.forward is not None and item.forward.message_id is not None:
        yield _post_key(item.forward.channel, item.forward.message_id)
    yield from _recordings(item)
    if item.url is None:
        return
    if post := _POST_URL.fullmatch(item.url):
        yield _post_key(post[1], post[2])
    elif item.kind is ItemKind.ARTICLE:
        yield b"url:" + _short_hash(_canonical(item.url))


def _recordings(item: Item) -> Iterator[bytes]:
    """One video is one origin under any caption; a jingle that a channel hangs on every post is none."""
    for media in item.media[:LONGEST_ALBUM]:
        lasting = media.duration is not None and media.duration >= SHORTEST_RECORDING
        if media.kind in _RECORDED and media.native_id is not None and lasting:
            yield b"media:" + _short_hash(media.native_id)


def _post_key(channel: str, message_id: str) -> bytes:
    key = f"post:{channel.lower()}/{message_id}".encode()
    return key if len(key) <= 64 else b"post:" + _short_hash(key.decode())


def _canonical(url: str) -> str:
    """`url` without what does not choose the article: trackers, scheme, www, the last slash."""
    return re.sub(r"^https?://(?:www\.)?", "", canonical_url(url) or url).rstrip("/")


def _short_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
