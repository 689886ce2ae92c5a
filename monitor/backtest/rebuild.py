"""Items as they were fetched, out of what was stored of them: as far as rules can see. Pure."""

from monitor.analyse import Analysed, read_texts
from monitor.document import SUMMARY
from monitor.text import ANALYSIS_VERSION, Text
from scrapers.model import Counters, Item, Media, MediaKind
from storage.model.past import PastRevision

MEDIA = frozenset(map(str, MediaKind))

_UNREAD = Text(original="", exacts=(), lemmas=())


def analysed(revision: PastRevision, counters: Counters | None, key: bytes) -> Analysed:
    """The item as analysis has it; what was found out when it came stands: its language and its origin.

    `key` stands for all keys of its origin.
    """
    return _analysed(revision, counters, key, read_texts(revision.title, revision.text, revision.language))


def unread(revision: PastRevision, counters: Counters | None) -> Analysed:
    """The item as if nothing were written in it."""
    return _analysed(revision, counters, b"", (_UNREAD, _UNREAD))


def _analysed(
    revision: PastRevision, counters: Counters | None, key: bytes, read: tuple[Text, Text]
) -> Analysed:
    title, text = read
    return Analysed(
        item=item(revision, counters),
        title=title,
        text=text,
        language=revision.language,
        text_hash=revision.text_hash,
        fingerprint=None,
        origin_keys=(key,),
        analysis_version=ANALYSIS_VERSION,
        search_lemmas="",
    )


def item(revision: PastRevision, counters: Counters | None) -> Item:
    """The item as it was fetched, as far as rules can see it."""
    links = revision.links or (("",) if "link" in revision.has else ())
    return Item(
        external_id=revision.ref.external_id,
        kind=revision.kind,
        url=revision.url,
        title=revision.title,
        text=revision.text,
        published_at=revision.published_at,
        edited=revision.edited,
        language=revision.language,
        counters=counters,
        forwarded="forward" in revision.has,
        media=tuple(Media(kind=MediaKind(name)) for name in sorted(revision.has & MEDIA)),
        links=links,
        full_text=SUMMARY not in revision.flags,
    )
