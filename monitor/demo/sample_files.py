"""The shapes of the TOML files under `samples/`, and reading them. An unknown key is refused.

Times are offsets from the start of the demo, "3d 02:15": three days, two hours and a quarter after it.
"-12d 04:00" is twelve days before it and then four hours on.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec

SAMPLES = files("monitor.demo") / "samples"

_OFFSET = re.compile(r"(-?\d+)d (\d\d):(\d\d)")
_LENGTH = re.compile(r"(?:(\d+):)?(\d+):(\d\d)")


class MediaFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attachment of a post."""

    kind: Literal["photo", "video", "round_video", "voice", "audio", "document", "sticker", "location"]
    length: str | None = None  # "1:42", of audio and video
    title: str | None = None  # of a document or a track
    extra: str | None = None  # what stands under the title: size or performer


class PollFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A poll: its question and its options with their share of votes in percent."""

    question: str
    options: dict[str, int]
    voters: int


class PreviewFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The card that Telegram puts under a post with a link."""

    url: str
    site: str
    title: str
    description: str


class EditFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A later wording of a post."""

    at: str
    text: str


class PostFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One post. Its number follows from its place in time."""

    at: str
    text: str = ""
    copies: str | None = None  # name of a shared text in texts.toml
    before: str = ""  # what this channel puts before a shared text
    after: str = ""  # what this channel puts after a shared text, on a line of its own
    disguise: Literal["homoglyphs", "zero_width"] | None = None
    topic: Literal["threat", "retraction", "complaint", "noise"] = "noise"
    key: str | None = None  # a name for others to point to
    media: list[MediaFile] = []
    poll: PollFile | None = None
    preview: PreviewFile | None = None
    forward_of: str | None = None  # "channel/key" of the post that is forwarded
    forward_person: str | None = None  # shown name of the person whose message is forwarded
    forward_person_username: str | None = None
    signature: str | None = None
    reply_to: str | None = None  # key of a post of the same channel
    edits: list[EditFile] = []
    deleted: str | None = None  # offset at which it vanishes
    service: bool = False
    unreadable: bool = False  # its preview shows nothing of it: "open Telegram to view this post"
    views: int | None = None  # what its views climb to; without it, a share of the subscribers
    viral: bool = False  # slow start, then a steep climb
    reactions: dict[str, float] = {}  # emoji -> share of the viewers


class DescriptionFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel's description from some moment on."""

    at: str
    text: str


class OutageFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time in which a server answers otherwise than it should."""

    begin: str
    end: str


class ChannelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One channel with its posts."""

    source: str
    username: str
    native_id: int
    title: str
    description: str
    language: str
    closing: str  # the line that says "fictional", put under every text
    subscribers: int
    subscribers_a_day: int = 0
    tags: list[str] = []
    verified: bool = False
    boxed: bool = False  # wraps content in today's media_supported_cont
    first_number: int = 1
    new_description: DescriptionFile | None = None
    preview_off: str | None = None  # offset from which the public preview is gone
    marked_fake: str | None = None  # offset from which Telegram labels it as fake
    redesign: OutageFile | None = None  # while its pages come in a markup that nobody knows
    post: list[PostFile]


class UpdateFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A later addition to an article."""

    at: str
    paragraph: str


class ArticleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One article. Paragraphs of `body` are parted by empty lines."""

    at: str
    slug: str
    title: str
    lead: str
    body: str
    section: str = "news"
    background: list[str] = []  # names of the outlet's standing paragraphs
    topic: Literal["threat", "retraction", "complaint", "noise"] = "noise"
    update: UpdateFile | None = None


class OutletFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outlet with its articles."""

    source: str
    name: str
    description: str
    language: str
    closing: str
    format: Literal["rss", "atom", "page"]
    listing: str  # path of the feed or the listing page
    article_path: str  # pattern with {slug}, {section}, {number}, {time:%y%m%d}
    guid: str = "{address}"  # pattern with {address}, {base_url}, {number}
    timezone: str  # in which its pages write their times
    template: str  # file under samples/templates
    tags: list[str] = []
    window: int = 15  # entries in the feed or the listing
    full_content: bool = False  # the feed carries whole articles
    background: dict[str, str] = {}
    outage: OutageFile | None = None  # 503
    article: list[ArticleFile]


def read_texts() -> dict[str, str]:
    """Name -> text of the posts that are copied from channel to channel."""
    return msgspec.toml.decode((SAMPLES / "texts.toml").read_bytes(), type=dict[str, str])


def read_channels() -> Iterator[ChannelFile]:
    """Every channel under `samples/channels`, by file name."""
    for file in _toml_files("channels"):
        yield msgspec.toml.decode(file.read_bytes(), type=ChannelFile)


def read_outlets() -> Iterator[OutletFile]:
    """Every outlet under `samples/outlets`, by file name."""
    for file in _toml_files("outlets"):
        yield msgspec.toml.decode(file.read_bytes(), type=OutletFile)


def _toml_files(folder: str) -> list[Traversable]:
    found = [file for file in (SAMPLES / folder).iterdir() if file.name.endswith(".toml")]
    return sorted(found, key=lambda file: file.name)


def offset(written: str) -> timedelta:
    """What "3d 02:15" means. Raises ValueError for anything else."""
    match = _OFFSET.fullmatch(written)
    if match is None:
        raise ValueError(f'not an offset like "3d 02:15": {written!r}')
    return timedelta(days=int(match[1]), hours=int(match[2]), minutes=int(match[3]))


def length(written: str) -> timedelta:
    """What "1:42" or "1:02:03" means. Raises ValueError for anything else."""
    match = _LENGTH.fullmatch(written)
    if match is None:
        raise ValueError(f'not a length like "1:42": {written!r}')
    return timedelta(hours=int(match[1] or 0), minutes=int(match[2]), seconds=int(match[3]))
