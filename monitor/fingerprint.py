"""When two texts count as the same post: the hash of what is left when dress and footer are taken off."""

import hashlib
import re

from monitor.text import normalise

LENGTH = 16
"""Bytes of a fingerprint: the first of a SHA-256."""

FEWEST_CHARACTERS = 12
"""Letters and digits below which a text says too little to be called a copy of another."""

_LINK = re.compile(r"(?:https?://|www\.|\b(?:t|telegram)\.me/)\S+")
_NAME = re.compile(r"(?<!\w)@\w+")
_CLAUSE_END = re.compile("[\n |•·—–\u2190-\u2bff\U0001f000-\U0001faff](?:(?<! )|(?<=[.!?…»] ))")
_CALL = re.compile(
    r"(?:\W*+\w++){0,3}\W*+\b(?:"  # possessive: a long run without spaces would cost its cube in time
    r"подписаться|подписывай(?:тесь|ся)|подпиш(?:ись|итесь)|присоединяйтесь"
    r"|підписати(?:ся|сь)|підписуй(?:тесь|теся|ся)|підпишіться|приєднуйтес[ья]"
    r"|subscribe|follow us|join us|join our"
    r"|odebírejte|odebírat|sledujte nás|sledujte náš|přidejte se k nám"
    r"|прислать новость|предложить новость|надіслати новину"
    r")\b"
)
_LINK_LABEL = re.compile(
    r"\W*(?:(?:наш|наша|наше|náš|our) )?"
    r"(?:канал|чат|бот|сайт|телеграм|вк|дзен|kanál|web|channel|chat|bot|telegram|youtube|rutube|vk|max|twitter|facebook"
    r"|instagram|tiktok|whatsapp|viber)\W*"
)
_LONGEST_CALL = 12  # words
_SPOKEN = re.compile(r"[^\W_]+")  # letters and digits


def fingerprint(title: str | None, text: str) -> bytes | None:
    """The first 16 bytes of the SHA-256 of what `title` and `text` say; None where that is too little.

    The same for a post and its copy with other case, line breaks, emoji, punctuation, links, look-alike
    letters, invisible characters, or a footer of its own that asks to subscribe.
    """
    bare = _without_addresses(normalise(f"{title or ''}\n{text}"))
    said = "".join(_SPOKEN.findall("".join(_without_footer(_CLAUSE_END.split(bare)))))
    if len(said) < FEWEST_CHARACTERS:
        return None
    return hashlib.sha256(said.encode()).digest()[:LENGTH]


def _without_addresses(text: str) -> str:
    if "." in text and ("://" in text or "www." in text or ".me/" in text):
        text = _LINK.sub(" ", text)
    return _NAME.sub(" ", text) if "@" in text else text


def _without_footer(clauses: list[str]) -> list[str]:
    end = len(clauses)
    while end and _is_footer(clauses[end - 1]):
        end -= 1
    return clauses[:end]


def _is_footer(clause: str) -> bool:
    if not any(map(str.isalnum, clause)) or _LINK_LABEL.fullmatch(clause):
        return True
    return _CALL.match(clause) is not None and len(clause.split()) <= _LONGEST_CALL
