"""What a post of the story holds, as Telegram sends it: words and their entities, media, service messages."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from telethon.tl import types

from monitor.demo.data_centre import media as invented
from monitor.demo.data_centre.tl import TL
from monitor.demo.light_text import Span, SpanKind, plain, spans
from monitor.demo.sample_files import MediaFile, length
from monitor.demo.story import Post
from scrapers.telegram_text import file_size

_RENAMED: Final = re.compile(r"Channel name was changed to «(.+)»")
_USUAL_LENGTH: Final = "0:10"  # of what plays, where the samples say nothing

_ENTITIES: Final[Mapping[SpanKind, type]] = {
    "bold": types.MessageEntityBold,
    "label": types.MessageEntityTextUrl,
    "link": types.MessageEntityUrl,
    "mail": types.MessageEntityEmail,
    "name": types.MessageEntityMention,
    "hashtag": types.MessageEntityHashtag,
}


def words(light: str) -> tuple[str, list[TL]]:
    """The text of a post in the samples' light markup, and the entities that tell what in it is more."""
    text = plain(light)
    return text, [_entity(span, text) for span in spans(light)]


def _entity(span: Span, text: str) -> TL:
    place = {"offset": _units(text[: span.start]), "length": _units(span.shown)}
    told = {} if span.address is None else {"url": span.address}
    return _ENTITIES[span.kind](**place, **told)


def _units(text: str) -> int:
    """Its length as Telegram counts: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def attached(post: Post) -> list[TL]:
    """What hangs on a post: one for each of its numbers, or what hangs on posts without media, or nothing."""
    if post.media:
        return [_MEDIA[media.kind](media) for media in post.media]
    if post.poll is not None:
        return [invented.poll(post.poll.question, *post.poll.options)]
    if post.preview is not None:
        shown = post.preview
        return [invented.link_preview(shown.url, shown.title, shown.description)]
    return []


_MEDIA: Final[Mapping[str, Callable[[MediaFile], TL]]] = {
    "photo": lambda _: invented.photo(),
    "video": lambda media: invented.video(_seconds(media)),
    "round_video": lambda media: invented.video(_seconds(media), is_round=True),
    "voice": lambda media: invented.voice(_seconds(media)),
    "audio": lambda media: invented.music(media.title or "", media.extra or "", _seconds(media)),
    "document": lambda media: invented.document(media.title or "", file_size(media.extra or "") or 0),
    "sticker": lambda _: invented.sticker(),
    "location": lambda _: invented.place(0.0, 0.0),
}


def _seconds(media: MediaFile) -> int:
    return int(length(media.length or _USUAL_LENGTH).total_seconds())


def service_action(text: str) -> TL:
    """What a service message tells, of which the samples hold the preview's words."""
    if renamed := _RENAMED.fullmatch(text):
        return types.MessageActionChatEditTitle(title=renamed[1])
    return types.MessageActionPinMessage()
