"""One message of a Telegram web preview: its markup read into an item.

Signatures, names of forwarding people and contact cards stand in this markup; none of them is read.
"""

import base64
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from scrapers.model import (
    ChannelFacts,
    Counters,
    Forward,
    Item,
    ItemKind,
    Media,
    MediaKind,
    Precision,
    Refusal,
)
from scrapers.telegram_text import clock_duration, file_size, one_line, outermost, plain_text, rounded_number

_ADDRESS: Final = re.compile(r"([A-Za-z0-9_]{1,64})/([0-9]{1,18})")
_POST_LINK: Final = re.compile(
    r"https?://(?:t|telegram)\.me/(?:s/)?([A-Za-z0-9_]{4,32})/([0-9]{1,18})/?(?:[?#].*)?"
)
_NO_CHANNELS: Final = frozenset({"addemoji", "addlist", "addstickers", "boost", "joinchat", "proxy", "share"})
_PHOTO_ID: Final = re.compile(r"[0-9]{15,20}")
_FILE_ID: Final = re.compile(r"/file/([A-Za-z0-9_-]{6,128})\.[a-z0-9]{2,5}(?:\?|$)")
_SECONDS_GIVEN: Final = re.compile(r"[T ][0-9]{2}:?[0-9]{2}:?[0-9]{2}")
_EDITED: Final = re.compile(r"\bedited\b")
_REPLY: Final = "tgme_widget_message_reply"
_LINK_PREVIEW: Final = "tgme_widget_message_link_preview"
_LONGEST_DATA_VIEW: Final = 400  # characters; a genuine one has about 100

