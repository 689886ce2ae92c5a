"""A page of Telegram's public web preview (`t.me/s/<channel>`), as its markup stood in November 2026."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from scrapers.counted import counted
from scrapers.errors import Gone, LayoutChanged, PreviewOff, Unavailable
from scrapers.markup import has_end, without_attribute_bombs
from scrapers.model import ChannelFacts, Refusal, ShownRange
from scrapers.telegram_message import Post, read_message
from scrapers.telegram_text import one_line, outermost, plain_text, rounded_number

_HOME: Final = re.compile(r"https?://(?:www\.)?telegram\.org(?:[:/?#]|$)", re.IGNORECASE)
_PAGE_LINK: Final = re.compile(r"[?&](before|after)=([0-9]{1,18})(?:&|#|$)")
_SUBSCRIBERS: Final = re.compile(r"(.*?)\s*(?:subscriber|member)s?", re.DOTALL)
_USERNAME: Final = re.compile(r"[A-Za-z0-9_]{4,32}")
STRANGE: Final = "a message whose content is in markup that is not known"

_TAG: Final = re.compile(rb"<(/?)(?!(?:br|hr|img|input|link|meta|source|wbr)\b)[A-Za-z]")
_MESSAGE: Final = ".tgme_widget_message"
_MANY_TAGS: Final = 20_000  # a page of 20 posts has some 1,500
_DEEPEST: Final = 5_000
_MOST_MESSAGES: Final = 500  # t.me shows 20, and a few more where albums are among them
_LARGE: Final = 150_000  # bytes; a smaller page, as most are, cannot hold what takes long
_LABELS: Final = ("verified", "scam", "fake")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What one page of a channel's preview shows."""

    posts: tuple[Post, ...]  # oldest first
    refusals: tuple[Refusal, ...]
    channel: ChannelFacts
    older: str | None  # the number to ask `?before=` for, if the page links to older posts
    newer: str | None  # the number to ask `?after=` for, if the page links to newer posts
    shown: ShownRange | None  # None where no post, or not every one, could be read


def read_page(body: bytes, url: str) -> Page:
    """The page that `url` answered with `body`, read without any I/O.

    Raises:
        Gone: it is telegram.org's home page, where unknown names end, or the card of a name nobody holds.
        PreviewOff: it is the channel's card, not its preview.
        LayoutChanged: it is none of these, and neither a message nor the mark of an empty channel is on it.
        Unavailable: it ends in the middle of a message.
    """
    _refuse_depth(body, url)
    body = _without_attribute_bombs(body)
    tree = _parsed(body.replace(b"\x00", b""))
    messages: Sequence[LexborNode] = tree.css(_MESSAGE)
    found = len(messages)
    if found > _MOST_MESSAGES:
        raise LayoutChanged(f"more than {_MOST_MESSAGES} messages are no preview", url=url)
    if tree.css_first(f"{_MESSAGE} {_MESSAGE}") is not None:
        messages = outermost(messages, _MESSAGE)
    read = [read_message(message) for message in messages]
    _refuse_cut(read, body, url)
    posts = sorted((post for post in read if isinstance(post, Post)), key=lambda post: post.ids)
    refusals = [refusal for refusal in read if isinstance(refusal, Refusal)]
    refusals += [Refusal(url=post.item.url, reason=STRANGE) for post in posts if post.strange]
    if not read:
        _require_empty_channel(tree, url)
    _require_readable(posts, refusals, url)
    linked = _linked_positions(tree)
    channel = _channel(tree, posts)
    return Page(
        posts=tuple(posts),
        refusals=tuple(refusals),
        channel=channel,
        older=linked.get("before"),
        newer=linked.get("after"),
        shown=_shown_range(posts, channel) if len(posts) == found else None,
    )


def _refuse_cut(read: Sequence[Post | Refusal], body: bytes, url: str) -> None:
    """Some machine on the way may pass on half a page for a whole one: half a text would be an edit of it.

    A message's time stands behind its text.
    """
    last = read[-1] if read else None
    if isinstance(last, Post) and last.item.published_at is None and not has_end(body):
        raise Unavailable("the page ends in the middle of a message", url=url)


def _parsed(body: bytes) -> LexborHTMLParser:
    """Raises MemoryError: lexbor takes any markup, and fails for nothing else."""
    try:
        return LexborHTMLParser(body)
    except SelectolaxError as error:
        raise MemoryError(str(error)) from error


def _shown_range(posts: Sequence[Post], channel: ChannelFacts) -> ShownRange | None:
    """The channel's own posts are the ends; a foreign one has a number of another channel."""
    own = [post for post in posts if post.is_of(channel)]
    if not own:
        return None
    return ShownRange(
        lowest=own[0].ids[0],
        highest=max(post.ids[-1] for post in own),
        ids=frozenset(number for post in posts for number in post.ids),
    )


def _refuse_depth(body: bytes, url: str) -> None:
    """Raises LayoutChanged where elements nest without end: HTML5 parsers take quadratic time over them."""
    if body.count(b"<") < _MANY_TAGS:
        return
    depth = deepest = 0
    for tag in _TAG.finditer(body):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        deepest = max(depth, deepest)
    if deepest > _DEEPEST:
        raise LayoutChanged(f"elements are nested more than {_DEEPEST:,} deep", url=url)


