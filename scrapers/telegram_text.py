"""Plain text and numbers as Telegram's web previews show them in a browser."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final

from selectolax.lexbor import LexborNode

_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_SPACES_AT_LINE_END: Final = re.compile(r"(?<! ) +\n")
_BLOCKS: Final = frozenset(
    {"article", "blockquote", "details", "div", "dl", "dd", "dt", "figcaption", "figure", "footer", "header"}
    | {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tr",
        "ul",
    }
)
_CELLS: Final = frozenset({"td", "th"})
_LAID_OUT: Final = _BLOCKS | _CELLS | {"br"}
_SILENT: Final = frozenset({"script", "style", "template", "-comment"})

_SHORT_NUMBER: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([KMB])", re.IGNORECASE)
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:[\s,.'][0-9]{3}){1,4}|[0-9]{1,15}")
_LONGEST_NUMBER: Final = 30  # characters; more than any number below has, spaces included
_FACTORS: Final = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_SIZE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(B|KB|MB|GB)", re.IGNORECASE)
_UNITS: Final = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_CLOCK: Final = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{2})")


class Flow:
    """Text being laid out in lines; white space of the markup itself collapses, as it does on the screen.

    After a line break, or after another space, a space shows as nothing.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._swallows_space = True
        self._verbatim_depth = 0

    def open(self, tag: str) -> None:
        """What lays text out begins here: a block, a table's cell, or a `br`, which never closes."""
        if tag == "br":
            self._break_line()
        elif tag in _CELLS:
            self.write(" ")
        else:
            self._begin_line()
            self._verbatim_depth += tag == "pre"

    def close(self, tag: str) -> None:
        """A block ends here."""
        self._begin_line()
        self._verbatim_depth -= tag == "pre"

    def write(self, text: str) -> None:
        """More text, as it stands in the markup."""
        shown = text
        if not self._verbatim_depth:
            if not text.isprintable() or "  " in text:  # seldom, and looking is cheap
                shown = _SPACES.sub(" ", text)
            if self._swallows_space:
                shown = shown.lstrip(" ")
        if shown:
            self._pieces.append(shown)
            self._swallows_space = shown[-1] in "\n "

    def text(self) -> str:
        """All of it, as it shows."""
        text = "".join(self._pieces).strip()
        return _SPACES_AT_LINE_END.sub("\n", text) if " \n" in text else text

    def _break_line(self) -> None:
        self._pieces.append("\n")
        self._swallows_space = True

    def _begin_line(self) -> None:
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._break_line()


def plain_text(root: LexborNode, *, without: Collection[LexborNode] = ()) -> str:
    """The text beneath `root`: `<br>` and block edges are newlines, emoji stay, markup and comments go.

    Walks without recursion, so that no depth of nesting exhausts the stack. The elements in `without` are
    passed over.
    """
    passed_over = {node.mem_id for node in without}
    flow = Flow()
    parents: list[tuple[LexborNode, str]] = []
    node = root.first_child
    while node is not None or parents:
        if node is None:
            closed, tag = parents.pop()
            if tag in _BLOCKS:
                flow.close(tag)
            node = closed.next
            continue
        tag = node.tag or ""
        if tag == "-text":
            flow.write(node.text_content or "")
            node = node.next
            continue
        if tag in _LAID_OUT:
            flow.open(tag)
            if tag == "br":
                node = node.next
                continue
        parents.append((node, tag))
        silent = tag in _SILENT or (passed_over and node.mem_id in passed_over)
        node = None if silent else node.first_child
    return flow.text()


def outermost(nodes: Sequence[LexborNode], selector: str) -> Sequence[LexborNode]:
    """Those of `nodes`, all of them matched by `selector` and in page order, that are in no other of them."""
    if len(nodes) < 2:
        return nodes
    kept: list[LexborNode] = []
    covered: set[int] = set()
    for node in nodes:
        if node.mem_id not in covered:
            kept.append(node)
            covered.update(inner.mem_id for inner in node.css(selector))
    return kept


def one_line(root: LexborNode | None) -> str | None:
    """The text beneath `root` on one line; None where there is none."""
    return (" ".join(plain_text(root).split()) or None) if root is not None else None


def rounded_number(shown: str) -> int | None:
    """The number that Telegram shows as "9.69M", "84.8K", "1 234" or "17"; None if it is none of these."""
    text = shown.strip()
    return _rounded(text) if len(text) <= _LONGEST_NUMBER else None


@lru_cache(maxsize=1024)  # every poll shows mostly the numbers of the one before
def _rounded(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    if short := _SHORT_NUMBER.fullmatch(text):
        return round(float(short[1]) * _FACTORS[short[2].lower()])
    if whole := _WHOLE_NUMBER.fullmatch(text):
        return int(re.sub(r"[^0-9]", "", whole[0]))
    return None


def file_size(shown: str) -> int | None:
    """The size in bytes that Telegram shows as "1.2 MB"; None if it is not a size."""
    match = _SIZE.fullmatch(shown.strip())
    return round(float(match[1]) * _UNITS[match[2].lower()]) if match else None


def clock_duration(shown: str) -> timedelta | None:
    """The length that Telegram shows as "0:27" or "1:02:03"; None if it is not a length."""
    match = _CLOCK.fullmatch(shown.strip())
    if not match:
        return None
    return timedelta(hours=int(match[1] or 0), minutes=int(match[2]), seconds=int(match[3]))
