"""Hiding what could lead to a person: phone numbers, e-mail addresses, card numbers, @names. Pure.

Where a number could be either a phone or a count, the shape decides: groups as people write phones are
masked, dates, years and thousands ("1 000 000") are not. Where doubt remains, it is masked.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator

Replaced = tuple[int, int, str]  # start, end, what stands there instead

PHONE, EMAIL, CARD, NAME = "[phone]", "[e-mail]", "[card]", "[@name]"

_GAP = r"[ \u00a0\u2009\u202f().\-\u2010-\u2014/]{0,3}"  # what stands between the digits of one number
_START, _END = r"(?<![\d+])", r"(?!\d)"


def _digits(count: str) -> str:
    return rf"(?:{_GAP}\d){{{count}}}{_END}"


_EMAIL = re.compile(
    r"[@＠]?[\w.+%-]{1,64}(?:[@＠﹫]|\s?[(\[](?:at|собака|zavináč)[)\]]\s?)\w[\w-]*(?:\.[\w-]+)*",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:\b(?:t|telegram)\.(?:me|dog)/(?:s/)?|\btg:(?://)?resolve\?domain=)(?P<name>[A-Za-z]\w+)"
    r"|\b(?P<host>[A-Za-z]\w+)(?=\.t\.me\b)",
    re.IGNORECASE,
)
_LINK_WORDS = re.compile(
    r"(?:add(?:emoji|list|stickers|theme)|bg|boost|c|confirmphone|giftcode|invoice|iv|joinchat|login|proxy"
    r"|setlanguage|share|socks|www)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"[@＠﹫](\w+(?:\.\w+)*)")
_MASK = re.compile("|".join(map(re.escape, (PHONE, EMAIL, CARD, NAME))))

_DIGIT_RUN = re.compile(r"\d+(?:[ \u00a0\u2009\u202f.\-\u2010-\u2014]\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")

_LABEL = r"(?:\b(?:тел|моб|tel|mob)\b\.?|\b(?:телефон\w*|telefon\w*|phone|mobile|mobil)\b|[☎📞📱]\ufe0f?)"
_PHONES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # International; where the length is known, "… 12 men" stays out of the number.
        rf"(?:\+\s?|{_START}00\s?|%2B)(?:7{_digits('10')}|(?:380|42[01]|375|44|48|49){_digits('9')})",
        rf"(?:\+\s?|%2B)\d{_digits('8,14')}",
        rf"(?:wa\.me/|phone=)\d{_digits('7,14')}",
        # Russia: 8 or 7 and ten digits that begin with an area or mobile code; the mobile code alone.
        rf"{_START}[78]{_GAP}[3-9]\d\d{_digits('7')}",
        rf"{_START}9\d\d{_GAP}\d{{3}}{_GAP}\d\d{_GAP}\d\d{_END}",
        # Ukraine, Slovakia, Britain: a trunk 0, ten or eleven digits.
        rf"{_START}(?:\(?0\d\d|0\s?\(\d\d\)){_digits('7,8')}",
        # An area code in brackets; a city number 3-2-2; North America.
        rf"\(\d{{3,5}}\){_digits('5,7')}",
        rf"{_START}\d{{3}}[-\u2010-\u2013]\d\d[-\u2010-\u2013]\d\d{_END}",
        rf"{_START}\d{{3}}[-. ]\d{{3}}[-.]\d{{4}}{_END}",
        # Czechia: nine digits in threes, or a mobile number in one piece.
        rf"{_START}[2-9]\d\d([ \u00a0.-])\d{{3}}\1\d{{3}}{_END}",
        rf"{_START}(?:60[1-8]|7\d\d)\d{{6}}{_END}",
        # Whatever is called a phone number.
        _LABEL + rf"[\s:№]{{0,3}}(?P<number>\(?\d{_digits('4,11')})",
    )
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f.,]\d{3})+")
_COUNTED = re.compile(
    r"\s?(?:%|€|\$|₽|₴|kč|korun|руб|грн|гривен|доллар|долар|eur|usd|rub|uah|czk|crowns|roubles|rubles|dollars"
    r"|человек|людей|осіб|people|soldiers|obyvatel|lidí|voják|солдат|бойц|рублей)",
    re.IGNORECASE,
)


def mask(text: str, keep: Collection[str] = ()) -> str:
    """`text` with phones, e-mail addresses, cards and the @names that are not in `keep` replaced.

    `keep` holds user names of configured sources, with or without @, in any case.
    Masking twice changes nothing.
    """
    return replace_spans(text, mask_spans(text, keep))


def replace_spans(text: str, spans: Iterable[Replaced]) -> str:
    """`text` with what `mask_spans` found replaced."""
    parts: list[str] = []
    position = 0
    for start, end, replacement in spans:
        parts += (text[position:start], replacement)
        position = end
    return "".join((*parts, text[position:]))


def mask_spans(text: str, keep: Collection[str] = ()) -> list[Replaced]:
    """What `mask` would replace: (start, end, replacement), in order, never overlapping."""
    kept = frozenset(name.lstrip("@").casefold() for name in keep)
    remaining = _MASK.sub(_blank, text)
    found: list[Replaced] = []
    # Until nothing is found: a number's neighbour may only be told from it once the number is gone.
    while fresh := _find(remaining, kept):
        found += fresh
        remaining = _without(remaining, fresh)
    return sorted(found)


def _without(text: str, spans: list[Replaced]) -> str:
    characters = list(text)
    for start, end, _ in spans:
        characters[start:end] = "\0" * (end - start)
    return "".join(characters)


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _find(text: str, kept: frozenset[str]) -> list[Replaced]:
    finders: tuple[Callable[[str, frozenset[str]], Iterator[Replaced]], ...]
    finders = (_emails, _links, _handles, _cards, _phones)
    for finder in finders:
        if found := list(finder(text, kept)):
            return found
    return []


def _emails(text: str, _: frozenset[str]) -> Iterator[Replaced]:
    return ((*match.span(), EMAIL) for match in _EMAIL.finditer(text))


def _links(text: str, kept: frozenset[str]) -> Iterator[Replaced]:
    for match in _LINK.finditer(text):
        group = "name" if match["name"] else "host"
        if match[group].casefold() not in kept and not _LINK_WORDS.fullmatch(match[group]):
            yield (*match.span(group), NAME)


def _handles(text: str, kept: frozenset[str]) -> Iterator[Replaced]:
    for match in _HANDLE.finditer(text):
        name = match[1].casefold()
        if name not in kept and name.partition(".")[0] not in kept:
            yield (*match.span(), NAME)


def _cards(text: str, _: frozenset[str]) -> Iterator[Replaced]:
    for run in _DIGIT_RUN.finditer(text):
        groups = [match.span() for match in re.finditer(r"\d+", run[0])]
        if card := _card_among(run[0], groups):
            yield run.start() + card[0], run.start() + card[1], CARD


def _card_among(run: str, groups: list[tuple[int, int]]) -> tuple[int, int] | None:
    for first in range(len(groups)):
        for last in reversed(range(first, min(first + 5, len(groups)))):
            if _is_card([run[start:end] for start, end in groups[first : last + 1]]):
                return groups[first][0], groups[last][1]
    return None


def _is_card(groups: list[str]) -> bool:
    number = "".join(groups)
    if not 13 <= len(number) <= 19 or any(len(group) < 4 for group in groups[:-1]):
        return False
    if all(_YEAR.fullmatch(group) for group in groups):
        return False
    written_as_card = len(number) == 16 and len({len(group) for group in groups}) == 1
    return written_as_card or _luhn(number)


def _luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    doubled = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _phones(text: str, _: frozenset[str]) -> Iterator[Replaced]:
    for pattern in _PHONES:
        found = [
            match.span("number" if "number" in pattern.groupindex else 0) for match in pattern.finditer(text)
        ]
        spans = [(start, end, PHONE) for start, end in found if not _is_count(text, start, end)]
        if spans:
            yield from spans
            return


def _is_count(text: str, start: int, end: int) -> bool:
    """Thousands in groups, such as "350 000 000" or "777 123 456 Kč": a number of things, not a phone."""
    number = text[start:end].lstrip("+ ")
    if not _THOUSANDS.fullmatch(number):
        return False
    return number[-7:-4] + number[-3:] == "000000" or _COUNTED.match(text, end) is not None
