"""Invented media of posts: what is said about them is there, the files themselves are not."""

import itertools
from datetime import UTC, datetime
from typing import Final

from telethon.tl import types

from monitor.demo.data_centre.tl import TL

_ids: Final = itertools.count(5_300_000_000_000_001)
_MADE_AT: Final = datetime(2026, 10, 1, tzinfo=UTC)
_NO_PLACE: Final = b"fictional"  # a file reference; nothing is downloaded


def photo() -> TL:
    """A picture."""
    sizes = [types.PhotoSize(type="x", w=800, h=600, size=70_000)]
    picture = types.Photo(
        id=next(_ids), access_hash=1, file_reference=_NO_PLACE, date=_MADE_AT, sizes=sizes, dc_id=2
    )
    return types.MessageMediaPhoto(photo=picture)


def video(seconds: float = 30, *, is_round: bool = False, size: int = 4_000_000) -> TL:
    """A film; a round one is a video message."""
    length = types.DocumentAttributeVideo(duration=seconds, w=640, h=360, round_message=is_round)
    made = _document("video/mp4", size, length)
    return types.MessageMediaDocument(document=made, video=True, round=is_round)


def voice(seconds: int = 12) -> TL:
    """A voice message."""
    length = types.DocumentAttributeAudio(duration=seconds, voice=True)
    return types.MessageMediaDocument(document=_document("audio/ogg", 30_000, length), voice=True)


def music(title: str, performer: str, seconds: int = 180) -> TL:
    """A piece of music."""
    length = types.DocumentAttributeAudio(duration=seconds, title=title, performer=performer)
    return types.MessageMediaDocument(document=_document("audio/mpeg", 5_000_000, length))


def document(name: str, size: int = 120_000, *, mime_type: str = "application/pdf") -> TL:
    """A file."""
    return types.MessageMediaDocument(
        document=_document(mime_type, size, types.DocumentAttributeFilename(name))
    )


def sticker(emoji: str = "\N{GRINNING FACE}") -> TL:
    """A sticker."""
    shown = types.DocumentAttributeSticker(alt=emoji, stickerset=types.InputStickerSetEmpty())
    return types.MessageMediaDocument(document=_document("image/webp", 20_000, shown))


def poll(question: str, *answers: str) -> TL:
    """A poll without votes yet."""
    options = [
        types.PollAnswer(text=_words(answer), option=bytes([number])) for number, answer in enumerate(answers)
    ]
    asked = types.Poll(id=next(_ids), question=_words(question), answers=options, hash=0)
    return types.MessageMediaPoll(poll=asked, results=types.PollResults())


def place(latitude: float, longitude: float, *, venue: str | None = None) -> TL:
    """A place on the map, with a name or without."""
    point = types.GeoPoint(long=longitude, lat=latitude, access_hash=1)
    if venue is None:
        return types.MessageMediaGeo(geo=point)
    return types.MessageMediaVenue(
        geo=point, title=venue, address="", provider="", venue_id="", venue_type=""
    )


def link_preview(url: str, title: str, description: str = "") -> TL:
    """What Telegram shows of a linked page."""
    page = types.WebPage(
        id=next(_ids), url=url, display_url=url, hash=0, title=title, description=description
    )
    return types.MessageMediaWebPage(webpage=page)


def contact(first_name: str, phone: str) -> TL:
    """Somebody's card: a person's name and number, never to be stored."""
    return types.MessageMediaContact(
        phone_number=phone, first_name=first_name, last_name="(fictional)", vcard="", user_id=710_000_001
    )


def _document(mime_type: str, size: int, *attributes: TL) -> TL:
    return types.Document(
        id=next(_ids),
        access_hash=1,
        file_reference=_NO_PLACE,
        date=_MADE_AT,
        mime_type=mime_type,
        size=size,
        dc_id=2,
        attributes=list(attributes),
    )


def _words(text: str) -> TL:
    return types.TextWithEntities(text=text, entities=[])
