"""The words of a rich message, which comes in blocks as an article does (core.telegram.org/type/PageBlock).

Only what holds words of the post is looked into: never authors, credits, or related articles.
"""

from collections.abc import Iterator
from typing import Final

from telethon.tl import types

from scrapers.telegram_tl import TL

_RICH_TEXT: Final = types.TextPlain.SUBCLASS_OF_ID
_BLOCK_PARTS: Final = ("title", "text", "blocks", "items", "rows", "cover", "caption")
_UNTOLD: Final = (types.PageBlockRelatedArticles, types.PageBlockUnsupported)


def rich_text(rich: TL) -> str:
    """The text of a `RichMessage`, a block or a row a line."""
    return "\n".join(line for line in _lines(rich.blocks) if line)


def rich_links(rich: TL) -> Iterator[str]:
    """The addresses that it links to, in order."""
    for text in _texts(rich.blocks):
        yield from _targets(text)


def _lines(node: TL) -> Iterator[str]:
    if isinstance(node, types.PageTableRow):
        yield " ".join(_inline(cell.text).strip() for cell in node.cells if cell.text)
    elif getattr(node, "SUBCLASS_OF_ID", None) == _RICH_TEXT:
        yield _inline(node).strip()
    else:
        for part in _parts(node):
            yield from _lines(part)


def _texts(node: TL) -> Iterator[TL]:
    if getattr(node, "SUBCLASS_OF_ID", None) == _RICH_TEXT:
        yield node
    elif isinstance(node, types.PageTableRow):
        yield from (cell.text for cell in node.cells if cell.text)
    else:
        for part in _parts(node):
            yield from _texts(part)


def _parts(node: TL) -> Iterator[TL]:
    if isinstance(node, list):
        yield from node
    elif not isinstance(node, _UNTOLD):
        found = (getattr(node, name, None) for name in _BLOCK_PARTS)
        yield from (part for part in found if part is not None)


def _inline(text: TL) -> str:
    match text:
        case types.TextPlain():
            return str(text.text)
        case types.TextConcat():
            return "".join(map(_inline, text.texts))
        case types.TextCustomEmoji():
            return str(text.alt)
        case types.TextMath():
            return str(text.source)
        case types.TextEmpty() | types.TextImage():
            return ""
        case _:  # a mere look of another text
            return _inline(text.text)


def _targets(text: TL) -> Iterator[str]:
    match text:
        case types.TextConcat():
            for one in text.texts:
                yield from _targets(one)
        case types.TextUrl():
            yield str(text.url)
        case types.TextAutoUrl():
            yield _inline(text)
        case types.TextMention():
            yield f"https://t.me/{_inline(text).removeprefix('@')}"
        case (
            types.TextPlain()
            | types.TextCustomEmoji()
            | types.TextMath()
            | types.TextEmpty()
            | types.TextImage()
        ):
            return
        case _:
            yield from _targets(text.text)
