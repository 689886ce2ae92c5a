"""What a page says around its article: section, picture, paywall, video and how often it was played. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from lxml.html import HtmlElement

from scrapers.canonical import canonical_url
from scrapers.markup import one_line, text_of, tidy
from scrapers.model import Counters, Media, MediaKind

_MOST_TEXTS: Final = 20_000  # of a page, in which a paywall or a counter is looked for
_LONGEST_NOTE: Final = 300  # characters of an element that tells of a paywall or shows a counter
_MOST_PARTS: Final = 3  # elements in one that shows a counter
_DURATION: Final = re.compile(
    r"P(?:(?P<days>\d+)D)?T?(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.\d+)?S)?",
    re.ASCII,
)
_PAYWALL: Final = re.compile(
    r"(?:jen|pouze|výhradně)\s+pro\s+(?:předplatitel|odběratel|členy)|předplatitelé si (?:mohou|přečtou)|"
    r"pokračování (?:článku )?(?:jen )?pro předplatitele|zbývá vám přečíst|"
    r"(?:odemkněte|dočtěte) (?:si )?(?:tento |celý )?článek|"
    r"(?:celý|zbytek) článk?\w* (?:je )?(?:jen |pouze )?(?:pro )?předplatitel|"
    r"(?:доступ\w*|открыт\w*) (?:только )?(?:по подписке|(?:для )?подписчик)|"
    r"чтобы (?:про|до)?читать .{0,30}подпи|"
    r"(?:доступн\w*|відкрит\w*) (?:лише |тільки )?(?:за передплатою|(?:для )?передплатник)|"
    r"(?:for|to) subscribers only|subscriber[- ]only|subscribe to (?:continue|keep|read)|"
    r"already a subscriber|this (?:article|story) is for (?:subscribers|members)",
    re.IGNORECASE,
)
_PAYWALL_STEMS: Final = (  # one of which is in all that the pattern finds, which takes longer to look for
    "předplat", "odběratel", "pro členy", "zbývá", "odemkněte", "dočtěte", "подпи", "передплат", "subscri",
    "is for members",
)  # fmt: skip
_PLAYED: Final = (
    r"(?:zhlédnut\w*|přehrán\w*|přehrát\w*|zobrazen\w*|просмотр\w*|перегляд\w*|views?|plays?|zhliadnut\w*)"
)
_NUMBER: Final = (
    r"(?P<number>\d{1,3}(?:[\s.,\u00a0\u202f]\d{3})+|\d{1,9}(?:[.,]\d{1,3})?)\s*"
    r"(?P<scale>tis|тыс|тис|mil|млн|[km]\b)?\.?"
)
_PLAY_ACTION: Final = re.compile(r"(?:Watch|View|Play|Listen)Actions?$|UserPlays$")
_COUNTERS: Final = (
    re.compile(rf"{_PLAYED}\W{{1,3}}{_NUMBER}\s*[×x]?", re.IGNORECASE),
    re.compile(rf"{_NUMBER}\s*[×x]?\s*{_PLAYED}", re.IGNORECASE),
)
_SCALES: Final = {
    "tis": 10**3,
    "тыс": 10**3,
    "тис": 10**3,
    "k": 10**3,
    "mil": 10**6,
    "млн": 10**6,
    "m": 10**6,
}


def section_of(articles: Iterable[Mapping[str, Any]], metas: Mapping[str, str]) -> str | None:
    """The section that the page puts its article into."""
    told = [one for node in articles for one in _listed(node.get("articleSection"))]
    told += [metas[name] for name in ("article:section", "og:section", "section") if name in metas]
    return next((line for one in told if isinstance(one, str) and (line := one_line(one))), None)


def image_of(articles: Iterable[Mapping[str, Any]], metas: Mapping[str, str], url: str) -> str | None:
    """The address of the picture that stands for the article."""
    told = [metas[name] for name in ("og:image:secure_url", "og:image", "twitter:image") if name in metas]
    told += [address for node in articles for address in _addresses(node.get("image"))]
    return next((found for one in told if (found := canonical_url(one, url))), None)


def is_paywalled(root: HtmlElement, articles: Iterable[Mapping[str, Any]], metas: Mapping[str, str]) -> bool:
    """Whether the page says that only subscribers see the whole article."""
    free = [
        str(node["isAccessibleForFree"]).rpartition("/")[2].lower() for node in articles if _tells_price(node)
    ]
    if free:
        return free[0] == "false"
    if metas.get("article:content_tier", "").lower() == "locked":
        return True
    shown = " ".join(" ".join(_short_texts(root)).casefold().split())
    return any(stem in shown for stem in _PAYWALL_STEMS) and _PAYWALL.search(shown) is not None


def videos_of(nodes: Iterable[Mapping[str, Any]], metas: Mapping[str, str], url: str) -> tuple[Media, ...]:
    """A video that the page presents as its own. Pictures are not told: every news page has one."""
    node: Mapping[str, Any] = next(iter(nodes), {})
    told = [metas.get(name, "") for name in ("og:video:secure_url", "og:video:url", "og:video")]
    told += [node[key] for key in ("contentUrl", "embedUrl") if isinstance(node.get(key), str)]
    address = next((found for one in told if (found := canonical_url(one, url))), None)
    if address is None and not node:
        return ()
    seconds = metas.get("og:video:duration") or metas.get("video:duration") or ""
    shown = timedelta(seconds=int(seconds)) if re.fullmatch(r"\d{1,6}", seconds) else None
    return (Media(kind=MediaKind.VIDEO, native_id=address, duration=_duration(node) or shown),)


def plays_of(root: HtmlElement, nodes: Sequence[Mapping[str, Any]]) -> Counters | None:
    """How often the page's video was played, as the page tells machines or shows readers."""
    counts = (str(one.get("userInteractionCount", "")) for node in nodes for one in _plays_told(node))
    plain = (str(node.get("interactionCount", "")).rpartition(":")[2] for node in nodes)
    for text in (*counts, *plain):
        if re.fullmatch(r"\d{1,12}", text.strip()):
            return Counters(views=int(text), raw={"views": text.strip()})
    matches = (pattern.search(text) for text in _notes(root) for pattern in _COUNTERS)
    match = next((match for match in matches if match is not None), None)
    return None if match is None else Counters(views=_number(match), raw={"views": tidy(match[0])})