def _without_attribute_bombs(body: bytes) -> bytes:
    """As `scrapers.markup` does; Latin-1 stands for the bytes as they are."""
    if len(body) < _LARGE:
        return body
    text = body.decode("latin-1")
    tamed = without_attribute_bombs(text)
    return body if tamed is text else tamed.encode("latin-1")


def _require_readable(posts: Sequence[Post], refusals: Sequence[Refusal], url: str) -> None:
    if not posts and refusals:
        raise LayoutChanged(
            f"of {counted(len(refusals), 'message')} none could be read: {refusals[0].reason}", url=url
        )
    if len(posts) > 1 and all(post.item.published_at is None for post in posts):
        raise LayoutChanged(f"none of {len(posts)} messages shows a time that can be read", url=url)


def _require_empty_channel(tree: LexborHTMLParser, url: str) -> None:
    """Accepts a page without messages only if it is a channel's, and says or shows that there are none."""
    if _HOME.match(url) or tree.css_first(".tl_page_wrap, .tl_main_wrap") is not None:
        raise Gone("nobody holds this name: it leads to telegram.org's home page", url=url)
    if tree.css_first(".tme_no_messages_found") is not None:
        return
    history = tree.css_first(".js-message_history, .tgme_channel_history")
    framed = tree.css_first(".tgme_channel_info, .tgme_header") is not None
    if framed and history is not None and all(_is_paging(node) for node in history.iter()):
        return
    if history is None and tree.css_first(".tgme_page") is not None:
        raise _card_instead(tree, url)
    raise LayoutChanged("neither a message nor the mark of an empty channel is on the page", url=url)


def _card_instead(tree: LexborHTMLParser, url: str) -> Gone | PreviewOff:
    if tree.css_first(".tgme_page_title") is None:
        return Gone("nobody holds this name: its card is empty", url=url)
    return PreviewOff("the channel's card came instead of its preview: switched off or restricted", url=url)


def _is_paging(node: LexborNode) -> bool:
    return "js-messages_more_wrap" in (node.attributes.get("class") or "").split()


def _linked_positions(tree: LexborHTMLParser) -> dict[str, str]:
    """The numbers in the page's own links to older ("before") and newer ("after") posts."""
    positions: dict[str, str] = {}
    in_head = tree.head.css("link[rel=prev], link[rel=next]") if tree.head is not None else []
    for link in (*in_head, *tree.css("a.tme_messages_more")):
        if match := _PAGE_LINK.search(link.attributes.get("href") or ""):
            positions.setdefault(match[1], match[2])
    return positions


def _channel(tree: LexborHTMLParser, posts: Sequence[Post]) -> ChannelFacts:
    header = tree.css_first(".tgme_header, .tgme_channel_info")
    description = header.css_first(".tgme_channel_info_description") if header is not None else None
    subscribers_raw = _subscribers(header) if header is not None else None
    return ChannelFacts(
        native_id=_most_common([post.channel_id for post in posts if post.channel_id]),
        username=_username(tree, header) or _most_common([post.channel for post in posts]),
        title=_title(tree, header),
        description=(plain_text(description) or None) if description is not None else None,
        labels=_labels(header) if header is not None else frozenset(),
        subscribers=rounded_number(subscribers_raw) if subscribers_raw else None,
        subscribers_raw=subscribers_raw,
    )


def _most_common(values: Sequence[str]) -> str | None:
    return Counter(values).most_common(1)[0][0] if values else None


def _title(tree: LexborHTMLParser, header: LexborNode | None) -> str | None:
    for selector in (".tgme_channel_info_header_title", ".tgme_header_title"):
        if header is not None and (title := one_line(header.css_first(selector))):
            return title
    meta = tree.css_first('meta[property="og:title"]')
    shared = (meta.attributes.get("content") or None) if meta is not None else None
    return shared or one_line(tree.css_first(".tgme_widget_message_owner_name"))


def _username(tree: LexborHTMLParser, header: LexborNode | None) -> str | None:
    shown = header.css_first(".tgme_channel_info_header_username") if header is not None else None
    main = tree.css_first("main[data-url]")
    linked = (main.attributes.get("data-url") or "") if main is not None else ""
    for candidate in ((one_line(shown) or "").removeprefix("@"), linked.removeprefix("/")):
        if _USERNAME.fullmatch(candidate):
            return candidate
    return None


def _labels(header: LexborNode) -> frozenset[str]:
    """The marks beside the channel's name: each is an element whose class or words name it."""
    marks = header.css(".tgme_channel_info_header_labels *, .tgme_header_labels *")
    shown = " ".join(f"{mark.attributes.get('class') or ''} {mark.text()}" for mark in marks).lower()
    return frozenset(label for label in _LABELS if label in shown)


def _subscribers(header: LexborNode) -> str | None:
    """The count of subscribers as shown, without the word."""
    for counter in header.css(".tgme_channel_info_counter, .tgme_header_counter"):
        if match := _SUBSCRIBERS.fullmatch(one_line(counter) or ""):
            return match[1] or None
    return None
