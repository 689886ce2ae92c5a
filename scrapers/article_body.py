"""The body of an article: readers point at blocks of the page, and each block is judged. Pure.

trafilatura and readability each take some paragraphs for the article, and each errs on other pages. What both
take stands; where they differ, it counts whether a block stands among those that stand.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from lxml.html import HtmlElement

from scrapers.article_blocks import HEADINGS, Block, blocks_of, letters_of
from scrapers.article_phrases import is_aside, is_lead, is_surrounding
from scrapers.extraction import bare_extraction
from scrapers.markup import absolute_links, read_html, text_of, tidy

_TRAFILATURA_BLOCKS: Final = frozenset("p head item list quote row table lb code del".split())  # noqa: SIM905
_SURE: Final = 25  # letters; so many stand in another text by no chance
_LONG: Final = 60  # letters of a paragraph that tells something
_SHARE: Final = 0.25  # of what the readers took, beneath one element: then the article is there
_SHARE_ALIKE: Final = 0.4  # and beneath elements of one look
_LINK_LINE: Final = 40  # letters; a longer paragraph that is one link leads to another article
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "“", "”", '"', "»")  # bylines and dates have none
_MOSTLY_LINK: Final = 0.8
_HALF_LINK: Final = 0.5
_LEAST_TOLD: Final = 500  # letters of a JSON-LD articleBody that may stand in for the page's own text
_TOLD_MORE: Final = 2.5  # times the letters found


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """The article's text, as far as one was found."""

    text: str = ""  # lines are paragraphs
    links: tuple[str, ...] = ()
    linked: float = 0.0  # the share of links in what the readers took
    basis: str | None = None  # which readers it came from


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one reader took for the article."""

    lines: frozenset[str]  # as letters
    whole: str

    def holds(self, block: Block) -> bool:
        return block.letters in self.lines or (len(block.letters) > _SURE and block.letters in self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the article is."""

    mains: frozenset[HtmlElement]  # elements that hold its paragraphs
    around: frozenset[HtmlElement]  # these, and all that they stand in
    first: int  # the first and the last block that surely belong to it
    last: int
    agreed: bool  # whether the readers found the same article

    def is_sure(self, vote: Sequence[bool]) -> bool:
        """Whether the readers that can be relied on took a block."""
        return all(vote) or (vote[0] and not self.agreed)


def find_body(root: HtmlElement, url: str, *, titles: frozenset[str], told: str, fast: bool) -> Body:
    """The body on a page.

    Args:
        root: the page; it is left as it is.
        url: where it came from.
        titles: the letters of headings that are no part of the body.
        told: the body as the page's JSON-LD tells it, "" where it does not.
        fast: ask one reader alone, for pages on which another would take too long.
    """
    blocks = blocks_of(root)
    readings = [_by_trafilatura(root, url)]
    if not fast:
        readings.append(_by_readability(root))
    votes = [[reading.holds(block) for reading in readings] for block in blocks]
    kept = _kept(blocks, votes, titles)
    text = "\n".join(block.text for block in kept)
    if len(letters_of(told)) > max(_LEAST_TOLD, _TOLD_MORE * len(letters_of(text))):
        return Body(text=told, basis="json-ld")
    return Body(
        text=tidy(text),
        links=absolute_links(
            (href for block in kept for href in block.hrefs if not href.startswith("#")), url
        ),
        linked=_linked(blocks, votes),
        basis="trafilatura" if fast else "trafilatura, readability",
    )


def _by_trafilatura(root: HtmlElement, url: str) -> _Reading:
    document = bare_extraction()(root, url=url, include_comments=False, fast=True)
    if document is None or document.body is None:
        return _reading("")
    return _reading(text_of(document.body, _TRAFILATURA_BLOCKS, silent=frozenset()))


def _by_readability(root: HtmlElement) -> _Reading:
    from trafilatura.readability_lxml import Document  # its own, faster cut of readability-lxml

    return _reading(read_html(Document(deepcopy(root)).summary()).text)


def _reading(text: str) -> _Reading:
    lines = [letters_of(line) for line in text.split("\n")]
    return _Reading(frozenset(filter(None, lines)), "".join(lines))


def _linked(blocks: list[Block], votes: list[list[bool]]) -> float:
    """The share of links in what all readers took, or any, where they have nothing in common."""
    voted = list(zip(blocks, votes, strict=True))
    taken = [block for block, vote in voted if all(vote)] or [block for block, vote in voted if any(vote)]
    length = sum(len(block.text) for block in taken)
    return sum(len(block.text) * block.linked for block in taken) / max(1, length)


def _kept(blocks: list[Block], votes: list[list[bool]], titles: frozenset[str]) -> list[Block]:
    place = _place(blocks, votes)
    heading = max((at for at in range(place.first) if blocks[at].letters in titles), default=-1)
    kept: list[Block] = []
    repeats = _repeats(blocks)
    for at, (block, vote) in enumerate(zip(blocks, votes, strict=True)):
        if block.letters in titles or _is_noise(block) or block.container in repeats:
            continue
        if at < place.first:
            belongs = _leads(block, vote, place, below=at > heading)
        elif at > place.last:
            belongs = _follows(block, vote, place)
        else:
            belongs = _belongs(block, vote, place)
        if belongs:
            kept.append(block)
    return _without_last_headings(kept)


