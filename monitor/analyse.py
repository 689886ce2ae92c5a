"""From an item as it was fetched to an item that can be compared, found and matched."""

import hashlib
from dataclasses import dataclass

from monitor.fingerprint import fingerprint
from monitor.text import ANALYSIS_VERSION, Text, analyse_text, detect_language
from monitor.text.search import index_words
from scrapers.model import Item, Source


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
    """Read `item`, which came from `source`."""
    language = detect_language(f"{item.title or ''}\n{item.text}", item.language, source.language)
    title, text = analyse_text(item.title or "", language), analyse_text(item.text, language)
    print_ = fingerprint(item.title, item.text)
    return Analysed(
        item=item,
        title=title,
        text=text,
        language=language,
        text_hash=_text_hash(item),
        fingerprint=print_,
        origin_keys=(b"text:" + print_,) if print_ else (),
        analysis_version=ANALYSIS_VERSION,
        search_lemmas=index_words(title, text),
    )


def _text_hash(item: Item) -> bytes:
    return hashlib.sha256(f"{item.title or ''}\0{item.text}".encode()).digest()[:16]
