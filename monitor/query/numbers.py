"""What `views:`, `forwards:` and `age:` are compared with, and what was meant by what is no number."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile

from monitor.options import parse_duration
from monitor.query.facts import NumberName

_COMPARISON = re.compile(r"(>=|<=|>|<|=|)(.*)")
_NUMBER = re.compile(r"(\d{1,15})(?:([.,])(\d{1,3}))?([KkMm]?)")
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}

_GROUPED = re.compile(r"(?<!\d)(?<!\d[.,])\d{1,3}([.,'’_])\d{3}(?:\1\d{3})*(?!\d)")
_THOUSAND = "[KkКк]|тыс(?:яч[аи]?)?|тис(?:яч[аі]?)?|tis(?:íce?|íců)?|thousand"
_MILLION = "[MmМм]|млн|миллион(?:а|ов)?|мільйон(?:а|и|ів)?|mln|mil|milion(?:y|ů)?|millions?"
_UNIT = re.compile(rf"(?:({_THOUSAND})|({_MILLION}))(?:\.(?!\.))?")
_UNIT_BEHIND = re.compile(rf"(?<=\d)(?:{_UNIT.pattern})(?!\w)")
_CYRILLIC_UNIT = re.compile(r"\d([КкМм])(?!\w)")

_ENDS_IN_GROUP = re.compile(r"[<>=.\d]*(?<!\d)\d{1,3}")
_THREE_DIGITS = re.compile(r"\d{3}(?:\.\.\d{1,3})?")


class BadNumber(ValueError):
    """What is no number, length of time or comparison, or what nothing fits. `hint`: what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def bounds(name: NumberName, written: str) -> tuple[float, float]:
    """The least and the most that fit, lengths of time in seconds. Raises BadNumber."""
    low, dots, high = written.partition("..")
    if dots:
        least, most = _read(name, low, written), _read(name, high, written)
        if least > most:
            raise BadNumber(f"nothing lies between {low} and {high}", f"turn it round: {name}:{high}..{low}")
        return least, most
    comparison = _COMPARISON.fullmatch(written)
    operator, number = comparison.groups() if comparison else ("", "")
    least, most = _compared(operator, _read(name, number, written))
    if least > most:
        raise BadNumber(f"nothing is less than {number}", f"write a larger number, or {name}:{number}")
    return least, most


def continued(written: str, following: Sequence[str]) -> str | None:
    """The number that goes on behind a blank, as in `1 000` and `1 млн`; None where it does not.

    `following` are the lexemes behind `written`, which would be words.
    """
    groups = list(takewhile(_THREE_DIGITS.fullmatch, following)) if _ENDS_IN_GROUP.fullmatch(written) else []
    number = "".join([written, *groups])
    unit = following[len(groups)] if len(following) > len(groups) else ""
    if number[-1:].isdecimal() and _UNIT.fullmatch(unit):
        return _mended(number + unit)
    return number if groups else None


def _read(name: NumberName, written: str, whole: str) -> float:
    """A number, or a length of time in seconds. Raises BadNumber, which tells of `whole`, where it stands."""
    if name == "age":
        return _seconds(written, whole)
    number = _NUMBER.fullmatch(written)
    if number is None:
        raise _no_number(name, whole)
    digits, point, fraction, unit = number.groups(default="")
    if point and (not unit or (point == "," and len(fraction) == 3)):
        raise _no_whole_number(name, whole)
    return float(Decimal(f"{digits}.{fraction or 0}") * _TIMES[unit.upper()])


def _seconds(written: str, whole: str) -> float:
    try:
        return parse_duration(written).total_seconds()
    except ValueError:
        message = f"{whole!r} is not a length of time"
        raise BadNumber(message, "write age:<2h, age:>=7d or age:1d..2d") from None


def _no_number(name: NumberName, whole: str) -> BadNumber:
    hint = f"write {name}:>500, {name}:<=1.5M or {name}:100..2K"
    if (meant := _mended(whole)) != whole:
        hint = f"did you mean {name}:{meant}?"
    if cyrillic := _CYRILLIC_UNIT.search(whole):
        return BadNumber(f"{cyrillic[1]} is a Cyrillic letter here", hint)
    return BadNumber(f"{whole!r} is not a number or a comparison", hint)


def _no_whole_number(name: NumberName, whole: str) -> BadNumber:
    """Of `1,000` and `1,500K`, which may be large or small, and of `1.5`, which counts nothing."""
    if (meant := _mended(whole)) != whole:
        hint = f"did you mean {name}:{meant}? For a fraction write 1.5K or 1.5M"
        return BadNumber(f"{whole!r} can be read in two ways", hint)
    return BadNumber(f"{whole!r} is not a whole number", f"did you mean {name}:{whole}K or {name}:{whole}M?")


def _mended(written: str) -> str:
    """`written` with no signs between thousands, and K and M for other words for them."""
    joined = _GROUPED.sub(lambda number: number[0].replace(number[1], ""), written)
    return _UNIT_BEHIND.sub(lambda unit: "K" if unit[1] else "M", joined)


def _compared(operator: str, number: float) -> tuple[float, float]:
    match operator:
        case ">":
            return math.nextafter(number, math.inf), math.inf
        case ">=":
            return number, math.inf
        case "<":
            return 0, math.nextafter(number, -math.inf)
        case "<=":
            return 0, number
        case _:
            return number, number