def _place(blocks: list[Block], votes: list[list[bool]]) -> _Place:
    """The elements directly beneath which most of the long paragraphs stand that readers took."""
    agreed = _agree(blocks, votes)
    voted = list(zip(blocks, votes, strict=True))
    credits_ = [_credit(block, vote, agreed=agreed) if _is_telling(block) else 0 for block, vote in voted]
    if 2 * sum(credits_) < sum(
        _credit(block, vote, agreed=agreed) for block, vote in voted if block.linked < _HALF_LINK
    ):
        credits_ = [_credit(block, vote, agreed=agreed) for block, vote in voted]
    held: Counter[HtmlElement] = Counter()
    alike: Counter[tuple[str, ...]] = Counter()
    for block, credit in zip(blocks, credits_, strict=True):
        if credit:
            held[block.container] += credit
            alike[_look(block.container)] += credit
    total = held.total()
    mains = frozenset(
        element
        for element in {block.container for block in blocks if _is_telling(block)} | set(held)
        if held[element] > _SHARE * total or alike[_look(element)] > _SHARE_ALIKE * total
    )
    core = [
        at
        for at, (block, vote) in enumerate(voted)
        if any(vote) and (credits_[at] or _is_telling(block)) and block.container in mains
    ]
    around = mains.union(*(element.iterancestors() for element in mains)) if mains else _shared(held)
    first, last = min(core, default=0), max(core, default=len(blocks) - 1)
    return _Place(mains=mains, around=around, first=first, last=last, agreed=agreed)


def _shared(elements: Iterable[HtmlElement]) -> frozenset[HtmlElement]:
    """What all of them stand in."""
    lines = [frozenset((element, *element.iterancestors())) for element in elements]
    return frozenset.intersection(*lines) if lines else frozenset()


def _agree(blocks: list[Block], votes: list[list[bool]]) -> bool:
    """Whether both took at least half of what the first one took."""
    pairs = [
        (len(block.letters), vote) for block, vote in zip(blocks, votes, strict=True) if _is_telling(block)
    ]
    return 2 * sum(length for length, vote in pairs if all(vote)) >= sum(
        length for length, vote in pairs if vote[0]
    )


def _repeats(blocks: list[Block]) -> frozenset[HtmlElement]:
    """Elements that tell what another before them told: the page for small screens, for printing."""
    first: dict[str, HtmlElement] = {}
    told: Counter[HtmlElement] = Counter()
    again: Counter[HtmlElement] = Counter()
    for block in filter(_is_telling, blocks):
        told[block.container] += len(block.letters)
        if first.setdefault(block.letters, block.container) is not block.container:
            again[block.container] += len(block.letters)
    return frozenset(element for element, length in again.items() if length > 0.8 * told[element])


def _is_telling(block: Block) -> bool:
    return len(block.letters) > _LONG and block.linked < _HALF_LINK


def _credit(block: Block, vote: list[bool], *, agreed: bool) -> int:
    return (sum(vote) ** 2 if agreed else int(vote[0])) * len(block.letters)


def _look(element: HtmlElement) -> tuple[str, ...]:
    parent = element.getparent()
    near = (element,) if parent is None else (element, parent)
    return tuple(part for one in near for part in (str(one.tag), one.get("class") or ""))


def _is_noise(block: Block) -> bool:
    """A link to something else, a call to read, share or subscribe, or no words at all."""
    length = len(block.letters)
    if not length:
        return True
    if block.linked > _MOSTLY_LINK and length > _LINK_LINE and not block.text.startswith("http"):
        return True
    return length < 2 * _LONG and is_surrounding(block.text)


def _leads(block: Block, vote: list[bool], place: _Place, *, below: bool) -> bool:
    """Whether a block before the first long paragraph, perhaps below the heading, begins the article."""
    if below and all(vote) and block.container in place.mains and block.text.endswith(_SENTENCE_ENDS):
        return True
    if block.element.tag in HEADINGS or block.linked >= _HALF_LINK:
        return False
    named = below and any(vote) and is_lead(block.element)
    if len(block.letters) <= (_SURE if named else _LONG):
        return False
    taken = place.is_sure(vote) or (below and (vote[0] or is_lead(block.element)))
    return taken and not _stands_aside(block, place)


def _follows(block: Block, vote: list[bool], place: _Place) -> bool:
    if block.linked >= _HALF_LINK or _stands_aside(block, place):
        return False
    if place.is_sure(vote):
        return len(block.letters) > _LONG or _stands_within(block, place)
    return vote[0] and block.element.tag != "h2" and _is_quote(block) and _stands_within(block, place)


def _belongs(block: Block, vote: list[bool], place: _Place) -> bool:
    direct = block.container in place.mains
    if place.is_sure(vote):
        return direct or not _stands_aside(block, place)
    if not any(vote):
        return direct and len(block.letters) > _LONG and block.linked < _HALF_LINK
    if not vote[0] and len(block.letters) < _SURE:
        return False
    if direct:
        return True
    if (
        vote[0]
        and len(block.letters) > _LONG
        and block.linked < _HALF_LINK
        and not _stands_aside(block, place)
    ):
        return True
    return block.linked < _HALF_LINK and _stands_within(block, place) and not _stands_aside(block, place)


def _is_quote(block: Block) -> bool:
    return block.container.tag == "blockquote"


def _stands_within(block: Block, place: _Place) -> bool:
    return any(element in place.mains for element in (block.element, *block.element.iterancestors()))


def _stands_aside(block: Block, place: _Place) -> bool:
    """Whether it is in a box beside the article: a picture's caption, related articles, an advertisement."""
    around = (block.element, *block.element.iterancestors())
    return any(map(is_aside, takewhile(lambda element: element not in place.around, around)))


def _without_last_headings(kept: list[Block]) -> list[Block]:
    while kept and kept[-1].element.tag in HEADINGS:
        kept = kept[:-1]
    return kept