# What surrounds a message. Text that is left once these are gone is text we failed to read.
_SURROUNDINGS: Final = (
    ".tgme_widget_message_user, .tgme_widget_message_author, .tgme_widget_message_forwarded_from, "
    ".tgme_widget_message_via_bot, .tgme_widget_message_reply, .tgme_widget_message_reactions, "
    ".tgme_widget_message_inline_keyboard, .tgme_widget_message_contact_wrap, .tgme_widget_message_footer, "
    ".message_media_not_supported_wrap, script, style, svg"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A message's known elements, in page order."""

    named: Mapping[str, Sequence[LexborNode]]  # by class
    media: Sequence[tuple[str, LexborNode]]  # (class, element)

    def first(self, name: str) -> LexborNode | None:
        """The first element of class `name`, or None."""
        nodes = self.named.get(name)
        return nodes[0] if nodes else None

    def all(self, name: str) -> Sequence[LexborNode]:
        """Every element of class `name`."""
        return self.named.get(name, ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A message as read, with what paging needs to know of it."""

    item: Item
    ids: tuple[int, ...]  # every message id it covers, ascending: an album has several
    channel: str  # the channel's public user name, as shown
    channel_id: str | None  # decimal, without Telegram's -100 prefix
    strange: bool = False  # its content is in markup that is not known, so that the item is unreadable

    def is_of(self, channel: ChannelFacts) -> bool:
        """Whether it is a post of `channel`, as far as it says."""
        return self.channel_id in (None, channel.native_id)


def read_message(message: LexborNode) -> Post | Refusal:
    """The post in an element of class `tgme_widget_message`, or why it cannot be read."""
    attributes = message.attributes
    address = _ADDRESS.fullmatch(attributes.get("data-post") or "")
    if not address:
        return Refusal(url=None, reason="a message without a data-post of the form <channel>/<number>")
    parts = _parts(message)
    ids = _message_ids(parts, channel=address[1], own=int(address[2]))
    kind = ItemKind.SERVICE if "service_message" in (attributes.get("class") or "").split() else ItemKind.POST
    item = _item(kind, parts, channel=address[1], message_id=ids[0])
    return Post(
        item=item,
        ids=ids,
        channel=address[1],
        channel_id=_channel_id(attributes.get("data-view") or ""),
        strange=item.unreadable and _unknown_text(message),
    )


def _item(kind: ItemKind, parts: Parts, *, channel: str, message_id: int) -> Item:
    texts = outermost(parts.all("js-message_text"), ".js-message_text")  # albums nest them
    text = _text(texts, parts)
    media = tuple(_MEDIA[name](node) for name, node in parts.media)
    shown_time = _shown_time(parts)
    published_at = _aware_utc(shown_time)
    return Item(
        external_id=str(message_id),
        kind=kind,
        url=f"https://t.me/{channel}/{message_id}",
        title=None,
        text=text,
        published_at=published_at,
        published_raw=shown_time,
        published_precision=_precision(shown_time) if published_at else None,
        published_basis="message" if published_at else None,
        edited=_edited(parts),
        counters=_counters(parts),
        forward=_forward(parts),
        forwarded=parts.first("tgme_widget_message_forwarded_from") is not None,
        reply_to=_reply_to(parts, channel),
        media=media,
        links=_links(texts),
        unreadable=not text and not media,
    )


def _parts(message: LexborNode) -> Parts:
    """The message's known elements, without those in what a reply quotes."""
    quoted: set[int] = set()
    named: defaultdict[str, list[LexborNode]] = defaultdict(list)
    media: list[tuple[str, LexborNode]] = []
    for node in message.css("[class]"):
        names = _known(node.attributes["class"] or "")
        if not names or (quoted and node.mem_id in quoted):
            continue
        for name in names:
            named[name].append(node)
            if name in _MEDIA:
                media.append((name, node))
            elif name == _REPLY:
                quoted.update(inner.mem_id for inner in node.css("[class]"))
    if len(media) > 1:
        outer = {node.mem_id for node in outermost([node for _, node in media], _MEDIA_SELECTOR)}
        media = [(name, node) for name, node in media if node.mem_id in outer]
    return Parts(named=named, media=media)


@lru_cache(maxsize=1024)
def _known(classes: str) -> tuple[str, ...]:
    """The known ones of an element's classes. Telegram repeats the same few combinations all over a page."""
    return tuple(name for name in classes.split() if name in _KNOWN)


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def _text(nodes: Sequence[LexborNode], parts: Parts) -> str:
    texts = [plain_text(node) for node in nodes]
    for poll in outermost(parts.all("tgme_widget_message_poll"), ".tgme_widget_message_poll"):
        lines = poll.css(".tgme_widget_message_poll_question, .tgme_widget_message_poll_option_text")
        texts += [plain_text(line) for line in lines]
    return "\n".join(text for text in texts if text)


def _links(nodes: Sequence[LexborNode]) -> tuple[str, ...]:
    targets = [link.attributes.get("href") or "" for node in nodes for link in node.css("a[href]")]
    return tuple(dict.fromkeys(target for target in targets if target.startswith(("http://", "https://"))))


def _message_ids(parts: Parts, *, channel: str, own: int) -> tuple[int, ...]:
    """The ids of the message and of the album's other members, which stand in the links of its media.

    A link preview is no member: it may lead to any post of the channel.
    """
    ids = {own}
    for name, node in parts.media:
        if name == _LINK_PREVIEW:
            continue
        link = _POST_LINK.fullmatch(node.attributes.get("href") or "")
        if link and link[1].lower() == channel.lower():
            ids.add(int(link[2]))
    return tuple(sorted(ids))


def _channel_id(encoded: str) -> str | None:
    """`c` of a `data-view`, which is unpadded base64 of JSON and holds the channel's id negated."""
    if not encoded or len(encoded) > _LONGEST_DATA_VIEW:
        return None
    try:
        view = json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    except ValueError:
        return None
    number = view.get("c") if isinstance(view, dict) else None
    return str(abs(number)) if isinstance(number, int) and number else None


def _shown_time(parts: Parts) -> str | None:
    """The time of the message; other `<time>` elements are the lengths of videos."""
    date = parts.first("tgme_widget_message_date")
    child = date.first_child if date is not None else None
    if date is None or child is None:
        return None
    time = child if child.tag == "time" else date.css_first("time[datetime]")
    return (time.attributes.get("datetime") or None) if time is not None else None


def _aware_utc(shown: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(shown or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _precision(shown: str | None) -> Precision:
    return Precision.SECOND if _SECONDS_GIVEN.search(shown or "") else Precision.MINUTE


def _edited(parts: Parts) -> bool:
    """Whether the bare word "edited" stands beside the time. A signature there has its own element."""
    meta = parts.first("tgme_widget_message_meta")
    return meta is not None and _EDITED.search(meta.text(deep=False)) is not None


def _counters(parts: Parts) -> Counters | None:
    shown = {name: text for name, text in map(_reaction, parts.all("tgme_reaction")) if name}
    counts = {name: number for name, text in shown.items() if (number := rounded_number(text)) is not None}
    views = parts.first("tgme_widget_message_views")
    views_shown = views.text().strip() if views is not None else ""
    if not views_shown and not shown:
        return None
    raw = {"views": views_shown, **shown} if views_shown else shown
    return Counters(views=rounded_number(views_shown), reactions=counts, raw=raw)


def _reaction(node: LexborNode) -> tuple[str, str]:
    """A reaction's name ("paid", "custom:<id>" or the emoji) and its count as shown."""
    count = node.text(deep=False).strip()
    if "tgme_reaction_paid" in _classes(node):
        return "paid", count
    for child in node.iter():
        if child.tag == "tg-emoji" and (custom_id := child.attributes.get("emoji-id")):
            return f"custom:{custom_id}", count
        if child.tag == "i" and (emoji := child.text().strip()):
            return emoji, count
    return "", count


def _forward(parts: Parts) -> Forward | None:
    """The origin if its name links to a post: then it is a public channel. Otherwise it may be a person."""
    name = parts.first("tgme_widget_message_forwarded_from_name")
    link = _POST_LINK.fullmatch(name.attributes.get("href") or "") if name is not None else None
    if not link or link[1].lower() in _NO_CHANNELS:
        return None
    return Forward(channel=link[1].lower(), title=one_line(name), message_id=str(int(link[2])))


def _reply_to(parts: Parts, channel: str) -> str | None:
    reply = parts.first(_REPLY)
    link = _POST_LINK.fullmatch(reply.attributes.get("href") or "") if reply is not None else None
    return str(int(link[2])) if link and link[1].lower() == channel.lower() else None


def _unknown_text(message: LexborNode) -> bool:
    """Whether words are left beside what surrounds every message."""
    return bool(plain_text(message, without=message.css(_SURROUNDINGS)))


def _photo(node: LexborNode) -> Media:
    return Media(kind=MediaKind.PHOTO, native_id=next(filter(_PHOTO_ID.fullmatch, _classes(node)), None))


def _video(node: LexborNode) -> Media:
    return _timed(node, MediaKind.VIDEO, "video[src]", ".message_video_duration")


def _round_video(node: LexborNode) -> Media:
    return _timed(node, MediaKind.ROUND_VIDEO, "video[src]", ".tgme_widget_message_roundvideo_duration")


def _voice(node: LexborNode) -> Media:
    return _timed(node, MediaKind.VOICE, "audio[src]", ".tgme_widget_message_voice_duration")


def _timed(node: LexborNode, kind: MediaKind, player: str, duration: str) -> Media:
    length = node.css_first(duration)
    return Media(
        kind=kind,
        native_id=_file_id(node.css_first(player), "src"),
        duration=clock_duration(length.text()) if length is not None else None,
    )


def _document(node: LexborNode) -> Media:
    """A file or a music file. The line below its title is a size, or a performer's name: not kept."""
    extra = node.css_first(".tgme_widget_message_document_extra")
    music = node.css_first(".tgme_widget_message_document_icon.audio") is not None
    return Media(
        kind=MediaKind.AUDIO if music else MediaKind.DOCUMENT,
        size=file_size(extra.text()) if extra is not None else None,
        title=one_line(node.css_first(".tgme_widget_message_document_title")),
    )


def _sticker(node: LexborNode) -> Media:
    still = _file_id(node.css_first("[data-webp]"), "data-webp")
    moving = _file_id(node.css_first("video[src]"), "src") or _file_id(
        node.css_first("source[srcset]"), "srcset"
    )
    return Media(kind=MediaKind.STICKER, native_id=still or moving)


def _poll(node: LexborNode) -> Media:
    return Media(kind=MediaKind.POLL, title=one_line(node.css_first(".tgme_widget_message_poll_question")))


def _location(node: LexborNode) -> Media:
    """A place; its title is the venue's name, or else "latitude,longitude" from the map's address."""
    venue = one_line(node.css_first(".tgme_widget_message_location_title"))
    return Media(kind=MediaKind.LOCATION, title=venue or _coordinates(node.attributes.get("href") or ""))


def _coordinates(map_address: str) -> str | None:
    try:
        return parse_qs(urlsplit(map_address).query).get("q", [None])[0]
    except ValueError:
        return None


def _link_preview(node: LexborNode) -> Media:
    return Media(kind=MediaKind.LINK_PREVIEW, title=one_line(node.css_first(".link_preview_title")))


def _file_id(node: LexborNode | None, attribute: str) -> str | None:
    """The file's own name in Telegram's store; the rest of its address changes with every view."""
    match = _FILE_ID.search(node.attributes.get(attribute) or "") if node is not None else None
    return match[1] if match else None


_MEDIA: Final[dict[str, Callable[[LexborNode], Media]]] = {
    "tgme_widget_message_photo_wrap": _photo,
    "tgme_widget_message_service_photo": _photo,
    "tgme_widget_message_video_player": _video,
    "tgme_widget_message_roundvideo_player": _round_video,
    "tgme_widget_message_voice_player": _voice,
    "tgme_widget_message_document_wrap": _document,
    "tgme_widget_message_sticker_wrap": _sticker,
    "tgme_widget_message_poll": _poll,
    "tgme_widget_message_location_wrap": _location,
    _LINK_PREVIEW: _link_preview,
}
_MEDIA_SELECTOR: Final = ", ".join(f".{name}" for name in _MEDIA)
_KNOWN: Final = frozenset(
    {
        *_MEDIA,
        "js-message_text",
        "tgme_reaction",
        "tgme_widget_message_date",
        "tgme_widget_message_forwarded_from",
        "tgme_widget_message_forwarded_from_name",
        "tgme_widget_message_meta",
        _REPLY,
        "tgme_widget_message_views",
    }
)