def _plays_told(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The counters of a video that are of plays, not of likes; one without a kind if it is alone."""
    counters = [one for one in _listed(node.get("interactionStatistic")) if isinstance(one, dict)]
    for counter in counters:
        kind = counter.get("interactionType")
        kind = kind.get("@type") or kind.get("@id") if isinstance(kind, dict) else kind
        if _PLAY_ACTION.search(str(kind)) if kind else len(counters) == 1:
            yield counter


def _number(match: re.Match[str]) -> int:
    scale = _SCALES.get((match["scale"] or "").lower(), 1)
    if scale > 1:
        return round(float(match["number"].replace(",", ".")) * scale)
    return int(re.sub(r"\D", "", match["number"]))


def _duration(node: Mapping[str, Any]) -> timedelta | None:
    """ISO 8601, as schema.org has it; None for no duration and for none at all."""
    match = _DURATION.fullmatch(str(node.get("duration") or ""))
    parts = {name: int(digits) for name, digits in match.groupdict().items() if digits} if match else {}
    return timedelta(**parts) if parts and max(parts.values()) < 10**6 and any(parts.values()) else None


def _tells_price(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("isAccessibleForFree"), bool | str)


def _short_texts(root: HtmlElement) -> Iterator[str]:
    """What stands between two tags of the page, but for what is too long to be a note."""
    return (text for text in islice(root.itertext(), _MOST_TEXTS) if 1 < len(text) <= _LONGEST_NOTE)


def _notes(root: HtmlElement) -> Iterator[str]:
    """Short texts of the page that stand in one element."""
    for element in islice(root.iter("p", "div", "span", "strong", "a", "li", "b", "small"), _MOST_TEXTS):
        text = text_of(element) if len(element) <= _MOST_PARTS else ""
        if 1 < len(text) <= _LONGEST_NOTE:
            yield text


def _addresses(image: object) -> Iterator[str]:
    for one in _listed(image):
        address = one.get("url") if isinstance(one, dict) else one
        if isinstance(address, str):
            yield address


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
