"""Texts that hold nothing odd are brought into normal form in one go, not word by word.

Nearly every post is such a text: letters of our languages as keyboards give them, no word in two scripts.
"""

import re

from monitor.text.letters import APOSTROPHES, AT, INVISIBLE, LETTER, MARK

_LATIN = "a-zA-ZáčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽäĺľôŕÄĹĽÔŔ"
_CYRILLIC = "а-яА-ЯёЁіїєґІЇЄҐўЎ"
_AFTER_EMOJI = "\ufe0e\ufe0f"  # shows a sign as text or as a picture; of no account behind what is no letter

_RARE = re.compile(f"[^\x00-\x7f{_LATIN}{_CYRILLIC}«»„“”–—…]+")
_ODD = re.compile(f"[^\\W_]|[{MARK}]|(?=[{INVISIBLE}])[^{_AFTER_EMOJI}]")
_HIDDEN = re.compile(f"[{_AFTER_EMOJI}](?:(?<={LETTER}.)|(?<=[{APOSTROPHES}].))")
_ANY_LATIN, _ANY_CYRILLIC = re.compile(f"[{_LATIN}]"), re.compile(f"[{_CYRILLIC}]")
_MIXED = re.compile(f"[{_LATIN}][0-9{APOSTROPHES}]*[{_CYRILLIC}]")
_AT = re.compile(AT)
_INNER_APOSTROPHE = re.compile(f"(?<={LETTER})[{APOSTROPHES}](?={LETTER})")


def fold(text: str) -> str | None:
    """`text` with every word in normal form, letter for letter in its place; None where a word needs more."""
    rare = "".join(_RARE.findall(text))
    if rare and (_ODD.search(rare) or _HIDDEN.search(text)):
        return None
    if _ANY_LATIN.search(text) and _ANY_CYRILLIC.search(text) and _is_mixed(text):
        return None
    if rare or "`" in text:
        text = _INNER_APOSTROPHE.sub("'", text)
    if "@" in text:
        text = _AT.sub("а", text)
    return text.lower().replace("ё", "е")


def _is_mixed(text: str) -> bool:
    """Whether letters of two scripts may stand in one word; a pattern that begins with the rarer is fast."""
    return _MIXED.search(text) is not None or _MIXED.search(text[::-1]) is not None
