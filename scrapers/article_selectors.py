"""Where the owner says what stands on a stubborn site's pages: CSS selectors of the configuration. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from scrapers.article_facts import Dating
from scrapers.dates import read_moment
from scrapers.markup import one_line, text_of

BASIS: Final = "selector"
"""Where a fact that these name was read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleOptions:
    """Options of every kind of source that reads articles. Raises ValueError on what is no CSS selector."""

    article_body: str | None = None  # CSS selector of what holds the text; by default it is found
    article_title: str | None = None  # CSS selector of the headline; by default what the page calls itself
    article_time: str | None = None  # CSS selector of the publication time; by default it is found
    article_remove: tuple[str, ...] = ()  # CSS selectors of what is taken away before anything is read

    def __post_init__(self) -> None:
        for name in ("article_body", "article_title", "article_time"):
            if (selector := getattr(self, name)) is not None:
                refuse_selector(name, selector)
        for selector in self.article_remove:
            refuse_selector("article_remove", selector)


def refuse_selector(name: str, selector: str) -> None:
    """Raise ValueError where the option `name` holds no CSS selector of elements."""
    from cssselect import SelectorError

    try:
        etree.XPath(_path(selector))(etree.Element("html"))
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"{name} is not a CSS selector: {error}") from error


def remove(root: HtmlElement, selectors: Iterable[str]) -> None:
    """Take from the page what the selectors name; text that follows it stays."""
    for selector in selectors:
        for element in _selected(root, selector):
            if element.getparent() is not None:
                element.drop_tree()


def body(root: HtmlElement, selector: str) -> list[HtmlElement]:
    """The outermost elements that hold the text, in the page's order; [] where nothing fits."""
    found = _selected(root, selector)
    inner = {inside for element in found for inside in element.iterdescendants()}
    return [element for element in found if element not in inner]


def title(root: HtmlElement, selector: str) -> str | None:
    """The first headline that says something; None where nothing fits."""
    said = (one_line(text_of(element)) for element in _selected(root, selector))
    return next(filter(None, said), None)


def time(root: HtmlElement, selector: str, zone: tzinfo | None) -> Dating | None:
    """The first time that can be read: of the attributes `datetime` and `content`, or of the text."""
    for element in _selected(root, selector):
        for raw in (element.get("datetime"), element.get("content"), one_line(text_of(element))):
            if raw and (moment := read_moment(raw, zone)):
                return Dating(raw=raw, moment=moment, basis=BASIS)
    return None


def found_nothing(
    options: ArticleOptions, title_basis: str | None, time_basis: str | None
) -> tuple[str, ...]:
    """The options of headline and time that are set, where these were read elsewhere."""
    asked = {
        "article_title": (options.article_title, title_basis),
        "article_time": (options.article_time, time_basis),
    }
    return tuple(name for name, (selector, basis) in asked.items() if selector and basis != BASIS)


def _selected(root: HtmlElement, selector: str) -> list[HtmlElement]:
    return [element for element in root.xpath(_path(selector)) if isinstance(element, HtmlElement)]


@lru_cache(maxsize=256)
def _path(selector: str) -> str:
    from cssselect import HTMLTranslator

    return HTMLTranslator().css_to_xpath(selector)
