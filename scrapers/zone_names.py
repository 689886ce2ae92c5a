"""The names of zones behind written times: "MSK", "GMT+2", "SELČ", "ET", "по Москве". Pure."""

import re
from datetime import timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = (
    r"(?P<zone>[Zz]|(?:UTC|GMT)?\s*[+\u2212-]\d{1,2}:?\d{0,2}|\(?[A-Za-z]{1,5}\)?|\(?SEL?Č\)?|\(?(?:МСК|мск)\)?|"
    r"(?:по|за) (?:[Мм]оск\w+|[Кк]иев\w+|[Кк]иєв\w+|[Кк]иївськ\w+)(?: (?:времени|часом))?)"
)
"""What may stand behind a clock, the name of a zone or a word that is none."""

_HOURS: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2,
    "mest": 2, "seč": 1, "selč": 2, "eet": 2, "eest": 3, "msk": 3, "мск": 3, "msd": 4, "trt": 3, "idt": 3,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "sast": 2, "cat": 2, "eat": 3, "wat": 1,
    "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "aest": 10, "aedt": 11, "awst": 8, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_AREAS: Final = {  # without telling summer from winter; behind a clock they are those of the United States
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_SPOKEN: Final = {
    "моск": "Europe/Moscow",
    "киев": "Europe/Kyiv",
    "києв": "Europe/Kyiv",
    "київ": "Europe/Kyiv",
}
_FARTHEST: Final = timedelta(hours=24)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*([+\u2212-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_TWO_DIGITS: Final = re.compile(r"\s*[+\u2212-]\d{1,2}")
_A_WORD: Final = re.compile(r"\s+[^\W\d_]")
_JOINED: Final = frozenset("-'’_")
_CAPITALS: Final = re.compile(r"\(?[A-Z]{2,5}\)?")
_OTHERS: Final = """
    AP AFP DPA APA PAP CTK TASR TASS UNIAN RIA BBC CNN ISW HOD HRS UHR AM PM
    MON TUE WED THU FRI SAT SUN PO ST SO NE
"""  # capitals that stand behind clocks: agencies, hours, days
_NO_ZONES: Final = frozenset(_OTHERS.split())


def zone_named(written: str | None) -> tzinfo | None:
    """The zone of this name or distance from UTC; None where none is written, or one that there is not."""
    if not written:
        return None
    offset = _OFFSET.fullmatch(written)
    if offset is not None:
        return _distance(offset)
    name = written.strip("()")
    area = _AREAS.get(name) or _SPOKEN.get(name[3:7].lower())
    if area is not None:
        return ZoneInfo(area)
    hours = _HOURS.get(name.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


def _distance(offset: re.Match[str]) -> tzinfo | None:
    delta = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(delta if offset[1] == "+" else -delta) if delta < _FARTHEST else None


def names_zone(written: str | None, behind: str) -> bool:
    """Whether a word behind a clock in a byline names a zone, known or not: "ET", but not "AP" or "Lhota".

    Args:
        written: as `ZONE` finds it.
        behind: what follows it, to tell a whole word from the beginning of one.
    """
    if not written:
        return False
    if written[-1].isalpha() and (behind[:1].isalnum() or behind[:1] in _JOINED):
        return False
    if _TWO_DIGITS.fullmatch(written) or written in "Zz":  # "-3 comments", "Z domova"
        return not _A_WORD.match(behind)
    if written.strip("()").istitle() and written[:1].isascii():  # "Cat Smith"
        return False
    unknown = _CAPITALS.fullmatch(written) is not None and written.strip("()") not in _NO_ZONES
    return unknown or zone_named(written) is not None
