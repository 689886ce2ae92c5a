"""Items as they were fetched, out of what was stored of them: as far as rules can see. Pure."""

from monitor.analyse import Analysed, read_texts
from monitor.document import SUMMARY
from monitor.text import ANALYSIS_VERSION, Text
from scrapers.model import Counters, Item, Media, MediaKind
from storage.model import KnownItem

MEDIA = frozenset(map(str, MediaKind))

_UNREAD = Text(original="", exacts=(), lemmas=())


def analysed(known: KnownItem, counters: Counters | None, key: bytes) -> Analysed:
    """The item as analysis has it; what was found out when it came stands: its language and its origin.

    `key` stands for all keys of its origin.
    """
    return _analysed(
        known, counters, key, read_texts(known.current.title, known.current.text, known.current.language)
    )


def unread(known: KnownItem, counters: Counters | None) -> Analysed:
    """The item as if nothing were written in it."""
    return _analysed(known, counters, b"", (_UNREAD, _UNREAD))


def _analysed(known: KnownItem, counters: Counters | None, key: bytes, read: tuple[Text, Text]) -> Analysed:
    title, text = read
    return Analysed(
        item=item(known, counters),
        title=title,
        text=text,
        language=known.current.language,
        text_hash=known.current.text_hash,
        fingerprint=None,
        origin_keys=(key,),
        analysis_version=ANALYSIS_VERSION,
        search_lemmas="",
    )


def item(known: KnownItem, counters: Counters | None) -> Item:
    """The item as it was fetched, as far as rules can see it."""
    links = known.current.links or (("",) if "link" in known.current.has else ())
    return Item(
        external_id=known.ref.external_id,
        kind=known.kind,
        url=known.url,
        title=known.current.title,
        text=known.current.text,
        published_at=known.published_at,
        edited=known.current.edited,
        language=known.current.language,
        counters=counters,
        forwarded="forward" in known.current.has,
        media=tuple(Media(kind=MediaKind(name)) for name in sorted(known.current.has & MEDIA)),
        links=links,
        full_text=SUMMARY not in known.current.flags,
    )
