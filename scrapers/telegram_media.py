"""What hangs on a Telegram message, in the words of the model. Contacts are never read."""

from datetime import timedelta
from typing import Final

from telethon.tl import types

from scrapers.model import Media, MediaKind
from scrapers.telegram_entities import shown_line
from scrapers.telegram_tl import TL


def media_of(message: TL) -> tuple[Media, ...]:
    """The attachments of one message; of a service message the new photo of the channel."""
    if isinstance(message, types.MessageService):
        photo = isinstance(message.action, types.MessageActionChatEditPhoto)
        return (Media(kind=MediaKind.PHOTO),) if photo else ()
    rich = message.rich_message
    pictures = [photo for photo in rich.photos if isinstance(photo, types.Photo)] if rich else []
    shown = tuple(Media(kind=MediaKind.PHOTO, native_id=_id(photo)) for photo in pictures)
    return (*_read(message.media), *shown)


def _read(media: TL) -> tuple[Media, ...]:  # noqa: PLR0911 - one line a kind
    match media:
        case types.MessageMediaPhoto():
            return (Media(kind=MediaKind.PHOTO, native_id=_id(media.photo)),)
        case types.MessageMediaDocument():
            return (_document(media),)
        case types.MessageMediaWebPage(webpage=types.WebPage() as page):
            return (Media(kind=MediaKind.LINK_PREVIEW, title=shown_line(page.title)),)
        case types.MessageMediaPoll():
            return (Media(kind=MediaKind.POLL, title=shown_line(media.poll.question.text)),)
        case types.MessageMediaVenue():
            return (Media(kind=MediaKind.LOCATION, title=shown_line(media.title) or _place(media.geo)),)
        case types.MessageMediaGeo() | types.MessageMediaGeoLive():
            return (Media(kind=MediaKind.LOCATION, title=_place(media.geo)),)
        case types.MessageMediaDice():
            return (Media(kind=MediaKind.STICKER, title=shown_line(media.emoticon)),)
        case types.MessageMediaPaidMedia():
            return tuple(found for one in media.extended_media for found in _paid(one))
        case _:
            return ()


def _paid(extended: TL) -> tuple[Media, ...]:
    """What is sold for stars shows its kind only."""
    if isinstance(extended, types.MessageExtendedMedia):
        return _read(extended.media)
    moving = extended.video_duration is not None
    return (Media(kind=MediaKind.VIDEO if moving else MediaKind.PHOTO),)


def _document(media: TL) -> Media:
    document = media.document
    if not isinstance(document, types.Document):
        return Media(kind=_kind_told(media))
    attributes = {type(one): one for one in document.attributes}
    name = attributes.get(types.DocumentAttributeFilename)
    sound = attributes.get(types.DocumentAttributeAudio)
    film = attributes.get(types.DocumentAttributeVideo)
    kind = _kind(attributes, sound, film)
    title = (sound.title if sound else None) or (name.file_name if name else None)
    named = kind in (MediaKind.DOCUMENT, MediaKind.AUDIO)
    return Media(
        kind=kind,
        native_id=_id(document),
        duration=_duration(film or sound),
        size=document.size,
        title=shown_line(title) if named else None,
    )


def _kind(attributes: TL, sound: TL | None, film: TL | None) -> MediaKind:
    if types.DocumentAttributeSticker in attributes or types.DocumentAttributeCustomEmoji in attributes:
        return MediaKind.STICKER
    if film is not None:
        return MediaKind.ROUND_VIDEO if film.round_message else MediaKind.VIDEO
    if sound is not None:
        return MediaKind.VOICE if sound.voice else MediaKind.AUDIO
    return MediaKind.VIDEO if types.DocumentAttributeAnimated in attributes else MediaKind.DOCUMENT


_TOLD: Final = {"round": MediaKind.ROUND_VIDEO, "video": MediaKind.VIDEO, "voice": MediaKind.VOICE}


def _kind_told(media: TL) -> MediaKind:
    """The kind of a file that is shown no more, as the message itself tells it."""
    return next((kind for told, kind in _TOLD.items() if getattr(media, told)), MediaKind.DOCUMENT)


def _duration(timed: TL | None) -> timedelta | None:
    """Whole seconds, as previews show them."""
    return None if timed is None else timedelta(seconds=int(max(timed.duration, 0)))


def _id(file: TL) -> str | None:
    return str(file.id) if isinstance(file, types.Photo | types.Document) else None


def _place(point: TL) -> str | None:
    return f"{point.lat},{point.long}" if isinstance(point, types.GeoPoint) else None
