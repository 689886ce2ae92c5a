"""When two texts count as the same post: the hash of what is left when dress and footer are taken off."""

import hashlib
import re

from monitor.text import normalise

LENGTH = 16
"""Bytes of a fingerprint: the first of a SHA-256."""

FEWEST_CHARACTERS = 12
"""Letters and digits below which a text says too little to be called a copy of another."""

_LINK = re.compile(r"(?:https?://|www\.|\bt\.me/|\btelegram\.me/)\S+")
_NAME = re.compile(r"(?<!\w)@\w+")
_CALL = re.compile(
    r"подпи(?:сат|сыв|шис|шит)|присоединяйтесь|subscribe\b|follow us|join (?:us|our)"
    r"|odeb[ií]r|sleduj|p[rř]idejte se"
    r"|підпи(?:сат|сув|шит|шис)|приєдн|наш (?:канал|чат|бот)|прислать (?:нам )?новост|надіслати новин"
)
_FOOTER_WORDS = 12


def fingerprint(title: str | None, text: str) -> bytes | None:
    """The first 16 bytes of the SHA-256 of what `title` and `text` say; None where that is too little.

    The same for a post and its copy with other case, line breaks, emoji, punctuation, links, look-alike
    letters, invisible characters, or a footer of its own that asks to subscribe.
    """
    lines = normalise(f"{title or ''}\n{text}").split("\n")
    said = "".join(
        filter(str.isalnum, " ".join(_NAME.sub(" ", _LINK.sub(" ", line)) for line in _without_footer(lines)))
    )
    if len(said) < FEWEST_CHARACTERS:
        return None
    return hashlib.sha256(said.encode()).digest()[:LENGTH]


def _without_footer(lines: list[str]) -> list[str]:
    end = len(lines)
    while end > 1 and _is_footer(lines[end - 1]):
        end -= 1
    return lines[:end]


def _is_footer(line: str) -> bool:
    words = _NAME.sub(" ", _LINK.sub(" ", line))
    if not any(map(str.isalnum, words)):
        return True
    return _CALL.search(words) is not None and len(words.split()) <= _FOOTER_WORDS
