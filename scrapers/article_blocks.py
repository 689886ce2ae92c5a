"""A page as the blocks of text that its readers see, in their order. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

_BLOCK_TAGS: Final = """
    address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_SILENT_TAGS: Final = "title noscript script style svg template textarea select button iframe object"
_SILENT: Final = frozenset(_SILENT_TAGS.split())
_LEAF_TAGS: Final = "p li h1 h2 h3 h4 h5 h6 blockquote pre dt dd tr figcaption"
_LEAVES: Final = frozenset(_LEAF_TAGS.split())
_CELLS: Final = frozenset(("td", "th"))
_CELL: Final = 80  # characters; longer cells are no cells of a row but columns of a page
HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, heading, item of a list, row of a table, or text that stands by itself."""

    text: str  # one line
    letters: str  # its letters and digits alone, small
    linked: float  # the share of it that is links
    hrefs: tuple[str, ...]
    element: HtmlElement  # the innermost block element around it

    @property
    def container(self) -> HtmlElement:
        """What holds it beside its like."""
        parent = self.element.getparent()
        return parent if self.element.tag in _LEAVES and parent is not None else self.element


def letters_of(text: str) -> str:
    """Letters and digits alone, small: readers of one page set spaces and signs otherwise."""
    return "".join(filter(str.isalnum, text.casefold()))


def same_title(one: str | None, other: str | None) -> bool:
    """Whether two headlines are one, however it is set; none is like no other."""
    return letters_of(one or "") == letters_of(other or "") != ""


def blocks_of(root: HtmlElement) -> list[Block]:
    """The blocks beneath `root`, without scripts, controls and what is said to be no text."""
    return list(_Blocks().read(root))


@dataclass(slots=True)
class _Blocks:
    """The block that is being read."""

    pieces: list[str] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    linked: int = 0
    anchors: int = 0  # how many are open

    def read(self, root: HtmlElement) -> Iterator[Block]:
        open_blocks = [root]
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if element.tag in _BLOCKS or (element.tag in _CELLS and sum(map(len, self.pieces)) > _CELL):
                yield from self._finished(open_blocks[-1])
            if event == "start":
                if element.tag in _SILENT:
                    walk.skip_subtree()
                    continue
                self._enter(element, open_blocks)
            else:
                self._leave(element, root, open_blocks)
        yield from self._finished(root)

    def _enter(self, element: HtmlElement, open_blocks: list[HtmlElement]) -> None:
        if element.tag in _BLOCKS and element.tag != "br":
            open_blocks.append(element)
        elif element.tag in _CELLS:
            self.pieces.append(" ")
        if element.tag == "a":
            self.anchors += 1
            self.hrefs.append(element.get("href") or "")
        self._add(element.text)

    def _leave(self, element: HtmlElement, root: HtmlElement, open_blocks: list[HtmlElement]) -> None:
        if element.tag in _BLOCKS and element.tag != "br":
            open_blocks.pop()
        if element.tag == "a":
            self.anchors -= 1
        if element is not root:
            self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text:
            self.pieces.append(text)
            self.linked += len(text.strip()) if self.anchors else 0

    def _finished(self, element: HtmlElement) -> Iterator[Block]:
        text = " ".join("".join(self.pieces).split())
        if text:
            yield Block(
                text=text,
                letters=letters_of(text),
                linked=min(1.0, self.linked / len(text)),
                hrefs=tuple(self.hrefs),
                element=element,
            )
        self.pieces, self.hrefs, self.linked = [], [], 0
