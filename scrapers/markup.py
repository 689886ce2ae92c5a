"""HTML to plain text and links, as a reader sees them: paragraphs are lines, scripts and markup are gone."""

import html
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from scrapers.canonical import canonical_url
from scrapers.characters import printable

_TAG: Final = re.compile(r"<[A-Za-z/!?]")
_OPENING: Final = re.compile(  # never fails behind its first letter, so that no part of a text is read twice
    r"<[A-Za-z](?:[^>=]++|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|=)*+>?"
)
_END: Final = b"</html"
_LAST_BYTES: Final = 2_000  # of a page, in which its end is looked for
_REFERENCE: Final = re.compile(r"&#(?:[xX]0*+([0-9a-fA-F]{1,8})|0*+([0-9]{1,8}));?")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_LONG_TAG: Final = 2_000  # characters; shorter ones cannot hold many attributes
_HARMLESS: Final = 50_000  # characters, of which not even one single tag takes long
_MOST_ATTRIBUTES: Final = 500
_MOST_LINKS: Final = 1_000  # of one text
_LONGEST_TITLE: Final = 1_000
_BLOCK_TAGS: Final = """
    address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_SILENT_TAGS: Final = "head noscript script select style svg template textarea title"
_SILENT: Final = frozenset(_SILENT_TAGS.split())
_SPACES: Final = re.compile(r"[^\S\n]+")
_LINE_ENDS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANK: Final = re.compile(r"\s*\n\s*")
_LANGUAGE: Final = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_;, ]|\s*$)")
_LANGUAGE_SLIPS: Final = {
    "cz": "cs",
    "ua": "uk",
    "iw": "he",
    "in": "id",
    "rus": "ru",
    "ukr": "uk",
    "cze": "cs",
}
_MORE_SLIPS: Final = {"ces": "cs", "eng": "en", "bel": "be", "by": "be"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Prose:
    """What a piece of markup says."""

    text: str  # plain; lines are paragraphs
    links: tuple[str, ...] = ()  # absolute http(s) addresses, in order, without repeats


def read_html(fragment: str, base: str | None = None) -> Prose:
    """The text and links of a piece of HTML, or of text that was expected to be HTML and has no tags.

    Args:
        fragment: a document or a piece of one.
        base: the address that relative links start from.
    """
    if not _TAG.search(fragment):
        return Prose(text=tidy(html.unescape(fragment)))
    root = parse_html(fragment)
    if root is None:
        return Prose(text="")
    return Prose(text=text_of(root), links=links_of(root, base))


def parse_html(text: str) -> HtmlElement | None:
    """The tree of a page, None where there is nothing in it. Nesting beyond 256 is flattened by libxml2."""
    data = _without_controls(without_attribute_bombs(text)).encode("utf-8", "replace")
    try:
        return document_fromstring(
            data, parser=HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _without_controls(text: str) -> str:
    """Markup without references to characters that lxml reads into a tree but refuses to move within it."""
    return _REFERENCE.sub(lambda named: named[0] if _is_printable(named) else "", text)


def _is_printable(named: re.Match[str]) -> bool:
    number = int(named[1], 16) if named[1] else int(named[2])
    return number > sys.maxunicode or bool(printable(chr(number)))


def without_attribute_bombs(text: str) -> str:
    """Markup without the tags that have hundreds of attributes: parsers take quadratic time over them."""
    if len(text) < _HARMLESS or max(map(len, _OPENING.findall(text)), default=0) < _LONG_TAG:
        return text
    return _OPENING.sub(lambda tag: "" if _is_bomb(tag[0]) else tag[0], text)


def _is_bomb(tag: str) -> bool:
    if len(tag) < _LONG_TAG:
        return False
    names = _QUOTED.sub(" ", tag)
    return max(names.count("="), len(names.split())) > _MOST_ATTRIBUTES


def has_end(body: bytes) -> bool:
    """Whether a page shows its end: one that was cut off on its way does not, nor do a few whole ones."""
    return _END in body[-_LAST_BYTES:].lower()


def text_of(root: etree._Element, blocks: frozenset[str] = _BLOCKS, silent: frozenset[str] = _SILENT) -> str:
    """The text of an element; the elements named in `blocks` are lines, those in `silent` are passed over."""
    return tidy("".join(_pieces(root, blocks, silent)))


def links_of(root: HtmlElement, base: str | None = None) -> tuple[str, ...]:
    """The http(s) links of an element, absolute and canonical, in order, without repeats."""
    hrefs = (anchor.get("href", "").strip() for anchor in root.iter("a"))
    return absolute_links((href for href in hrefs if not href.startswith("#")), base)


def absolute_links(hrefs: Iterable[str], base: str | None) -> tuple[str, ...]:
    """The http(s) addresses among the first thousand `hrefs`, canonical, in order, without repeats."""
    found = (canonical_url(href, base) for href in islice(hrefs, _MOST_LINKS))
    return tuple(dict.fromkeys(url for url in found if url is not None))


def tidy(text: str) -> str:
    """Plain text with single spaces, no empty lines, and no controls."""
    return _BLANK.sub("\n", _SPACES.sub(" ", _LINE_ENDS.sub("\n", printable(text)))).strip()


def one_line(text: str) -> str | None:
    """`text` as a title: one line of at most a thousand characters, None where nothing is left."""
    return tidy(text).replace("\n", " ")[:_LONGEST_TITLE].rstrip() or None


def language_code(tag: str | None) -> str | None:
    """The ISO 639-1 code of a language tag ("ru-RU", "cs_CZ"); country codes in its place are mended."""
    match = _LANGUAGE.match(tag or "")
    if match is None:
        return None
    code = match[1].lower()
    code = _LANGUAGE_SLIPS.get(code) or _MORE_SLIPS.get(code) or code
    return code if len(code) == 2 else None


def _pieces(root: etree._Element, blocks: frozenset[str], silent: frozenset[str]) -> Iterator[str]:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if element.tag in blocks:
            yield "\n"
        if event == "start" and element.tag in silent:
            walk.skip_subtree()
        elif event == "start":
            yield _flowing(element.text, element)
        elif element is not root:
            yield _flowing(element.tail, element.getparent())


def _flowing(text: str | None, inside: etree._Element | None) -> str:
    """Line ends of the markup are spaces, but inside <pre>."""
    if not text:
        return ""
    verbatim = inside is not None and inside.tag == "pre"
    return text if verbatim else re.sub(r"\s+", " ", text)
