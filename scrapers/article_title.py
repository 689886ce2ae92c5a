"""The title of an article, without the name of its site. Pure.

A page tells its title up to five times: in its heading, to search engines (JSON-LD), to social networks (Open
Graph), in the browser's window, and each is wrong somewhere: headings are logos or sections, social titles
are shortened, the window's title ends with the site's name.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from scrapers.article_blocks import letters_of
from scrapers.markup import one_line, text_of

_MOST_HEADINGS: Final = 10  # of a page that are looked at
_LEAST: Final = 3  # letters of a heading
_LONG: Final = 20  # letters of a heading that is believed though it repeats nothing that the page tells
_LEAST_LABELLED: Final = 10  # letters of a title beside which a heading may have labels
_STEM: Final = 5  # letters by which words of a heading and of a title are the same
_LONGEST_LABEL: Final = 25  # letters that a heading may have beside the title: "ONLINE", "Premium"
_SEPARATORS: Final = re.compile(r"\s+[|–—·•«»:/-]+\s+|\s*\|\s*|:\s+")
_DASHES: Final = re.compile(r"\s+[|–—·•«»-]+\s+|\s*\|\s*")
_BARS: Final = re.compile(r"\s*\|\s*|\s+(?:::|«|»|•)\s+")
_DOMAIN: Final = re.compile(
    r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:cz|sk|ru|ua|by|com|org|net|info|eu|tv|media|news|io)"
)
_NAME_LABELS: Final = frozenset("www m amp mobile zpravy news com co org net gov".split())  # noqa: SIM905
_LONGEST_NAME: Final = 40  # letters of a site's name; a longer one is the article's title
_SITE_SUFFIX: Final = 5  # letters: "iDNES TV" is idnes
_SHORT_TAIL: Final = 30  # characters; a longer tail is no name of a site
_META_NAMES: Final = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site")


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """A title, and where on the page it was read."""

    text: str
    basis: str  # "h1", "json-ld", "meta", "title"


def find_title(
    root: HtmlElement, articles: Iterable[Mapping[str, Any]], metas: Mapping[str, str], url: str
) -> Title | None:
    """The title of the article on a page; None where it has none.

    Args:
        root: the page.
        articles: the JSON-LD objects of articles.
        metas: meta elements by lower-case name.
        url: where the page came from.
    """
    articles = list(articles)
    names = frozenset(_site_names(articles, metas, url))
    told = [Title(text=text, basis=basis) for basis, text in _told(root, articles, metas, names)]
    headings = list(_headings(root, names))
    return _agreed(headings, told) or next(_otherwise(headings, told), None)


def _agreed(headings: list[HtmlElement], told: list[Title]) -> Title | None:
    """The heading that says what the page tells elsewhere, without the labels that may stand in it."""
    shown = [(_line(heading), heading) for heading in headings]
    for title in told:
        for line, heading in shown:
            if letters_of(line) == letters_of(title.text):
                return Title(text=line, basis="h1")
            if _labels(heading, title.text):
                return title
    for line, _ in shown:
        if any(_is_most_of(line, title.text) for title in told):
            return Title(text=line, basis="h1")
    return None


def _labels(heading: HtmlElement, title: str) -> bool:
    """Whether a heading is the title with short elements beside it, such as "ONLINE" or "Premium"."""
    shown, letters = letters_of(_line(heading)), letters_of(title)
    if len(letters) < _LEAST_LABELLED or letters not in shown or len(shown) - len(letters) > _LONGEST_LABEL:
        return False
    beside = shown.replace(letters, "", 1)
    return any(letters_of("".join(element.itertext())) == beside for element in heading.iterdescendants())


def _is_most_of(heading: str, title: str) -> bool:
    """Whether a title is a heading and little else, or a heading and something behind a dash."""
    shown, letters = letters_of(heading), letters_of(title)
    fronts = (title[: dash.start()] for dash in _DASHES.finditer(title))
    return (shown in letters and len(shown) >= 0.4 * len(letters)) or shown in map(letters_of, fronts)


def _otherwise(headings: list[HtmlElement], told: list[Title]) -> Iterator[Title]:
    """A heading that repeats nothing is the title if it is the only one, long, and about the same."""
    shown = [Title(text=_line(heading), basis="h1") for heading in headings]
    stems = set().union(*(_stems(title.text) for title in told))
    if (
        len(shown) == 1
        and len(letters_of(shown[0].text)) > _LONG
        and (not told or stems & _stems(shown[0].text))
    ):
        yield shown[0]
    yield from told
    yield from shown


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in text.casefold().split() if len(word) >= _STEM}


def _told(
    root: HtmlElement, articles: list[Mapping[str, Any]], metas: Mapping[str, str], names: frozenset[str]
) -> Iterator[tuple[str, str]]:
    headlines = (node.get(key) for node in articles for key in ("headline", "name"))
    texts = [("json-ld", html.unescape(text)) for text in headlines if isinstance(text, str)]
    texts += [("meta", metas[name]) for name in ("og:title", "twitter:title", "dc.title") if name in metas]
    texts += [("title", "".join(title.itertext())) for title in root.iterfind(".//title")][:1]
    for basis, text in texts:
        line = one_line(text)
        stripped = without_site(line, names, slogan=basis == "title") if line else None
        if stripped:
            yield basis, stripped


def _headings(root: HtmlElement, names: frozenset[str]) -> Iterator[HtmlElement]:
    """What the page shows as its title: no logo, no link to the front page."""
    for heading in islice(root.iter("h1"), _MOST_HEADINGS):
        line = _line(heading)
        if (
            len(letters_of(line)) >= _LEAST
            and not _is_site(_DASHES.split(line)[0], names)
            and not _is_logo(heading)
        ):
            yield heading


def _line(heading: HtmlElement) -> str:
    return one_line(text_of(heading)) or ""


def _is_logo(heading: HtmlElement) -> bool:
    links = [anchor.get("href") or "" for anchor in heading.iter("a")]
    return any(urlsplit(link).path in ("", "/") and not link.startswith("#") for link in links)


def without_site(title: str, names: frozenset[str], *, slogan: bool = False) -> str:
    """A title without the name of its site before or behind a sign; "" where nothing else is told.

    Args:
        title: one line.
        names: of the site, as `_folded` gives them.
        slogan: also take a short last part away that is no known name, as the titles of windows have it.
    """
    for match in _SEPARATORS.finditer(title):
        if _is_site(_SEPARATORS.split(title[match.end() :])[0], names):
            title = title[: match.start()]
            break
    first = _SEPARATORS.search(title)
    if first is not None and _is_site(title[: first.start()], names):
        title = title[first.end() :]
    bars = list(_BARS.finditer(title)) if slogan else []
    if bars and len(title) - bars[-1].end() <= _SHORT_TAIL < bars[-1].start():
        title = title[: bars[-1].start()]
    title = title.strip(" |–—·•-")
    return "" if _is_site(title, names) else title


def _is_site(part: str, names: frozenset[str]) -> bool:
    folded = _folded(part)
    if not folded or _DOMAIN.fullmatch(part.strip().casefold()):
        return True
    return any(
        folded == name
        or (len(name) > 3 and folded.startswith(name) and len(folded) <= len(name) + _SITE_SUFFIX)
        or (len(folded) > 3 and name.startswith(folded))
        for name in names
    )


def _site_names(articles: list[Mapping[str, Any]], metas: Mapping[str, str], url: str) -> Iterator[str]:
    publishers = (node.get("publisher") for node in articles)
    told = [metas.get(name, "") for name in _META_NAMES]
    told += [one["name"] for one in publishers if isinstance(one, dict) and isinstance(one.get("name"), str)]
    yield from (name for name in map(_folded, told) if 0 < len(name) <= _LONGEST_NAME)
    host = (urlsplit(url).hostname or "").split(".")
    yield from (_folded(label) for label in host[:-1] if len(label) > 2 and label not in _NAME_LABELS)


def _folded(name: str) -> str:
    """Letters alone, without their marks: "Seznam Zprávy" is seznamzpravy.cz."""
    plain = unicodedata.normalize("NFKD", name)
    return letters_of("".join(letter for letter in plain if not unicodedata.combining(letter)))
